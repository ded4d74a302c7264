/**
 * Writes of machines that watch a version: each names the version that it expects to be active, and since which entry.
 * What somebody else has decided meanwhile stands: nothing is reverted that was not sick, and no tag of an operator replaced.
 */

import { invalidInput, LedgerError, quoted } from '../errors.js';
import { assertVersion } from '../model/checkpoint.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import type { Records } from '../model/records.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import type { Decision } from './decision.js';
import type { Epoch } from './ledger-live.js';
import { addTag } from './tag.js';

/** Returns a valid epoch, else throws `INVALID_ARGUMENT`. */
export function assertEpoch(given: unknown): Epoch {
  const { version, since } = (typeof given === 'object' && given !== null ? given : {}) as Partial<Epoch>;
  assertVersion(version, 'expect.version');
  if (Number.isSafeInteger(since) && Number(since) >= 0) return { version: Number(version), since: Number(since) };
  const issue = { path: 'expect.since', expected: 'the number of an entry', actual: quoted(since) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'ask ledger.live.epoch(moduleId) when the version became active');
}

/** The epoch of the active version; null where there is none. */
export function epochOf(records: Records, moduleId: string): Epoch | null {
  const { active, activation } = records.module(moduleId) ?? {};
  return active == null || activation == null ? null : { version: active, since: activation };
}

/** @throws `NOT_ACTIVE` where another version is active, or this one since another entry */
export function requireEpoch(decision: Decision, moduleId: string, expect: Epoch): void {
  const now = epochOf(decision.records, moduleId);
  if (now !== null && now.version === expect.version && now.since === expect.since) return;
  const is = now === null ? 'no version is' : `v${now.version} is, since entry ${now.since}`;
  const message = `${moduleId} v${expect.version} is not active any more since entry ${expect.since}: ${is}`;
  const data = { moduleId, version: expect.version, expected: expect.version, actual: now?.version ?? null };
  throw new LedgerError(
    'NOT_ACTIVE',
    message,
    { ...data, since: now?.since ?? null },
    {
      hint: 'somebody else moved the module on: read what is active now, and leave it',
    },
  );
}

function isVerdict(event: LedgerEvent, moduleId: string, version: number): boolean {
  if (event.type === 'rollback') return event.moduleId === moduleId && event.fromVer === version;
  if (event.type !== 'tag' && event.type !== 'untag') return false;
  return event.moduleId === moduleId && event.version === version && [STABLE, REVERTED].includes(event.tag);
}

/** True where somebody called a version stable or reverted, or took that back, after the entry `since`. */
function isJudgedSince({ records }: Decision, moduleId: string, version: number, since: number): boolean {
  const entries = records.version(moduleId, version)?.entries ?? [];
  for (const seq of entries.toReversed()) {
    if (seq <= since) return false;
    if (records.entry(seq)?.events.some((event) => isVerdict(event, moduleId, version)) === true) return true;
  }
  return false;
}

/**
 * Makes a version that was healthy a rollback target, where the policy says so: true where it is one now. It is not where
 * somebody has judged it since it became active. @throws `NOT_ACTIVE`
 */
export function markHealthy(decision: Decision, moduleId: string, expect: Epoch): boolean {
  requireEpoch(decision, moduleId, expect);
  const { version, since } = expect;
  const { tags } = decision.require(moduleId, version);
  if (tags.includes(STABLE)) return true;
  if (!decision.policy.promoteStable || isJudgedSince(decision, moduleId, version, since)) return false;
  addTag(decision, moduleId, version, STABLE);
  return true;
}

/**
 * Marks a version that is not active as one not to be tried again: true where it is now. It is not where somebody has
 * judged it after the entry `since`. @throws `NOT_FOUND`, `NOT_ACTIVE` where it is the active one
 */
export function markFailed(decision: Decision, moduleId: string, version: number, since: number): boolean {
  const { tags } = decision.require(moduleId, version);
  const now = epochOf(decision.records, moduleId);
  if (now?.version === version) {
    const message = `${moduleId} v${version} is the active version, since entry ${now.since}`;
    const data = { moduleId, version, expected: null, actual: version, since: now.since };
    throw new LedgerError('NOT_ACTIVE', message, data, { hint: 'roll it back, naming this epoch' });
  }
  if (tags.includes(REVERTED)) return true;
  if (isJudgedSince(decision, moduleId, version, since)) return false;
  addTag(decision, moduleId, version, REVERTED);
  return true;
}
