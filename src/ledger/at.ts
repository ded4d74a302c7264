/** Time travel: what a ledger was at an earlier entry, and why each module's active version was active then. */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import type { MomentRecord } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import { frozenSet } from '../model/tag-label.js';
import { activationBy } from './activations.js';
import type { LedgerMoment, ModuleMoment, Moment } from './ledger-journal.js';
import type { View } from './view.js';

const HINT = 'give the number of an entry of the journal, or a time in seconds since the Unix epoch, and not both';

/** Returns a moment of exactly one kind, else throws `INVALID_ARGUMENT`. */
export function checkMoment(moment: unknown): Moment {
  const { seq, time } = (moment !== null && typeof moment === 'object' ? moment : {}) as Moment;
  const fits =
    (seq === undefined) !== (time === undefined) &&
    (seq === undefined || (Number.isSafeInteger(seq) && seq >= 0)) &&
    (time === undefined || Number.isFinite(time));
  if (fits) return { seq, time };
  const issue = {
    path: 'moment',
    expected: 'either seq, an integer from 0 on, or time, in seconds',
    actual: seq === undefined && time === undefined ? quoted(moment) : `seq ${quoted(seq)}, time ${quoted(time)}`,
  };
  throw invalidInput('INVALID_ARGUMENT', [issue], HINT);
}

function moduleThen(
  view: View,
  moduleId: string,
  { active, tags, target, targetTags, activation }: MomentRecord,
): ModuleMoment {
  const { records } = view;
  if (active === null || activation === null) return { moduleId, active: null, stable: null, activation: null };
  const then = (version: number, carried: readonly string[]) =>
    Object.freeze({ ...view.checkpoint(view.require(moduleId, version)), tags: frozenSet(carried) });
  return {
    moduleId,
    active: then(active, tags),
    stable: target === null ? null : then(target, targetTags),
    activation: activationBy(records, moduleId, activation),
  };
}

/** The newest entry that is not after the moment. @throws `NOT_FOUND` */
function entryAt(records: Records, { seq, time }: Moment): number {
  const last = records.head()?.seq ?? -1;
  if (seq !== undefined) {
    if (seq <= last) return seq;
    throw noMoment(`the journal has no entry ${seq}: its last one is ${last}`, `entry ${seq}`);
  }
  // Entries are in the order of their times.
  let [low, high] = [0, last + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records.entry(middle)?.timestamp ?? 0) <= (time ?? 0)) low = middle + 1;
    else high = middle;
  }
  if (low > 0) return low - 1;
  const began = new Date((records.entry(0)?.timestamp ?? 0) * 1000).toISOString();
  throw noMoment(`the ledger begins at ${began}, after that moment`, 'a moment before the ledger');
}

function noMoment(message: string, what: string): LedgerError<'NOT_FOUND'> {
  return new LedgerError(
    'NOT_FOUND',
    message,
    { kind: 'MOMENT', what },
    { hint: 'git-lineage history lists the entries with their times' },
  );
}

/** What the ledger was at a moment. @throws `NOT_FOUND` */
export function ledgerAt(view: View, moment: Moment): LedgerMoment {
  const { records } = view;
  const seq = entryAt(records, moment);
  const entry = records.entry(seq);
  const modules: ModuleMoment[] = [];
  for (const moduleId of records.moduleIds()) {
    // A name with reports alone is no module yet.
    for (const [, then] of records.moments(moduleId, seq)) {
      if (then.highest > 0) modules.push(moduleThen(view, moduleId, then));
      break;
    }
  }
  return { seq, oid: entry?.oid ?? '', timestamp: entry?.timestamp ?? 0, modules };
}
