/** Walking back to the version that a module would return to. */

import { invalidInput, quoted } from '../errors.js';
import { verdictOf } from '../model/report.js';
import {
  DEFAULT_TAG_FILTER,
  isRollbackReason,
  RollbackReason,
  type SkippedVersion,
  type TagFilter,
  whyPassedOver,
} from '../model/rollback-target.js';
import { assertTag, REVERTED } from '../model/tag-label.js';
import type { VersionCommit } from './reader.js';
import type { View } from './view.js';

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

export interface FoundTarget {
  readonly target: VersionCommit | null;
  /** Nearest first. */
  readonly skipped: readonly SkippedVersion[];
}

/**
 * The nearest proper ancestor of the active version that the filter accepts. Under a null filter the walk ends with
 * the window, and if every version in it was assessed BREAKING, the oldest that was not reverted is the target.
 */
export async function findRollbackTarget(view: View, moduleId: string, filter: TagFilter): Promise<FoundTarget> {
  const skipped: SkippedVersion[] = [];
  let active: number | null = null;
  let seen = 0;
  let lastResort: VersionCommit | null = null;
  for await (const version of view.lineage(moduleId)) {
    seen += 1;
    if (active === null) {
      active = version.sealed.version;
      continue;
    }
    if (filter === null && seen > view.policy.maxCheckpoints) break;
    const tags = await view.tagsOf(version.oid);
    const breaking =
      filter === null && verdictOf(await view.reports(moduleId, version.sealed.version, active)).level === 'BREAKING';
    const skip = whyPassedOver({ tags, breaking }, filter);
    if (skip === null) return { target: version, skipped };
    skipped.push({ version: version.sealed.version, ...skip });
    if (filter === null && !tags.has(REVERTED)) lastResort = version;
  }
  return { target: lastResort, skipped: skipped.filter((s) => s.version !== lastResort?.sealed.version) };
}
