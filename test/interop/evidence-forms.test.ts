/** The objects of a ledger in every form that git writes, also while git writes it anew. */

import { createHash } from 'node:crypto';
import fs, { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEvidence } from '../../src/git/copy/open-evidence.js';
import type { FileSystem } from '../../src/git/file-system.js';
import { git, gitOutcome, gitRefs } from '../crash/real-git.mjs';
import {
  complaints,
  copied,
  fresh,
  gitCounts,
  gitHash,
  makeLedgers,
  packFiles,
  scanOf,
  smallDir,
  unpackAll,
  withEvidence,
} from './evidence-ledgers.js';

makeLedgers();

const FORMS: Readonly<Record<string, (path: string) => unknown>> = {
  'as it was written': () => undefined,
  'after git gc': (path) => git(path, ['gc', '-q', '--aggressive', '--prune=now']),
  'with long chains of deltas': (path) => git(path, ['repack', '-adfq', '--depth=50', '--window=50']),
  'with deltas that name their base by its id': (path) =>
    git(path, ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--depth=50']),
  'with an index of version 1': (path) => git(path, ['-c', 'pack.indexVersion=1', 'repack', '-adfq']),
  'every object a file': unpackAll,
  'every object twice': async (path) => {
    const folder = fresh();
    mkdirSync(folder);
    for (const file of [...packFiles(path, 'pack'), ...packFiles(path, 'idx')])
      cpSync(file, join(folder, file.split('/').at(-1) ?? ''));
    unpackAll(path);
    cpSync(folder, join(path, 'objects/pack'), { recursive: true });
  },
};

describe.each(Object.entries(FORMS))('a ledger %s', (_, form) => {
  it('scans clean, and every object reads as git reads it, before and after', async () => {
    const path = copied();
    await form(path);
    const rows = (await git(path, ['cat-file', '--batch-all-objects', '--batch-check']))
      .split('\n')
      .map((r) => r.split(' '));
    await withEvidence(path, async (evidence) => {
      const read = async () => {
        for (const [oid = '', type = ''] of rows) {
          if (type === 'commit') expect(gitHash('commit', (await evidence.readCommit(oid)).raw)).toBe(oid);
          if (type === 'tag') expect((await evidence.readTag(oid)).oid).toBe(oid);
          if (type === 'tree') {
            const lines = (await evidence.readTree(oid)).flatMap((e) => [
              Buffer.from(`${e.mode} ${e.name}\0`),
              Buffer.from(e.oid, 'hex'),
            ]);
            expect(gitHash('tree', Buffer.concat(lines))).toBe(oid);
          }
          if (type !== 'blob') continue;
          const blob = await evidence.readBlob(oid);
          expect(gitHash('blob', blob)).toBe(oid);
          expect(await evidence.blobSha256(oid)).toBe(createHash('sha256').update(blob).digest('hex'));
        }
      };
      await read();
      const told: [number, number][] = [];
      const scan = await evidence.scan((await evidence.readRefs()).values(), (done, total) => told.push([done, total]));
      expect(complaints(scan)).toEqual([]);
      expect({ objects: scan.objects, bytes: scan.bytes }).toEqual(await gitCounts(path));
      const unreachable = gitOutcome(path, ['fsck', '--unreachable', '--no-reflogs', '--no-progress']).output;
      expect(scan.unreachable).toBe(unreachable.split('\n').filter((line) => line.startsWith('unreachable')).length);
      expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
      await read();
    });
  });
});

it('objects that no ref leads to are counted as git counts them', async () => {
  const path = copied();
  await git(path, ['update-ref', '-d', 'refs/heads/planner']);
  for (const ref of gitRefs(path).keys())
    if (/^refs\/tags\/(compat\/)?planner\//.test(ref)) await git(path, ['update-ref', '-d', ref]);
  await git(path, ['update-ref', 'refs/notes/tags', 'refs/notes/tags~4']);
  const unreachable = gitOutcome(path, ['fsck', '--unreachable', '--no-reflogs', '--no-progress']).output;
  const counted = unreachable.split('\n').filter((line) => line.startsWith('unreachable')).length;
  expect(counted).toBeGreaterThan(20);
  const scan = await scanOf(path);
  expect({ unreachable: scan.unreachable, complaints: complaints(scan) }).toEqual({
    unreachable: counted,
    complaints: [],
  });
});

describe('a ledger that is written to meanwhile', () => {
  it.each([
    ['repack', '-adfq'],
    ['gc', '-q', '--prune=now'],
  ])('packs that git %s replaces once they were listed are read where they went', async (...command) => {
    const path = copied();
    const roots = [...gitRefs(path).values()];
    const before = packFiles(path, 'pack');
    let isArmed = false;
    const promises = Object.create(fs.promises) as FileSystem['promises'];
    promises.readdir = async (folder: string) => {
      const found = await fs.promises.readdir(folder);
      if (isArmed && folder.endsWith('objects/pack')) {
        isArmed = false;
        expect(gitOutcome(path, command).status).toBe(0);
      }
      return found;
    };
    const evidence = await openEvidence({ ...fs, promises }, path);
    isArmed = true;
    const scan = await evidence.scan(roots);
    await evidence.close();
    expect(isArmed).toBe(false);
    expect(packFiles(path, 'pack').filter((name) => before.includes(name))).toEqual([]);
    expect(complaints(scan)).toEqual([]);
    expect(scan.objects).toBe((await gitCounts(path)).objects);
  });

  it('an object that is replaced or written after a scan is read all the same', async () => {
    const path = copied(smallDir);
    await withEvidence(path, async (evidence) => {
      await evidence.scan((await evidence.readRefs()).values());
      await git(path, ['repack', '-adfq']);
      const tree = await git(path, ['rev-parse', 'planner/v1^{tree}']);
      expect((await evidence.readTree(tree)).map((e) => e.name)).toEqual(['index.js', 'lib']);
      const blob = await git(path, ['hash-object', '-w', '--stdin'], 'new');
      expect(Buffer.from(await evidence.readBlob(blob)).toString()).toBe('new');
      expect(await evidence.blobSha256(blob)).toBe(createHash('sha256').update('new').digest('hex'));
    });
  });
});
