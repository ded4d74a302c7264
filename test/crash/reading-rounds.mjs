/** Two processes on one ledger, each reading what the other writes at once. */

import { fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { growth } from './held.mjs';
import { losses } from './kill-rounds.mjs';
import { fsckComplaints, leftovers } from './real-git.mjs';
import { init, machineClock, open } from './scenarios.mjs';

const SCRIPT = fileURLToPath(new URL('reading-process.mjs', import.meta.url));

/** Caches are full after so long, in seconds: what is held then must be enough for the rest of the run. */
const FILLING = 120;

/** So long a run must be, in seconds, to tell whether what is held grows. */
export const TELLING = 3 * FILLING;

/** So long a process may take to begin or to end, in milliseconds. */
const PATIENCE_MS = 60_000;

/** @typedef {import('./held.mjs').Held} Held */

/** What one of the two says, and what is wrong with it. */
class Reader {
  /** @type {Map<number, string>} */
  acknowledged = new Map();
  /** @type {string[]} */
  complaints = [];
  /** @type {Held[]} */
  measured = [];
  read = 0;

  /** @param {string} gitdir @param {string} own @param {string} other */
  constructor(gitdir, own, other) {
    this.own = own;
    this.child = fork(SCRIPT, [gitdir, own, other], { execArgv: ['--expose-gc'] });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve(signal ?? code));
    });
  }

  /** @param {Reader} other */
  listen(other) {
    this.child.on('message', (/** @type {any} */ message) => {
      if (message.wrote !== undefined) {
        this.acknowledged.set(message.wrote.version, message.wrote.checksum);
        if (other.child.connected) other.child.send({ theirs: message.wrote });
      } else if (message.stale !== undefined) this.complaints.push(message.stale);
      else if (message.read !== undefined) this.read += 1;
      else if (message.rss !== undefined) this.measured.push(message);
    });
  }

  /** Where what is held grows after the caches are full, as far as the run was long enough to tell. @param {number} seconds */
  growth(seconds) {
    const settled = this.measured.slice(Math.ceil((this.measured.length * FILLING) / seconds));
    if (seconds < TELLING || settled.length < 9) return [];
    return growth(settled).map((what) => `${this.own}: ${what}`);
  }
}

/** @param {{ library: import('./scenarios.mjs').Library, dir: string, seconds: number }} options */
export async function readingRound({ library, dir, seconds }) {
  const gitdir = join(mkdtempSync(join(dir, 'reading-')), 'ledger.git');
  await (await init(library, gitdir, machineClock)).close();
  const readers = [new Reader(gitdir, 'a', 'b'), new Reader(gitdir, 'b', 'a')];
  const [a, b] = /** @type {[Reader, Reader]} */ (readers);
  a.listen(b);
  b.listen(a);
  // The clock begins when both have begun.
  const deadline = Date.now() + PATIENCE_MS;
  while (readers.some(({ read, child }) => read === 0 && child.connected) && Date.now() < deadline) await pause(20);
  await Promise.race([pause(seconds * 1000), a.ended, b.ended]);
  for (const { child } of readers) if (child.connected) child.send({ stop: true });
  /** @type {string[]} */
  const complaints = [];
  for (const reader of readers) {
    const late = setTimeout(() => reader.child.kill('SIGKILL'), PATIENCE_MS);
    const end = await reader.ended;
    clearTimeout(late);
    if (end !== 0) complaints.push(`the writer of ${reader.own} ends with ${end}`);
    complaints.push(...reader.complaints.slice(0, 20), ...reader.growth(seconds));
    if (reader.read === 0) complaints.push(`the writer of ${reader.own} has read nothing`);
  }
  const ledger = await open(library, gitdir, machineClock);
  complaints.push(...(await losses(ledger, new Map(readers.map(({ own, acknowledged }) => [own, acknowledged])))));
  for (const { own, acknowledged } of readers) {
    const { length } = await ledger.versions.list(own);
    if (length !== acknowledged.size)
      complaints.push(`${own} has ${length} versions, ${acknowledged.size} acknowledged`);
  }
  const { findings } = await ledger.journal.doctor();
  complaints.push(...findings.map((f) => `doctor finds ${f.kind} ${f.where}: ${f.detail}`));
  await ledger.close();
  complaints.push(...fsckComplaints(gitdir), ...leftovers(gitdir).map((path) => `left behind: ${path}`));
  const written = a.acknowledged.size + b.acknowledged.size;
  return { gitdir, written, read: a.read + b.read, measured: readers.map(({ measured }) => measured), complaints };
}
