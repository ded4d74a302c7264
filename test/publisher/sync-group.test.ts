/** Files that are to last together: all are being synced before the first one is, and none is left open. */

import nodeFs, { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isLedgerError } from '../../src/errors.js';
import type { FileSystem } from '../../src/git/file-system.js';
import { SyncFiles } from '../../src/git/sync-files.js';
import { SyncGroup } from '../../src/git/sync-group.js';

const NAMES = ['pack', 'index', 'ref'];

let dir = '';
let opened: Set<number>;
/** What waits for its sync, and how each is told that it is over. */
let waiting: ((error?: Error | null) => void)[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'git-lineage-sync-group-'));
  [opened, waiting] = [new Set(), []];
});

afterEach(() => rm(dir, { recursive: true, force: true }));

function disk(own: Partial<Record<keyof FileSystem, unknown>>): FileSystem {
  const counted = {
    openSync: (path: string, flags: string, mode: number) => {
      const fd = nodeFs.openSync(path, flags, mode);
      opened.add(fd);
      return fd;
    },
    closeSync: (fd: number) => {
      nodeFs.closeSync(fd);
      opened.delete(fd);
    },
    ...own,
  };
  return Object.assign(Object.create(nodeFs), counted);
}

const laterSync = (_fd: number, callback: (error?: Error | null) => void): void => void waiting.push(callback);

function written(fs: FileSystem): SyncGroup {
  const group = new SyncGroup(new SyncFiles(fs));
  for (const name of NAMES) group.createAnew(join(dir, name), Buffer.from(`${name}\n`));
  return group;
}

test('all are being synced at the same time, and it has ended once all have', async () => {
  let ended = false;
  const syncing = written(disk({ fdatasync: laterSync })).sync();
  const done = syncing.then(() => {
    ended = true;
  });
  expect(waiting).toHaveLength(NAMES.length);
  for (const callback of waiting) {
    await Promise.resolve();
    expect(ended).toBe(false);
    callback(null);
  }
  await done;
  expect([...opened]).toEqual([]);
  for (const name of NAMES) expect(readFileSync(join(dir, name), 'utf8')).toBe(`${name}\n`);
});

test('one that fails is told when the others have ended, with its path', async () => {
  const group = written(disk({ fdatasync: laterSync }));
  const failing = group.sync().catch((error: unknown) => error);
  waiting[1]?.(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  waiting[0]?.(null);
  expect(await Promise.race([failing, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits');
  waiting[2]?.(null);
  const error = await failing;
  expect(isLedgerError(error, 'IO') && error.data).toMatchObject({ path: join(dir, 'index'), errno: 'ENOSPC' });
  group.abandon();
  expect([...opened]).toEqual([]);
});

test.each([
  ['has no such call', { fdatasync: undefined }],
  [
    'refuses it',
    {
      fdatasync: () => {
        throw Object.assign(new Error('refused'), { code: 'ERR_ACCESS_DENIED' });
      },
    },
  ],
])('a file system that %s', async (_, own) => {
  let synced = 0;
  const fdatasyncSync = (): void => void synced++;
  const group = written(disk({ fdatasyncSync, ...own }));
  const outcome = await group.sync().then(
    () => 'synced',
    (error: unknown) => (isLedgerError(error, 'IO') ? 'refused' : error),
  );
  group.abandon();
  expect({ outcome, synced }).toEqual(
    own.fdatasync === undefined ? { outcome: 'synced', synced: NAMES.length } : { outcome: 'refused', synced: 0 },
  );
  expect([...opened]).toEqual([]);
});

test('syncs that the threads of Node do not come to are made here, and none is asked for until they have ended', async () => {
  const synced: number[] = [];
  const files = new SyncFiles(disk({ fdatasync: laterSync, fdatasyncSync: (fd: number) => void synced.push(fd) }));
  const groupOf = (names: readonly string[]): SyncGroup => {
    const group = new SyncGroup(files);
    for (const name of names) group.createAnew(join(dir, name), Buffer.from(name));
    return group;
  };
  await groupOf(NAMES).sync();
  expect(waiting).toHaveLength(NAMES.length);
  expect(synced).toHaveLength(NAMES.length);
  // Each is still open for its sync, and was synced by another descriptor.
  expect([...opened].filter((fd) => synced.includes(fd))).toEqual([]);
  expect(opened.size).toBe(NAMES.length);

  await groupOf(['another']).sync();
  expect(waiting).toHaveLength(NAMES.length);
  expect(synced).toHaveLength(NAMES.length + 1);

  for (const callback of waiting.splice(0)) callback(null);
  await new Promise((resolve) => setImmediate(resolve));
  expect([...opened]).toEqual([]);
  const syncing = groupOf(['last']).sync();
  expect(waiting).toHaveLength(1);
  waiting[0]?.(null);
  await syncing;
  expect([...opened]).toEqual([]);
});

test('what fails while others are made here is told all the same', async () => {
  const fdatasyncSync = (): void => waiting.pop()?.(Object.assign(new Error('lost'), { code: 'EIO' }));
  const group = written(disk({ fdatasync: laterSync, fdatasyncSync }));
  const error = await group.sync().catch((reason: unknown) => reason);
  expect(isLedgerError(error, 'IO') && error.data.errno).toBe('EIO');
  group.abandon();
  for (const callback of waiting) callback(null);
  await new Promise((resolve) => setImmediate(resolve));
  expect([...opened]).toEqual([]);
});
