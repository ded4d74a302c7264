/** Tags of a version, with the one rule between two of them: what is stable is not reverted. */

import { invalidInput } from '../errors.js';
import { frozenSet, REVERTED, STABLE } from '../model/tag-label.js';
import type { Draft } from './draft.js';
import type { VersionCommit } from './reader.js';

/** The tag that gives way to another. */
const OPPOSITE: Readonly<Record<string, string>> = { [STABLE]: REVERTED, [REVERTED]: STABLE };

/** Adds a tag, and removes the one that contradicts it; each change is an event of its own. */
export async function addTag(draft: Draft, { oid, sealed }: VersionCommit, tag: string): Promise<void> {
  const { moduleId, version } = sealed;
  const tags = await draft.tagsOf(oid);
  if (tags.has(tag)) return;
  if (tag === REVERTED && draft.module(moduleId)?.active === version) {
    const issue = { path: 'tag', expected: 'a version that is not active', actual: `v${version}, the active one` };
    throw invalidInput('INVALID_TAG', [issue], `roll it back: git-lineage rollback ${moduleId}`);
  }
  const next = new Set([...tags, tag]);
  draft.events.push({ type: 'tag', moduleId, version, tag });
  const opposite = OPPOSITE[tag];
  if (opposite !== undefined && next.delete(opposite))
    draft.events.push({ type: 'untag', moduleId, version, tag: opposite });
  draft.tags.set(oid, frozenSet(next));
}

/** Removes a tag; nothing happens where the version does not carry it. */
export async function removeTag(draft: Draft, { oid, sealed }: VersionCommit, tag: string): Promise<void> {
  const tags = await draft.tagsOf(oid);
  if (!tags.has(tag)) return;
  draft.events.push({ type: 'untag', moduleId: sealed.moduleId, version: sealed.version, tag });
  draft.tags.set(oid, frozenSet([...tags].filter((t) => t !== tag)));
}
