/** What can happen in a ledger: the events that the entries of its journal state. */

import type { CompatibilityLevel } from './report.js';
import type { RollbackReason } from './rollback-target.js';

/**
 * The version of the ledger's format that an entry is written in. It goes up in the entry that holds `Upgrade`, and never back. An entry of format 1 does
 * not say so; later ones begin with it, so that a walk from the newest entry can read each by itself.
 */
export type LedgerFormat = 1 | 2;

interface OfVersion {
  readonly moduleId: string;
  readonly version: number;
}

interface OfReport {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  readonly seq: number;
  readonly level: CompatibilityLevel;
  /** SHA-256 of the tag's signed payload, in hex: it closes what SHA-1 leaves open. */
  readonly payloadSha256: string;
}

/** Something that happened, as the journal states it. */
export type LedgerEvent =
  | { readonly type: 'init'; readonly format: number }
  | {
      readonly type: 'upgrade';
      readonly format: number;
      /** SHA-256, in hex, of the commits of all versions so far (`versionsSeal`). */
      readonly versionsSha256: string;
    }
  | ({
      readonly type: 'stage';
      readonly parentVer: number | null;
      readonly checksum: string;
      /** SHA-256, in hex, of what the version's commit consists of, as `git cat-file commit` prints it. From format 2 on. */
      readonly commitSha256?: string;
    } & OfVersion)
  | ({ readonly type: 'activate' } & OfVersion)
  | ({ readonly type: 'tag' | 'untag'; readonly tag: string } & OfVersion)
  | ({ readonly type: 'report' | 'approve' | 'withdraw' } & OfReport)
  | {
      readonly type: 'rollback';
      readonly moduleId: string;
      readonly fromVer: number;
      readonly toVer: number;
      readonly reason: RollbackReason;
    }
  | {
      readonly type: 'break-glass';
      readonly moduleId: string;
      readonly fromVer: number | null;
      readonly toVer: number;
      /** Why the gate was passed by, in the operator's words. */
      readonly reason: string;
    }
  | { readonly type: 'policy'; readonly policySha256: string; readonly signersSha256: string }
  /** The dates of the entries from `first` to `last` are wrong: the clock that gave them was. */
  | { readonly type: 'clock'; readonly first: number; readonly last: number }
  /** A file that must not stay: its content is taken out of every version that holds it, and its digest stays. */
  | ({
      readonly type: 'redact';
      /** The blob of git. */
      readonly oid: string;
      /** SHA-256 of its content, in hex: whoever has the bytes can prove them. */
      readonly sha256: string;
      /** Why, in the words of whoever asked for it. */
      readonly reason: string;
    } & OfVersion)
  /** SHA-256, in hex, of the file with the countersignatures of the entry's change. */
  | { readonly type: 'countersigned'; readonly sha256: string }
  | { readonly type: 'restored'; readonly ref: string; readonly foreign: string | null };

export type EventType = LedgerEvent['type'];

/** The events of some types. */
export type EventOf<T extends EventType> = Extract<LedgerEvent, { type: T }>;

/** The longest reason for breaking the glass or for a redaction, in bytes: one line of the journal. */
export const MAX_REASON_BYTES = 256;

/** The versions that an event names. */
export function namedVersions(
  event: LedgerEvent,
): readonly { readonly moduleId: string; readonly versions: readonly number[] }[] {
  if (!('moduleId' in event)) return [];
  const { moduleId } = event;
  if ('version' in event) return [{ moduleId, versions: [event.version] }];
  return [{ moduleId, versions: event.type === 'rollback' ? [event.toVer, event.fromVer] : [event.toVer] }];
}
