/** The tree of an entry: the policy that is in force from it on, and nothing that the journal does not say. */

import { isLedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import {
  COUNTERSIGN_NAMESPACE,
  COUNTERSIGNATURES_FILE,
  countersignedEvent,
  countersignedText,
  countersigners,
} from '../model/countersignatures.js';
import { LEDGER_README } from '../model/ledger-readme.js';
import { type Policy, type PolicyFiles, parsePolicy } from '../model/policy.js';
import { adminsObjection, type SignedBy } from '../model/policy-authority.js';
import { policyObjection } from '../model/policy-succession.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit } from '../ports/objects.js';
import type { Scene } from './entry-replay.js';

/** The names in the tree of an entry, in git's order, and what its README must say. */
async function checkTree(scene: Scene, commit: Commit, countersigned: boolean): Promise<void> {
  const { story } = scene;
  const expected = ['README.md', ...(countersigned ? [COUNTERSIGNATURES_FILE] : []), 'allowed_signers', 'policy.json'];
  const entries = await story.objects.readTree(commit.tree);
  const names = entries.map(({ mode, name }) => (mode === '100644' ? name : `${name} of mode ${mode}`));
  const place = { oid: commit.oid };
  if (names.join() !== expected.join())
    scene.wrong('journal', `its tree has ${names.join(', ')}, not ${expected.join(', ')}`, place);
  // Whoever clones a ledger reads it first, and runs what it says.
  else if ((await story.file(commit.tree, 'README.md')) !== LEDGER_README)
    scene.wrong('journal', 'its README.md is not the one that git-lineage writes', place);
}

/** The keys that signed an entry or countersigned it; a countersignature that does not hold is a problem. */
async function signedBy(scene: Scene, commit: Commit, verifier: Verifier): Promise<SignedBy> {
  const { story, entry } = scene;
  const { events } = entry.text;
  const signer = entry.signer?.publicKey.fingerprint ?? '';
  const named = events.find((e) => e.type === 'countersigned');
  if (named === undefined) return new Set([signer]);
  const about = countersignedEvent(events);
  const wrong = (message: string): SignedBy => {
    scene.wrong('signers', message, { oid: commit.oid });
    return new Set([signer]);
  };
  if (about === null) return wrong('it is countersigned, and says nothing that is');
  const payload = Buffer.from(countersignedText(story.projection, about));
  const keyOf = (armour: string): string =>
    verifier.verify(payload, armour, 'a countersignature', COUNTERSIGN_NAMESPACE).fingerprint;
  try {
    const file = await story.file(commit.tree, COUNTERSIGNATURES_FILE);
    const found = countersigners(file, named.sha256, signer, keyOf);
    return 'objection' in found ? wrong(found.objection) : new Set([signer, ...found]);
  } catch (error) {
    if (isLedgerError(error, 'BAD_SIGNATURE')) return wrong(error.message);
    throw error;
  }
}

async function firstPolicy(scene: Scene): Promise<Policy | null> {
  const { story } = scene;
  const files = story.projection.firstPolicy();
  if (files !== null) return parsePolicy(files);
  return story.policyOf((await story.objects.readCommit(story.projection.root)).tree);
}

/** The policy that an entry states; null where its files are none. */
async function statedPolicy(
  scene: Scene,
  commit: Commit,
  event: { readonly policySha256: string; readonly signersSha256: string },
): Promise<Policy | null> {
  const files: PolicyFiles = await scene.story.policyFiles(commit.tree);
  const place = { oid: commit.oid };
  const matches =
    sha256Hex(files.policyJson) === event.policySha256 && sha256Hex(files.allowedSigners) === event.signersSha256;
  if (!matches) scene.wrong('journal', 'its files are not those that its Policy line names', place);
  const policy = parsePolicy(files);
  if (policy === null)
    scene.wrong('journal', 'its policy.json and allowed_signers are not as git-lineage writes them', place);
  return policy;
}

/** The policy after an entry, its problems told. Null: it has none that could be read. */
export async function nextPolicy(scene: Scene, commit: Commit, verifier: Verifier): Promise<Policy | null> {
  const { story, entry } = scene;
  const { text, signer } = entry;
  const place = { oid: commit.oid };
  const [event, ...others] = text.events.filter((e) => e.type === 'policy');
  const countersigned = text.events.some((e) => e.type === 'countersigned');
  const by = await signedBy(scene, commit, verifier);
  const unsigned = story.policy === null ? null : adminsObjection(story.policy, by, text.events);
  if (unsigned !== null) scene.wrong('signers', unsigned, place);
  if (event === undefined && !countersigned) {
    if (commit.tree !== story.tree)
      scene.wrong('journal', 'its tree is not that of the entry before, and it states no policy', place);
    return story.policy;
  }
  if (others.length > 0) scene.wrong('journal', 'it states more than one policy', place);
  await checkTree(scene, commit, countersigned);
  if (event === undefined) {
    const [before, after] = [await story.policyFiles(story.tree ?? ''), await story.policyFiles(commit.tree)];
    if (before.policyJson !== after.policyJson || before.allowedSigners !== after.allowedSigners)
      scene.wrong('journal', 'its policy is not that of the entry before, and it states none', place);
    return story.policy;
  }
  const policy = await statedPolicy(scene, commit, event);
  if (policy === null || story.policy === null || story.projection.seq === -1) return policy ?? story.policy;
  const first = text.events.some((e) => e.type === 'upgrade') ? await firstPolicy(scene) : null;
  const stating = {
    ...{ text, signer: signer?.publicKey.fingerprint ?? '', signedBy: by },
    firstPolicy: () => first,
    revocations: (fingerprint: string) => story.projection.revocations(fingerprint),
  };
  const objection = policyObjection(story.policy, policy, stating);
  if (objection !== null) scene.wrong('signers', objection, place);
  return policy;
}
