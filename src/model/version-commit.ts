/** A version as a commit message, and back: what is written can be read and gives the same bytes again. */

import {
  checksumIssues,
  formatMetadata,
  parseMetadata,
  timestampIssues,
  type VersionCheckpoint,
} from './checkpoint.js';
import { isModuleId } from './module-id.js';
import { parseCount, parseVersionOrNone } from './ref-names.js';
import { formatMessage, parseMessage, TrailerReader } from './trailers.js';

/** What the commit itself holds of a version: everything but its tags, which may change and are a note. */
export type SealedVersion = Omit<VersionCheckpoint, 'tags'>;

/** The commit message of a version. */
export function formatVersion(version: SealedVersion): string {
  return formatMessage(`${version.moduleId} v${version.version}`, '', [
    ['Module', version.moduleId],
    ['Version', String(version.version)],
    ['Parent-Version', String(version.parentVer ?? 0)],
    ['Timestamp', String(version.timestamp)],
    ['Checksum', version.checksum],
    ['Metadata', formatMetadata(version.metadata)],
  ]);
}

/** A time as `String(number)` writes it, or null. */
export function parseTimestamp(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number(text);
  return timestampIssues(value, '').length === 0 && String(value) === text ? value : null;
}

/** The version that a commit message seals, or null where it is not exactly what `formatVersion` writes. */
export function parseVersion(message: string): SealedVersion | null {
  const parsed = parseMessage(message);
  if (parsed === null) return null;
  const trailers = new TrailerReader(parsed.trailers);
  const moduleId = trailers.take('Module');
  const version = parseCount(trailers.take('Version') ?? undefined);
  const parentVer = parseVersionOrNone(trailers.take('Parent-Version') ?? undefined);
  const timestamp = parseTimestamp(trailers.take('Timestamp'));
  const checksum = trailers.take('Checksum');
  const metadata = parseMetadata(trailers.take('Metadata') ?? '');
  if (moduleId === null || version === null || parentVer === undefined || timestamp === null) return null;
  if (checksum === null || metadata === null || !isModuleId(moduleId)) return null;
  if (checksumIssues(checksum, '').length > 0 || (parentVer !== null && parentVer >= version)) return null;
  const sealed = { moduleId, version, checksum, timestamp, parentVer, metadata };
  return formatVersion(sealed) === message ? sealed : null;
}

/** The text of a checksum note. */
export function formatChecksumNote(checksum: string): string {
  return `${checksum}\n`;
}
