/** The journal of a ledger: where it stands, what it adds up to, and whether all is well with it. */

import type { AuditOutcome } from '../audit/audit-report.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { MisdatedEntries } from '../model/clock.js';
import type { Verdict } from '../model/gate.js';
import type { LedgerEvent } from '../model/ledger-event.js';
import type { Policy } from '../model/policy.js';
import type { RollbackReason } from '../model/rollback-target.js';
import type { BrokenLock, Finding } from '../ports/upkeep.js';
import type { CountersignOptions } from './ledger-policy.js';

/** What the journal says of a module, counted from its first entry on. */
export interface ModuleTotals {
  readonly moduleId: string;
  /** The active version; null while there are only staged ones, or only reports. */
  readonly active: number | null;
  /** The metadata `semver` of the active version; null where it has none. */
  readonly semver: string | null;
  /** Versions of the active lineage, up to the policy's `maxCheckpoints`. */
  readonly lineageDepth: number;
  /** How often a version became active otherwise than by a rollback. */
  readonly activations: number;
  readonly rollbacks: Readonly<Record<RollbackReason, number>>;
  /** Pairs with a BREAKING report. */
  readonly breakingChanges: number;
  /** Versions that became active past the gate. */
  readonly brokenGlass: number;
}

/** What the journal adds up to: the same in every process, whoever wrote it. */
export interface LedgerTotals {
  /** The first entry of the journal: which ledger it is. */
  readonly root: string;
  /** Entries of the journal. */
  readonly entries: number;
  readonly modules: readonly ModuleTotals[];
  /** Pairs that wait for an operator. */
  readonly pendingApprovals: number;
  /** Since when the one that has waited longest waits, in seconds since the Unix epoch; null where none waits. */
  readonly oldestPendingAt: number | null;
}

/** Where the journal stands after a write: worth writing down outside the ledger, to catch a rewind later. */
export interface JournalPosition {
  readonly seq: number;
  readonly oid: string;
}

/** One entry of the journal. */
export interface JournalEntry extends JournalPosition {
  /** The principal whose key signed it. */
  readonly actor: string;
  /** The fingerprint of that key. */
  readonly fingerprint: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly events: readonly LedgerEvent[];
}

/** Which entries of the journal `history` tells; by default every one. */
export interface HistoryOptions {
  /** Only entries with an event of this module. */
  readonly moduleId?: string | undefined;
  /** Only entries after this `seq`. */
  readonly since?: number | undefined;
  /** Only entries before this `seq`: to read on where a listing ended. */
  readonly before?: number | undefined;
  /** At most so many, the newest; no limit by default. */
  readonly limit?: number | undefined;
}

/** A moment of the journal: the entry with a number, or the newest one that is not after a time. Exactly one of both. */
export interface Moment {
  readonly seq?: number | undefined;
  /** Seconds since the Unix epoch. */
  readonly time?: number | undefined;
}

/** How a version became active, as the entry that made it so says, and the policy and reports of that moment. */
export interface Activation extends JournalPosition {
  readonly type: 'activate' | 'break-glass' | 'rollback';
  /** The principal whose key signed the entry. */
  readonly actor: string;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  /** The version that was active before. */
  readonly fromVer: number | null;
  readonly toVer: number;
  /** Why, of a rollback or of a gate passed by; null where the gate let it pass. */
  readonly reason: string | null;
  /** The gate's answer then; null for a rollback, which is never gated. Past the gate it may be a refusal. */
  readonly verdict: Verdict | null;
  /** Whose approvals of the pair stood then. */
  readonly approvers: readonly string[];
}

/** Where a module stood at an earlier entry of the journal. */
export interface ModuleMoment {
  readonly moduleId: string;
  /** The active version with the tags that it had then; null while there were only staged ones. */
  readonly active: VersionCheckpoint | null;
  /** The rollback target then; null where there was none. */
  readonly stable: VersionCheckpoint | null;
  /** How the active version became that; null where there was none. */
  readonly activation: Activation | null;
}

