/** What a file exports. */

import type ts from '../compiler.cjs';
import { putOutOfSight } from './out-of-sight.js';
import type { Value } from './values.js';
import type { Walk } from './walk.js';

/** Exports a value from the file that is looked through; `=` is the name of all that it exports. */
export function exportName(walk: Walk, name: string, value: Value, node: ts.Node): void {
  exportNameOf(walk, walk.path, name, value, node);
}

/** Exports a value from any file of the module. */
export function exportNameOf(walk: Walk, path: string, name: string, value: Value, node: ts.Node): void {
  walk.analysis.cells.add(`e:${path}\0${name}`, value);
  if (walk.analysis.reached.isEntry(path))
    putOutOfSight(walk, new Set([...value].filter((thing) => thing !== `file:${path}`)), node);
}

/** Exports all that a value has. */
export function exportAll(walk: Walk, value: Value, node: ts.Node): void {
  walk.analysis.cells.add(`star:${walk.path}`, value);
  if (walk.analysis.reached.isEntry(walk.path)) putOutOfSight(walk, value, node);
}
