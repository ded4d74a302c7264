/** What a name stands for where it is read, and what it is given. */

import ts from '../compiler.cjs';
import { ROOT } from './constants.js';
import { exportName } from './exports.js';
import { keep, putOutOfSight } from './out-of-sight.js';
import { functionId } from './own-things.js';
import { globalMember } from './powerful-things.js';
import { NodeUseSite } from './use-log.js';
import { NOTHING, one, stringValue, UNKNOWN, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** What a name may stand for. */
export function readName(walk: Walk, node: ts.Identifier): Value {
  const binding = walk.scopes.resolve(node, node.text);
  return binding === null ? readGlobal(walk, node) : walk.analysis.cells.get(binding);
}

/** Lets a name stand for a value beside what it stands for already. */
export function storeName(walk: Walk, name: ts.Identifier, value: Value): void {
  const binding = walk.scopes.resolve(name, name.text);
  if (binding !== null) walk.analysis.cells.add(binding, value);
  else if (name.text === 'exports' && !walk.isModule) exportName(walk, '=', value, name);
  else {
    // Whoever takes the place of a global function meets what others give it.
    readGlobal(walk, name);
    keep(walk, name.text, value, name);
  }
}

/** What a name stands for that the file does not declare. */
export function readGlobal(walk: Walk, node: ts.Identifier): Value {
  const { path } = walk;
  const { cells, uses } = walk.analysis;
  const { text } = node;
  if (text === 'undefined' || text === 'NaN' || text === 'Infinity') return NOTHING;
  if (text === 'require') return one('require');
  if (text === 'module') return one(`module:${path}`);
  if (text === 'exports' && !walk.isModule) return union(one(`file:${path}`), cells.get(`e:${path}\0=`));
  if (text === '__filename') return stringValue(`${ROOT}/${path}`);
  if (text === '__dirname') return stringValue(`${ROOT}/${path}`.replace(/\/[^/]*$/, ''));
  if (text === 'arguments') return readArguments(walk, node);
  const gives = globalMember(text);
  if (gives === null) return union(UNKNOWN, cells.get(`p:${text}`));
  if ('thing' in gives) return one(gives.thing);
  uses.present(gives, new NodeUseSite(node));
  return UNKNOWN;
}

/**
 * Once a function has asked for `arguments`, what it is called with goes out of sight there. Around a file of CommonJS is one that is
 * called with `exports`, `require` and `module`.
 */
function readArguments(walk: Walk, node: ts.Node): Value {
  let at = node.parent;
  while (at !== undefined && (ts.isArrowFunction(at) || !ts.isFunctionLike(at))) at = at.parent;
  if (at !== undefined) {
    putOutOfSight(walk, walk.analysis.cells.get(`args:${functionId(walk, at)}`), node);
    return new Set(['unknown', `arguments:${functionId(walk, at)}`]);
  }
  if (!walk.isModule) putOutOfSight(walk, new Set(['require', `module:${walk.path}`]), node);
  return UNKNOWN;
}
