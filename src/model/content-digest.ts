/** The checksum of a module's content, which anybody can recompute with coreutils. */

import { createHash } from 'node:crypto';
import type { NormalizedFiles } from './module-files.js';

export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** True for what `sha256Hex` returns. */
export function isSha256Hex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** A file of a module by what its content hashes to. */
export interface HashedFile {
  readonly path: string;
  readonly mode: string;
  /** SHA-256 of the content, in hex. */
  readonly sha256: string;
}

/**
 * One file: `sha256:` and its SHA-256. Several: `sha256-tree:` and the SHA-256 of the lines
 * `<mode> <sha256 of the file>  <path>\n`, sorted bytewise by path, as the files are given.
 */
export function digestOfHashes(files: readonly HashedFile[]): string {
  const [first] = files;
  if (files.length === 1 && first !== undefined) return `sha256:${first.sha256}`;
  const hash = createHash('sha256');
  for (const { path, mode, sha256 } of files) hash.update(`${mode} ${sha256}  ${path}\n`);
  return `sha256-tree:${hash.digest('hex')}`;
}

/**
 * The digest of files in bytewise order of their paths, as `normalizeFiles` returns them: the checksum that a version of these files has,
 * `sha256:` of one file and `sha256-tree:` of several, with 64 hexadecimal digits.
 *
 * @example
 * import { contentDigest, normalizeFiles } from 'git-lineage';
 *
 * console.log(contentDigest(normalizeFiles({ 'index.js': 'export const plan = 1;' })));
 */
export function contentDigest(files: NormalizedFiles): string {
  return digestOfHashes([...files].map(([path, { mode, data }]) => ({ path, mode, sha256: sha256Hex(data) })));
}
