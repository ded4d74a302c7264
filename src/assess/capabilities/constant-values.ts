/** Expressions that have the same value in every run, by what the names of the file stand for. */

import type ts from '../compiler.cjs';
import { fold, type Lookup } from './constants.js';
import { readGlobal, readName } from './names.js';
import { NUMBER, onlyStrings, stringValue, type Value } from './values.js';
import type { Walk } from './walk.js';

/** What the names of a file mean, for who puts constants together. */
export function lookupIn(walk: Walk): Lookup {
  return {
    text: (name) => {
      const [text, ...more] = onlyStrings(readName(walk, name)) ?? [];
      return more.length === 0 ? text : undefined;
    },
    means: (name, what) => {
      const { cells } = walk.analysis;
      const binding = walk.scopes.resolve(name, name.text);
      if (what === 'global') return binding === null && cells.get(`p:${name.text}`).size === 0;
      const value = binding === null ? readGlobal(walk, name) : cells.get(binding);
      return value.size === 1 && value.has(what);
    },
  };
}

/** The string or number that an expression always is; null for every other one. */
export function constantValue(walk: Walk, node: ts.Expression): Value | null {
  const value = fold(node, walk.lookup);
  if (typeof value === 'number') return NUMBER;
  return typeof value === 'string' ? stringValue(value) : null;
}
