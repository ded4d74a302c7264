/** One call on a version: in flight until it has ended, and counted. */

import type { CallOutcome, OpenCall } from '../health/call-counts.js';
import { goesOn, type OpenEnded, withEnd } from './call-end.js';
import type { Instance } from './instance.js';

/** A call that did not answer at once. It ends once, whatever its stream does afterwards. */
class LiveCall implements OpenCall, OpenEnded {
  readonly since: number;
  late = false;
  private readonly instance: Instance;
  private over = false;

  constructor(instance: Instance, since: number) {
    this.instance = instance;
    this.since = since;
  }

  answered(): void {
    this.instance.counts.answered(this);
  }

  ended(value: unknown): void {
    if (!this.over) this.end(this.instance.judge.answered(value));
  }

  threw(error: unknown): void {
    if (!this.over) this.end(this.instance.judge.thrown(error));
  }

  /** What was read of it was well. */
  givenUp(): void {
    if (!this.over) this.end('aborted');
  }

  private end(outcome: CallOutcome): void {
    this.over = true;
    this.instance.counts.ended(this, outcome);
    this.instance.end();
  }
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
  if (goesOn(result)) {
    const call = new LiveCall(instance, since >= 0 ? since : performance.now());
    counts.opened(call);
    return withEnd(result, call) as R;
  }
  counts.answeredAtOnce(since, judge.answered(result));
  instance.end();
  return result;
}
