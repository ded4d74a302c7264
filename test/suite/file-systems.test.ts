/** Which file systems a ledger may be given, as types and for real. */

import nodeFs from 'node:fs';
import { memfs } from 'memfs';
import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { FileSystem } from '../../src/api/types.js';
import { initLedger } from '../../src/index.js';

test('node:fs and memfs are file systems as they are, without a cast', async () => {
  const disk: FileSystem = nodeFs;
  const memory: FileSystem = memfs().fs;
  expect(disk.promises).toBe(nodeFs.promises);
  const ledger = await initLedger({ gitdir: '/ledger', fs: memory, signer: await ephemeralSigner('a@example.org') });
  await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
  expect(await ledger.versions.modules()).toEqual(['planner']);
});
