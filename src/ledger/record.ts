/** Recording a version: staged, through the gate, active, in one transaction. */

import type { VersionCheckpoint } from '../model/checkpoint.js';
import { activateVersion, requireActiveParent } from './activate.js';
import type { Draft } from './draft.js';
import { findRepeated, type StageRequest, stageVersion } from './stage.js';
import { addTag } from './tag.js';
import type { Context } from './writer.js';

/** Stages a version without making it active; repeated, it adds the tags that are missing. */
export async function stage(draft: Draft, request: StageRequest, context: Context): Promise<VersionCheckpoint> {
  const repeated = await findRepeated(draft, request);
  if (repeated !== null) for (const tag of request.given.tags) await addTag(draft, repeated, tag);
  return draft.checkpoint(repeated ?? (await stageVersion(draft, request, context)));
}

/** Records a version; one that is staged already becomes active, one that is active gets the tags that are missing. */
export async function record(draft: Draft, request: StageRequest, context: Context): Promise<VersionCheckpoint> {
  const { moduleId, version, parentVer } = request.given;
  const repeated = await findRepeated(draft, request);
  if (repeated === null) {
    const known = draft.module(moduleId);
    const next = version ?? (known?.highest ?? 0) + 1;
    if (parentVer !== undefined) requireActiveParent(draft, moduleId, next, parentVer);
    const staged = await stageVersion(draft, request, context);
    await activateVersion(draft, staged, context);
    return draft.checkpoint(staged);
  }
  await activateVersion(draft, repeated, context);
  for (const tag of request.given.tags) await addTag(draft, repeated, tag);
  return draft.checkpoint(repeated);
}

/** Records several versions in order, all or none. */
export async function recordAll(
  draft: Draft,
  requests: readonly StageRequest[],
  context: Context,
): Promise<VersionCheckpoint[]> {
  const recorded: VersionCheckpoint[] = [];
  for (const request of requests) recorded.push(await record(draft, request, context));
  return recorded;
}
