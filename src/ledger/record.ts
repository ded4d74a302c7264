/** Recording a version: staged, through the gate, active, in one transaction. */

import type { VersionCheckpoint } from '../model/checkpoint.js';
import { activateVersion, requireActiveParent } from './activate.js';
import type { Decision } from './decision.js';
import { findRepeated, findSame, numberOf, refuseRedactedContent, type StageRequest, stageVersion } from './stage.js';
import { addTag } from './tag.js';
import type { Version } from './view.js';

function addMissingTags(decision: Decision, { moduleId, version }: Version, tags: Iterable<string>): VersionCheckpoint {
  for (const tag of tags) addTag(decision, moduleId, version, tag);
  return decision.checkpoint(decision.require(moduleId, version));
}

/** Stages a version without making it active; repeated, it adds the tags that are missing. `reuse`: see `StageOptions`. */
export function stage(decision: Decision, request: StageRequest, reuse: boolean): VersionCheckpoint {
  refuseRedactedContent(decision, request);
  const repeated = (reuse ? findSame(decision, request) : null) ?? findRepeated(decision, request);
  if (repeated !== null) return addMissingTags(decision, repeated, request.given.tags);
  return decision.checkpoint(stageVersion(decision, request));
}

/** Records a version; one that is staged already becomes active, one that is active gets the tags that are missing. */
export function record(decision: Decision, request: StageRequest): VersionCheckpoint {
  const { moduleId, parentVer, tags } = request.given;
  refuseRedactedContent(decision, request);
  const repeated = findRepeated(decision, request);
  if (repeated !== null) {
    activateVersion(decision, repeated);
    return addMissingTags(decision, repeated, tags);
  }
  if (parentVer !== undefined) requireActiveParent(decision, moduleId, numberOf(decision, request.given), parentVer);
  const staged = stageVersion(decision, request);
  activateVersion(decision, staged);
  return decision.checkpoint(staged);
}
