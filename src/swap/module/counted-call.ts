/** One call on a version: in flight until it has ended, and counted. */

import type { CallOutcome, OpenCall } from '../health/call-counts.js';
import { goesOn, type OpenEnded, withEnd } from './call-end.js';
import type { Instance } from './instance.js';

/** A call that did not answer at once. It ends once, whatever its stream does afterwards. */
function openCall(instance: Instance, call: OpenCall): OpenEnded {
  const { counts, judge } = instance;
  let over = false;
  const end = (outcome: CallOutcome): void => {
    if (over) return;
    over = true;
    counts.ended(call, outcome);
    instance.end();
  };
  return {
    answered: () => counts.answered(call),
    ended: (value) => end(judge.answered(value)),
    threw: (error) => end(judge.thrown(error)),
    // What was read of it was well.
    givenUp: () => end('aborted'),
  };
}

/** Calls `fn` with the exports of an instance, and holds the instance until what it answers with has ended. */
export function countedCall<T, R>(instance: Instance, fn: (exports: T, version: number) => R): R {
  const { counts, judge } = instance;
  const since = counts.begin();
  instance.begin();
  let result: R;
  try {
    result = fn(instance.exports as T, instance.version);
  } catch (error) {
    counts.answeredAtOnce(since, judge.thrown(error));
    instance.end();
    throw error;
  }
  if (goesOn(result)) return withEnd(result, openCall(instance, counts.opened(since))) as R;
  counts.answeredAtOnce(since, judge.answered(result));
  instance.end();
  return result;
}
