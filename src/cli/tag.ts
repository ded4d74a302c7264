/** `tag MODULE@N TAG` and what it shares with `untag`. */

import type { Ledger } from '../index.js';
import { versionReference } from './arguments.js';
import { checkpointJson } from './json.js';
import { versionLine } from './show-version.js';
import type { Answer, Context, Verb } from './verb.js';
import { withLedger, written } from './with-ledger.js';

export const TAG_ARGUMENTS = [
  { name: '<MODULE@N>', description: 'the version' },
  { name: '<TAG>', description: 'the tag, such as stable' },
] as const;

/** Changes a tag of one version, and answers with the version. */
export async function changeTag(context: Context, change: 'tag' | 'untag'): Promise<Answer> {
  const { moduleId, version } = versionReference(context.given.required('MODULE@N'));
  const label = context.given.required('TAG');
  return withLedger(context, 'write', async (opened) => {
    const ledger: Ledger = opened.ledger;
    await ledger[change](moduleId, version, label);
    const checkpoint = await ledger.getVersion(moduleId, version);
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
