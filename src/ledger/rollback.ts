/** Going back: immediate, never gated, and undisturbed by what somebody changed behind the ledger's back. */

import { invalidInput, LedgerError } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import { isAnyOid } from '../model/object-id.js';
import { branchRef, TAG_NOTES_REF } from '../model/ref-names.js';
import type { RollbackReason, TagFilter } from '../model/rollback-target.js';
import { REVERTED } from '../model/tag-label.js';
import type { Decision } from './decision.js';
import { requireEpoch } from './epoch.js';
import { explainRollbackTarget, findRollbackTarget } from './find-rollback-target.js';
import type { Epoch } from './ledger-live.js';
import { refuseRedacted } from './refuse-redacted.js';
import type { Version, View } from './view.js';

interface RollbackRequest {
  readonly moduleId: string;
  readonly reason: RollbackReason;
  readonly to: number | undefined;
  readonly filter: TagFilter;
  /** The epoch that is to be left; undefined: whatever is active. */
  readonly expect: Epoch | undefined;
}

/** What can be done now: what was just tried is not named again. */
function nextStep({ moduleId, filter }: RollbackRequest, isFirst: boolean): string {
  const why = `git-lineage rollback-target ${moduleId} --explain says why`;
  if (isFirst)
    return `it is the first of its lineage: record a version that is mended, git-lineage record ${moduleId} PATH`;
  if (filter === null) return `${why}; go back with --to N, or record a version that is mended`;
  return `${why}; go back with --any, or with --to N, or tag an earlier version ${filter}`;
}

/** Of the ancestors that carry the tag, why the nearest is passed over all the same; empty where none carries it. */
function whyNot(view: View, { moduleId, filter }: RollbackRequest): string {
  const { skipped } = explainRollbackTarget(view, moduleId, filter);
  const tagged = skipped.find(
    ({ version }) => filter !== null && view.require(moduleId, version).tags.includes(filter),
  );
  return tagged === undefined ? '' : ` that it could go back to: v${tagged.version} is tagged, but ${tagged.reason}`;
}

function noTarget(view: View, request: RollbackRequest, active: Version): LedgerError<'NOT_FOUND'> {
  const { moduleId, filter } = request;
  const tagged = `no ancestor tagged ${filter}${whyNot(view, request)}`;
  const wanted = filter === null ? 'no earlier version that could be gone back to' : tagged;
  return new LedgerError(
    'NOT_FOUND',
    `${moduleId} has no rollback target: v${active.version} has ${wanted}`,
    { kind: 'ROLLBACK_TARGET', what: `a rollback target of ${moduleId}` },
    { hint: nextStep(request, active.parentVer === null) },
  );
}

/** A version to go back to by its number. @throws `NOT_FOUND`, `INVALID_VERSION`, `VERSION_REVERTED`, `VERSION_REDACTED` */
export function namedTarget(view: View, active: Version, to: number): Version {
  const { moduleId } = active;
  const wanted = view.require(moduleId, to);
  if (to === active.version || !view.records.isInLineage(moduleId, to)) {
    const expected = `an ancestor of the active version v${active.version}`;
    throw invalidInput(
      'INVALID_VERSION',
      [{ path: 'to', expected, actual: `v${to}` }],
      `git-lineage log ${moduleId} --full lists them; a version forward is activated, not rolled back to`,
    );
  }
  refuseRedacted(wanted);
  if (!wanted.tags.includes(REVERTED)) return wanted;
  throw new LedgerError(
    'VERSION_REVERTED',
    `${moduleId} v${to} was reverted itself`,
    { moduleId, version: to },
    { hint: `clear it first with: git-lineage tag ${moduleId}@${to} stable; or choose another version` },
  );
}

/** Takes over refs whose value is not the journaled one, so that the transaction replaces it and the journal says so. */
export function restoreForeign(decision: Decision, refs: readonly string[]): void {
  for (const ref of refs) {
    const actual = decision.base.refs.readRefText(ref);
    if (actual === decision.journaled(ref) || decision.restored.has(ref)) continue;
    const foreign = actual === null || isAnyOid(actual) ? actual : null;
    decision.add({ type: 'restored', ref, foreign });
    decision.restored.set(ref, actual);
  }
}

/** Makes the target active again. @throws `NOT_ACTIVE`, `NOT_FOUND`, `INVALID_VERSION`, `VERSION_REVERTED`, `VERSION_REDACTED` */
export function rollback(decision: Decision, request: RollbackRequest): VersionCheckpoint {
  const { moduleId, reason, to, filter, expect } = request;
  if (expect !== undefined) requireEpoch(decision, moduleId, expect);
  const active = decision.requireActive(moduleId);
  const target = to === undefined ? findRollbackTarget(decision, moduleId, filter) : namedTarget(decision, active, to);
  if (target === null) throw noTarget(decision, request, active);
  restoreForeign(decision, [branchRef(moduleId), TAG_NOTES_REF]);
  decision.add({ type: 'rollback', moduleId, fromVer: active.version, toVer: target.version, reason });
  return decision.checkpoint(target);
}
