/** What a call opens it closes. */

import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkReceived } from '../../src/receive-push.js';
import { onDisk, plan } from './ledger-on-disk.js';

const FDS = '/proc/self/fd';

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
