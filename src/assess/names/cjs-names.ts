/** The exports of a CommonJS file: what Node's own lexer detects, and a walk that says whether it can have missed any. */

import { initSync, parse } from 'cjs-module-lexer';
import ts from '../compiler.cjs';
import type { FileNames, Reexport } from './file-names.js';
import { descendants, literalText, parsed, requiredPath } from './syntax-walk.js';

/** What the lexer finds; null where it cannot read the text. */
function lexed(text: string): { exports: readonly string[]; reexports: readonly string[] } | null {
  try {
    initSync();
    return parse(text);
  } catch {
    return null;
  }
}

function isModuleExports(node: ts.Node): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === 'exports' &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'module'
  );
}

function isExportsObject(node: ts.Node): boolean {
  return (ts.isIdentifier(node) && node.text === 'exports') || isModuleExports(node);
}

/** The left side of `=`. */
function isAssigned(node: ts.Node): boolean {
  const { parent } = node;
  return (
    ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.left === node
  );
}

/** True for a target of `+=`, `++`, `delete`, a loop or a destructuring: a write that is not a plain one. */
function isChanged(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && parent.left === node) {
    const { kind } = parent.operatorToken;
    return kind >= ts.SyntaxKind.FirstCompoundAssignment && kind <= ts.SyntaxKind.LastCompoundAssignment;
  }
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken;
  }
  if (ts.isDeleteExpression(parent)) return true;
  if (ts.isForInStatement(parent) || ts.isForOfStatement(parent)) return parent.initializer === node;
  let pattern: ts.Node = node;
  while (isLiteralPart(pattern.parent)) pattern = pattern.parent;
  return pattern !== node && (isAssigned(pattern) || ts.isForOfStatement(pattern.parent));
}

function isLiteralPart(node: ts.Node): boolean {
  return (
    ts.isArrayLiteralExpression(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isSpreadElement(node) ||
    ts.isSpreadAssignment(node)
  );
}

/** The function, or the file, whose `this` a node would see. */
function thisContainer(node: ts.Node): ts.Node {
  let at = node.parent;
  while (
    !ts.isSourceFile(at) &&
    (ts.isArrowFunction(at) || !(ts.isFunctionLike(at) || ts.isClassLike(at) || ts.isClassStaticBlockDeclaration(at)))
  ) {
    at = at.parent;
  }
  return at;
}

/** Reads every mention of `exports`, `module` and the file's own `this`; one that it does not understand ends certainty. */
class ExportsWalk {
  readonly names = new Set<string>();
  readonly reexports: Reexport[] = [];
  exact = true;
  #opaque = false;
  #hinted = false;

  constructor(file: ts.SourceFile) {
    for (const node of descendants(file, isHelper)) {
      if (ts.isIdentifier(node)) this.#identifier(node);
      else if (node.kind === ts.SyntaxKind.ThisKeyword) this.#self(node);
    }
    // esbuild lists the names of what it hides behind a getter: `0 && (module.exports = { a, b })`.
    if (this.#opaque && !this.#hinted) this.exact = false;
  }

  #identifier(node: ts.Identifier): void {
    const { parent, text } = node;
    if (text === 'eval' && ts.isCallExpression(parent) && parent.expression === node) this.exact = false;
    if (text !== 'exports' && text !== 'module') return;
    const isName =
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      (ts.isPropertyAssignment(parent) && parent.name === node) ||
      (ts.isMethodDeclaration(parent) && parent.name === node) ||
      (ts.isPropertyDeclaration(parent) && parent.name === node);
    if (isName || ts.isTypeOfExpression(parent)) return;
    if (text === 'exports') this.#exportsObject(node);
    else this.#module(node);
  }

  /** `module.exports`, `module.id` and its like, `require.main === module`. */
  #module(node: ts.Identifier): void {
    const { parent } = node;
    if (isModuleExports(parent)) this.#exportsObject(parent);
    else if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      if (isAssigned(parent)) this.exact = false;
    } else if (!isComparison(parent)) this.exact = false;
  }

  /** One mention of the object that is exported. */
  #exportsObject(node: ts.Node): void {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
      if (isAssigned(parent)) this.names.add(parent.name.text);
      else if (isChanged(parent)) this.exact = false;
    } else if (ts.isElementAccessExpression(parent) && parent.expression === node) {
      const key = literalText(parent.argumentExpression);
      if (key === null || isChanged(parent)) this.exact = false;
      else if (isAssigned(parent)) this.names.add(key);
    } else if (isAssigned(node)) this.#assigned(parent as ts.BinaryExpression);
    else if (ts.isCallExpression(parent)) this.#argument(parent, node);
    else if (!this.#isPassedOn(node) && !ts.isTypeOfExpression(parent) && !isComparison(parent)) this.exact = false;
  }

  /** The right side of `module.exports = exports = …`, which is read where the left one is. */
  #isPassedOn(node: ts.Node): boolean {
    const { parent } = node;
    return (
      ts.isBinaryExpression(parent) && parent.right === node && isAssigned(parent.left) && isExportsObject(parent.left)
    );
  }

  /** `module.exports = …` */
  #assigned(assignment: ts.BinaryExpression): void {
    if (isHint(assignment)) this.#hinted = true;
    let value = assignment.right;
    while (ts.isParenthesizedExpression(value)) value = value.expression;
    const required = requiredPath(value);
    if (required !== null) this.reexports.push({ specifier: required, star: false });
    else if (ts.isObjectLiteralExpression(value)) for (const property of value.properties) this.#property(property);
    else if (isExportsObject(value) || (ts.isBinaryExpression(value) && isExportsObject(value.left))) return;
    else this.#opaque = true;
  }

  #property(property: ts.ObjectLiteralElementLike): void {
    if (ts.isSpreadAssignment(property)) {
      const required = requiredPath(property.expression);
      if (required === null) this.exact = false;
      else this.reexports.push({ specifier: required, star: false });
      return;
    }
    const { name } = property;
    // `__proto__: x` sets the prototype, and may give names that nobody lists; `null` gives none.
    if (ts.isPropertyAssignment(property) && !ts.isComputedPropertyName(name) && name.text === '__proto__') {
      if (property.initializer.kind !== ts.SyntaxKind.NullKeyword) this.exact = false;
    } else if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name))
      this.names.add(name.text);
    else this.exact = false;
  }

  /** `Object.defineProperty(exports, 'name', …)` and TypeScript's `__exportStar(require('…'), exports)`. */
  #argument(call: ts.CallExpression, node: ts.Node): void {
    const { expression: callee } = call;
    const called = ts.isPropertyAccessExpression(callee)
      ? callee.name.text
      : ts.isIdentifier(callee)
        ? callee.text
        : '';
    const [first, second] = call.arguments;
    const key = literalText(second);
    if (called === 'defineProperty' && first === node && key !== null) this.names.add(key);
    else if (called === '__exportStar' && second === node && first !== undefined) {
      const required = requiredPath(first);
      if (required === null) this.exact = false;
      else this.reexports.push({ specifier: required, star: true });
    } else this.exact = false;
  }

  /** `this` outside functions is `exports`: helpers look at it, `this.a = 1` and `call(this)` export. */
  #self(node: ts.Node): void {
    if (!ts.isSourceFile(thisContainer(node))) return;
    const { parent } = node;
    const isRead = ts.isPropertyAccessExpression(parent) && !isAssigned(parent);
    const isAsked =
      ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    if (!isRead && !isAsked) this.exact = false;
  }
}

