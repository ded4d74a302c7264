// How long a record and a swap hold the event loop of the process that asks for them: the longest turn while large modules are
// recorded or swapped in, beside the same loop while it waits for a timer.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { initLedger } from 'git-lineage';
import { HotSwapper, workerLoader } from 'git-lineage/swap';
import { ephemeralSigner } from 'git-lineage/testing';
import { seconds } from './statistics.mjs';
import { atMost, Table } from './table.mjs';

const WARM_UP = 5;
const RECORDS = 20;
/** Each stays in memory: Node unloads nothing. */
const SWAPS = 3;
/** Milliseconds between two looks at the clock: they are part of each delay that is told. */
const RESOLUTION = 1;

/** A quarter of the content is new in each version; half of it compresses. @param {number} bytes @param {number} i */
function contentOf(bytes, i) {
  const content = Buffer.alloc(bytes, `export const version = ${i};\n`);
  randomBytes(bytes >> 2).copy(content, bytes >> 2);
  return content;
}

const MODULES = {
  'one file of 3 MB': (/** @type {number} */ i) => ({ 'index.js': contentOf(3 << 20, i) }),
  '200 files of 15 KB': (/** @type {number} */ i) =>
    Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`lib/part-${n}.js`, contentOf(15 << 10, i)])),
};

/** @param {string} start @param {number} file @param {number} i */
function codeOf(start, file, i) {
  const lines = Array.from(
    { length: 170 },
    (_, k) => `${start}f${file}_${k} = (a) => ({ a, is: 'value ${k} of ${file} in ${i}' });`,
  );
  return `// ${i} ${'x'.repeat(4000)}\n${lines.join('\n')}\n`;
}

/** @param {string} start @param {(path: string) => string} imports @param {number} i */
function manyFiles(start, imports, i) {
  const paths = Array.from({ length: 200 }, (_, n) => `./part-${n}.js`);
  const parts = paths.map((path, n) => [path.slice(2), codeOf(start, n, i)]);
  return { ...Object.fromEntries(parts), 'index.js': `${paths.map(imports).join('\n')}\n${codeOf(start, 200, i)}` };
}

/** @param {number} i */
const commonJs = (i) => manyFiles('exports.', (path) => `require('${path}');`, i);

/** @param {number} i */
const oneFile = (i) => ({
  'index.js': Array.from({ length: 200 }, (_, n) => codeOf('export const ', n, i)).join(''),
});

/**
 * Modules of 3 MB, as they are imported: into the process that swaps them, or into a worker.
 *
 * @type {Record<string, { goal: number | null, filesOf: (i: number) => Record<string, string>, inWorker?: boolean }>}
 */
const SWAPPED = {
  'ESM, 200 files': { goal: 10, filesOf: (i) => manyFiles('export const ', (path) => `import '${path}';`, i) },
  'CommonJS, 200 files': { goal: null, filesOf: commonJs },
  'ESM, one file': { goal: null, filesOf: oneFile },
  'CommonJS, 200 files, in a worker': { goal: 10, filesOf: commonJs, inWorker: true },
  'ESM, one file, in a worker': { goal: 10, filesOf: oneFile, inWorker: true },
};

/** The longest and the 99th of 100 delays while something runs, in milliseconds. @param {() => Promise<unknown>} body */
async function delaysDuring(body) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  // The first samples are of the monitor's own start.
  await pause(20);
  delays.reset();
  await body();
  delays.disable();
  const beyond = (/** @type {number} */ ns) => Math.max(0, ns / 1e6 - RESOLUTION);
  return { max: beyond(delays.max), p99: beyond(delays.percentile(99)) };
}

/** @param {{ folder: string, rounds: number }} options */
export async function benchEventLoop({ folder, rounds }) {
  const table = new Table(`the event loop while ${RECORDS} versions are recorded`);
  const gitdir = join(folder, 'event-loop.git');
  const ledger = await initLedger({ gitdir, signer: await ephemeralSigner('bench@localhost') });
  for (const [what, filesOf] of Object.entries(MODULES)) {
    const peer = 'an idle loop';
    const rows = {
      max: { name: `longest hold, ${what}`, unit: 'ms', peer, goal: atMost(5) },
      p99: { name: `99 of 100, ${what}`, unit: 'ms', peer, goal: null },
      took: { name: `one record, ${what}`, unit: 'ms', peer, goal: null },
    };
    const record = async (/** @type {readonly Record<string, Buffer>[]} */ list) => {
      for (const files of list) await ledger.recordCheckpoint({ moduleId: 'large' }, { files });
    };
    const contents = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => filesOf(i));
    await record(contents(WARM_UP));
    for (let round = 0; round < rounds; round++) {
      const list = contents(RECORDS);
      let took = 0;
      const held = await delaysDuring(async () => {
        took = await seconds(() => record(list));
      });
      const idle = await delaysDuring(() => pause(took * 1000));
      table.note(rows.max, held.max, idle.max);
      table.note(rows.p99, held.p99, idle.p99);
      table.note(rows.took, (took * 1000) / RECORDS, Number.NaN);
    }
  }
  await ledger.close();
  table.print();
  await benchSwaps({ folder, rounds });
}

/** @param {{ folder: string, rounds: number }} options */
async function benchSwaps({ folder, rounds }) {
  const table = new Table('the event loop while a version of 3 MB is swapped in');
  const signer = await ephemeralSigner('bench@localhost');
  const versionManager = await initLedger({ gitdir: join(folder, 'swaps.git'), signer });
  const options = { healthWindowMs: 0, assessor: null, validator: { validate: () => true } };
  const importing = new HotSwapper(options);
  const workers = new HotSwapper({ ...options, loader: workerLoader({ cacheDir: join(folder, 'workers') }) });
  for (const [what, { goal, filesOf, inWorker = false }] of Object.entries(SWAPPED)) {
    const peer = 'an idle loop';
    const rows = {
      max: { name: `longest hold, ${what}`, unit: 'ms', peer, goal: goal === null ? null : atMost(goal) },
      told: { name: `loadHeldMs, ${what}`, unit: 'ms', peer, goal: null },
      took: { name: `one swap, ${what}`, unit: 'ms', peer, goal: null },
    };
    const moduleId = what.replaceAll(/[^a-z0-9]/gi, '-');
    for (let i = 0; i <= rounds * SWAPS; i++) {
      const files = filesOf(i);
      let took = 0;
      /** @type {number | null} */
      let told = null;
      const swapper = inWorker ? workers : importing;
      const held = await delaysDuring(async () => {
        took = await seconds(async () => {
          const result = await swapper.swap({ moduleId, files }, { versionManager });
          if (result.phase !== 'COMMITTED') throw new Error(result.reason);
          told = result.loadHeldMs;
        });
      });
      const idle = await delaysDuring(() => pause(took * 1000));
      // The first one compiles what swaps.
      if (i === 0) continue;
      table.note(rows.max, held.max, idle.max);
      // An import in a worker holds nothing here.
      if (told !== null) table.note(rows.told, told, Number.NaN);
      table.note(rows.took, took * 1000, Number.NaN);
    }
  }
  await Promise.all([importing.close(), workers.close()]);
  await versionManager.close();
  table.print();
}
