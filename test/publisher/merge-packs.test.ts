/** Packs are merged while others write: the writer lock is taken only to put the result in place, and what changed meanwhile is left alone. */

import nodeFs, { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { GitStore } from '../../src/git/git-store.js';
import { InlinePublisher } from '../../src/git/inline-publisher.js';
import { PackMerger } from '../../src/git/merge-packs.js';
import { takeWriterLock } from '../../src/git/writer-lock.js';
import { initLedger, type Ledger, openLedger, type Signer } from '../../src/index.js';
import { ephemeralSigner } from '../../src/signing/signer.js';
import { fsckComplaints, gitOutcome, leftovers } from '../crash/real-git.mjs';
import { filesOf, planOf } from './plans.js';

let gitdir = '';
let folder = '';
let signer: Signer;
let ledger: Ledger;
let store: GitStore;
let recorded = 0;

beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-merge-'));
  gitdir = join(dir, 'ledger.git');
  folder = join(gitdir, 'objects/pack');
  signer = await ephemeralSigner('ops@example.org');
  ledger = await initLedger({ gitdir, signer });
  store = new GitStore(nodeFs, gitdir);
  return async () => {
    await ledger.close();
    await store.close();
    await rm(dir, { recursive: true });
  };
});

const packs = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.pack'));

async function record(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    recorded += 1;
    await ledger.recordCheckpoint(
      { moduleId: 'planner' },
      { files: { 'index.js': `export const n = ${recorded};\n` } },
    );
  }
}

/** Records beside somebody who is merging, so that nobody else does; the ledger is closed then. */
async function recordUnmerged(count: number): Promise<void> {
  const release = await takeWriterLock(store.files, store.place.mergeLockFile);
  await record(count);
  // A thread tries to merge once a record is told: it has ended when this returns.
  await ledger.close();
  release();
}

it('who writes beside a merge waits for nobody, and leaves merging to who does it', async () => {
  await recordUnmerged(40);
  expect(packs().length).toBeGreaterThanOrEqual(40);
  ledger = await openLedger({ gitdir, signer });
  await record(1);
  await ledger.close();
  expect(packs().length).toBeLessThan(24);
  expect(fsckComplaints(gitdir)).toEqual([]);
  expect(leftovers(gitdir)).toEqual([]);
});

it.each<readonly [name: string, change: (pack: string) => () => void]>([
  [
    'a pack is gone',
    (pack) => {
      const names = readdirSync(folder).filter((name) => name.startsWith(pack));
      for (const name of names) renameSync(join(folder, name), join(gitdir, name));
      return () => names.map((name) => renameSync(join(gitdir, name), join(folder, name)));
    },
  ],
  [
    'somebody keeps one',
    (pack) => {
      writeFileSync(join(folder, `${pack}.keep`), 'a person wants it\n');
      return () => rmSync(join(folder, `${pack}.keep`));
    },
  ],
  [
    'git has made an index of all',
    () => {
      expect(gitOutcome(gitdir, ['multi-pack-index', 'write']).status).toBe(0);
      return () => undefined;
    },
  ],
  [
    'git gc has begun',
    () => {
      writeFileSync(join(gitdir, 'gc.pid'), `${process.pid} ${hostname()}`);
      return () => rmSync(join(gitdir, 'gc.pid'));
    },
  ],
])('where %s after they were read, they stay as they are', async (name, change) => {
  await recordUnmerged(30);
  const before = packs();
  const read = vi.spyOn(store.files, 'read');
  const packsRead = (): number => read.mock.calls.filter(([path]) => path.endsWith('.pack')).length;

  const release = await takeWriterLock(store.files, store.place.lockFile);
  const merged = new PackMerger(store.place).merge();
  await vi.waitFor(() => expect(packsRead()).toBe(before.length), { timeout: 30_000 });
  const undo = change(before[0]?.slice(0, -'.pack'.length) ?? '');
  const changed = packs();
  release();
  await merged;
  expect(packs()).toEqual(changed);

  undo();
  expect(packs()).toEqual(before);
  expect(fsckComplaints(gitdir)).toEqual([]);
  await new PackMerger(store.place).merge();
  // What an index of git's names stays git's.
  expect(packs().length < 24).toBe(!name.startsWith('git has made an index'));
  expect(fsckComplaints(gitdir)).toEqual([]);
});

it('who reserved its turn as the only writer waits for no merge, which waits for that turn', async () => {
  await recordUnmerged(110);
  const publisher = new InlinePublisher(store.place);
  const planned = async (text: string) =>
    planOf(store, [{ moduleId: 'scheduler', staged: await publisher.stageFiles(filesOf(text)) }]);
  await publisher.publish(await planned('one'));
  await publisher.reserve();
  // As many as there are, and the merge of them is under way.
  expect(await publisher.publish(await planned('two'))).toEqual({ index: 'written' });
  await publisher.reserve();
  await publisher.close();
  expect(packs().length).toBeLessThan(24);
  expect(fsckComplaints(gitdir)).toEqual([]);
  expect(leftovers(gitdir)).toEqual([]);
});

it('who cannot lock the file of those who merge merges all the same', async () => {
  mkdirSync(store.place.mergeLockFile);
  await record(30);
  await ledger.close();
  expect(packs().length).toBeLessThan(24);
  expect(fsckComplaints(gitdir)).toEqual([]);
});

it('a pack that does not fit on the disk leaves nothing of itself there', async () => {
  await recordUnmerged(30);
  const before = packs();
  vi.spyOn(store.files, 'create').mockImplementation((path) => {
    writeFileSync(path, 'as much as there was room for');
    throw new Error('ENOSPC: no space left on device, write');
  });
  await new PackMerger(store.place).merge();
  expect(packs()).toEqual(before);
  expect(leftovers(gitdir)).toEqual([]);
});
