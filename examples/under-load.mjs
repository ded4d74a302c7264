// node examples/under-load.mjs fastify|express
//
// Starts a host, asks it without a pause, and swaps its module meanwhile: a good version, from which no request may suffer, then
// one that fails its calls and is rolled back by itself. All of it is in a folder that goes afterwards.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initLedger } from 'git-lineage';
import { HotSwapper } from 'git-lineage/swap';
import { ephemeralSigner } from 'git-lineage/testing';

const CLIENTS = 4;
const HOSTS = { fastify: () => import('./fastify-host.mjs'), express: () => import('./express-host.mjs') };
const name = process.argv[2] ?? '';
if (name !== 'fastify' && name !== 'express') throw new Error('usage: node examples/under-load.mjs fastify|express');

const folder = await mkdtemp(join(tmpdir(), 'git-lineage-example-'));
// A service opens its ledger, with a key of its own: openLedger, sshSigner.
const ledger = await initLedger({
  gitdir: join(folder, 'modules.git'),
  signer: await ephemeralSigner('service@example.org'),
});
const swapper = new HotSwapper({
  versionManager: ledger,
  validator: { validate: ({ exports }) => typeof (/** @type {any} */ (exports).plan) === 'function' },
  healthWindowMs: 3_000, // 30_000 in a service
});

/** @param {string} body */
async function deploy(body) {
  const files = { 'index.mjs': `export async function plan(dish) { ${body} }\n` };
  const { phase, toVer, restored } = await swapper.swap({ moduleId: 'planner', files });
  console.log(`planner@${toVer}: ${phase}${restored ? `, planner@${restored.version} runs again` : ''}`);
}

await deploy("return ['cook ' + dish];");
const { startHost } = await HOSTS[name]();
const host = await startHost(swapper.handle('planner'));

/** What came of the requests, by the version that answered. @type {Map<string, { well: number, failed: number }>} */
const answers = new Map();
let stopping = false;
const clients = Array.from({ length: CLIENTS }, async () => {
  while (!stopping) {
    const response = await fetch(`${host.url}/plan/soup`).catch(() => null);
    await response?.text();
    const version = response?.headers.get('x-planner-version') ?? 'nobody';
    const count = answers.get(version) ?? { well: 0, failed: 0 };
    answers.set(version, count);
    count[response?.ok ? 'well' : 'failed'] += 1;
  }
});

await deploy("return ['cook ' + dish, 'serve'];");
await deploy("throw new Error('the stove is off');");
stopping = true;
await Promise.all(clients);

for (const [version, { well, failed }] of [...answers].sort(([a], [b]) => a.localeCompare(b)))
  console.log(
    `planner@${version} answered ${well > 0 ? 'well' : 'never well'}, and ${failed > 0 ? 'failed' : 'never failed'}`,
  );

await host.close();
await swapper.close();
await ledger.close();
// The cache of modules is read-only.
execFileSync('chmod', ['-R', 'u+w', folder]);
await rm(folder, { recursive: true });
