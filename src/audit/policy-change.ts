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
import type { Policy } from '../model/policy.js';
import { adminsObjection, type SignedBy } from '../model/policy-authority.js';
import { policyObjection } from '../model/policy-succession.js';
import { type PolicyFiles, parsePolicy } from '../model/policy-text.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit } from '../ports/objects.js';
import type { EntryReplay } from './entry-replay.js';

/** The names in the tree of an entry, in git's order, and what its README must say. */
async function checkTree(replay: EntryReplay, commit: Commit, countersigned: boolean): Promise<void> {
  const { state } = replay;
  const expected = ['README.md', ...(countersigned ? [COUNTERSIGNATURES_FILE] : []), 'allowed_signers', 'policy.json'];
  const entries = await state.objects.readTree(commit.tree);
  const names = entries.map(({ mode, name }) => (mode === '100644' ? name : `${name} of mode ${mode}`));
  const place = { oid: commit.oid };
  if (names.join() !== expected.join())
    replay.wrong('journal', `its tree has ${names.join(', ')}, not ${expected.join(', ')}`, place);
  // Whoever clones a ledger reads it first, and runs what it says.
  else if ((await state.file(commit.tree, 'README.md')) !== LEDGER_README)
    replay.wrong('journal', 'its README.md is not the one that git-lineage writes', place);
}

/** The keys that signed an entry or countersigned it; a countersignature that does not hold is a problem. */
async function signedBy(replay: EntryReplay, commit: Commit, verifier: Verifier): Promise<SignedBy> {
  const { state, entry } = replay;
  const { events } = entry.text;
  const signer = entry.signer?.publicKey.fingerprint ?? '';
  const named = events.find((e) => e.type === 'countersigned');
  if (named === undefined) return new Set([signer]);
  const about = countersignedEvent(events);
  const wrong = (message: string): SignedBy => {
    replay.wrong('signers', message, { oid: commit.oid });
    return new Set([signer]);
  };
  if (about === null) return wrong('it is countersigned, and says nothing that is');
  const payload = Buffer.from(countersignedText(state.projection, about));
  const keyOf = (armour: string): string =>
    verifier.verify(payload, armour, 'a countersignature', COUNTERSIGN_NAMESPACE).fingerprint;
  try {
    const file = await state.file(commit.tree, COUNTERSIGNATURES_FILE);
    const found = countersigners(file, named.sha256, signer, keyOf);
    return 'objection' in found ? wrong(found.objection) : new Set([signer, ...found]);
  } catch (error) {
    if (isLedgerError(error, 'BAD_SIGNATURE')) return wrong(error.message);
    throw error;
  }
}

async function firstPolicy(replay: EntryReplay): Promise<Policy | null> {
  const { state } = replay;
  const files = state.projection.firstPolicy();
  if (files !== null) return parsePolicy(files);
  return state.policyOf((await state.objects.readCommit(state.projection.root)).tree);
}

/** The policy that an entry states; null where its files are none. */
async function statedPolicy(
  replay: EntryReplay,
  commit: Commit,
  event: { readonly policySha256: string; readonly signersSha256: string },
): Promise<Policy | null> {
  const files: PolicyFiles = await replay.state.policyFiles(commit.tree);
  const place = { oid: commit.oid };
  const matches =
    sha256Hex(files.policyJson) === event.policySha256 && sha256Hex(files.allowedSigners) === event.signersSha256;
  if (!matches) replay.wrong('journal', 'its files are not those that its Policy line names', place);
  const policy = parsePolicy(files);
  if (policy === null)
    replay.wrong('journal', 'its policy.json and allowed_signers are not as git-lineage writes them', place);
  return policy;
}

/** The policy after an entry, its problems told. Null: it has none that could be read. */
export async function nextPolicy(replay: EntryReplay, commit: Commit, verifier: Verifier): Promise<Policy | null> {
  const { state, entry } = replay;
  const { text, signer } = entry;
  const place = { oid: commit.oid };
  const [event, ...others] = text.events.filter((e) => e.type === 'policy');
  const countersigned = text.events.some((e) => e.type === 'countersigned');
  const by = await signedBy(replay, commit, verifier);
  const unsigned = state.policy === null ? null : adminsObjection(state.policy, by, text.events);
  if (unsigned !== null) replay.wrong('signers', unsigned, place);
  if (event === undefined && !countersigned) {
    if (commit.tree !== state.tree)
      replay.wrong('journal', 'its tree is not that of the entry before, and it states no policy', place);
    return state.policy;
  }
  if (others.length > 0) replay.wrong('journal', 'it states more than one policy', place);
  await checkTree(replay, commit, countersigned);
  if (event === undefined) {
    const [before, after] = [await state.policyFiles(state.tree ?? ''), await state.policyFiles(commit.tree)];
    if (before.policyJson !== after.policyJson || before.allowedSigners !== after.allowedSigners)
      replay.wrong('journal', 'its policy is not that of the entry before, and it states none', place);
    return state.policy;
  }
  const policy = await statedPolicy(replay, commit, event);
  if (policy === null || state.policy === null || state.projection.seq === -1) return policy ?? state.policy;
  const first = text.events.some((e) => e.type === 'upgrade') ? await firstPolicy(replay) : null;
  const stating = {
    ...{ text, signer: signer?.publicKey.fingerprint ?? '', signedBy: by },
    firstPolicy: () => first,
    revocations: (fingerprint: string) => state.projection.revocations(fingerprint),
  };
  const objection = policyObjection(state.policy, policy, stating);
  if (objection !== null) replay.wrong('signers', objection, place);
  return policy;
}
