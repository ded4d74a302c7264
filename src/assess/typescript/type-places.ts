/** Where in an interface a type stands, and the words for what became of it there. */

import type ts from '../compiler.cjs';
import { declarationOf } from '../root-causes.js';

/** Where in the interface a type stands, and what it is there. */
export interface Place {
  /** As a caller would write it: `open(options).timeout`. */
  readonly path: string;
  /** Chooses the code of a change that has no better one. */
  readonly kind: 'type' | 'param' | 'return' | 'member' | 'constraint' | 'default';
  /** How the type is written before and after, where that is known: what the checker cannot compute is read there. */
  readonly nodes?: readonly (ts.Node | undefined)[] | undefined;
}

/** The place of a type that is a part of what stands there, and is not written so. */
export function bare({ path, kind }: Place): Place {
  return { path, kind };
}

/** Why two types cannot be compared: what they mean is the choice of whoever fills them in. */
export const OPEN = ": what that means depends on the caller's types";

/** Where two types are met. */
export interface Meeting {
  readonly path: string;
  readonly kind: Place['kind'];
  /** The name at which they are told wherever they are met; `path` where they have none. */
  readonly own: string;
}

/** True for the path of an export or of something in it, and for what lies within. */
export function isWithin(inner: string, path: string): boolean {
  return inner.startsWith(path) && /^($|[.#[<(])/.test(inner.slice(path.length));
}

/** The export within which a path lies: `open` of `open > Options` and of `open(options)`. */
export function exportOf(path: string): string {
  return declarationOf(path.replace(/^new /, '').split(' > ', 1).join());
}

/** That a type is another one now. Types that read the same may be of two declarations. */
export function changedType(before: string, after: string): string {
  return before === after
    ? `is another type now, although it reads the same: ${after}`
    : `is ${after} now, was ${before}`;
}
