/** The shapes that `--json` prints; `docs/guide/cli.md` documents them, and scripts rely on them. */

import type {
  CompatibilityReport,
  JournalEntry,
  JournalPosition,
  Policy,
  PolicySettings,
  PolicySigner,
  StoredReport,
  VersionCheckpoint,
} from '../library.js';
import type { Library } from '../verb.js';

/** A checkpoint has exactly the fields of the data model; its tags are a sorted array. */
interface CheckpointJson extends Omit<VersionCheckpoint, 'tags'> {
  readonly tags: readonly string[];
}

export function checkpointJson(checkpoint: VersionCheckpoint): CheckpointJson {
  const { moduleId, version, checksum, timestamp, parentVer, tags, metadata } = checkpoint;
  return { moduleId, version, checksum, timestamp, parentVer, tags: [...tags], metadata };
}

export function reportJson(report: CompatibilityReport): CompatibilityReport {
  const { moduleId, fromVer, toVer, level, rationale, approvedBy } = report;
  return { moduleId, fromVer, toVer, level, rationale, approvedBy };
}

/** What a version gains by a report, where it gains anything. */
export function gainedJson({ capabilitiesAdded }: StoredReport): Pick<StoredReport, 'capabilitiesAdded'> {
  return capabilitiesAdded === undefined ? {} : { capabilitiesAdded };
}

/** A report that waits for an operator. */
export function pendingJson(report: StoredReport): ReturnType<typeof reportJson> & ReturnType<typeof gainedJson> {
  return { ...reportJson(report), ...gainedJson(report) };
}

/** A report with what the ledger adds: its number, whether it is bound to the content, and what it withdraws. */
export function storedReportJson(report: StoredReport): StoredReport {
  const { seq, bound, measuredLevel, returnLevel, assessor, findingsSha256, withdraws, tainted } = report;
  const returning = returnLevel === undefined ? {} : { returnLevel };
  const found = findingsSha256 === undefined ? {} : { findingsSha256 };
  const gained = gainedJson(report);
  const said = { seq, bound, measuredLevel, ...returning, assessor, ...found, ...gained, withdraws, tainted };
  return { ...reportJson(report), ...said };
}

export function journalJson({ seq, oid }: JournalPosition): JournalPosition {
  return { seq, oid };
}

export function entryJson({ seq, oid, actor, fingerprint, timestamp, events }: JournalEntry): JournalEntry {
  return { seq, oid, actor, fingerprint, timestamp, events };
}

export interface SignerJson {
  readonly principal: string;
  readonly fingerprint: string;
  readonly type: string;
  readonly roles: readonly string[];
  readonly revokedFrom: number | null;
}

export function signerJson({ principal, publicKey, roles, revokedFrom }: PolicySigner): SignerJson {
  return { principal, fingerprint: publicKey.fingerprint, type: publicKey.type, roles, revokedFrom };
}

export interface PolicyJson {
  readonly format: number;
  /** Those that the format has. */
  readonly settings: Partial<PolicySettings>;
  readonly signers: readonly SignerJson[];
}

/** @param settingNames the library's */
export function policyJson(
  { signers, format, ...settings }: Policy,
  { settingNames }: Pick<Library, 'settingNames'>,
): PolicyJson {
  const own = settingNames(format).map((name) => [name, settings[name]]);
  return { format, settings: Object.fromEntries(own), signers: signers.map(signerJson) };
}
