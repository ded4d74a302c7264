/** Unpacks a `.tar.gz` of folders and plain files into a folder: what `fixtures/ledgers` holds, and nothing else of tar. */

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

function text(header: Buffer, from: number, to: number): string {
  return header.toString('utf8', from, to).replace(/\0.*$/s, '');
}

/** POSIX ustar: name at 0, mode at 100, size at 124, type at 156, prefix at 345. */
export function unpackArchive(file: string | URL, folder: string): void {
  const tar = gunzipSync(readFileSync(file));
  for (let at = 0; tar[at] !== 0; ) {
    const header = tar.subarray(at, at + BLOCK);
    const size = Number.parseInt(text(header, 124, 136), 8);
    const type = text(header, 156, 157);
    const path = join(folder, text(header, 345, 500), text(header, 0, 100));
    const mode = Number.parseInt(text(header, 100, 108), 8);
    if (type === '5') mkdirSync(path, { recursive: true });
    else if (type === '0') writeFileSync(path, tar.subarray(at + BLOCK, at + BLOCK + size));
    else throw new Error(`${path}: expected a file or a folder, found an entry of type ${type}`);
    chmodSync(path, mode);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}
