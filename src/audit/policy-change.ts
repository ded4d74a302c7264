/** The tree of an entry: the policy that is in force from it on, and nothing that the journal does not say. */

import { sha256Hex } from '../model/content-digest.js';
import { type Policy, parsePolicy } from '../model/policy.js';
import { policySuccession } from '../model/policy-succession.js';
import type { Commit } from '../ports/objects.js';
import type { Scene } from './scene.js';

const FILES = ['README.md', 'allowed_signers', 'policy.json'];

/** The policy after an entry, its problems told. Null: it has none that could be read. */
export async function nextPolicy(scene: Scene, commit: Commit): Promise<Policy | null> {
  const { story, entry } = scene;
  const stated = entry.text.events.filter((e) => e.type === 'policy');
  const place = { oid: commit.oid };
  const [event] = stated;
  if (event === undefined) {
    if (commit.tree !== story.tree)
      scene.wrong('journal', 'its tree is not that of the entry before, and it states no policy', place);
    return story.policy;
  }
  if (stated.length > 1) scene.wrong('journal', 'it states more than one policy', place);
  const entries = await story.objects.readTree(commit.tree);
  const names = entries.map(({ mode, name }) => (mode === '100644' ? name : `${name} of mode ${mode}`));
  if (names.join() !== FILES.join())
    scene.wrong('journal', `its tree has ${names.join(', ')}, not ${FILES.join(', ')}`, place);
  const files = await story.policyFiles(commit.tree);
  const matches =
    sha256Hex(files.policyJson) === event.policySha256 && sha256Hex(files.allowedSigners) === event.signersSha256;
  if (!matches) scene.wrong('journal', 'its files are not those that its Policy line names', place);
  const policy = parsePolicy(files);
  if (policy === null) {
    scene.wrong('journal', 'its policy.json and allowed_signers are not as git-lineage writes them', place);
    return story.policy;
  }
  const objection = story.policy === null ? null : policySuccession(story.policy, policy, entry.text.seq);
  if (objection !== null) scene.wrong('signers', `its policy cannot follow the one before: ${objection}`, place);
  return policy;
}
