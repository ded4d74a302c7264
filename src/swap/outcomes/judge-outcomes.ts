/** Outcomes of a version held against those of the version before it, by the test that judges live calls. */

import { Cusum, MAX_BASE_FAILURES, passingShare, type Share } from '../health/cusum.js';
import { FAILURES } from '../health/live-check.js';
import type { OutcomeCounts, OutcomeRecord } from './outcome-file.js';

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

const NONE: OutcomeCounts = { bad: 0, of: 0, recent: { bad: 0, of: 0 } };

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

const SUMMARY = 'outcomes: ';

/** True for a tag that says which outcomes decided: it judges nothing by itself. */
export function isSummary(tag: string): boolean {
  return tag.startsWith(SUMMARY);
}

/** `outcomes: 12 of 40 failed (30.0%), 1.0% of those of v3`: a line that fits a tag. */
export function summaryOf(told: Share, base: Share, before: number | null): string {
  const round = ({ bad, of }: Share) => `${Math.round(bad)} of ${Math.round(of)} failed (${percent({ bad, of })})`;
  return `${SUMMARY}${round(told)}${before === null || base.of === 0 ? '' : `, ${percent(base)} of those of v${before}`}`;
}

/** The last outcomes of a version, which the one after it is held against. */
function recentOf({ versions }: OutcomeRecord, version: number | null): Share {
  return (version === null ? undefined : versions.get(version))?.recent ?? NONE.recent;
}

/** What was told of a version since the entry that made it active, and of the version before it. */
export function toldSince(
  record: OutcomeRecord,
  { version, since, before }: ActiveVersion,
): { readonly told: Share; readonly base: Share } {
  const { judged, versions } = record;
  const base = recentOf(record, before);
  // Nobody has told anything of it since.
  if (judged?.version !== version || judged.since !== since) return { told: NONE.recent, base };
  const { bad, of } = versions.get(version) ?? NONE;
  return { told: { bad: bad - judged.from.bad, of: of - judged.from.of }, base };
}

/** What the record is with `more` outcomes of a version, and why that version is to go, if it is the active one and there is a reason. */
export function withOutcomes(
  record: OutcomeRecord,
  version: number,
  more: Share,
  active: ActiveVersion | null,
): { readonly after: OutcomeRecord; readonly answer: string | null } {
  const told = record.versions.get(version) ?? NONE;
  const now: OutcomeCounts = { ...sum(told, more), recent: recentWith(told.recent, more) };
  const versions = new Map(record.versions).set(version, now);
  if (active === null || active.version !== version) return { after: { ...record, versions }, answer: null };
  const { since, before } = active;
  const known = record.judged?.version === version && record.judged.since === since ? record.judged : null;
  const test = new Cusum(FAILURES, known ?? undefined);
  const base = recentOf(record, before);
  const passing = passingShare(base, FAILURES);
  const isSick = passing < MAX_BASE_FAILURES && test.add(more, passing);
  const judged = { version, since, from: known?.from ?? { bad: told.bad, of: told.of }, ...test.evidence };
  return { after: { versions, judged }, answer: isSick ? summaryOf(now, base, before) : null };
}
