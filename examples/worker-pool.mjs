// node examples/worker-pool.mjs
//
// A pool of threads that do jobs with a module of a ledger. Each thread opens the ledger for itself, without a key, and follows it: what
// an operator makes active is what it does its next job with. No job is lost, and none is done by half of one version.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { initLedger } from 'git-lineage';
import { ephemeralSigner } from 'git-lineage/testing';

const THREADS = 3;

const folder = await mkdtemp(join(tmpdir(), 'git-lineage-example-'));
const gitdir = join(folder, 'modules.git');
const operator = await initLedger({ gitdir, signer: await ephemeralSigner('ops@example.org') });

/** @param {string} body */
const record = (body) =>
  operator.recordCheckpoint(
    { moduleId: 'resize', tags: ['stable'] },
    { files: { 'index.mjs': `export const resize = (width) => ${body};\n` } },
  );
await record('width / 2');

/** @type {{ worker: Worker, busy: boolean }[]} */
const pool = [];
/** Jobs that wait for a thread. @type {{ width: number, resolve: (answer: { version: number, width: number }) => void }[]} */
const waiting = [];
for (let i = 0; i < THREADS; i++) {
  const cacheDir = join(folder, `cache-${i}`);
  const worker = new Worker(new URL('./pool-thread.mjs', import.meta.url), { workerData: { gitdir, cacheDir } });
  await once(worker, 'message');
  pool.push({ worker, busy: false });
}

/** Gives each idle thread a job, while there are any. */
function dispatch() {
  for (const thread of pool.filter(({ busy }) => !busy)) {
    const job = waiting.shift();
    if (job === undefined) return;
    thread.busy = true;
    thread.worker.postMessage(job.width);
    thread.worker.once('message', (answer) => {
      thread.busy = false;
      job.resolve(answer);
      dispatch();
    });
  }
}

/** @param {number} width @returns {Promise<{ version: number, width: number }>} */
function resize(width) {
  return new Promise((resolve) => {
    waiting.push({ width, resolve });
    dispatch();
  });
}

/** What each version makes of a width, to see that no job met half of one. @type {Record<number, (width: number) => number>} */
const right = { 1: (width) => width / 2, 2: (width) => width / 4 };
let wrong = 0;
/** @type {Set<number>} */
const versions = new Set();
async function batch() {
  const widths = Array.from({ length: 100 }, (_, i) => i);
  const answers = await Promise.all(widths.map(resize));
  for (const [i, { version, width }] of answers.entries()) {
    versions.add(version);
    if (width !== right[version]?.(i)) wrong += 1;
  }
  return new Set(answers.map(({ version }) => version));
}

await batch();
await record('width / 4');
for (;;) {
  const [first, ...others] = await batch();
  if (first === 2 && others.length === 0) break;
}
console.log(`jobs were done by version ${[...versions].sort().join(' and ')}, ${wrong} of them wrong`);

for (const { worker } of pool) {
  worker.postMessage(null);
  await once(worker, 'exit');
}
await operator.close();
await rm(folder, { recursive: true, force: true });
