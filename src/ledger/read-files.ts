/** The content of a version, checked against the checksum that the journal names. */

import { LedgerError } from '../errors.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import { contentDigest } from '../model/content-digest.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';

/** The files of a version; none where only a checksum was recorded. @throws `CHECKSUM_MISMATCH`, `CORRUPT_OBJECT` */
export function readVersionFiles(
  objects: ObjectReader,
  { checksum: expected, moduleId, version }: Pick<VersionCheckpoint, 'checksum' | 'moduleId' | 'version'>,
  tree: Oid,
): NormalizedFiles {
  const files = objects.readFiles(tree);
  if (files.size === 0) return files;
  const actual = contentDigest(files);
  if (actual === expected) return files;
  throw new LedgerError(
    'CHECKSUM_MISMATCH',
    `${moduleId} v${version}: expected ${expected}, its files have ${actual}`,
    { expected, actual },
    { hint: 'the ledger was not written by git-lineage, or was tampered with: compare it with a clone' },
  );
}
