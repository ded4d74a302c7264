/** What objects of the ledger say that the journal alone does not: read from git, each checked against its id. */

import { isLedgerError } from '../errors.js';
import { sha256Hex } from '../model/content-digest.js';
import { factsOf, type ReportFacts, type VersionContent } from '../model/record-types.js';
import { parseReport } from '../model/report-text.js';
import { parseVersion } from '../model/version-commit.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';

/** Null in place of what cannot be read: one damaged object does not take the rest of the ledger with it. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isLedgerError(error, 'CORRUPT_OBJECT')) return null;
    throw error;
  }
}

/** What a version's commit says; null where it cannot be read, or is not written as a version. */
export function versionContent(objects: ObjectReader, oid: Oid): VersionContent | null {
  const commit = orNull(() => objects.readCommit(oid));
  const sealed = commit === null ? null : parseVersion(commit.message);
  if (commit === null || sealed === null || commit.parents.length > 1) return null;
  return { tree: commit.tree, timestamp: sealed.timestamp, metadata: sealed.metadata };
}

/** SHA-256, in hex, of what a commit consists of; null where it cannot be read. */
export function commitSha256(objects: ObjectReader, oid: Oid): string | null {
  const commit = orNull(() => objects.readCommit(oid));
  return commit === null ? null : sha256Hex(commit.raw);
}

/** What a report's tag says that the gate needs; null where it cannot be read, or is not written as a report. */
export function reportFacts(objects: ObjectReader, oid: Oid, root: Oid | undefined): ReportFacts | null {
  const tag = orNull(() => objects.readTag(oid));
  const text = tag === null ? null : parseReport(tag.message);
  if (tag === null || text === null) return null;
  return factsOf(text, tag.object !== root);
}
