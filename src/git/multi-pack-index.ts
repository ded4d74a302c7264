/** The packs that git's multi-pack-index names (gitformat-pack(5)): git fails where one of them is gone. */

import type { SyncFiles } from './sync-files.js';

const NAME = 'multi-pack-index';

/** Signature, version, hash, how many chunks, how many base files (always 0), how many packs. */
const HEADER_BYTES = 12;
const ROW_BYTES = 12;

/** Where it is under `objects/pack`. */
export function multiPackIndexPath(folder: string): string {
  return `${folder}/${NAME}`;
}

/** The text of the chunk with the names of packs, each ended by NUL; null where the file is none that we can read. */
function packNames(files: SyncFiles, fd: number, path: string): string | null {
  const header = files.readAt(fd, path, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 4) !== 'MIDX' || header[4] !== 1) return null;
  const chunks = header[6] ?? 0;
  const table = files.readAt(fd, path, HEADER_BYTES, (chunks + 1) * ROW_BYTES);
  if (table.length < (chunks + 1) * ROW_BYTES) return null;
  for (let i = 0; i < chunks; i++) {
    if (table.toString('latin1', i * ROW_BYTES, i * ROW_BYTES + 4) !== 'PNAM') continue;
    const start = Number(table.readBigUInt64BE(i * ROW_BYTES + 4));
    const end = Number(table.readBigUInt64BE((i + 1) * ROW_BYTES + 4));
    if (end < start || end > files.sizeOf(fd, path)) return null;
    return files.readAt(fd, path, start, end - start).toString('latin1');
  }
  return null;
}

/** The packs that are named, as `pack-<hash>`; none where there is no such file, null where it cannot be told which. */
export function packsNamed(files: SyncFiles, folder: string): ReadonlySet<string> | null {
  // The form of several files, since git 2.47.
  if (files.stat(`${folder}/${NAME}.d`) !== null) return null;
  const path = multiPackIndexPath(folder);
  const fd = files.openToRead(path);
  if (fd === null) return new Set();
  try {
    const text = packNames(files, fd, path);
    if (text === null) return null;
    return new Set(text.split('\0').flatMap((name) => (name.endsWith('.idx') ? [name.slice(0, -'.idx'.length)] : [])));
  } finally {
    files.close(fd);
  }
}
