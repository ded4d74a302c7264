/** Countersignatures: what others sign of a change that takes more than one signature, and the file that holds them. */

import { sha256Hex } from './content-digest.js';
import { eventLine } from './event-line.js';
import { ADMIN_EVENTS } from './format-succession.js';
import type { LedgerEvent } from './ledger-event.js';
import { compareBytes } from './printable.js';

/** The name of their file in the journal's tree: no module id can be it. */
export const COUNTERSIGNATURES_FILE = '_countersignatures';

/** The namespace of SSHSIG that they are made in, so that no signature of a commit or a tag can pass for one. */
export const COUNTERSIGN_NAMESPACE = 'countersign@git-lineage';

/** The place that a countersignature is for. It counts until the policy changes, whatever else is written meanwhile. */
interface CountersignedPlace {
  /** SHA-256, in hex, of the ledger's first entry. */
  readonly rootSha256: string;
  /** The number of the entry with the policy in force, and the SHA-256 of its content in hex. */
  readonly policySeq: number;
  readonly policySha256: string;
}

/** The bytes that a countersignature of an event covers. */
export function countersignedText(
  { rootSha256, policySeq, policySha256 }: CountersignedPlace,
  event: LedgerEvent,
): string {
  return `git-lineage countersign\nLedger: ${rootSha256}\nAfter: ${policySeq} ${policySha256}\n${eventLine(event)}\n`;
}

/** The event of an entry that its countersignatures are about; null where it has none of that kind. */
export function countersignedEvent(events: readonly LedgerEvent[]): LedgerEvent | null {
  return events.find(({ type }) => ADMIN_EVENTS.includes(type)) ?? null;
}

/** An armoured signature and the key that made it. */
export interface Countersignature {
  readonly fingerprint: string;
  readonly armour: string;
}

/** The file of countersignatures: one after the other, by the fingerprints of their keys. */
export function formatCountersignatures(signatures: readonly Countersignature[]): string {
  const sorted = [...signatures].sort((a, b) => compareBytes(a.fingerprint, b.fingerprint));
  return sorted.map(({ armour }) => armour).join('');
}

const END = '-----END SSH SIGNATURE-----\n';

/** The signatures in a file of them, in their order; null where something else is in it. */
function parseCountersignatures(file: string): readonly string[] | null {
  if (!file.endsWith(END)) return null;
  const armours = file
    .slice(0, -END.length)
    .split(END)
    .map((text) => `${text}${END}`);
  return armours.every((armour) => armour.startsWith('-----BEGIN SSH SIGNATURE-----\n')) ? armours : null;
}

/**
 * The keys that countersigned an entry, by fingerprint; or why the file is none that belongs to it. `keyOf` is the key that made a valid signature, and throws
 * for any other.
 */
export function countersigners(
  file: string,
  expectedSha256: string,
  by: string,
  keyOf: (armour: string) => string,
): ReadonlySet<string> | { readonly objection: string } {
  if (sha256Hex(file) !== expectedSha256)
    return { objection: `its ${COUNTERSIGNATURES_FILE} is not the file that its Countersigned line names` };
  const armours = parseCountersignatures(file);
  if (armours === null) return { objection: `its ${COUNTERSIGNATURES_FILE} has something else than signatures in it` };
  const keys = armours.map(keyOf);
  const sorted = keys.every((key, i) => i === 0 || compareBytes(keys[i - 1] ?? '', key) < 0);
  if (!sorted || keys.includes(by))
    return { objection: `its ${COUNTERSIGNATURES_FILE} does not hold one signature of each key, in their order` };
  return new Set(keys);
}
