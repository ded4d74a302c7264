/** Tags of a version, with the one rule between two of them: what is stable is not reverted. */

import { invalidInput } from '../errors.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import type { Decision } from './decision.js';

/** The tag that gives way to another. */
const OPPOSITE: Readonly<Record<string, string>> = { [STABLE]: REVERTED, [REVERTED]: STABLE };

/** Adds a tag, and removes the one that contradicts it; each change is an event of its own. @throws `NOT_FOUND`, `INVALID_TAG` */
export function addTag(decision: Decision, moduleId: string, version: number, tag: string): void {
  const { tags } = decision.require(moduleId, version);
  if (tags.includes(tag)) return;
  if (tag === REVERTED && decision.module(moduleId)?.active === version) {
    const issue = { path: 'tag', expected: 'a version that is not active', actual: `v${version}, the active one` };
    throw invalidInput('INVALID_TAG', [issue], `roll it back: git-lineage rollback ${moduleId}`);
  }
  decision.add({ type: 'tag', moduleId, version, tag });
  const opposite = OPPOSITE[tag];
  if (opposite !== undefined && tags.includes(opposite)) removeTag(decision, moduleId, version, opposite);
}

/** Removes a tag; nothing happens where the version does not carry it. @throws `NOT_FOUND` */
export function removeTag(decision: Decision, moduleId: string, version: number, tag: string): void {
  if (decision.require(moduleId, version).tags.includes(tag)) decision.add({ type: 'untag', moduleId, version, tag });
}
