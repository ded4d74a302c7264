/** The index's records: what the journal adds up to. Whoever changes a shape takes another `RECORDS_SCHEMA`. */

import type { LedgerEvent, LedgerFormat } from './ledger-event.js';
import type { CompatibilityLevel } from './report.js';
import type { ReportText } from './report-text.js';
import type { RollbackReason } from './rollback-target.js';

/**
 * The version of the records' keys and shapes; part of the names of index files. 2: `staged`; 3: `reverted`, and a target is of another content;
 * 4: `activations`, `totals`, and since when a pair is `pending`; 5: the format, and the hashes of the first entry and of the one with the
 * policy, and who staged a version; 6: which reports an assessor's key signed; 7: redactions; 8: which
 * capabilities a report says that a version gains; 9: what is UNKNOWN is `pending` too where it needs an approval.
 */
export const RECORDS_SCHEMA = 9;

/** The journal as a whole. */
export interface HeadRecord {
  /** The journal's first entry. */
  readonly root: string;
  /** SHA-256 of the first entry's content, in hex. */
  readonly rootSha256: string;
  /** That of the last entry. */
  readonly format: LedgerFormat;
  readonly seq: number;
  readonly tip: string;
  /** SHA-256 of the last entry's content, in hex: the next entry must name it. */
  readonly tipSha256: string;
  /** Of the last entry, in seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly checksumNotes: string;
  readonly tagNotes: string;
  /** The entry that states the policy in force. */
  readonly policySeq: number;
  /** SHA-256 of that entry's content, in hex. */
  readonly policySha256: string;
  /** Modules with an active version. */
  readonly tracked: number;
  /** Versions that were ever active. */
  readonly checkpoints: number;
  /** Pairs with a report. */
  readonly pairs: number;
}

export interface ModuleRecord {
  /** The active version; null while there are only staged ones. */
  readonly active: number | null;
  /** The highest number ever used: it is spent whatever becomes of it. */
  readonly highest: number;
  /** How many proper ancestors the active version has; -1 where there is none. */
  readonly depth: number;
  /** The entry that made the active version active. */
  readonly activation: number | null;
  /** How often a version became active otherwise than by a rollback. */
  readonly activations: number;
}

/** What is counted of a module beside its activations. These change seldom, so they have a record of their own. */
export interface TotalsRecord {
  /** Those that there were, by reason. */
  readonly rollbacks: Readonly<Partial<Record<RollbackReason, number>>>;
  /** Pairs with a BREAKING report. */
  readonly breaking: number;
  /** Versions that passed the gate by breaking the glass. */
  readonly brokenGlass: number;
}

/** What a version's commit says beyond its journal line. */
export interface VersionContent {
  readonly tree: string;
  readonly timestamp: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface VersionRecord {
  readonly oid: string;
  readonly parentVer: number | null;
  readonly checksum: string;
  /** The principal who staged it. */
  readonly stagedBy: string;
  /** Null where the commit could not be read when its entry was: then whoever asks reads it again. */
  readonly content: VersionContent | null;
  readonly tags: readonly string[];
  /** True where it was active at some time. */
  readonly ever: boolean;
  /** Where it stood in the lineage when it became active last; null where it never did. */
  readonly depth: number | null;
  /** The entries about it, ascending. */
  readonly entries: readonly number[];
  /** The blobs of it that were redacted; missing where none was. */
  readonly redacted?: readonly string[];
}

/** A blob that was taken out of the ledger. */
export interface RedactionRecord {
  /** The version that the entry names; every other one that holds the blob has lost it too. */
  readonly moduleId: string;
  readonly version: number;
  /** SHA-256 of its content, in hex. */
  readonly sha256: string;
  readonly reason: string;
  /** The entry that says so. */
  readonly seq: number;
}

/** What a report's tag says that the gate needs. */
export type ReportFacts = Pick<
  ReportText,
  'approvedBy' | 'measuredLevel' | 'assessor' | 'withdraws' | 'capabilitiesAdded'
> & {
  readonly bound: boolean;
};

export function factsOf(
  { approvedBy, measuredLevel, assessor, withdraws, capabilitiesAdded }: Omit<ReportFacts, 'bound'>,
  bound: boolean,
): ReportFacts {
  const added = capabilitiesAdded === undefined ? {} : { capabilitiesAdded };
  return { approvedBy, measuredLevel, assessor, withdraws, ...added, bound };
}

/** One report of a pair, as the journal names it; report `seq` is at index `seq - 1`. */
export interface ReportLine {
  readonly type: 'report' | 'approve' | 'withdraw';
  readonly level: CompatibilityLevel;
  readonly payloadSha256: string;
  /** The entry that brought it, which of its events, and the key that signed both. */
  readonly entry: number;
  readonly event: number;
  readonly fingerprint: string;
  /** There where that key had the role assessor then. */
  readonly byAssessor?: true;
  readonly oid: string;
  /** Null where the tag could not be read when its entry was. */
  readonly facts: ReportFacts | null;
}

export interface EntryRecord {
  readonly oid: string;
  readonly actor: string;
  readonly fingerprint: string;
  readonly timestamp: number;
  readonly events: readonly LedgerEvent[];
}

/** A module after an entry that is about it. */
export interface MomentRecord {
  /** The highest number used so far; 0 where there were only reports. */
  readonly highest: number;
  readonly active: number | null;
  /** Tags of the active version. */
  readonly tags: readonly string[];
  /** The rollback target under the default filter, and its tags. */
  readonly target: number | null;
  readonly targetTags: readonly string[];
  /** The entry that made the active version active. */
  readonly activation: number | null;
}

/** A pair of versions; a first version has no `from`. */
export interface PairKey {
  readonly moduleId: string;
  readonly fromVer: number | null;
  readonly toVer: number;
}
