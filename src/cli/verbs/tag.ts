/** `tag MODULE@N TAG` and what it shares with `untag`. */

import { Complaint, quoted } from '../complaint.js';
import type { Ledger, VersionCheckpoint } from '../library.js';
import { versionReference } from '../options/arguments.js';
import { checkpointJson } from '../terminal/json-answers.js';
import { versionLine } from '../terminal/show-version.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger, written } from '../with-ledger.js';

export const TAG_ARGUMENTS = [
  { name: '<MODULE@N>', description: 'the version' },
  { name: '<TAG>', description: 'the tag, such as stable' },
] as const;

/** In a program it is enough that a version does not carry a tag afterwards; who types one that is not there has mistyped it. */
function requireTag({ moduleId, version, tags }: VersionCheckpoint, tag: string): void {
  if (tags.has(tag)) return;
  const data = { kind: 'TAG', what: `the tag ${tag} of ${moduleId}@${version}` } as const;
  const carried = tags.size === 0 ? 'no tag' : [...tags].join(', ');
  throw new Complaint(
    'NOT_FOUND',
    `${moduleId}@${version} does not carry the tag ${quoted(tag)}`,
    data,
    `it carries ${carried}`,
  );
}

/** Changes a tag of one version, and answers with the version. */
export async function changeTag(context: Context, change: 'tag' | 'untag'): Promise<Answer> {
  const { moduleId, version } = versionReference(context.given.required('MODULE@N'));
  const label = context.given.required('TAG');
  return withLedger(context, 'write', async (opened) => {
    const ledger: Ledger = opened.ledger;
    if (change === 'untag') requireTag(await ledger.versions.get(moduleId, version), label);
    await ledger[change](moduleId, version, label);
    const checkpoint = await ledger.versions.get(moduleId, version);
    const did = change === 'tag' ? 'tagged' : 'untagged';
    return written(opened, { checkpoint: checkpointJson(checkpoint) }, [versionLine(did, checkpoint)]);
  });
}

export const tag: Verb = {
  name: 'tag',
  group: 'Versions:',
  summary: 'Add a tag to a version; stable makes it a rollback target',
  arguments: TAG_ARGUMENTS,
  example: 'git-lineage tag planner@2 stable',
  run: (context) => changeTag(context, 'tag'),
};
