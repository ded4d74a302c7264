/** Which packs are asked for an object: the newest first, and no more than it takes. */

import { execFileSync } from 'node:child_process';
import nodeFs, { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { PackReader } from '../../src/git/pack-reader.js';
import { SyncFiles } from '../../src/git/sync-files.js';
import { SHA1 } from '../../src/model/object-id.js';

const PACKS = 6;

let gitdir = '';
let folder = '';
/** A blob for each pack; the first pack is the oldest, in whatever order their names stand. */
let blobs: string[];

beforeEach(() => {
  gitdir = mkdtempSync(join(tmpdir(), 'git-lineage-packs-'));
  onTestFinished(() => rmSync(gitdir, { recursive: true, force: true }));
  const git = (args: readonly string[], input = '') =>
    execFileSync('git', [...args], { cwd: gitdir, input, encoding: 'utf8' }).trim();
  git(['init', '-q', '--bare']);
  folder = join(gitdir, 'objects/pack');
  blobs = Array.from({ length: PACKS }, (_, n) => {
    const oid = git(['hash-object', '-w', '--stdin'], `blob ${n}`);
    const pack = git(['pack-objects', '-q', 'objects/pack/pack'], oid);
    git(['prune-packed', '-q']);
    for (const kind of ['pack', 'idx']) utimesSync(join(folder, `pack-${pack}.${kind}`), n, n);
    return oid;
  });
});

/** A reader, and the indexes that it has read. */
function reader() {
  const read: string[] = [];
  const openSync = (path: string, flags: string) => {
    if (path.endsWith('.idx')) read.push(path);
    return nodeFs.openSync(path, flags);
  };
  const files = new SyncFiles({ ...nodeFs, openSync: openSync as typeof nodeFs.openSync });
  const packs = new PackReader(files, folder, SHA1);
  onTestFinished(() => packs.close());
  const textOf = (oid: string | undefined) => packs.read(oid ?? '')?.data.toString() ?? null;
  return { textOf, read };
}

test('what is in the newest pack takes one index, and what is in the oldest all of them', () => {
  const { textOf, read } = reader();
  expect(textOf(blobs.at(-1))).toBe(`blob ${PACKS - 1}`);
  expect(read).toHaveLength(1);
  expect(textOf(blobs[0])).toBe('blob 0');
  expect(read).toHaveLength(PACKS);
  expect(textOf('0'.repeat(40))).toBeNull();
});

test('packs that are replaced before anybody looked into them are looked for anew', () => {
  const { textOf } = reader();
  expect(textOf(blobs.at(-1))).toBe(`blob ${PACKS - 1}`);
  execFileSync('git', ['repack', '-q', '-a', '-d', '-k'], { cwd: gitdir });
  expect(readdirSync(folder).filter((name) => name.endsWith('.idx'))).toHaveLength(1);
  expect(blobs.map(textOf)).toEqual(blobs.map((_, n) => `blob ${n}`));
});
