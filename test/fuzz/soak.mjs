/** The parsers' part of the soak: as many inputs as are asked for, and somebody who notices when one of them never ends. */

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fuzz } from './engine.mjs';
import { loadBuiltParts } from './parts.mjs';

/** One input takes milliseconds; so long, with what git is asked in between, only one that hangs. */
const PATIENCE_SECONDS = 120;

/** Room for the name of a target beside the counters. */
const NAME_BYTES = 64;

/** Looks at a counter from a thread of its own, and ends the process where it stands still. */
const WATCHDOG = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const progress = new Int32Array(workerData.shared, 0, 3);
let before = -1;
setInterval(() => {
  const now = Atomics.load(progress, 0);
  if (now !== before) { before = now; return; }
  const bytes = new Uint8Array(workerData.shared, 12);
  const target = Buffer.from(bytes).toString('latin1').replace(/\\0+$/, '');
  writeSync(2, 'FAIL ' + target + ': input ' + Atomics.load(progress, 2) + ' of seed ' + workerData.seed + ' does not end\\n');
  process.kill(process.pid, 'SIGKILL');
}, workerData.patience * 1000);
`;

/** @param {number} seed */
function watchdog(seed) {
  const shared = new SharedArrayBuffer(12 + NAME_BYTES);
  const progress = new Int32Array(shared, 0, 3);
  const worker = new Worker(WATCHDOG, { eval: true, workerData: { shared, seed, patience: PATIENCE_SECONDS } });
  worker.unref();
  let name = '';
  const onInput = (/** @type {string} */ target, /** @type {number} */ number) => {
    Atomics.add(progress, 0, 1);
    Atomics.store(progress, 2, number);
    if (target === name) return;
    name = target;
    new Uint8Array(shared, 12).set(Buffer.from(target.padEnd(NAME_BYTES, '\0'), 'latin1'));
  };
  return { onInput, stop: () => worker.terminate() };
}

/**
 * @param {{ dir: string, inputs: number, seed: number, objectFormat: 'sha1' | 'sha256', only?: string | undefined }} options
 * @returns {Promise<{ title: string, complaints: string[], lines: string[] }>}
 */
export async function fuzzRound({ dir, inputs, seed, objectFormat, only }) {
  const parts = await loadBuiltParts(objectFormat);
  const folder = mkdtempSync(join(dir, 'fuzz-'));
  const { onInput, stop } = watchdog(seed);
  const start = performance.now();
  try {
    const { complaints, tallies } = await fuzz({ parts, dir: folder, inputs, seed, only, onInput });
    const seconds = (performance.now() - start) / 1000;
    const done = tallies.reduce((sum, tally) => sum + tally.inputs, 0);
    const asked = tallies.reduce((sum, tally) => sum + tally.asked, 0);
    return {
      title: `${done} inputs to ${tallies.length} parsers (${objectFormat}), ${asked} that passed held against git and ssh-keygen, ${Math.round(done / seconds)} a second`,
      complaints,
      lines: tallies.map((t) => `${String(t.inputs).padStart(7)} ${t.name}: ${t.accepted} read, ${t.asked} asked`),
    };
  } finally {
    await stop();
  }
}
