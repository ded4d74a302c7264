/** What a call opens it closes. */

import fs, { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openLedger } from '../../src/open.js';
import { checkReceived } from '../../src/receive-push.js';
import { BASE } from '../git-index/sample-index.js';
import { onDisk, plan } from './ledger-on-disk.js';

const FDS = '/proc/self/fd';

/** What a descriptor leads to; the name of a file that was replaced ends in ` (deleted)`. */
function readlinkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function openBelow(folder: string): string[] {
  return readdirSync(FDS).flatMap((fd) => {
    const path = join(FDS, fd);
    const target = existsSync(path) ? readlinkSync(path) : '';
    return target.startsWith(folder) ? [target] : [];
  });
}

it.runIf(existsSync(FDS))('a push that is refused leaves no file of the index open', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    for (let i = 1; i <= 12; i++) await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(String(i)));
    await ledger.close();
    const commands = [`${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/ledger`];
    await expect(checkReceived({ gitdir, commands })).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    expect(openBelow(join(gitdir, 'lineage'))).toEqual([]);
  });
});

it.runIf(existsSync(FDS))(
  'who writes a long time takes newer files of the index, and does not keep all changes in memory',
  async () => {
    await onDisk(async ({ gitdir, ledger: first, reopen }) => {
      await first.recordCheckpoint({ moduleId: 'm-0' }, plan('0'));
      await first.close();
      const ledger = await reopen();
      const metadata = { notes: 'n'.repeat(4000) };
      for (let batch = 0; batch < 12; batch++)
        await ledger.recordCheckpoints(
          Array.from({ length: 200 }, (_, i) => ({
            checkpoint: { moduleId: `m-${i}`, metadata },
            ...plan(`${batch}`),
          })),
        );
      const base = join(gitdir, 'lineage/index', BASE);
      const newest = statSync(base).size;
      expect(newest).toBeGreaterThan(8 * 1024 * 1024);
      const sizes = readdirSync(FDS)
        .map((fd) => join(FDS, fd))
        // Not the next one, which the thread may be writing under another name.
        .filter((path) => [base, `${base} (deleted)`].includes(readlinkOf(path)))
        .map((path) => statSync(path).size);
      expect(sizes).not.toEqual([]);
      expect(Math.min(...sizes)).toBeGreaterThan(newest - 6 * 1024 * 1024);
    });
  },
);

it('a ledger that is closed while it catches up reads nothing any more', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    for (let i = 1; i <= 3; i++) await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(String(i)));
    const reader = await openLedger({ gitdir });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('4'));
    const asked = reader.journal.position().catch((error: unknown) => error);
    await reader.close();
    const opened = vi.spyOn(fs, 'openSync');
    try {
      expect(await asked).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(opened).not.toHaveBeenCalled();
    } finally {
      opened.mockRestore();
    }
  });
});
