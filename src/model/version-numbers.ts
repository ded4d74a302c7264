/** Which number a new version may have: a free one, and not far above those that are believed. */

import { type Policy, versionJump } from './policy.js';
import type { Records } from './records.js';
import { isTainted } from './revocation.js';

/** Who staged a version, in which entry. */
export interface Staging {
  readonly version: number;
  readonly entry: number;
  /** The key that signed the entry; null where nobody looked, because the entry was taken on a pin's word. */
  readonly fingerprint: string | null;
}

/** The numbers that a module has used. */
export interface UsedNumbers {
  readonly highest: number;
  /** Who staged them, highest first; asked in format 2, where a key is revoked: the first from the entry `revokedSince` on. */
  readonly stagings: (revokedSince: number) => Iterable<Staging>;
  readonly isUsed: (version: number) => boolean;
}

/** A new version's number is greater than `above`, not greater than `most`, and not used. */
interface NumberBounds {
  readonly above: number;
  readonly most: number;
}

/**
 * What the next number of a module must be between. In format 1 it is greater than every one used. In format 2 that counts for versions
 * whose stager is believed: otherwise one entry of a thief's would leave no number to whoever comes after.
 */
export function numberBounds(policy: Policy, { highest, stagings }: UsedNumbers): NumberBounds {
  const jump = versionJump(policy);
  const revokedSince = Math.min(...policy.signers.map(({ revokedFrom }) => revokedFrom ?? Number.POSITIVE_INFINITY));
  if (policy.format === 1 || revokedSince === Number.POSITIVE_INFINITY) return { above: highest, most: highest + jump };
  // Where nobody looked who staged a version, neither bound is drawn closer for it.
  let unknown = 0;
  for (const { version, entry, fingerprint } of stagings(revokedSince)) {
    if (fingerprint === null) unknown = Math.max(unknown, version);
    else if (!isTainted(policy, fingerprint, entry)) return { above: version, most: Math.max(version, unknown) + jump };
  }
  return { above: 0, most: unknown + jump };
}

/** Why a version cannot have its number, or null. */
export function numberObjection(
  policy: Policy,
  used: UsedNumbers,
  { version, parentVer }: { readonly version: number; readonly parentVer: number | null },
): string | null {
  const { above, most } = numberBounds(policy, used);
  if (version <= above) return `its number is not after ${above}, the highest used`;
  if (used.isUsed(version)) return 'its number is spent already';
  if (version > most)
    return `its number is more than ${versionJump(policy)} above ${most - versionJump(policy)}, the highest used`;
  return parentVer !== null && parentVer >= version
    ? `its number is not after v${parentVer}, which it is made from`
    : null;
}

/** The number that follows, for whoever gives none: after the highest used, else the first free one that may be used. */
export function nextNumber(policy: Policy, used: UsedNumbers, parentVer: number | null): number {
  const { above, most } = numberBounds(policy, used);
  if (used.highest + 1 <= most) return used.highest + 1;
  let next = Math.max(above, parentVer ?? 0) + 1;
  while (used.isUsed(next)) next++;
  return next;
}

/** Two lists of stagings in one, each with the highest number first. */
export function* highestFirst(one: Iterable<Staging>, other: Iterable<Staging>): Generator<Staging> {
  const rest = other[Symbol.iterator]();
  let next = rest.next();
  for (const staging of one) {
    for (; next.done !== true && next.value.version > staging.version; next = rest.next()) yield next.value;
    yield staging;
  }
  for (; next.done !== true; next = rest.next()) yield next.value;
}

/** The numbers that a module has used, by records of what was before the entry that stages another. */
export function usedNumbers(records: Records, moduleId: string): UsedNumbers {
  return {
    highest: records.module(moduleId)?.highest ?? 0,
    stagings: (revokedSince) => stagings(records, moduleId, revokedSince),
    isUsed: (version) => records.version(moduleId, version) !== null,
  };
}

function* stagings(records: Records, moduleId: string, revokedSince: number): Generator<Staging> {
  for (const [version, { entries }] of records.versions(moduleId, { newestFirst: true })) {
    // An entry can be large: it is read only where its signer may be revoked.
    const isDoubtful = entries.some((seq) => seq >= revokedSince);
    const entry = isDoubtful ? entries.find((seq) => isStagedBy(records, seq, moduleId, version)) : undefined;
    const fingerprint = entry === undefined ? undefined : records.entry(entry)?.fingerprint;
    // What no entry has staged is staged in the one that is being decided: its signer has a role, so it is believed.
    yield { version, entry: entry ?? 0, fingerprint: fingerprint ?? '' };
  }
}

export function isStagedBy(records: Records, seq: number, moduleId: string, version: number): boolean {
  const events = records.entry(seq)?.events ?? [];
  return events.some((e) => e.type === 'stage' && e.moduleId === moduleId && e.version === version);
}
