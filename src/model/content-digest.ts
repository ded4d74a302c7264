/** The checksum of a module's content, which anybody can recompute with coreutils. */

import { createHash } from 'node:crypto';
import type { NormalizedFiles } from './module-files.js';

export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * One file: `sha256:` and its SHA-256. Several: `sha256-tree:` and the SHA-256 of the lines
 * `<mode> <sha256 of the file>  <path>\n`, sorted bytewise by path.
 */
export function contentDigest(files: NormalizedFiles): string {
  const [first] = files.values();
  if (files.size === 1 && first !== undefined) return `sha256:${sha256Hex(first.data)}`;
  const hash = createHash('sha256');
  for (const [path, file] of files) hash.update(`${file.mode} ${sha256Hex(file.data)}  ${path}\n`);
  return `sha256-tree:${hash.digest('hex')}`;
}
