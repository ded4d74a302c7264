/** The content of a version, checked against the checksum that its commit seals. */

import { LedgerError } from '../errors.js';
import { contentDigest } from '../model/content-digest.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { Store } from '../ports/publishing.js';
import type { VersionCommit } from './reader.js';

/** The files of a version; none where only a checksum was recorded. @throws `CHECKSUM_MISMATCH` */
export async function readVersionFiles(store: Store, version: VersionCommit): Promise<NormalizedFiles> {
  const files = await store.readFiles(version.tree);
  if (files.size === 0) return files;
  const actual = contentDigest(files);
  const { checksum: expected, moduleId, version: number } = version.sealed;
  if (actual === expected) return files;
  throw new LedgerError(
    'CHECKSUM_MISMATCH',
    `${moduleId} v${number}: expected ${expected}, its files have ${actual}`,
    { expected, actual },
    {
      hint: 'the ledger was not written by git-lineage, or was tampered with: compare it with a clone',
    },
  );
}
