/** What an audit answers. */

import type { ErrorData, Reason } from '../errors.js';
import type { Assessment } from '../model/assessment.js';
import type { MisdatedEntries } from '../model/clock.js';
import type { Verdict } from '../model/gate.js';
import type { CompatibilityLevel } from '../model/report.js';
import type { Gap } from '../ports/evidence.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { Witnessed } from '../witness/format/check-witnesses.js';
import type { RedactedBlob } from './redactions.js';

/** A point of a journal that an auditor has seen and remembers: whatever copy is read later must contain it. */
export interface Pin {
  /** Oid of the journal's first entry: it names the ledger. */
  readonly root: Oid;
  /** Fingerprint of the key that signed the first entry. */
  readonly trust: string;
  /** The last entry seen. */
  readonly seq: number;
  readonly oid: Oid;
}

/** The steps of an audit, in their order. */
export const AUDIT_STEPS = Object.freeze([
  'objects',
  'journal',
  'signers',
  'refs',
  'versions',
  'reports',
  'activations',
  'tags',
  'dates',
  'pin',
  'witnesses',
  'levels',
] as const);

/** One of `AUDIT_STEPS`. A report has all of them, in that order, also where an early one ended the audit. */
export type AuditStepName = (typeof AUDIT_STEPS)[number];

/** One thing that is wrong, with the place where it is. */
export interface AuditProblem {
  readonly message: string;
  /** Number of the journal entry, where it is one's. */
  readonly seq: number | null;
  readonly oid: Oid | null;
  readonly ref: RefName | null;
}

/**
 * What one step of an audit came to. `problems` is empty where nothing wrong was found; with `checked` 0 nothing was
 * looked at: there was nothing to look at, or an earlier step ended the audit.
 */
export interface AuditStep {
  readonly name: AuditStepName;
  /** What the step makes sure of, as a sentence. */
  readonly claim: string;
  /** How many `unit`s were looked at. */
  readonly checked: number;
  /** `objects`, `entries`, `refs`, … */
  readonly unit: string;
  /** The first things wrong, ten at most. */
  readonly problems: readonly AuditProblem[];
  /** How many more there are. */
  readonly omitted: number;
}

/** Something that a key signed between the entry from which it is revoked and the revocation. */
export interface Taint {
  readonly seq: number;
  readonly oid: Oid;
  readonly fingerprint: string;
  readonly principal: string;
  /** The entry's subject. */
  readonly what: string;
}

/** Why a version became active, as the policy and the reports of that moment had it. */
export type JudgedActivation = {
  readonly seq: number;
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
} & (
  | ({ readonly by: 'gate' } & Verdict)
  | {
      readonly by: 'break-glass';
      readonly allow: true;
      readonly level: CompatibilityLevel;
      /** The one reason that was given, in the words of who broke the glass. */
      readonly reasons: readonly Reason<'BREAK_GLASS'>[];
    }
);

/** A version that became active by another level than the one that is measured now, without a report that must be wrong. */
export interface DifferentLevel {
  /** The entry by which it became active. */
  readonly seq: number;
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
  /** What was in force then. */
  readonly level: CompatibilityLevel;
  /** Who had measured it; null where nobody had. */
  readonly assessor: string | null;
  readonly measured: CompatibilityLevel;
  /** Who measured it now. */
  readonly engine: string;
  /** What stopped the engine now before it was done, or null. */
  readonly limit: Assessment['limit'];
}

/** What measuring again came to. */
export interface Remeasured {
  /** Activations by the level that is measured now. */
  readonly same: number;
  readonly differs: readonly DifferentLevel[];
}

/**
 * A file that was redacted, and whether this copy is rid of it. Its digest is proven: with it, the versions that held it have their
 * checksums.
 */
export interface AuditedRedaction extends RedactedBlob {
  /** False: the bytes are still in this copy. */
  readonly gone: boolean;
}

/** `incomplete`: nothing wrong was found in a copy that lacks something. It is never a pass. */
export type AuditOutcome = 'passed' | 'failed' | 'incomplete';

/**
 * What an audit found: what was checked and is wrong (`steps`), what the copy lacks (`gaps`), and what both add up to
 * (`outcome`).
 */
export interface AuditReport {
  readonly outcome: AuditOutcome;
  /** The path of the copy. */
  readonly location: string;
  /**
   * `ledger`: a bare repository that is written to; `mirror`: one that is not; `clone`: a plain `git clone`; `bundle`:
   * a file.
   */
  readonly kind: 'ledger' | 'mirror' | 'clone' | 'bundle';
  /** What to remember for the next audit: null where there is no journal that could be trusted so far. */
  readonly pin: Pin | null;
  /** True where the root's key was compared with a fingerprint or pin that was given; false: it vouches for itself. */
  readonly trusted: boolean;
  /** Entries up to this one were taken on the pin's word; null: none. */
  readonly since: number | null;
  readonly steps: readonly AuditStep[];
  readonly gaps: readonly Gap[];
  /** Refs that a transaction under way has yet to move; on a copy they are a gap. */
  readonly inFlight: readonly RefName[];
  readonly tainted: readonly Taint[];
  /** Ranges of entries of which admins say that a wrong clock has dated them. */
  readonly misdated: readonly MisdatedEntries[];
  /** What admins have taken out of the ledger: nothing else is missing where the audit passes. */
  readonly redacted: readonly AuditedRedaction[];
  /** What the witnesses have seen of the journal, where that was asked and is enough. */
  readonly witnessed: Witnessed | null;
  /** Why it is not enough; null where it is, or where it was not asked. */
  readonly notWitnessed: ErrorData['NOT_WITNESSED'] | null;
  /** What measuring again came to, beside what is wrong in the step `levels`; null where that was not asked. */
  readonly remeasured: Remeasured | null;
  /** Seconds since the Unix epoch of the last entry. */
  readonly timestamp: number | null;
}
