/** Getters and setters of literals, classes and instances, in which `this` is what has them. */

import { receive } from './function-receivers.js';
import { type Cells, holderOf, type Thing, union, type Value } from './values.js';

/** Objects by whose members something is reached. */
const LEADS_ELSEWHERE =
  /^(?:global|process|require|require\.cache|foreign-module|console|stream|navigator|document|host|(?:builtin|module|file):.*)$/;

/** True for an object of the host, a file, and what inherits from one: more can be reached by it than what the module has put there. */
export function leadsElsewhere(cells: Cells, thing: Thing): boolean {
  const isOne = (each: Thing): boolean => LEADS_ELSEWHERE.test(each);
  const holder = holderOf(thing);
  return holder === null ? isOne(thing) : [...cells.get(`spread:${holder}`)].some(isOne);
}

/** Literals, classes and instances get getters and setters, in which `this` is what they are, and what they inherit from. */
export function defineAccessors(cells: Cells, objects: Value, accessors: Value): void {
  const functions = new Set([...accessors].filter((thing) => thing.startsWith('fn:')));
  if (functions.size === 0) return;
  for (const thing of objects) {
    const holder = holderOf(thing);
    if (holder !== null) cells.add(`accessors:${holder}`, functions);
    if (leadsElsewhere(cells, thing)) receive(cells, functions, thing);
  }
}

/** The getters and setters that literals and classes keep, and those above them. */
export function accessorsOf(cells: Cells, objects: Value, seen: Set<Thing> = new Set()): Value {
  const found: Value[] = [];
  for (const thing of objects) {
    const holder = holderOf(thing);
    if (holder === null || seen.has(holder)) continue;
    seen.add(holder);
    found.push(cells.get(`accessors:${holder}`), accessorsOf(cells, cells.get(`spread:${holder}`), seen));
  }
  return union(...found);
}
