// How long a record holds the event loop of the process that asks for it: the longest turn while large modules are
// recorded, beside the same loop while it waits for a timer.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { ephemeralSigner, initLedger } from 'git-lineage';
import { seconds } from './statistics.mjs';
import { atMost, Table } from './table.mjs';

const WARM_UP = 5;
const RECORDS = 20;
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
}
