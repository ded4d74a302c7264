/** What opening and creating a ledger must not let through. */

import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import { initLedger } from '../../src/index.js';
import { onEachBackend } from './backends.js';
import { refusal } from './expectations.js';

onEachBackend('opening', (backend) => {
  test('survives an observer whose promise rejects', async () => {
    const { ledger } = await backend.init({}, { onEvent: () => Promise.reject(new Error('observer')) as never });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ledger.versions.modules()).toEqual(['planner']);
  });

  test('founds no ledger with a signer whose signatures are not its own', async () => {
    const place = await backend.init();
    const [named, signing] = [await ephemeralSigner('a@example.org'), await ephemeralSigner('a@example.org')];
    const gitdir = `${place.gitdir}-2`;
    const signer = { ...named, sign: signing.sign };
    await refusal(() => initLedger({ gitdir, fs: place.fs, signer }), 'BAD_SIGNATURE');
    const ledger = await initLedger({ gitdir, fs: place.fs, signer: named });
    expect(await ledger.versions.modules()).toEqual([]);
    await ledger.close();
  });
});
