/** What a process holds: memory after everything that nobody refers to is gone, and what it has open. */

import { readdirSync, readlinkSync } from 'node:fs';

/** @typedef {{ rss: number, heap: number, descriptors: number }} Held bytes, bytes, count */

/** What the process has open, apart from packs: their number grows with the ledger, and what is kept open of them has a limit. */
function descriptors() {
  const targets = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  return targets.filter((target) => !target.includes('/objects/pack/')).length;
}

/** Measures this process. Node must run with --expose-gc. @returns {Held} */
export function held() {
  if (global.gc === undefined) throw new Error('start node with --expose-gc');
  global.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external, descriptors: descriptors() };
}

/** What may come on top of what was held: this share, and so many megabytes. What a process holds depends on its allocator as well. */
const MORE = { heap: { share: 0.1, mb: 16 }, rss: { share: 0.25, mb: 32 } };
const MORE_DESCRIPTORS = 8;

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * Where the last third of measurements is more than the first third.
 *
 * @param {readonly Held[]} measured
 * @returns {string[]}
 */
export function growth(measured) {
  const third = Math.floor(measured.length / 3);
  const [before, after] = [measured.slice(0, third), measured.slice(-third)];
  /** @type {string[]} */
  const found = [];
  for (const what of /** @type {const} */ (['rss', 'heap'])) {
    const megabytes = (/** @type {readonly Held[]} */ list) => median(list.map((m) => m[what])) / 2 ** 20;
    const [had, has] = [megabytes(before), megabytes(after)];
    const { share, mb } = MORE[what];
    if (has > had * (1 + share) + mb) found.push(`${what} grew from ${had.toFixed(0)} to ${has.toFixed(0)} MB`);
  }
  return [...found, ...opened(measured)];
}

/** Where the last third of measurements has more open than the first. @param {readonly Held[]} measured */
export function opened(measured) {
  const third = Math.floor(measured.length / 3);
  const most = (/** @type {readonly Held[]} */ list) => Math.max(0, ...list.map((m) => m.descriptors));
  const [had, has] = [most(measured.slice(0, third)), most(measured.slice(-third))];
  return has > had + MORE_DESCRIPTORS ? [`descriptors grew from ${had} to ${has}`] : [];
}
