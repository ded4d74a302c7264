/** What `this` may be in functions that others call. */

import { type Cells, one, type Thing, union, type Value } from './values.js';

/** Objects of the host but for the global one, and what they inherit from. */
const HOST_OBJECT = /^(?:prototype|Function\.prototype|process|require|foreign-module|console|stream|builtin:.*)$/;

/** Lets `this` be something in functions, and in those that literals keep; whoever calls a function has what it returns, too. */
export function receive(cells: Cells, value: Value, self: Thing, seen: Set<Thing> = new Set()): void {
  for (const thing of value) {
    if (seen.has(thing)) continue;
    seen.add(thing);
    if (thing.startsWith('fn:')) {
      cells.add(`this:${thing}`, one(self));
      if (self === 'called-global') receive(cells, cells.get(`r:${thing}`), self, seen);
    } else if (thing.startsWith('obj:'))
      for (const cell of [`in:${thing}`, `accessors:${thing}`]) receive(cells, cells.get(cell), self, seen);
  }
}

/**
 * Where functions are put into an object of the host, or into what it inherits from, `this` may be any of these in them. `isDeep`: in the
 * functions that a literal among them keeps, too.
 */
export function receiveFrom(cells: Cells, objects: Value, functions: Value, isDeep: boolean): void {
  const receivers = isDeep ? functions : new Set([...functions].filter((thing) => thing.startsWith('fn:')));
  for (const thing of objects) {
    if (thing === 'global') receive(cells, receivers, 'called-global');
    else if (HOST_OBJECT.test(thing)) receive(cells, receivers, 'any-object');
  }
}

/** Functions in which `this` may be what a call says, whoever calls them later. */
export function receiveAll(cells: Cells, functions: Value, selves: Value): void {
  for (const self of selves) receive(cells, functions, self);
}

/** What functions return. */
export function resultsOf(cells: Cells, functions: Value): Value {
  return union(...[...functions].map((thing) => cells.get(`r:${thing}`)));
}
