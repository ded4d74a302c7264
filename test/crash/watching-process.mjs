/**
 * Swaps a version in and watches it for an hour; says `check <date>` at each check of its health, and how it ended.
 *
 *     node watching-process.mjs
 *
 * What comes on the standard input makes the version sick.
 */

import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {typeof import('../../src/index.js')} */
const { initLedger } = await import(new URL('../../build/index.js', import.meta.url).href);
/** @type {typeof import('../../src/api/swap.js')} */
const { HotSwapper } = await import(new URL('../../build/api/swap.js', import.meta.url).href);
/** @type {typeof import('../../src/api/testing.js')} */
const { ephemeralSigner } = await import(new URL('../../build/api/testing.js', import.meta.url).href);
const dir = mkdtempSync(join(tmpdir(), 'git-lineage-watching-'));
const moduleId = 'planner';

/** @param {string} line */
const say = (line) => writeSync(1, `${line}\n`);

let sick = false;
process.stdin.once('data', () => {
  sick = true;
});

const gitdir = join(dir, 'ledger.git');
const versionManager = await initLedger({ gitdir, signer: await ephemeralSigner('ops@example.org') });

/** Swaps version `n` in. @param {number} n @param {number} healthWindowMs @param {() => boolean} check */
async function swap(n, healthWindowMs, check) {
  const swapper = new HotSwapper({
    validator: { validate: () => true },
    healthCheck: { check },
    healthWindowMs,
    healthIntervalMs: 10,
  });
  const files = { 'index.mjs': `export const n = ${n};` };
  try {
    return await swapper.swap({ moduleId, files }, { versionManager });
  } finally {
    await swapper.close();
  }
}

try {
  await swap(1, 0, () => true);
  const { phase, restored } = await swap(2, 3_600_000, () => {
    say(`check ${Date.now()}`);
    return !sick;
  });
  say(`ended ${phase} ${restored?.version}`);
} catch (error) {
  say(`failed ${error instanceof Error ? error.stack : error}`);
} finally {
  process.stdin.destroy();
  await versionManager.close();
  rmSync(dir, { recursive: true, force: true });
}
