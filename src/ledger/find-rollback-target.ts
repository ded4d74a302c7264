/** Which version a module would return to, and why not a nearer one. */

import { invalidInput, quoted } from '../errors.js';
import { levelInForce } from '../model/level-in-force.js';
import {
  type Candidate,
  DEFAULT_TAG_FILTER,
  isRollbackReason,
  RollbackReason,
  type SkippedVersion,
  type TagFilter,
  whyPassedOver,
} from '../model/rollback-target.js';
import { assertTag, REVERTED } from '../model/tag-label.js';
import { taggedTarget } from '../model/tagged-target.js';
import type { RollbackExplanation } from './ledger-live.js';
import type { Version, View } from './view.js';

/** Returns a valid reason, else throws `INVALID_ARGUMENT`. */
export function assertReason(reason: unknown): RollbackReason {
  if (isRollbackReason(reason)) return reason;
  const expected = Object.keys(RollbackReason).join(', ');
  throw invalidInput(
    'INVALID_ARGUMENT',
    [{ path: 'reason', expected, actual: quoted(reason) }],
    'it is a label of asm_version_rollbacks_total',
  );
}

/** A filter as given: undefined is `stable`, null the seed's walk. @throws `INVALID_TAG` */
export function checkTagFilter(filter: TagFilter | undefined): TagFilter {
  if (filter === undefined) return DEFAULT_TAG_FILTER;
  return filter === null ? null : assertTag(filter);
}

/** The depth of a version in its module's lineage; -1 for none. */
function depthOf(version: Version | null): number {
  return version?.depth ?? -1;
}

function candidate({ tags, checksum, redacted }: Version, active: Version | null, breaking = false): Candidate {
  return { tags, redacted: redacted !== undefined, breaking, sameContent: checksum === active?.checksum };
}

/** Ancestors of the active version in the window of `maxCheckpoints`, nearest first, with what the walk says of each. */
function* window(view: View, moduleId: string): Generator<{ version: Version; skipped: SkippedVersion | null }> {
  const active = view.active(moduleId);
  let seen = 0;
  for (const number of view.records.lineage(moduleId)) {
    seen += 1;
    if (seen > view.policy.maxCheckpoints) return;
    if (active === null || number === active.version) continue;
    const version = view.require(moduleId, number);
    const level = levelInForce(view.judged({ moduleId, fromVer: number, toVer: active.version }));
    const skipped = whyPassedOver(candidate(version, active, level === 'BREAKING'), null);
    yield { version, skipped: skipped === null ? null : { version: number, ...skipped } };
  }
}

/** The nearest in the window that was not passed over; where none is but those assessed BREAKING, the oldest of these. */
function walk(view: View, moduleId: string): { target: Version | null; skipped: SkippedVersion[] } {
  const skipped: SkippedVersion[] = [];
  let lastResort: Version | null = null;
  for (const step of window(view, moduleId)) {
    if (step.skipped === null) return { target: step.version, skipped };
    skipped.push(step.skipped);
    if (step.skipped.code === 'BREAKING') lastResort = step.version;
  }
  return { target: lastResort, skipped: skipped.filter((s) => s.version !== lastResort?.version) };
}

/**
 * The version that a module would go back to, or null: the nearest proper ancestor of the active version that carries the tag `filter`, is
 * neither `reverted` nor redacted; under a null filter, the nearest in the window not assessed BREAKING towards the active version. Never
 * one with the content of the active version.
 */
export function findRollbackTarget(view: View, moduleId: string, filter: TagFilter): Version | null {
  if (filter === null) return walk(view, moduleId).target;
  const number = taggedTarget(view.records, moduleId, filter);
  return number === null ? null : view.require(moduleId, number);
}

/** So many of the versions that were passed over are named. */
const MAX_NAMED = 100;

/** The target, and what was passed over on the way to it: how many for each reason, and the nearest ones. */
export function explainRollbackTarget(
  view: View,
  moduleId: string,
  filter: TagFilter,
): Omit<RollbackExplanation, 'target'> & { readonly target: Version | null } {
  if (filter === null) {
    const { target, skipped } = walk(view, moduleId);
    const passedOver = { REVERTED: 0, REDACTED: 0, NOT_TAGGED: 0, BREAKING: 0, SAME_CONTENT: 0 };
    for (const { code } of skipped) passedOver[code] += 1;
    return { target, skipped: skipped.slice(0, MAX_NAMED), passedOver };
  }
  const { records } = view;
  const target = findRollbackTarget(view, moduleId, filter);
  const between = Math.max(0, depthOf(view.active(moduleId)) - depthOf(target) - 1);
  const reverted = new Set(records.tagged(moduleId, REVERTED, depthOf(target) + 1));
  let [same, redacted] = [0, 0];
  for (const version of records.tagged(moduleId, filter, depthOf(target) + 1)) {
    if (reverted.has(version)) continue;
    if (records.version(moduleId, version)?.redacted === undefined) same += 1;
    else redacted += 1;
  }
  return {
    target,
    skipped: [...nearest(view, moduleId, filter, Math.min(between, MAX_NAMED))],
    passedOver: {
      REVERTED: reverted.size,
      REDACTED: redacted,
      NOT_TAGGED: between - reverted.size - redacted - same,
      BREAKING: 0,
      SAME_CONTENT: same,
    },
  };
}

function* nearest(view: View, moduleId: string, filter: TagFilter, count: number): Generator<SkippedVersion> {
  const active = view.active(moduleId);
  let left = count + 1;
  for (const version of view.records.lineage(moduleId)) {
    left -= 1;
    if (left === count) continue;
    if (left < 0) return;
    const why = whyPassedOver(candidate(view.require(moduleId, version), active), filter);
    if (why !== null) yield { version, ...why };
  }
}
