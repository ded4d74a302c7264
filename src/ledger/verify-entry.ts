/** Is an entry to be believed? Who signed it, whether they could, and what it changes on top of what was there before. */

import { LedgerError } from '../errors.js';
import { Objection } from '../model/apply-event.js';
import { sha256Hex } from '../model/content-digest.js';
import { badEntry, type ChainEntry } from '../model/entry-chain.js';
import type { EntryText } from '../model/journal-entry.js';
import { type Policy, type PolicyFiles, parsePolicy, signerOf } from '../model/policy.js';
import { policySuccession } from '../model/policy-succession.js';
import { ChangedRecords, type Records } from '../model/records.js';
import { type EntryFacts, replayEntry } from '../model/replay.js';
import { signerObjection } from '../model/signer-objection.js';
import type { RecordChange } from '../model/sorted-records.js';
import type { Verifier } from '../ports/keys.js';
import type { Commit, Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import { reportFacts, versionContent } from './version-content.js';

/** The policy files of an entry's tree. */
export function policyFilesOf(objects: ObjectReader, tree: Oid): PolicyFiles {
  const files = objects.readFiles(tree);
  const text = (name: string) => Buffer.from(files.get(name)?.data ?? new Uint8Array()).toString('utf8');
  return { policyJson: text('policy.json'), allowedSigners: text('allowed_signers') };
}

/** The policy that an entry's tree states. @throws `BAD_SIGNATURE` where it is none */
export function policyOf(objects: ObjectReader, { oid, tree }: Pick<Commit, 'oid' | 'tree'>): Policy {
  const policy = parsePolicy(policyFilesOf(objects, tree));
  if (policy === null) throw badEntry(oid, 'its policy.json and allowed_signers are not as git-lineage writes them');
  return policy;
}

/** The files and the policy that are in force after an entry. */
function policyAfter(
  objects: ObjectReader,
  judge: Policy,
  { commit, text }: ChainEntry<Commit>,
): Pick<EntryFacts, 'stated' | 'policy'> {
  const event = text.events.findLast((e) => e.type === 'policy');
  if (event === undefined) return { stated: null, policy: judge };
  const stated = policyFilesOf(objects, commit.tree);
  const matches =
    sha256Hex(stated.policyJson) === event.policySha256 && sha256Hex(stated.allowedSigners) === event.signersSha256;
  if (!matches) throw badEntry(commit.oid, 'its files are not those that its Policy line names');
  const policy = policyOf(objects, commit);
  const unfit = policySuccession(judge, policy, text.seq);
  if (unfit !== null) throw badEntry(commit.oid, `its policy cannot follow the one before: ${unfit}`);
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
  const objection = signerObjection(signer, text);
  if (objection !== null) throw badEntry(commit.oid, objection);
  return fingerprint;
}

/**
 * Verifies an entry on top of a state: who signed it, whether they may, and what it changes.
 * @throws `BAD_SIGNATURE`, `UNTRUSTED_SIGNER`, `CORRUPT_OBJECT`
 */
export function verifyEntry(
  { objects, verifier }: { readonly objects: ObjectReader; readonly verifier: Verifier },
  { records, policy }: { readonly records: Records; readonly policy: Policy | null },
  entry: ChainEntry<Commit>,
): { readonly facts: EntryFacts; readonly changes: RecordChange[] } {
  const { commit, text } = entry;
  // An entry is judged by the policy of the one before it; the root vouches for itself.
  const judge = policy ?? policyOf(objects, commit);
  const root = records.head()?.root;
  const facts: EntryFacts = {
    oid: commit.oid,
    parents: commit.parents,
    sha256: sha256Hex(commit.raw),
    fingerprint: verifiedSigner(verifier, commit, text, judge),
    text,
    ...policyAfter(objects, judge, entry),
    contentOf: (oid) => versionContent(objects, oid),
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
