/** The operator's pre-swap hook on the road of a swap: before anything of the version is imported, and again at the commit. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ephemeralSigner, initLedger } from './live.mjs';
import { folder, liveScene, MODULE, plainLoader } from './scene.js';

/** A ledger on disk with a hook. */
async function hooked(script: string) {
  const gitdir = join(folder(), 'ledger.git');
  const ledger = await initLedger({ gitdir, signer: await ephemeralSigner('operator@example.org') });
  onTestFinished(() => ledger.close());
  const loader = plainLoader();
  const made = await liveScene({ ledger, loader, healthWindowMs: 0 });
  mkdirSync(join(gitdir, 'hooks'), { recursive: true });
  writeFileSync(join(gitdir, 'hooks', 'pre-swap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { made, loader, gitdir };
}

it.each([
  ['a swap', undefined],
  ['a canary', { steps: [100], each: 1 }],
])('refuses %s before the version is imported', async (_, canary) => {
  const { made, loader } = await hooked('echo "not on Fridays" >&2; exit 1');
  const result = await made.swap('two', { canary });
  expect(result).toMatchObject({ phase: 'FAILED', step: 'gate', refusals: [{ code: 'HOOK_REFUSED' }] });
  expect(result.reason).toContain('not on Fridays');
  expect(loader.loaded).toEqual([1]);
  expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
});

it('may refuse at the commit what it let pass at the gate: a refusal with the same code', async () => {
  const { made } = await hooked('test ! -e "$(dirname "$0")/asked" || exit 1; : > "$(dirname "$0")/asked"');
  const result = await made.swap('two');
  expect(result).toMatchObject({ phase: 'FAILED', step: 'commit', refusals: [{ code: 'HOOK_REFUSED' }] });
  expect(made.say()).toBe('v1');
});
