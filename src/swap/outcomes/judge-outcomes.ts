/** Outcomes of a version held against those of the version before it, by the test that judges live calls. */

import { Cusum, MAX_BASE_FAILURES, passingShare, type Share } from '../health/cusum.js';
import { FAILURES } from '../health/live-check.js';
import type { OutcomeRecord, Told } from './outcome-file.js';

/** What is active, and what was before it. */
export interface ActiveVersion {
  readonly version: number;
  /** The number of the entry that made it active. */
  readonly since: number;
  /** The version that it replaced; null where it replaced none. */
  readonly before: number | null;
}

/** So many outcomes back the numbers of a version go, when the next one is held against them. */
const KEPT = 2000;

const NONE: Told = { bad: 0, of: 0, recent: { bad: 0, of: 0 } };

function sum(a: Share, b: Share): Share {
  return { bad: a.bad + b.bad, of: a.of + b.of };
}

/** The share of the last ones: what is older loses weight as more comes. */
function recentWith(recent: Share, more: Share): Share {
  const { bad, of } = sum(recent, more);
  return of <= KEPT ? { bad, of } : { bad: (bad * KEPT) / of, of: KEPT };
}

function percent({ bad, of }: Share): string {
  return `${((100 * bad) / of).toFixed(1)}%`;
}

/** `12 of 40 failed (30.0%), 1.0% of those of v3`: a line that fits a tag. */
function summaryOf(told: Share, base: Share, before: number | null): string {
  const round = ({ bad, of }: Share) => `${Math.round(bad)} of ${Math.round(of)} failed (${percent({ bad, of })})`;
  return `outcomes: ${round(told)}${before === null || base.of === 0 ? '' : `, ${percent(base)} of those of v${before}`}`;
}

/** What the record is with `more` outcomes of a version, and why that version is to go, if it is the active one and there is a reason. */
export function withOutcomes(
  record: OutcomeRecord,
  version: number,
  more: Share,
  active: ActiveVersion | null,
): { readonly after: OutcomeRecord; readonly answer: string | null } {
  const told = record.versions.get(version) ?? NONE;
  const now: Told = { ...sum(told, more), recent: recentWith(told.recent, more) };
  const versions = new Map(record.versions).set(version, now);
  if (active === null || active.version !== version) return { after: { ...record, versions }, answer: null };
  const { since, before } = active;
  const isSame = record.judged?.version === version && record.judged.since === since;
  const test = new Cusum(FAILURES, isSame && record.judged !== null ? record.judged : undefined);
  const base = (before === null ? undefined : record.versions.get(before))?.recent ?? NONE.recent;
  const passing = passingShare(base, FAILURES);
  const isSick = passing < MAX_BASE_FAILURES && test.add(more, passing);
  const judged = { version, since, ...test.evidence };
  return { after: { versions, judged }, answer: isSick ? summaryOf(now, base, before) : null };
}
