/** How much memory a parser asks for at once: a length that an input merely states must not be allocated. */

import { Buffer } from 'node:buffer';

const NAMES = /** @type {const} */ (['alloc', 'allocUnsafe', 'allocUnsafeSlow']);

/** Thrown in place of an allocation that no input of a fuzz run justifies. */
export class AllocationTooLarge extends Error {}

/**
 * Refuses allocations of more than `limit` bytes until `restore` is called; `largest` says what was asked for since the last
 * `reset`, whoever caught the refusal.
 *
 * @param {number} limit
 */
export function watchAllocations(limit) {
  let largest = 0;
  const real = { ...Object.fromEntries(NAMES.map((name) => [name, Buffer[name]])), concat: Buffer.concat };
  const look = (/** @type {number} */ size) => {
    if (size > largest) largest = size;
    if (size > limit) throw new AllocationTooLarge(`${size} bytes at once`);
  };
  for (const name of NAMES) {
    const allocate = Buffer[name];
    Object.assign(Buffer, {
      [name]: (/** @type {[number, ...any]} */ ...args) => {
        look(args[0]);
        return Reflect.apply(allocate, Buffer, args);
      },
    });
  }
  const concat = Buffer.concat;
  Object.assign(Buffer, {
    concat: (/** @type {readonly Uint8Array[]} */ list, /** @type {number | undefined} */ length) => {
      look(length ?? list.reduce((sum, part) => sum + part.length, 0));
      return concat.call(Buffer, list, length);
    },
  });
  return {
    largest: () => largest,
    reset: () => {
      largest = 0;
    },
    restore: () => {
      Object.assign(Buffer, real);
    },
  };
}
