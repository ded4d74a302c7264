/** From versions to what a measurer is given, and from what it found to the report that is signed. */

import { invalidInput, quoted } from '../errors.js';
import type { Assessment } from '../model/assessment.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import { contentDigest } from '../model/content-digest.js';
import { findingsDigest } from '../model/findings-digest.js';
import type { LedgerFormat } from '../model/ledger-event.js';
import { normalizeFiles } from '../model/module-files.js';
import { toPrintableText } from '../model/printable.js';
import { type CompatibilityLevel, MAX_RATIONALE_BYTES, moreSevere, type NewReport } from '../model/report.js';
import type { MeasuredVersion, Measurer } from '../ports/measuring.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import type { NewContent } from './ledger-reports.js';
import { readVersionFiles } from './read-files.js';

/** A version of the ledger with its content, checked. @throws `CHECKSUM_MISMATCH` */
export function measuredVersion(objects: ObjectReader, version: VersionCheckpoint, tree: Oid): MeasuredVersion {
  const { version: number, checksum, metadata } = version;
  return { name: `v${number}`, checksum, metadata, files: readVersionFiles(objects, version, tree) };
}

/**
 * What `to` changes as a replacement of `from`; from format 2 on, what going back would change as well, and the hash of what was found. Both
 * levels are kept by their content.
 * Where a limit cut the one short, the other would only take as long again.
 */
export async function measurePair(
  measurer: Measurer,
  [from, to]: readonly [MeasuredVersion | null, MeasuredVersion],
  format: LedgerFormat,
  signal?: AbortSignal,
): Promise<Assessment> {
  const measured = await measurer.measure(from, to, signal);
  if (format === 1 || measured.limit !== null) return measured;
  const findingsSha256 = findingsDigest(measured);
  if (from === null) return Object.freeze({ ...measured, findingsSha256 });
  const { level: returnLevel } = await measurer.measure(to, from, signal);
  return Object.freeze({ ...measured, returnLevel, findingsSha256 });
}

/** Content that is not in the ledger. @throws `INVALID_ARGUMENT`, `INVALID_FILES` */
export function newContent(given: NewContent): MeasuredVersion {
  if (typeof given !== 'object' || given === null) {
    const issue = { path: 'to', expected: 'a version number, or { files, metadata? }', actual: quoted(given) };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'see Ledger.reports.preview');
  }
  const files = normalizeFiles(given.files);
  return { name: 'the new content', checksum: contentDigest(files), metadata: given.metadata ?? {}, files };
}

/** What was measured, in the words of the report; what somebody gave by hand stands before it. */
function rationaleOf(measured: Assessment, level: CompatibilityLevel | null, words: string): string {
  const raised = level !== null && moreSevere(level, measured.level) === level;
  const byHand =
    level === null ? '' : `${level} was given by hand${raised ? '' : ', which does not lower what was measured'}.`;
  const heading = byHand === '' && words === '' ? '' : `Measured ${measured.level}:`;
  const parts = [words, byHand, heading === '' ? measured.rationale : `${heading}\n${measured.rationale}`];
  return parts.filter((part) => part !== '').join('\n\n');
}

/**
 * The report on a pair: what was measured, raised by what was given by hand, in text that can be signed; from format 2 on with the
 * capabilities that the version gains, which of a first version are none.
 */
export function measuredReport(
  pair: Pick<NewReport, 'moduleId' | 'fromVer' | 'toVer'>,
  measured: Assessment,
  format: LedgerFormat,
  level: CompatibilityLevel | null,
  words = '',
): NewReport {
  const raised = level !== null && moreSevere(level, measured.level) === level;
  return {
    ...pair,
    level: raised ? level : measured.level,
    // Only where a level given by hand has a say: else the level is the assessor's own.
    measuredLevel: raised ? measured.level : undefined,
    returnLevel: measured.returnLevel,
    rationale: toPrintableText(rationaleOf(measured, level, words), MAX_RATIONALE_BYTES),
    assessor: measured.assessor,
    findingsSha256: measured.findingsSha256,
    capabilitiesAdded: format === 1 || pair.fromVer === null ? undefined : measured.capabilities.added,
  };
}
