/** The digest of a module's content, computed without holding the event loop. */

import { createHash } from 'node:crypto';
import { digestOfHashes, type HashedFile } from '../../model/content-digest.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import { WorkSlices } from '../../work-slices.js';

/** What is hashed at once, in bytes: a fifth of a millisecond. */
const PIECE_BYTES = 256 << 10;

/** What `contentDigest` answers, for files that nobody changes meanwhile. */
export async function slicedDigest(files: NormalizedFiles): Promise<string> {
  const slices = new WorkSlices();
  const hashes: HashedFile[] = [];
  for (const [path, { mode, data }] of files) {
    const hash = createHash('sha256');
    for (let at = 0; at < data.byteLength; at += PIECE_BYTES) {
      hash.update(data.subarray(at, at + PIECE_BYTES));
      await slices.next();
    }
    hashes.push({ path, mode, sha256: hash.digest('hex') });
  }
  return digestOfHashes(hashes);
}
