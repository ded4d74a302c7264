/** The index beside a ledger: what it may say, and what it may not. */

import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { git } from '../crash/real-git.mjs';
import { BASE } from '../git-index/sample-index.js';
import { collected } from '../suite/expectations.js';
import { answers, onDisk, plan } from './ledger-on-disk.js';

const MODULE = 'planner';

async function filled(ledger: Ledger, last = 12): Promise<void> {
  for (let i = 1; i <= last; i++)
    await ledger.recordCheckpoint({ moduleId: MODULE, tags: i % 5 === 0 ? ['stable'] : [] }, plan(String(i)));
}

function folderOf(gitdir: string): string {
  return join(gitdir, 'lineage/index');
}

function filesOf(gitdir: string): string[] {
  return readdirSync(folderOf(gitdir)).map((name) => join(folderOf(gitdir), name));
}

describe('the stored index', () => {
  it('is there after the first write, and a ledger opened with it answers the same as one without', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      await ledger.close();
      expect(filesOf(gitdir).length).toBeGreaterThan(0);
      const withIndex = await reopen();
      const told = await answers(withIndex);
      await withIndex.close();
      chmodSync(folderOf(gitdir), 0o777);
      const without = await reopen();
      expect(await answers(without)).toEqual(told);
      await without.close();
    });
  });

  it('is no witness against a journal that a power cut took back; the process that saw it is', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      const oids = new Map<number, string>();
      for await (const { seq, oid } of ledger.history()) oids.set(seq, oid);
      writeFileSync(join(gitdir, 'refs/heads/ledger'), `${oids.get(7)}\n`);
      const reopened = await reopen();
      expect((await reopened.journal.position()).seq).toBe(7);
      expect((await reopened.latestCheckpoint(MODULE))?.version).toBe(7);
      await expect(ledger.journal.position()).rejects.toMatchObject({
        code: 'REF_CHANGED',
        data: { expected: oids.get(12), actual: oids.get(7) },
      });
      await reopened.close();
    });
  });

  it.each([
    ['is empty', (path: string) => truncateSync(path, 0)],
    ['is cut short', (path: string) => truncateSync(path, Math.floor(readFileSync(path).length / 2))],
    ['ends in garbage', (path: string) => appendFileSync(path, 'garbage\n'.repeat(100))],
    [
      'has a byte changed',
      (path: string) => {
        const bytes = readFileSync(path);
        const middle = Math.floor(bytes.length / 2);
        bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
        writeFileSync(path, bytes);
      },
    ],
    ['is writable by others', (path: string) => chmodSync(path, 0o666)],
  ])('that %s changes no answer, and the next write mends it', async (_what, damage) => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      const told = await answers(ledger);
      await ledger.close();
      for (const path of filesOf(gitdir)) {
        damage(path);
        const opened = await reopen();
        expect(await answers(opened)).toEqual(told);
        await opened.close();
      }
      const writer = await reopen();
      await writer.recordCheckpoint({ moduleId: MODULE }, plan('13'));
      await writer.recordCheckpoint({ moduleId: MODULE }, plan('14'));
      const now = await answers(writer);
      await writer.close();
      const reader = await reopen();
      expect(await answers(reader)).toEqual(now);
      await reader.close();
    });
  });

  it.each([
    ['a write', async (ledger: Ledger) => void (await ledger.recordCheckpoint({ moduleId: MODULE }, plan('13')))],
    ['doctor', async (ledger: Ledger) => expect((await ledger.journal.doctor()).findings).toEqual([])],
    ['the history', async (ledger: Ledger) => expect(await collected(ledger.history())).not.toEqual([])],
  ])('any part of which is damaged is no matter to %s, and a write replaces it', async (_what, first) => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      await ledger.close();
      // Written anew, so that everything is in the base; how the index took a write is told with the next one.
      rmSync(folderOf(gitdir), { recursive: true });
      const renewing = await reopen();
      for (const code of ['12', '13']) await renewing.recordCheckpoint({ moduleId: MODULE }, plan(code));
      await renewing.close();
      const base = join(folderOf(gitdir), BASE);
      const parts = Math.ceil(readFileSync(base).length / 4096);
      for (let part = 0; part < parts; part++) {
        const bytes = readFileSync(base);
        const at = Math.min(part * 4096 + 1024, bytes.length - 1);
        bytes[at] = (bytes[at] ?? 0) ^ 0xff;
        writeFileSync(base, bytes);
        const writer = await reopen();
        await first(writer);
        const { version } = await writer.recordCheckpoint({ moduleId: MODULE }, plan(`'${part}'`));
        await writer.close();
        const reader = await reopen();
        expect((await reader.latestCheckpoint(MODULE))?.version).toBe(version);
        expect((await reader.journal.doctor()).findings).toEqual([]);
        await reader.close();
      }
      expect(parts).toBeGreaterThan(1);
    });
  });

  it('of another ledger is not believed', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger);
      const told = await answers(ledger);
      await ledger.close();
      await onDisk(async (other) => {
        await filled(other.ledger, 3);
        await other.ledger.close();
        for (const path of filesOf(other.gitdir)) {
          const name = path.slice(path.lastIndexOf('/') + 1);
          writeFileSync(join(folderOf(gitdir), name), readFileSync(path));
        }
      });
      const opened = await reopen();
      expect(await answers(opened)).toEqual(told);
      await opened.close();
    });
  });

  it('need not be there, nor be writable', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await filled(ledger, 3);
      const told = await answers(ledger);
      await ledger.close();
      await git(gitdir, ['gc', '-q']);
      for (const path of filesOf(gitdir)) truncateSync(path, 0);
      chmodSync(folderOf(gitdir), 0o500);
      const opened = await reopen();
      expect(await answers(opened)).toEqual(told);
      await opened.recordCheckpoint({ moduleId: MODULE }, plan('4'));
      expect((await opened.latestCheckpoint(MODULE))?.version).toBe(4);
      await opened.close();
      chmodSync(folderOf(gitdir), 0o700);
      expect(existsSync(folderOf(gitdir))).toBe(true);
    });
  });

  it('is kept by two writers that take turns, each seeing at once what the other wrote', async () => {
    await onDisk(async ({ ledger, reopen }) => {
      await filled(ledger, 2);
      const other = await reopen();
      for (let i = 3; i <= 40; i++) {
        const writer = i % 2 === 0 ? ledger : other;
        const reader = i % 2 === 0 ? other : ledger;
        await writer.recordCheckpoint({ moduleId: MODULE }, plan(String(i)));
        expect((await reader.latestCheckpoint(MODULE))?.version).toBe(i);
      }
      const fresh = await reopen();
      expect(await answers(fresh)).toEqual(await answers(ledger));
      await fresh.close();
      await other.close();
    });
  });
});