/** A ledger at one entry of its journal. */
export interface LedgerMoment extends JournalPosition {
  /** The time of that entry, in seconds since the Unix epoch. */
  readonly timestamp: number;
  /** Every module that had a version, staged ones included, in bytewise order. */
  readonly modules: readonly ModuleMoment[];
}

/** A ref that does not have its journaled value. */
export type ForeignRef = Finding & { readonly kind: 'foreign-ref' };

/** How far `doctor` is: it verifies the journal, reads the objects that the ledger needs, and compares refs and notes. */
export interface DoctorProgress {
  readonly step: 'journal' | 'objects' | 'refs';
  /** Objects that have been read; null in the other steps, which are told when they begin. */
  readonly done: number | null;
}

/** What `doctor` changes, by default nothing, and who is told how far it is. */
export interface DoctorOptions {
  /** Mends what is safe to mend, journaling what changes a ref. */
  readonly restore?: boolean | undefined;
  /** A ref or a lock file of the ledger: removes git's lock on it first. Only where its owner is known to be gone. */
  readonly breakLock?: string | undefined;
  /** Told how far it is; what it throws is ignored. */
  readonly onProgress?: ((progress: DoctorProgress) => void) | undefined;
}

/**
 * How the last whole audit of a ledger ended: one without `trust`, `pin`, `since`, `witnesses` and `remeasure`. Kept in
 * `lineage/audit.json`, and safe to lose.
 */
export interface LastAudit {
  /** When it ended, in seconds since the Unix epoch. */
  readonly at: number;
  readonly outcome: AuditOutcome;
}

/** When witnesses have seen the journal last, as the checkpoint at `refs/witness/checkpoint` says. */
export interface LastWitnessed {
  /** How many entries it is of. */
  readonly size: number;
  /** The time since which more than half of its cosignatures were made, in seconds since the Unix epoch. */
  readonly at: number;
  readonly cosignatures: number;
}

/** What `doctor` found, and whether it was or could be put right. */
export interface DoctorReport {
  readonly findings: readonly Finding[];
  /** True where the mendable findings have been mended. */
  readonly restored: boolean;
  /** The last entry that could be trusted before anything was mended, with its policy; null where none could. */
  readonly good: (JournalPosition & { readonly policy: Policy }) | null;
  /** The lock that was removed, where one was to be. */
  readonly brokenLock: BrokenLock | null;
}

/** The journal as a whole: where it stands, what it adds up to, whether it is well. */
export interface LedgerJournal {
  /** Where the journal stands. */
  position(): Promise<JournalPosition>;
  /** The oid of the journal's first entry: it names the ledger, whatever copy of it this is. */
  root(): Promise<string>;
  /**
   * What the ledger was at an earlier moment: replayed and verified from its first entry on.
   * @throws `NOT_FOUND` where the journal has no such entry, or begins later; `INVALID_ARGUMENT`
   */
  at(moment: Moment): Promise<LedgerMoment>;
  /** What the journal adds up to, for metrics: look-ups in the index. */
  totals(): Promise<LedgerTotals>;
  /** How the last audit ended that was made of the ledger where it lies, by any process; null where none is remembered. */
  lastAudit(): Promise<LastAudit | null>;
  /** What the checkpoint here says of itself: nobody's signature is verified. Null where there is none with a cosignature. */
  lastWitnessed(): Promise<LastWitnessed | null>;
  /**
   * Looks for what a crash or a person left behind; with `restore`, mends what is safe to mend, journaling it. It answers on a
   * ledger whose journal does not verify, too: the finding `journal` names the last entry that does.
   * @throws `NOT_FOUND` and `REF_LOCKED` for a lock to be broken; with `restore`, what writes throw
   */
  doctor(options?: DoctorOptions): Promise<DoctorReport>;
  /**
   * Says that the last entries are misdated, from the first that is dated ahead of this machine's clock by more than the policy's `clockTolerance`: then the
   * ledger can be written and copied again. Takes a key with the role admin, and countersignatures as `policy.set` does.
   * @throws `INVALID_ARGUMENT` where no entry is; `ROLE_REQUIRED`, `BAD_SIGNATURE`
   */
  declareMisdated(options?: CountersignOptions): Promise<MisdatedEntries>;
}
