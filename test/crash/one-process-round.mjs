/** One process that does operation after operation: what it holds does not grow with what it has done. */

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { growth, opened } from './held.mjs';
import { fsckComplaints, leftovers } from './real-git.mjs';
import { init, machineClock, open, unmeasured } from './scenarios.mjs';

const SCRIPT = fileURLToPath(new URL('one-process.mjs', import.meta.url));

/** So many measurements; of them the first third is held against the last. */
const MEASUREMENTS = 30;

/** Caches are full after so many operations: what is held then must be enough for the rest of the run. */
export const FILLING = 10_000;

/** So many megabytes caches may take in all. */
const MOST_MB = 64;

/** @typedef {import('./held.mjs').Held & { done: number }} HeldThen */

/** Where memory or descriptors grow, as far as the run was long enough to tell. @param {readonly HeldThen[]} measured */
export function growthOf(measured) {
  const settled = measured.filter(({ done }) => done >= FILLING);
  const found = settled.length < MEASUREMENTS / 2 ? opened(measured) : growth(settled);
  const [first, most] = [measured[0]?.heap ?? 0, Math.max(0, ...measured.map(({ heap }) => heap))];
  const more = (most - first) / 2 ** 20;
  if (more > MOST_MB) found.push(`the heap grew by ${more.toFixed(0)} MB, more than the ${MOST_MB} MB of all caches`);
  return found;
}

/**
 * @param {{ library: import('./scenarios.mjs').Library, dir: string, operations: number, told?: (measured: HeldThen) => void }} options
 */
export async function oneProcessRound({ library, dir, operations, told }) {
  const gitdir = join(mkdtempSync(join(dir, 'one-process-')), 'ledger.git');
  await (await init(library, gitdir, { ...machineClock, config: unmeasured })).close();
  const args = ['--expose-gc', SCRIPT, gitdir, String(operations), String(MEASUREMENTS)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  /** @type {Promise<number | NodeJS.Signals | null>} */
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  /** @type {HeldThen[]} */
  const measured = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const measurement = JSON.parse(line);
    measured.push(measurement);
    told?.(measurement);
  }
  const end = await ended;
  /** @type {string[]} */
  const complaints = end === 0 ? [] : [`the process ends with ${end}: ${errors}`];
  if (measured.length < MEASUREMENTS) complaints.push(`${measured.length} of ${MEASUREMENTS} measurements came`);
  complaints.push(...growthOf(measured));
  const ledger = await open(library, gitdir, machineClock);
  const { seq } = await ledger.journal.position();
  const { findings } = await ledger.journal.doctor();
  complaints.push(...findings.map((f) => `doctor finds ${f.kind} ${f.where}: ${f.detail}`));
  await ledger.close();
  complaints.push(...fsckComplaints(gitdir), ...leftovers(gitdir).map((path) => `left behind: ${path}`));
  return { entries: seq, measured, complaints };
}
