/** packed-refs as git reads it: what it shows is not to be hidden from whoever reads the same file here. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import nodeFs from 'node:fs';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { ChangedRefs, PackedRefs, type PackedValue } from '../../src/git/packed-refs.js';
import { PackedRefsFile } from '../../src/git/packed-refs-file.js';
import { SyncFiles } from '../../src/git/sync-files.js';
import { SHA1 } from '../../src/model/object-id.js';
import { onDisk, plan } from './ledger-on-disk.js';

function git(gitdir: string, ...args: string[]): string {
  return execFileSync('git', ['--git-dir', gitdir, ...args], { encoding: 'utf8' });
}

const PLANTED: readonly (readonly [string, (oid: string) => string])[] = [
  ['an id in upper case', (oid) => `${oid.toUpperCase()} refs/heads/zz-planted\n`],
  ['a tab behind the id', (oid) => `${oid}\trefs/heads/zz-planted\n`],
  ['an odd line end', (oid) => `${oid} refs/heads/zz-planted\r\n`],
];

describe('a ref planted in packed-refs', () => {
  test.each(PLANTED)('with %s is found by the audit', async (_name, line) => {
    await onDisk(async ({ gitdir, ledger }) => {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
      git(gitdir, 'pack-refs', '--all');
      const path = join(gitdir, 'packed-refs');
      const tip = git(gitdir, 'rev-parse', 'refs/heads/planner').trim();
      await writeFile(path, (await readFile(path, 'utf8')).replace(/\n?$/, '\n') + line(tip));
      const { outcome, steps } = await auditLedger({ path: gitdir });
      expect(outcome).toBe('failed');
      expect(steps.find(({ name }) => name === 'refs')?.problems.map(({ ref }) => ref?.trim())).toContain(
        'refs/heads/zz-planted',
      );
    });
  });

  test('a second time, with another value, is found, and not written over', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
      git(gitdir, 'pack-refs', '--all');
      const path = join(gitdir, 'packed-refs');
      const journal = git(gitdir, 'rev-parse', 'refs/heads/ledger').trim();
      const text = await readFile(path, 'utf8');
      await writeFile(
        path,
        text.replace(/^.* refs\/heads\/planner$/m, (line) => `${journal} refs/heads/planner\n${line}`),
      );
      const { steps } = await auditLedger({ path: gitdir });
      expect(steps.find(({ name }) => name === 'refs')?.problems.map(({ ref }) => ref)).toContain('refs/heads/planner');
      await expect((await reopen()).recordCheckpoint({ moduleId: 'planner' }, plan('2'))).rejects.toMatchObject({
        code: 'REF_CHANGED',
      });
    });
  });
});

/** Refs as a file that says it is sorted, some of them with what a tag leads to. */
function packedText(refs: ReadonlyMap<string, PackedValue>): string {
  const lines = [...refs]
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([ref, { oid, peeled }]) => `${oid} ${ref}\n${peeled === null ? '' : `^${peeled}\n`}`);
  return `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`;
}

function idOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** So many versions, every third of them with a tag that leads to something else. */
function manyRefs(count: number): Map<string, PackedValue> {
  return new Map(
    Array.from({ length: count }, (_, i) => {
      const ref = `refs/tags/m-${i % 7}/${'long'.repeat(i % 5)}v${i}`;
      return [ref, { oid: idOf(ref), peeled: i % 3 === 0 ? idOf(`^${ref}`) : null }];
    }),
  );
}

describe('changes of packed-refs', () => {
  test('made in the memory that holds it give what is written, whatever they are', () => {
    const refs = manyRefs(200);
    let packed = new PackedRefs(Buffer.from(packedText(refs)), SHA1);
    let reused = 0;
    for (let step = 0; step < 60; step++) {
      const changes = new Map<string, PackedValue | null>();
      for (const name of ['refs/heads/a', `refs/tags/m-${step % 7}/v${step}x`, `refs/tags/new/${step}`, 'refs/tags/zz'])
        changes.set(name, { oid: idOf(`${name} ${step}`), peeled: step % 2 === 0 ? idOf(name) : null });
      if (step % 10 === 9) changes.set(`refs/tags/new/${step - 1}`, null);
      for (const [ref, value] of changes) value === null ? refs.delete(ref) : refs.set(ref, value);
      const changed = new ChangedRefs(packed, changes);
      const written = Buffer.concat(changed.pieces).toString();
      const held = packed.bytes.buffer;
      packed = changed.take();
      if (packed.bytes.buffer === held) reused += 1;
      expect(written).toBe(packedText(refs));
      expect(packed.bytes.toString()).toBe(written);
    }
    // Twice it is made anew with more room: at first, and where a ref is taken out.
    expect(reused).toBeGreaterThan(20);
  });

  test('a large file is searched where it stands, and finds what is in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'git-lineage-packed-'));
    try {
      const refs = manyRefs(20_000);
      const text = packedText(refs);
      expect(text.length).toBeGreaterThan(1024 * 1024);
      await writeFile(join(folder, 'packed-refs'), text);
      // A file that has just changed is read at every look.
      await utimes(join(folder, 'packed-refs'), 1, 1);
      const files = new SyncFiles(nodeFs);
      const wholes: string[] = [];
      const read = files.read.bind(files);
      files.read = (path) => {
        wholes.push(path);
        return read(path);
      };
      const names = [...refs.keys()];
      for (let round = 0; round < 20; round++) {
        const file = new PackedRefsFile(files, folder, SHA1);
        for (let i = 0; i < 60; i++) {
          const ref = names[(round * 9973 + i * 331) % names.length] as string;
          expect(file.get(ref)).toBe(refs.get(ref)?.oid);
        }
        expect(wholes).toEqual([]);
        for (let i = 0; i < 60; i++) expect(file.get(`refs/heads/${i}`)).toBeUndefined();
        // Who asks for more and more of them has the file read, once.
        expect(wholes.splice(0)).toHaveLength(1);
      }
      for (const absent of ['refs/aa', 'refs/tags/m-3', 'refs/zz', 'refs/tags/m-0/v0'])
        expect(new PackedRefsFile(files, folder, SHA1).get(absent)).toBe(refs.get(absent)?.oid);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
