/** A compatibility report as the text of a signed tag, and back. */

import { parseCapabilities } from './capability.js';
import { checksumIssues } from './checkpoint.js';
import { isSha256Hex } from './content-digest.js';
import { isModuleId } from './module-id.js';
import { isAnyOid } from './object-id.js';
import { principalIssues } from './principal.js';
import { parseCount, parseVersionOrNone } from './ref-names.js';
import { isCompatibilityLevel, type StoredReport } from './report.js';
import { formatMessage, parseMessage, type Trailer, TrailerReader } from './trailers.js';

/** What of a report does not stand in its text. */
export type ReportPlace = Pick<StoredReport, 'seq' | 'bound' | 'tainted' | 'selfApproval' | 'status'>;

/** Everything that the text of a report's tag says. */
export interface ReportText extends Omit<StoredReport, keyof ReportPlace> {
  /** The oid of the journal's root, so that a report cannot be replayed in another ledger. */
  readonly ledger: string;
  /** The checksum of the content judged; null for an unbound report. */
  readonly toChecksum: string | null;
}

/** RFC 4880 §7.1, dash-escaped text, for the lines that could pass for the marker of a signature. */
function dashEscape(text: string): string {
  return text.replace(/^(?=(?:- )*-----)/gm, '- ');
}

function dashUnescape(text: string): string {
  return text.replace(/^- (?=(?:- )*-----)/gm, '');
}

function subjectOf(report: ReportText): string {
  const from = report.fromVer === null ? 'first version' : `v${report.fromVer}`;
  // Who takes back a report, and no approval, says nothing about the content of a version.
  const withdrawn = report.toChecksum === null ? ' (report withdrawn)' : ' (approval withdrawn)';
  const act = report.withdraws !== null ? withdrawn : report.approvedBy === 'auto' ? '' : ' (approved)';
  return `${report.level} ${report.moduleId} ${from} -> v${report.toVer}${act}`;
}

/** The message of a report's tag. The level comes first in the subject: git does not parse the trailers of a signed tag. */
export function formatReport(report: ReportText): string {
  const optional = (key: string, value: string | number | null): Trailer[] =>
    value === null ? [] : [[key, String(value)]];
  return formatMessage(subjectOf(report), dashEscape(report.rationale), [
    ['Ledger', report.ledger],
    ['Module', report.moduleId],
    ['From', String(report.fromVer ?? 0)],
    ['To', String(report.toVer)],
    ...optional('To-Checksum', report.toChecksum),
    ['Level', report.level],
    ...optional('Measured-Level', report.measuredLevel),
    ...optional('Return-Level', report.returnLevel ?? null),
    ['Approved-By', report.approvedBy],
    ...optional('Withdraws', report.withdraws),
    ...optional('Assessor', report.assessor),
    ...optional('Findings-SHA256', report.findingsSha256 ?? null),
    ...optional('Capabilities-Added', report.capabilitiesAdded?.join(' ') ?? null),
  ]);
}

/** What a line of `Capabilities-Added` says; nothing where it is not written as one, so that its message is none. */
function gainedBy(
  line: string | null,
  { fromVer, assessor, approvedBy }: Pick<StoredReport, 'fromVer' | 'assessor' | 'approvedBy'>,
): Pick<StoredReport, 'capabilitiesAdded'> {
  const isFit = fromVer !== null && (assessor !== null || approvedBy !== 'auto');
  const capabilitiesAdded = line === null || !isFit ? null : parseCapabilities(line);
  return capabilitiesAdded === null ? {} : { capabilitiesAdded };
}

/** The report that a tag's message holds, or null where it is not exactly what `formatReport` writes. */
export function parseReport(message: string): ReportText | null {
  const parsed = parseMessage(message);
  if (parsed === null) return null;
  const trailers = new TrailerReader(parsed.trailers);
  const ledger = trailers.take('Ledger') ?? '';
  const moduleId = trailers.take('Module') ?? '';
  const fromVer = parseVersionOrNone(trailers.take('From') ?? undefined);
  const toVer = parseCount(trailers.take('To') ?? undefined);
  const toChecksum = trailers.take('To-Checksum');
  const level = trailers.take('Level');
  const measuredLevel = trailers.take('Measured-Level');
  const returnLevel = trailers.take('Return-Level');
  const approvedBy = trailers.take('Approved-By') ?? '';
  const withdrawn = trailers.take('Withdraws');
  const withdraws = withdrawn === null ? null : parseCount(withdrawn);
  const assessor = trailers.take('Assessor');
  const findingsSha256 = trailers.take('Findings-SHA256');
  const added = trailers.take('Capabilities-Added');
  if (fromVer === undefined || toVer === null || !isModuleId(moduleId) || !isAnyOid(ledger)) return null;
  if (!isCompatibilityLevel(level) || (measuredLevel !== null && !isCompatibilityLevel(measuredLevel))) return null;
  if (returnLevel !== null && !isCompatibilityLevel(returnLevel)) return null;
  if (findingsSha256 !== null && (assessor === null || !isSha256Hex(findingsSha256))) return null;
  if (toChecksum !== null && checksumIssues(toChecksum, '').length > 0) return null;
  if (approvedBy !== 'auto' && principalIssues(approvedBy).length > 0) return null;
  const rationale = dashUnescape(parsed.body);
  const text = {
    ledger,
    moduleId,
    fromVer,
    toVer,
    toChecksum,
    level,
    measuredLevel,
    ...(returnLevel === null ? {} : { returnLevel }),
    approvedBy,
    withdraws,
    assessor,
    ...(findingsSha256 === null ? {} : { findingsSha256 }),
    ...gainedBy(added, { fromVer, assessor, approvedBy }),
    rationale,
  };
  return formatReport(text) === message ? text : null;
}
