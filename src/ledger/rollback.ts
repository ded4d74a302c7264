/** Going back: immediate, never gated, and undisturbed by what somebody changed behind the ledger's back. */

import { invalidInput, LedgerError } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import { branchRef, TAG_NOTES_REF } from '../model/ref-names.js';
import type { RollbackReason, TagFilter } from '../model/rollback-target.js';
import { frozenSet, REVERTED, STABLE } from '../model/tag-label.js';
import type { Draft } from './draft.js';
import type { VersionCommit } from './reader.js';
import { findRollbackTarget } from './rollback-target.js';

export interface RollbackRequest {
  readonly moduleId: string;
  readonly reason: RollbackReason;
  readonly to: number | undefined;
  readonly filter: TagFilter;
}

function noTarget({ moduleId, filter }: RollbackRequest, active: number): LedgerError<'NOT_FOUND'> {
  const wanted = filter === null ? 'no earlier version that could be gone back to' : `no ancestor tagged ${filter}`;
  return new LedgerError(
    'NOT_FOUND',
    `${moduleId} has no rollback target: v${active} has ${wanted}`,
    { kind: 'ROLLBACK_TARGET', what: `a rollback target of ${moduleId}` },
    {
      hint: `git-lineage rollback-target ${moduleId} --explain says why; tag a version stable, or go back with --any or --to N`,
    },
  );
}

async function namedTarget(draft: Draft, moduleId: string, to: number): Promise<VersionCommit> {
  const wanted = await draft.require(moduleId, to);
  const ancestors: number[] = [];
  for await (const version of draft.lineage(moduleId)) {
    const number = version.sealed.version;
    if (version.oid === wanted.oid && ancestors.length > 0) {
      if (!(await draft.tagsOf(version.oid)).has(REVERTED)) return version;
      throw new LedgerError(
        'VERSION_REVERTED',
        `${moduleId} v${to} was reverted itself`,
        { moduleId, version: to },
        {
          hint: `clear it first with: git-lineage tag ${moduleId}@${to} stable; or choose another version`,
        },
      );
    }
    ancestors.push(number);
    if (number <= to) break;
  }
  const issue = { path: 'to', expected: `an ancestor of the active version v${ancestors[0] ?? 0}`, actual: `v${to}` };
  throw invalidInput(
    'INVALID_VERSION',
    [issue],
    `git-lineage log ${moduleId} --full lists them; a version forward is activated, not rolled back to`,
  );
}

/** Takes over refs whose value is not the journaled one, so that the transaction replaces it and the journal says so. */
export async function restoreForeign(draft: Draft, refs: readonly string[]): Promise<void> {
  for (const [ref, actual] of await draft.transaction.readRefs(refs)) {
    const journaled = draft.projection.refs.get(ref) ?? null;
    if (actual === journaled || draft.restored.has(ref)) continue;
    const foreign = actual === null || /^[0-9a-f]{40}$/.test(actual) ? actual : null;
    draft.events.push({ type: 'restored', ref, foreign });
    draft.restored.set(ref, actual);
    if (!draft.moves.has(ref)) draft.moves.set(ref, draft.ref(ref));
  }
}

/** Makes the target active again. @throws `NOT_FOUND`, `INVALID_VERSION`, `VERSION_REVERTED` */
export async function rollback(draft: Draft, request: RollbackRequest): Promise<VersionCheckpoint> {
  const { moduleId, reason, to, filter } = request;
  const active = await draft.requireActive(moduleId);
  const target =
    to === undefined
      ? (await findRollbackTarget(draft, moduleId, filter)).target
      : await namedTarget(draft, moduleId, to);
  if (target === null) throw noTarget(request, active.sealed.version);
  await restoreForeign(draft, [branchRef(moduleId), TAG_NOTES_REF]);
  const tags = new Set(await draft.tagsOf(active.oid)).add(REVERTED);
  tags.delete(STABLE);
  draft.tags.set(active.oid, frozenSet(tags));
  draft.setActive(target.sealed, target.oid);
  draft.events.push({
    type: 'rollback',
    moduleId,
    fromVer: active.sealed.version,
    toVer: target.sealed.version,
    reason,
  });
  return draft.checkpoint(target);
}
