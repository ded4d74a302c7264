/** Calls that say what `this` is. */

import ts from '../compiler.cjs';
import { call } from './call-thing.js';
import { noteMade } from './made-functions.js';
import { putOutOfSight } from './out-of-sight.js';
import { NodeUseSite } from './use-log.js';
import { instanceOf, one, union, type Value } from './values.js';
import type { Walk } from './walk.js';

/** What a call says of `this`. */
interface Receiver {
  readonly self: Value;
  /** The expression that it is the value of. */
  readonly given: ts.Node | undefined;
  /** The object that has the function that is called: to be given back to itself is no news. */
  readonly owner: Value;
}

/** `target.call(self, …)` and its like. */
export function callWith(
  walk: Walk,
  node: ts.Node,
  target: Value,
  { self, given, owner }: Receiver,
  args: readonly Value[],
): Value {
  noteMade(walk, node, target, args);
  const isOwn = [...target].every((thing) => thing.startsWith('fn:'));
  if (!isOwn)
    // The global object is `this` in any sloppy function, whoever calls it.
    putOutOfSight(walk, new Set([...self].filter((thing) => !owner.has(thing) && thing !== 'called-global')), node);
  const isNobody = self.size === 0 || given?.kind === ts.SyntaxKind.NullKeyword;
  // What nobody knows may be nothing, which is the global object to sloppy code.
  const known = self.has('unknown') ? union(self, one('called-global')) : self;
  const called = call(walk.analysis, target, args, {
    self: isNobody ? one('global') : known,
    from: walk.path,
    spot: new NodeUseSite(node),
  });
  return self.has('called-global') && !isOwn ? union(called, one('returned-global')) : called;
}

/** What the functions and classes of the module construct. */
export function instancesOf(target: Value): Value {
  return new Set([...target].filter((thing) => thing.startsWith('fn:')).map(instanceOf));
}
