/** Files as they are written and read whole: every byte, in however many pieces it comes. */

import nodeFs, { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memfs } from 'memfs';
import { afterAll, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../src/git/file-system.js';
import { SyncFiles } from '../../src/git/sync-files.js';

const dir = mkdtempSync(join(tmpdir(), 'git-lineage-files-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const piece = (size: number, first: number) =>
  Buffer.from(Array.from({ length: size }, (_, i) => (first + i * 31) % 251));

describe.each([
  ['on disk', nodeFs as unknown as FileSystem, dir],
  ['in memory', memfs({ '/files': null }).fs as unknown as FileSystem, '/files'],
])('a file %s', (_, fs, folder) => {
  const files = new SyncFiles(fs);
  it.each([
    ['none', []],
    ['one', [5]],
    ['short ones', [3, 0, 1, 4000, 7]],
    ['some that fill a block, and some that are longer than one', [600_000, 500_000, 9, 3_000_000, 1_048_576, 1]],
  ])('of pieces: %s', (name, sizes) => {
    const pieces = sizes.map(piece);
    const path = join(folder, name);
    files.create(path, pieces);
    expect(Buffer.compare(Buffer.from(files.read(path) ?? []), Buffer.concat(pieces))).toBe(0);
    files.createAnew(path, pieces[0] ?? Buffer.alloc(0));
    expect(files.read(path)?.length).toBe(sizes[0] ?? 0);
  });

  it('that is read whole is in bytes of its own, short or long', () => {
    for (const size of [1, 100, 5000, 100_000]) {
      const path = join(folder, `of ${size}`);
      files.create(path, piece(size, 1));
      const bytes = files.read(path);
      expect(bytes?.buffer.byteLength).toBe(size);
      bytes?.fill(0);
      expect(Buffer.compare(Buffer.from(files.read(path) ?? []), piece(size, 1))).toBe(0);
    }
  });
});
