/** Which format an entry may be of, by that of the entry before it; and what an upgrade must bring along. */

import { sha256Hex } from './content-digest.js';
import type { EntryText } from './journal-entry.js';
import type { LedgerFormat } from './ledger-event.js';
import type { Policy } from './policy.js';
import { compareBytes } from './printable.js';

/** What only the keys of admins and roots may say; an entry says one such thing, so that what is countersigned is one line. */
export const ADMIN_EVENTS: readonly string[] = ['policy', 'clock', 'redact'];

/** Why an entry cannot be of the format that it states, or null. `before` is null for the first entry. */
export function formatObjection(before: LedgerFormat | null, { format, events }: EntryText): string | null {
  const [first, ...others] = events.filter((event) => event.type === 'upgrade');
  const init = events.find((event) => event.type === 'init');
  if (init !== undefined && init.format !== format)
    return `it begins a ledger of format ${init.format}, and is written in format ${format}`;
  const admin = events.filter(({ type }) => ADMIN_EVENTS.includes(type));
  if (first === undefined) {
    if (before !== null && format !== before)
      return `it is of format ${format}; the ledger is of format ${before}, and nothing upgrades it`;
    if (format === 2 && admin.length > 1) return 'it says more than one thing that admins sign for';
    // Alone, so that nobody asks whether a version of the same entry is one of those that it takes the file out of.
    const redacts = events.some(({ type }) => type === 'redact');
    const besides = events.some(({ type }) => type !== 'redact' && type !== 'countersigned');
    return redacts && besides ? 'it redacts, and says something else besides' : null;
  }
  if (before !== 1 || first.format !== 2 || format !== 2)
    return `it upgrades to format ${first.format} a ledger of format ${before ?? format}`;
  if (others.length > 0) return 'it upgrades twice';
  return admin.filter(({ type }) => type === 'policy').length === 1 ? null : 'it upgrades, and states no policy';
}

/** Why the policy that an entry states is not of the entry's format, or null. */
export function policyFormatObjection(policy: Policy, { format }: EntryText): string | null {
  return policy.format === format ? null : `its policy is of format ${policy.format}, the entry of format ${format}`;
}

/** A version as an upgrade seals it. */
export interface SealedByUpgrade {
  readonly moduleId: string;
  readonly version: number;
  /** SHA-256, in hex, of what its commit consists of, as `git cat-file commit` prints it. */
  readonly commitSha256: string;
}

/** SHA-256, in hex, of the lines `<module> <version> <sha256 of its commit>`, each ended by LF, sorted bytewise (`LC_ALL=C sort`). */
export function versionsSeal(versions: Iterable<SealedByUpgrade>): string {
  const lines = [...versions].map(({ moduleId, version, commitSha256 }) => `${moduleId} ${version} ${commitSha256}\n`);
  return sha256Hex(lines.sort(compareBytes).join(''));
}

/**
 * The keys that an upgrade must give the role root, and no others: the admins of the first entry that are admins still; where none is, the key that
 * signs the upgrade.
 */
export function rootsAtUpgrade(first: Policy, before: Policy, signer: string): ReadonlySet<string> {
  const admins = (policy: Policy): string[] =>
    policy.signers.filter(({ roles }) => roles.includes('admin')).map(({ publicKey }) => publicKey.fingerprint);
  const still = new Set(admins(before));
  const founders = admins(first).filter((fingerprint) => still.has(fingerprint));
  return new Set(founders.length > 0 ? founders : [signer]);
}
