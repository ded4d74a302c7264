/** Is an entry to be believed? Who signed it, whether they could, and what it changes on top of what was there before. */

import { LedgerError } from '../errors.js';
import { Objection } from '../model/apply-event.js';
import { ChangedRecords } from '../model/changed-records.js';
import { sha256Hex } from '../model/content-digest.js';
import {
  COUNTERSIGN_NAMESPACE,
  COUNTERSIGNATURES_FILE,
  countersignedEvent,
  countersignedText,
  countersigners,
} from '../model/countersignatures.js';
import { badEntry, type ChainEntry } from '../model/entry-chain.js';
import type { EntryText } from '../model/journal-entry.js';
import { type Policy, signerOf } from '../model/policy.js';
import { adminsObjection, type SignedBy } from '../model/policy-authority.js';
import { policyObjection } from '../model/policy-succession.js';
import { type PolicyFiles, parsePolicy } from '../model/policy-text.js';
import type { HeadRecord } from '../model/record-types.js';
import type { Records } from '../model/records.js';
import { type EntryFacts, replayEntry } from '../model/replay.js';
import { signerObjection } from '../model/signer-objection.js';
import type { RecordChange } from '../model/sorted-records.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import { holdingIn } from './held-blobs.js';
import { policyAt, revocationHistory } from './policy-at.js';
import { commitSha256, reportFacts, versionContent } from './version-content.js';

/** Where entries are read, and how their signatures are checked. */
interface EntrySources {
  readonly objects: ObjectReader;
  readonly verifier: Verifier;
}

/** The policy files of an entry's tree. */
function policyFilesOf(objects: ObjectReader, tree: Oid): PolicyFiles {
  return { policyJson: fileOf(objects, tree, 'policy.json'), allowedSigners: fileOf(objects, tree, 'allowed_signers') };
}

/** A file of an entry's tree; empty where it has none of that name. */
function fileOf(objects: ObjectReader, tree: Oid, name: string): string {
  const entry = objects.readTree(tree).find((e) => e.name === name && e.mode === '100644');
  return entry === undefined ? '' : Buffer.from(objects.readBlob(entry.oid)).toString('utf8');
}

/** The policy that an entry's tree states. @throws `BAD_SIGNATURE` where it is none */
export function policyOf(objects: ObjectReader, { oid, tree }: Pick<Commit, 'oid' | 'tree'>): Policy {
  const policy = parsePolicy(policyFilesOf(objects, tree));
  if (policy === null) throw badEntry(oid, 'its policy.json and allowed_signers are not as git-lineage writes them');
  return policy;
}

/** The keys that signed an entry or countersigned it. */
function signedBy(
  { objects, verifier }: EntrySources,
  head: HeadRecord | null,
  { commit, text }: ChainEntry<Commit>,
  fingerprint: string,
): SignedBy {
  const { events } = text;
  const named = events.find((e) => e.type === 'countersigned');
  if (named === undefined || head === null) return new Set([fingerprint]);
  const about = countersignedEvent(events);
  if (about === null) throw badEntry(commit.oid, 'it is countersigned, and says nothing that is');
  const file = fileOf(objects, commit.tree, COUNTERSIGNATURES_FILE);
  const payload = Buffer.from(countersignedText(head, about));
  const what = `a countersignature of journal entry ${commit.oid}`;
  const keyOf = (armour: string) => verifier.verify(payload, armour, what, COUNTERSIGN_NAMESPACE).fingerprint;
  const found = countersigners(file, named.sha256, fingerprint, keyOf);
  if ('objection' in found) throw badEntry(commit.oid, found.objection);
  return new Set([fingerprint, ...found]);
}

/** The files and the policy that are in force after an entry. */
function policyAfter(
  sources: EntrySources,
  { records, policy: judge }: { readonly records: Records; readonly policy: Policy },
  entry: ChainEntry<Commit>,
  signer: string,
): Pick<EntryFacts, 'stated' | 'policy'> {
  const { objects } = sources;
  const { commit, text } = entry;
  const head = records.head();
  const by = signedBy(sources, head, entry, signer);
  const unsigned = adminsObjection(judge, by, text.events);
  if (unsigned !== null) throw badEntry(commit.oid, unsigned);
  const event = text.events.findLast((e) => e.type === 'policy');
  if (event === undefined) return { stated: null, policy: judge };
  const stated = policyFilesOf(objects, commit.tree);
  const matches =
    sha256Hex(stated.policyJson) === event.policySha256 && sha256Hex(stated.allowedSigners) === event.signersSha256;
  if (!matches) throw badEntry(commit.oid, 'its files are not those that its Policy line names');
  const policy = policyOf(objects, commit);
  if (head === null) return { stated, policy };
  const firstPolicy = () => policyAt(records, 0);
  const stating = { text, signer, signedBy: by, firstPolicy, revocations: revocationHistory(records) };
  const unfit = policyObjection(judge, policy, stating);
  if (unfit !== null) throw badEntry(commit.oid, unfit);
  return { stated, policy };
}

/** Who signed an entry, having checked that this key could, for every event in it. */
function verifiedSigner(verifier: Verifier, commit: Commit, text: EntryText, policy: Policy): string {
  const what = `journal entry ${commit.oid}`;
  if (commit.signature === null) throw badEntry(commit.oid, 'it is not signed');
  const { fingerprint } = verifier.verify(commit.payload, commit.signature, what);
  const signer = signerOf(policy, fingerprint);
  if (signer === undefined) {
    throw new LedgerError(
      'UNTRUSTED_SIGNER',
      `${what} is signed by ${fingerprint}, which the ledger does not know`,
      { fingerprint, what },
      { hint: 'compare the ledger with a clone: an entry was added from outside' },
    );
  }
  const objection = signerObjection(signer, text, policy);
  if (objection !== null) throw badEntry(commit.oid, objection);
  return fingerprint;
}

/**
 * Verifies an entry on top of a state: who signed it, whether they may, and what it changes.
 * @throws `BAD_SIGNATURE`, `UNTRUSTED_SIGNER`, `CORRUPT_OBJECT`
 */
export function verifyEntry(
  sources: EntrySources,
  { records, policy }: { readonly records: Records; readonly policy: Policy | null },
  entry: ChainEntry<Commit>,
): { readonly facts: EntryFacts; readonly changes: RecordChange[] } {
  const { objects, verifier } = sources;
  const { commit, text } = entry;
  // An entry is judged by the policy of the one before it; the root vouches for itself.
  const judge = policy ?? policyOf(objects, commit);
  const root = records.head()?.root;
  const fingerprint = verifiedSigner(verifier, commit, text, judge);
  const facts: EntryFacts = {
    oid: commit.oid,
    parents: commit.parents,
    sha256: sha256Hex(commit.raw),
    fingerprint,
    judge,
    text,
    ...policyAfter(sources, { records, policy: judge }, entry, fingerprint),
    contentOf: (oid) => versionContent(objects, oid),
    commitSha256Of: (oid) => commitSha256(objects, oid),
    holding: holdingIn(objects),
    reportOf: (oid) => reportFacts(objects, oid, root),
  };
  return { facts, changes: replayed(records, facts) };
}

/** What an entry changes in the records. @throws `BAD_SIGNATURE` where it cannot follow */
export function replayed(records: Records, facts: EntryFacts): RecordChange[] {
  const changed = new ChangedRecords(records);
  try {
    replayEntry(changed, records, facts);
  } catch (error) {
    throw error instanceof Objection ? badEntry(facts.oid, error.message) : error;
  }
  return changed.changes();
}
