/**
 * What a thread has let go of, given back before it is needed again. V8 collects old objects once they are half as much again as those that were
 * alive the last time: what one part of an assessment left behind would lie beside what the next one makes.
 */

import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A heap below this is left to V8: a small pair never has more. */
const LARGE_HEAP_BYTES = 128 * 2 ** 20;

let collect: (() => void) | null = null;

/** Collects all that is not alive any more: some milliseconds for each ten megabytes that are. */
export function collectGarbage(): void {
  if (collect === null) {
    // Node has no other way to it at run time.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/** Does so where there is enough of it to matter. Called between parts of an assessment, where much was let go of. */
export function collectLargeHeap(): void {
  if (getHeapStatistics().used_heap_size > LARGE_HEAP_BYTES) collectGarbage();
}
