/** The things that stand for functions and literals of a file. */

import type ts from '../compiler.cjs';
import type { Thing } from './values.js';
import type { Walk } from './walk.js';

/** A function or class. */
export function functionId({ path }: Walk, node: ts.Node): Thing {
  return `fn:${path}:${node.pos}:${node.kind}`;
}

/** An object or a list that is written out. */
export function literalId({ path }: Walk, node: ts.Node): Thing {
  return `obj:${path}:${node.pos}`;
}
