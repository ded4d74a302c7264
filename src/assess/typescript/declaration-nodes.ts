/** What the nodes of a declaration say of themselves, as far as callers can tell. */

import ts from '../compiler.cjs';
import { isPrivate, returnTypeNode, typeNode } from './symbols.js';

/** Types that are computed from others, so that a change of those is not told where they are declared. */
const COMPUTING: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ConditionalType,
  ts.SyntaxKind.IndexedAccessType,
  ts.SyntaxKind.MappedType,
  ts.SyntaxKind.TemplateLiteralType,
  ts.SyntaxKind.CallExpression,
  ts.SyntaxKind.NewExpression,
  ts.SyntaxKind.PropertyAccessExpression,
  ts.SyntaxKind.ObjectLiteralExpression,
  ts.SyntaxKind.PropertyAssignment,
  ts.SyntaxKind.ShorthandPropertyAssignment,
  ts.SyntaxKind.BinaryExpression,
]);

/** `keyof T`. */
export function isKeyOf(node: ts.Node): node is ts.TypeOperatorNode {
  return ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.KeyOfKeyword;
}

export function computes(node: ts.Node): boolean {
  if (isKeyOf(node)) return true;
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && typeNode(node) === undefined) return true;
  if (isDottedName(node)) return false;
  return COMPUTING.has(node.kind) || (ts.isFunctionLike(node) && hasBody(node) && !saysItsTypes(node));
}

/** `[Symbol.hasInstance]` and `extends ns.Base` name what they name, and compute nothing from it. */
function isDottedName(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node)) return false;
  const { parent } = node;
  return ts.isComputedPropertyName(parent) || ts.isExpressionWithTypeArguments(parent) || isDottedName(parent);
}

function hasBody(node: ts.Node): boolean {
  return (node as { readonly body?: ts.Node }).body !== undefined;
}

/** Modifiers that say how something is exported or emitted, and not what it is. */
const PLACE_MODIFIERS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ExportKeyword,
  ts.SyntaxKind.DefaultKeyword,
  ts.SyntaxKind.DeclareKeyword,
  ts.SyntaxKind.PublicKeyword,
]);

/** Declared names whose spelling callers do not see. */
export function bindsSilently(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isParameter(parent) || ts.isTypeParameterDeclaration(parent)) && parent.name === node;
}

export function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    if (PLACE_MODIFIERS.has(child.kind)) return;
    if (ts.isClassElement(child) && isPrivate(child) && !ts.isConstructorDeclaration(child)) return;
    children.push(child);
  });
  return node.flags & ts.NodeFlags.JavaScriptFile ? [...children, ...documentedTypes(node)] : children;
}

/** In JavaScript, types stand in comments. */
function documentedTypes(node: ts.Node): ts.Node[] {
  if (!(ts.isParameter(node) || ts.isFunctionLike(node) || ts.isVariableDeclaration(node))) return [];
  const types = [ts.getJSDocType(node), ts.isParameter(node) ? undefined : ts.getJSDocReturnType(node)];
  const parameters = ts.isFunctionLike(node) ? ts.getJSDocTags(node).filter(ts.isJSDocTemplateTag) : [];
  return [...types.filter((type) => type !== undefined), ...parameters];
}

/** What a node says beside its kind and its children. */
export function textOf(node: ts.Node): string | number | boolean {
  if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node)) {
    return node.text;
  }
  if (ts.isTypeOperatorNode(node)) return node.operator;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return node.operator;
  if (ts.isHeritageClause(node)) return node.token;
  if (ts.isVariableDeclarationList(node)) return node.flags & ts.NodeFlags.BlockScoped;
  if (ts.isModuleDeclaration(node)) return node.flags & ts.NodeFlags.GlobalAugmentation;
  if (ts.isJsxText(node)) return node.text;
  if (ts.isJSDocPropertyLikeTag(node)) return node.isBracketed;
  return ts.isImportTypeNode(node) ? node.isTypeOf : '';
}

/** True for a function that says its parameters' and its result's types: its body changes nothing for callers. */
export function saysItsTypes(node: ts.Node): boolean {
  if (!ts.isFunctionLike(node) || ts.isTypeNode(node)) return false;
  if (returnTypeNode(node as ts.SignatureDeclaration) === undefined) {
    if (!ts.isConstructorDeclaration(node) && !ts.isSetAccessor(node)) return false;
  }
  return node.parameters.every((parameter) => typeNode(parameter as ts.ParameterDeclaration) !== undefined);
}

/** The dotted name that an `import x = a.b` stands for. */
export function entityOf(symbol: ts.Symbol): ts.EntityName | null {
  const node = symbol.declarations?.find(ts.isImportEqualsDeclaration);
  if (node === undefined || ts.isExternalModuleReference(node.moduleReference)) return null;
  return node.moduleReference;
}

export function leftmost(name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : leftmost(name.left);
}

export function isBlockScoped(node: ts.Node): number {
  return node.parent.flags & ts.NodeFlags.BlockScoped;
}

/** True for a class with a private member of its own: nothing but its instances fits where it is asked for. */
export function hasPrivateMember(node: ts.ClassLikeDeclaration): boolean {
  return node.members.some((member) => isPrivate(member) && !ts.isConstructorDeclaration(member));
}

/** True for the names of members and locals, which mean nothing but themselves. */
export function isWithinOwnDeclaration(symbol: ts.Symbol, name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if ((parent as { readonly name?: ts.Node }).name === name && !ts.isPropertyAccessExpression(parent)) return true;
  if (symbol.flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) return true;
  const local = ts.SymbolFlags.FunctionScopedVariable | ts.SymbolFlags.BlockScopedVariable;
  if (!(symbol.flags & local)) return false;
  const node = symbol.declarations?.[0];
  // Inside a body: the text of the body is compared as a whole.
  return node !== undefined && ts.findAncestor(node, ts.isFunctionLike) !== undefined;
}