function isComparison(node: ts.Node): boolean {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.ExclamationEqualsEqualsToken;
}

/** `0 && (module.exports = …)` */
function isHint(assignment: ts.Node): boolean {
  const outer = ts.isParenthesizedExpression(assignment.parent) ? assignment.parent.parent : assignment.parent;
  return ts.isBinaryExpression(outer) && ts.isNumericLiteral(outer.left) && outer.left.text === '0';
}

/** TypeScript's `var __exportStar = (this && this.__exportStar) || function (m, exports) { … }`. */
function isHelper(node: ts.Node): boolean {
  return ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.name.text === '__exportStar';
}

/** True where a file gives `exports` or `module` another meaning: a bundle's wrapper, a factory's parameter. */
function isShadowed(file: ts.SourceFile): boolean {
  for (const node of descendants(file, isHelper)) {
    if (!ts.isParameter(node) && !ts.isVariableDeclaration(node) && !ts.isFunctionDeclaration(node)) continue;
    const { name } = node;
    if (name !== undefined && ts.isIdentifier(name) && (name.text === 'exports' || name.text === 'module')) return true;
  }
  return false;
}

/** The names that a CommonJS file exports; null where it cannot be read. */
export function namesOfCommonjs(path: string, text: string): FileNames | null {
  const found = lexed(text);
  const syntax = parsed(path, text);
  if (found === null && syntax === null) return null;
  const names = new Set(found?.exports ?? []);
  const reexports: Reexport[] = [];
  const walk = syntax === null || isShadowed(syntax.file) ? null : new ExportsWalk(syntax.file);
  for (const name of walk?.names ?? []) names.add(name);
  reexports.push(...(walk?.reexports ?? []));
  for (const specifier of found?.reexports ?? []) {
    if (!reexports.some((known) => known.specifier === specifier)) reexports.push({ specifier, star: true });
  }
  // One says how the file was made, the other what it inherits; no caller asks for them by name.
  for (const name of ['__esModule', '__proto__']) names.delete(name);
  return { names, reexports, exact: walk?.exact === true && syntax?.wellFormed === true };
}
