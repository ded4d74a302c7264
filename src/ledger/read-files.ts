/** The content of a version, checked against the checksum that the journal names. */

import { LedgerError } from '../errors.js';
import { contentDigest, digestOfHashes, sha256Hex } from '../model/content-digest.js';
import type { FileMode, ModuleFile, NormalizedFiles } from '../model/module-files.js';
import { compareBytes } from '../model/printable.js';
import type { Records } from '../model/records.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import { blobsOf } from './held-blobs.js';
import { redactedError } from './refuse-redacted.js';
import type { Version } from './view.js';

type Stated = Pick<Version, 'checksum' | 'moduleId' | 'version' | 'redacted'>;

function mismatch({ checksum: expected, moduleId, version }: Stated, actual: string): LedgerError<'CHECKSUM_MISMATCH'> {
  return new LedgerError(
    'CHECKSUM_MISMATCH',
    `${moduleId} v${version}: expected ${expected}, its files have ${actual}`,
    { expected, actual },
    { hint: 'the ledger was not written by git-lineage, or was tampered with: compare it with a clone' },
  );
}

/** Refuses a version of which a file was redacted, and names the file. @throws `VERSION_REDACTED` */
function refuseIncomplete(objects: ObjectReader, version: Stated, tree: Oid): void {
  const gone = new Set(version.redacted);
  if (gone.size === 0) return;
  for (const { path, oid } of blobsOf(objects, tree)) if (gone.has(oid)) throw redactedError(version, oid, path);
}

/** The files of a version; none where only a checksum was recorded. @throws `CHECKSUM_MISMATCH`, `CORRUPT_OBJECT`, `VERSION_REDACTED` */
export function readVersionFiles(objects: ObjectReader, version: Stated, tree: Oid): NormalizedFiles {
  refuseIncomplete(objects, version, tree);
  const files = objects.readFiles(tree);
  if (files.size === 0) return files;
  const actual = contentDigest(files);
  if (actual === version.checksum) return files;
  throw mismatch(version, actual);
}

/** A file of a version as it is named, whether its content is there or not. */
export interface NamedFile {
  readonly mode: FileMode;
  /** Of the content, in 64 hexadecimal digits. */
  readonly sha256: string;
  /** Null where it was redacted. */
  readonly file: ModuleFile | null;
}

/**
 * The files of a version by their paths, those that were redacted by name and digest alone.
 * @throws `CHECKSUM_MISMATCH`, `CORRUPT_OBJECT`
 */
export function nameVersionFiles(
  objects: ObjectReader,
  records: Records,
  version: Stated,
  tree: Oid,
): ReadonlyMap<string, NamedFile> {
  if (version.redacted === undefined) {
    const whole = readVersionFiles(objects, version, tree);
    return new Map([...whole].map(([path, file]) => [path, { mode: file.mode, sha256: sha256Hex(file.data), file }]));
  }
  const named = [...blobsOf(objects, tree)]
    .sort((a, b) => compareBytes(a.path, b.path))
    .map(({ path, mode: text, oid }): readonly [string, NamedFile] => {
      const mode = text as FileMode;
      const redaction = records.redaction(oid);
      if (redaction !== null) return [path, { mode, sha256: redaction.sha256, file: null }];
      const data = objects.readBlob(oid);
      return [path, { mode, sha256: sha256Hex(data), file: { mode, data } }];
    });
  const actual = digestOfHashes(named.map(([path, { mode, sha256 }]) => ({ path, mode, sha256 })));
  if (actual !== version.checksum) throw mismatch(version, actual);
  return new Map(named);
}
