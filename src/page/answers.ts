/**
 * What the page is told, as JSON: one shape for each kind of view. The server answers with it, a report has it in files,
 * and the code in the browser reads it. Times are seconds since the Unix epoch.
 */

import type { AuditReport } from '../audit/audit-report.js';
import type { Activation, JournalEntry, JournalPosition, LastAudit } from '../ledger/ledger-journal.js';
import type { RollbackExplanation } from '../ledger/ledger-live.js';
import type { Replication } from '../ledger/ledger-replicas.js';
import type {
  FileChange,
  LoggedVersion,
  ModuleSummary,
  ProvenReport,
  VersionDiff,
  VersionProof,
} from '../ledger/ledger-versions.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { CompatibilityLevel, StoredReport } from '../model/report.js';

/** A version with its tags as a sorted list. */
export interface VersionJson extends Omit<VersionCheckpoint, 'tags'> {
  readonly tags: readonly string[];
}

/** A module at a moment. */
export interface ModuleRow {
  readonly moduleId: string;
  readonly active: number | null;
  /** The metadata `semver` of the active version, cut to 64 characters. */
  readonly semver: string | null;
  readonly stable: number | null;
  readonly stableSemver: string | null;
  /** How the active version became that; null where there is none. */
  readonly activation: ActivationJson | null;
}

export type ActivationJson = Pick<
  Activation,
  'type' | 'seq' | 'actor' | 'timestamp' | 'fromVer' | 'reason' | 'approvers'
> & {
  readonly level: CompatibilityLevel | null;
};

/** A module now. */
export interface OverviewRow extends ModuleRow {
  /** The highest number ever used. */
  readonly highest: number;
  /** How many versions were never active, and how many pairs wait for an operator. */
  readonly staged: number;
  readonly pending: number;
}

/** What a process of the service says of itself, as its `processes` option tells it. */
export interface ProcessJson {
  /** Its name, such as a host and a process id. */
  readonly name: string;
  /** When it last said so; null where it never did. */
  readonly at: number | null;
  /** What runs there. */
  readonly running: readonly { readonly moduleId: string; readonly version: number | null }[];
}

/** `overview` */
export interface OverviewAnswer {
  /** The name of the ledger's folder. */
  readonly name: string;
  readonly root: string;
  readonly position: JournalPosition;
  /** Of the last entry. */
  readonly timestamp: number;
  readonly modules: readonly OverviewRow[];
  /** The first hundred reports that wait for an operator; their rationales are cut. */
  readonly pending: readonly StoredReport[];
  readonly lastAudit: LastAudit | null;
  readonly replication: Replication;
  /** Null where nobody reports processes. */
  readonly processes: readonly ProcessJson[] | null;
  /** Where the page of all the ledgers is, relative to this one; null where this one is shown alone. */
  readonly front: string | null;
}

/** A ledger among several. */
export interface FrontRow {
  /** Its name in the address: its page is below it. */
  readonly name: string;
  readonly modules: number;
  /** How many modules have an active version. */
  readonly active: number;
  readonly staged: number;
  readonly pending: number;
  readonly position: JournalPosition;
  /** Of the last entry. */
  readonly timestamp: number;
  /** What became active last. */
  readonly newest: { readonly moduleId: string; readonly activation: ActivationJson } | null;
  readonly lastAudit: LastAudit | null;
}

/** `overview` of the front: a row for each ledger, in the order given. */
export interface FrontAnswer {
  readonly ledgers: readonly (FrontRow | (FailureAnswer & { readonly name: string }))[];
}

/** `at/<seq>` and `at/t<time>` */
export interface MomentAnswer extends JournalPosition {
  readonly timestamp: number;
  readonly modules: readonly ModuleRow[];
}

/** `modules/<module>/summary` */
export interface SummaryAnswer {
  readonly summary: ModuleSummary;
  readonly active: VersionJson | null;
  readonly rollback: Omit<RollbackExplanation, 'target'> & { readonly target: VersionJson | null };
  readonly pending: readonly StoredReport[];
}

export interface LoggedVersionJson extends Omit<LoggedVersion, 'version'> {
  readonly version: VersionJson;
}

/** `modules/<module>/log/latest` and `modules/<module>/log/<before>` */
export interface LogAnswer {
  readonly versions: readonly LoggedVersionJson[];
  /** Where to read on; null where the module begins. */
  readonly next: number | null;
}

/** `modules/<module>/versions/<version>`: all that bears on it. */
export interface VersionAnswer extends Omit<VersionProof, 'version' | 'reports'> {
  readonly version: VersionJson;
  readonly reports: readonly ProvenReport[];
}

/** Why the text of a file is not told: it is no text, longer than the page shows, or of a version with a file that was redacted. */
type Omitted = 'binary' | 'large' | 'redacted';

export interface FileText {
  readonly text: string | null;
  readonly omitted: Omitted | null;
}

/** `modules/<module>/files/<version>` */
export interface FilesAnswer {
  readonly files: readonly ({
    readonly path: string;
    readonly mode: string;
    readonly bytes: number | null;
  } & FileText)[];
}

/** `modules/<module>/changes/<from>-<to>`; `from` 0: against nothing. */
export interface ChangesAnswer {
  readonly files: readonly (FileChange & { readonly before: FileText | null; readonly after: FileText | null })[];
  readonly metadata: VersionDiff['metadata'];
  readonly tags: VersionDiff['tags'];
  readonly sameContent: boolean;
  readonly level: CompatibilityLevel | null;
  readonly approvers: readonly string[];
}

/** An entry with at most twenty of its events. */
export interface EntryJson extends JournalEntry {
  /** How many events more it has. */
  readonly omitted: number;
}

/** `journal/<page>`: the entries of one page, newest first. */
export interface JournalAnswer {
  readonly entries: readonly EntryJson[];
}

/** `search?…`: entries that match, newest first. */
export interface SearchAnswer {
  readonly entries: readonly EntryJson[];
  /** Down to which entry was searched: ask for those before it. Null where the journal begins. */
  readonly next: number | null;
}

/** `audit` */
export interface AuditAnswer {
  readonly root: string;
  readonly position: JournalPosition;
  readonly lastAudit: LastAudit | null;
  /** The steps of an audit made for this report; null where none was asked for. */
  readonly report: AuditReport | null;
}

/** `moments`: of a report, the entries that `at/` can be asked for; ascending. */
export interface MomentsAnswer {
  readonly seqs: readonly number[];
}

/** What a question is answered with that cannot be: the body of a 400, 404 or 500. */
export interface FailureAnswer {
  readonly code: string;
  readonly message: string;
}

/** `event: tip` of `events`: where the journal stands. */
export type TipEvent = JournalPosition;

/** Entries `n * JOURNAL_PAGE` up to the next multiple are page `n` of the journal. */
export const JOURNAL_PAGE = 100;
