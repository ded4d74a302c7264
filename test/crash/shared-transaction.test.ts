/** Calls that share a transaction share its fate only where they were part of it. */

import nodeFs, { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { FileSystem } from '../../src/api/types.js';
import { initLedger, openLedger } from '../../src/index.js';

/** node:fs, whose folder `refs/heads` cannot be synced: what comes after the journal's rename fails. */
function afterTheCommitPoint(): FileSystem {
  const openSync = (path: string, flags: string, mode?: number) => {
    if (path.endsWith('/refs/heads')) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    return nodeFs.openSync(path, flags, mode);
  };
  return { ...nodeFs, openSync };
}

test('a call that was refused is told so, and not that a neighbour was committed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-shared-'));
  try {
    const gitdir = join(folder, 'ledger.git');
    const signer = await ephemeralSigner('ops@example.org');
    const whole = await initLedger({ gitdir, signer });
    await whole.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    const ledger = await openLedger({ gitdir, signer, fs: afterTheCommitPoint() });
    const outcomes = await Promise.allSettled([
      ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' }),
      ledger.recordCheckpoint({ moduleId: 'planner', version: 1, checksum: 'other' }),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'IO', committed: true } },
      { status: 'rejected', reason: { code: 'VERSION_EXISTS', committed: false } },
    ]);
    expect((await whole.latestCheckpoint('planner'))?.version).toBe(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
