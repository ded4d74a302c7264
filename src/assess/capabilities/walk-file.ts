/** One file, looked through: what each expression may stand for, and what is done with it. Nothing is run. */

import ts from '../compiler.cjs';
import { formatOf } from '../module/module-format.js';
import type { ParsedFile } from '../names/syntax-walk.js';
import type { Analysis } from './analysis.js';
import { lookupIn } from './constant-values.js';
import type { Lookup } from './constants.js';
import { evaluate } from './expressions.js';
import { walkCallable } from './functions.js';
import { functionId } from './own-things.js';
import { ANYTHING } from './powerful-things.js';
import { Scopes } from './scopes.js';
import { walkStatement } from './statements.js';
import { one, type Value } from './values.js';
import type { Callable, Walk } from './walk.js';

/** One file of a version. */
export class FileWalk implements Walk {
  readonly analysis: Analysis;
  readonly path: string;
  readonly file: ts.SourceFile;
  readonly scopes: Scopes;
  readonly isModule: boolean;
  readonly lookup: Lookup;
  #memo = new Map<ts.Node, Value>();

  constructor(analysis: Analysis, path: string, { file }: ParsedFile) {
    this.analysis = analysis;
    this.path = path;
    this.file = file;
    this.scopes = new Scopes(path, file);
    this.isModule = formatOf(analysis.tree, path) === 'module';
    this.lookup = lookupIn(this);
  }

  /** Looks through the whole file once. */
  walk(): void {
    this.#memo = new Map();
    if (!this.isModule && hasHtmlComment(this.file))
      unreadable(this.analysis, this.path, 'a comment of HTML, which Node reads as one and TypeScript does not');
    for (const statement of this.file.statements) this.statement(statement);
  }

  statement(node: ts.Node): void {
    walkStatement(this, node);
  }

  value(node: ts.Expression): Value {
    const known = this.#memo.get(node);
    if (known !== undefined) return known;
    this.analysis.steps.spend(1);
    const value = evaluate(this, node);
    this.#memo.set(node, value);
    return value;
  }

  callable(node: Callable, name: string | null): Value {
    const value = one(functionId(this, node));
    if (this.#memo.has(node)) return value;
    this.#memo.set(node, value);
    walkCallable(this, node, name);
    return value;
  }
}

/**
 * True where code outside of modules has `<!--`, or `-->` at the beginning of a line: from there to the line's end it is a comment
 * (ECMA-262, B.1.1). TypeScript reads operators, and may take for a comment what is run.
 */
function hasHtmlComment(file: ts.SourceFile): boolean {
  const { text } = file;
  if (!text.includes('<!--') && !text.includes('-->')) return false;
  const isOne = (node: ts.Node): boolean => {
    if (ts.isBinaryExpression(node) && text.startsWith('<!--', node.operatorToken.end - 1)) return true;
    if (ts.isPostfixUnaryExpression(node) && text.startsWith('-->', node.end - 2)) {
      const line = text.slice(text.lastIndexOf('\n', node.end) + 1, node.end - 2);
      if (/^(?:\s|\/\*.*?\*\/)*$/.test(line)) return true;
    }
    return ts.forEachChild(node, isOne) === true;
  };
  return isOne(file);
}

/** Every capability that a file may use that nobody could read. */
export function unreadable(analysis: Analysis, path: string, why: string): void {
  analysis.uses.undetermined(ANYTHING, { file: path, line: 1, what: why });
}
