/** Taking a ledger to format 2: an admin's entry that seals every version before it. */

import { sha256Hex } from '../model/content-digest.js';
import { rootsAtUpgrade, versionsSeal } from '../model/format-succession.js';
import type { Policy } from '../model/policy.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import type { Decision } from './decision.js';
import type { JournalState } from './journal.js';
import { clockEvent, dateAnew } from './misdated.js';
import { nextTurn } from './next-turn.js';
import { policyAt } from './policy-at.js';
import { policyEvent } from './set-policy.js';

/** So many commits are hashed in one turn of the event loop. */
const SLICE = 256;

/** SHA-256 of what version commits consist of, in hex, by their ids. */
type CommitHashes = Map<Oid, string>;

/** Hashes the commits of all versions, without holding the event loop. @throws `CORRUPT_OBJECT` */
export async function hashVersions(
  objects: ObjectReader,
  { records }: JournalState,
  onProgress?: (done: number, total: number) => void,
): Promise<CommitHashes> {
  const versions = [...records.allVersions()];
  const hashes: CommitHashes = new Map();
  for (const [i, { oid }] of versions.entries()) {
    if (i % SLICE === SLICE - 1) {
      onProgress?.(i, versions.length);
      await nextTurn();
    }
    hashes.set(oid, sha256Hex(objects.readCommit(oid).raw));
  }
  return hashes;
}

/**
 * Returns the policy in force; of a ledger that is of format 2 already, nothing is written. Where entries are ahead of this clock, the same entry says that they
 * are misdated: nothing else could be written before.
 */
export function upgrade(decision: Decision, hashes: CommitHashes): Policy {
  const { policy: before, records, base } = decision;
  if (before.format === 2) return before;
  const versions = [...records.allVersions()].map(({ moduleId, version, oid }) => ({
    ...{ moduleId, version },
    commitSha256: hashes.get(oid) ?? sha256Hex(base.objects.readCommit(oid).raw),
  }));
  const roots = rootsAtUpgrade(policyAt(records, 0) ?? before, before, base.signer.publicKey.fingerprint);
  const signers = before.signers.map((signer) =>
    roots.has(signer.publicKey.fingerprint)
      ? Object.freeze({ ...signer, roles: Object.freeze(['root' as const, ...signer.roles]) })
      : signer,
  );
  const policy: Policy = Object.freeze({ ...before, format: 2, signers: Object.freeze(signers) });
  decision.add({ type: 'upgrade', format: 2, versionsSha256: versionsSeal(versions) });
  decision.add(policyEvent(policy));
  decision.newPolicy = policy;
  const head = records.head();
  if (head !== null && head.timestamp > base.clock() + policy.clockTolerance) {
    const misdated = clockEvent(decision);
    decision.add(misdated);
    dateAnew(decision, misdated);
  }
  return policy;
}
