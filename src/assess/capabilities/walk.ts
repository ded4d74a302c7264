/** What the parts of a walk through one file share, and what they ask of one another. */

import type ts from '../compiler.cjs';
import type { Analysis } from './analysis.js';
import type { Lookup } from './constants.js';
import type { Scopes } from './scopes.js';
import type { Value } from './values.js';

/** A function, a class, or what stands in the place of one. */
export type Callable = ts.FunctionLikeDeclaration | ts.ClassLikeDeclaration;

/** One file that is looked through. Syntax is nested in syntax: each part hands what is inside of it back to these three. */
export interface Walk {
  readonly analysis: Analysis;
  readonly path: string;
  readonly file: ts.SourceFile;
  readonly scopes: Scopes;
  /** True where the file is read by the rules of ES modules. */
  readonly isModule: boolean;
  readonly lookup: Lookup;
  /** What an expression may stand for; looked at once in each walk. */
  value(node: ts.Expression): Value;
  /** The function or class itself; its body is looked at once in each walk. `name`: what it is called where it is put. */
  callable(node: Callable, name: string | null): Value;
  /** Looks through a statement or declaration. */
  statement(node: ts.Node): void;
}
