/** One transaction, cut at every operation it performs on the disk: afterwards it is there as a whole or not at all. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FaultyDisk } from './faulty-disk.mjs';
import { fsckComplaints, gitNotes, gitRefs, leftovers } from './real-git.mjs';
import { init, isThere, now, open, perform, prepared, statement } from './scenarios.mjs';
import { seededRandom } from './seeded-random.mjs';

/**
 * @typedef {import('./scenarios.mjs').Library} Library
 * @typedef {import('./scenarios.mjs').Scenario} Scenario
 * @typedef {'killed' | 'synced only' | 'partly synced' | 'killed, then synced only' | 'refused'} Fault
 * @typedef {{ library: Library, scenario: Scenario, fault: Fault, dir: string, from?: Awaited<ReturnType<typeof prepared>>, stride?: number, offset?: number, turn?: number, seed?: number }} Rounds
 */

/** @type {readonly Fault[]} */
export const FAULTS = ['killed', 'synced only', 'partly synced', 'killed, then synced only', 'refused'];

/** What a call is refused with: the disk breaks, is full, is read-only, this user may not, or too much is open. */
export const ERRNOS = ['EIO', 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EMFILE'];

/**
 * What is wrong with a ledger after the next write, which every crash must leave possible.
 *
 * @param {Library} library
 * @param {string} gitdir
 */
async function complaintsAbout(library, gitdir) {
  const complaints = leftovers(gitdir).map((path) => `left behind: ${path}`);
  const ledger = await open(library, gitdir);
  const { findings } = await ledger.journal.doctor();
  for (const f of findings) complaints.push(`doctor finds ${f.kind} ${f.where}: ${f.detail}`);
  complaints.push(...fsckComplaints(gitdir));
  const notes = gitNotes(gitdir, 'checksum');
  const refs = gitRefs(gitdir);
  for (const id of await ledger.versions.modules()) {
    for (const v of await ledger.versions.list(id)) {
      const note = notes.get(refs.get(`refs/tags/${id}/v${v.version}`) ?? 'no tag')?.trimEnd();
      if (note !== v.checksum) complaints.push(`${id} v${v.version}: git sees the checksum note ${note}`);
    }
  }
  await ledger.close();
  return complaints;
}

/** @param {unknown} error */
function isCommitted(error) {
  return error instanceof Error && 'committed' in error && error.committed === true;
}

/** @param {unknown} error */
function isLedgerError(error) {
  return error instanceof Error && error.name === 'LedgerError';
}

/**
 * The power goes off, or the process dies, before operation `at`. Returns complaints, and whether nothing was cut.
 *
 * @param {Rounds} rounds
 * @param {{ base: string, states: readonly (string | null)[] }} from
 * @param {number} at
 * @param {string} dir
 */
async function cutRound({ library, scenario, fault, seed = 1 }, from, at, dir) {
  const work = join(dir, 'work');
  cpSync(from.base, work, { recursive: true });
  const disk = new FaultyDisk(work);
  disk.cutAt = at;
  const { acknowledged, error } = await perform(library, scenario, join(work, 'ledger.git'), disk.fs);
  const finished = error === null && !disk.off;
  // Another process goes on after a kill, and its acknowledged record must outlast the power.
  const succeeded = fault === 'killed, then synced only' && (await succeed(library, disk, join(work, 'ledger.git')));
  let root = work;
  if (fault !== 'killed') {
    root = join(dir, 'survivors');
    const random = seededRandom(seed + at);
    disk.survivors(root, fault === 'partly synced' ? () => (random() < 0.5 ? 'live' : 'durable') : undefined);
  }
  const gitdir = join(root, 'ledger.git');
  const atMost = Math.min(from.states.length - 1, acknowledged + (error === null ? 0 : 1));
  /** @type {string[]} */
  const complaints = [];
  if (!isThere(gitdir)) {
    if (scenario.creates !== true || acknowledged > 0) complaints.push('the ledger is gone');
    await (await init(library, gitdir)).close();
  } else {
    const ledger = await open(library, gitdir);
    if (succeeded && (await ledger.latestCheckpoint('successor')) === null)
      complaints.push("the successor's record is gone");
    if (!succeeded) complaints.push(...misplaced(from.states.indexOf(await statement(ledger)), acknowledged, atMost));
    await ledger.close();
  }
  await goOn(await open(library, gitdir), scenario, from.states.length);
  complaints.push(...(await complaintsAbout(library, gitdir)));
  return { complaints: complaints.map((c) => `${c} [cut before: ${disk.log[at] ?? 'the end'}]`), finished };
}

/** @param {Library} library @param {FaultyDisk} disk @param {string} gitdir */
async function succeed(library, disk, gitdir) {
  disk.restart();
  if (!isThere(gitdir)) return false;
  const successor = await open(library, gitdir, { fs: disk.fs });
  await successor.recordCheckpoint({ moduleId: 'successor', checksum: 'one' });
  await successor.close();
  return true;
}

/** @param {number} state @param {number} atLeast @param {number} atMost */
function misplaced(state, atLeast, atMost) {
  if (state === -1) return ['the ledger is in no state that the steps lead to'];
  if (state < atLeast) return [`step ${atLeast} was acknowledged, and is gone`];
  return state > atMost ? [`the ledger is at step ${state}, step ${atMost} was the last one asked for`] : [];
}

/**
 * Writes on, doing the steps from number `next` first: whatever happened, the next write works.
 *
 * @param {import('./scenarios.mjs').Ledger} ledger
 * @param {Scenario} scenario
 * @param {number} next
 */
async function goOn(ledger, scenario, next) {
  const steps = scenario.steps.slice(next);
  // What a copy has of its own it cannot adopt another's on top of.
  if (scenario.adopts === true) for (const step of steps.splice(0)) await step(ledger);
  await ledger.recordCheckpoint({ moduleId: 'next', checksum: 'one' });
  for (const step of steps) await step(ledger);
  // What somebody else changed is still there where the step that mends it never ran.
  if (scenario.tamper !== undefined) await ledger.journal.doctor({ restore: true });
  await ledger.recordCheckpoint({ moduleId: 'next', checksum: 'two', tags: ['stable'] });
  await ledger.close();
}

/**
 * Call `at` is refused once, a reading one too; the same process goes on.
 *
 * @param {Rounds} rounds
 * @param {{ base: string, states: readonly (string | null)[] }} from
 * @param {number} at
 * @param {string} dir
 */
async function refusedRound({ library, scenario, turn = 0 }, from, at, dir) {
  const work = join(dir, 'work');
  const gitdir = join(work, 'ledger.git');
  cpSync(from.base, work, { recursive: true });
  const disk = new FaultyDisk(work);
  disk.countsAll = true;
  disk.refuseAt = at;
  disk.errno = ERRNOS[(at + turn) % ERRNOS.length] ?? 'EIO';
  const first = await perform(library, scenario, gitdir, disk.fs);
  const finished = disk.count <= at;
  disk.refuseAt = Number.POSITIVE_INFINITY;
  /** @type {string[]} */
  const complaints = [];
  if (first.error !== null && !isLedgerError(first.error)) complaints.push(`it rejects with ${first.error}`);
  const done = first.acknowledged + (isCommitted(first.error) ? 1 : 0);
  if (first.ledger === null) {
    const still = disk.open;
    if (still.length > 0) complaints.push(`still open after it failed to open: ${still.join(' ')}`);
    if (scenario.creates === true) complaints.push(...leftByInit(work, gitdir, done, first.error));
  }
  const ledger = first.ledger ?? (await openOrInit(library, gitdir, disk.fs));
  const said = await statement(ledger);
  if (said !== from.states[scenario.creates === true ? 1 : done]) {
    complaints.push(`after ${done} steps by its own account (${first.error}), the ledger says something else`);
  }
  await goOn(ledger, scenario, done);
  if (disk.open.length > 0) complaints.push(`still open once it is closed: ${disk.open.join(' ')}`);
  complaints.push(...(await complaintsAbout(library, gitdir)));
  complaints.push(...(await auditComplaints(library, gitdir)));
  return {
    complaints: complaints.map((c) => `${c} [refused (${disk.errno}): ${disk.log[at] ?? 'nothing'}]`),
    finished,
  };
}

/** @param {Library} library @param {string} gitdir */
async function auditComplaints(library, gitdir) {
  const { steps } = await library.auditLedger({ path: gitdir, now });
  return steps.flatMap(({ name, problems }) => problems.map(({ message }) => `the audit, ${name}: ${message}`));
}

/** @param {string} work @param {string} gitdir @param {number} done @param {unknown} error */
function leftByInit(work, gitdir, done, error) {
  const left = readdirSync(work).filter((name) => name !== 'ledger.git');
  const complaints = left.length > 0 ? [`left behind: ${left.join(' ')}`] : [];
  if (done > 0 !== isThere(gitdir))
    complaints.push(`init reports ${error}, and a ledger is ${done > 0 ? 'not ' : ''}there`);
  return complaints;
}

/** @param {Library} library @param {string} gitdir @param {import('../../src/api/types.js').FileSystem} fs */
function openOrInit(library, gitdir, fs) {
  return isThere(gitdir) ? open(library, gitdir, { fs }) : init(library, gitdir, { fs });
}

/**
 * Every `stride`-th operation of a scenario under one kind of fault.
 *
 * @param {Rounds} rounds
 * @returns {Promise<{ rounds: number, operations: number, complaints: string[] }>}
 */
export async function cutRounds(rounds) {
  const { library, scenario, fault, stride = 1, offset = 0 } = rounds;
  const dir = mkdtempSync(join(rounds.dir, 'cut-'));
  const from = rounds.from ?? (await prepared(library, scenario, dir));
  /** @type {string[]} */
  const complaints = [];
  let done = 0;
  let at = offset;
  for (; ; at += stride) {
    const round = join(dir, String(at));
    mkdirSync(round);
    try {
      const outcome = await (fault === 'refused' ? refusedRound : cutRound)(rounds, from, at, round);
      complaints.push(...outcome.complaints.map((c) => `${scenario.name}, ${fault}, at ${at}: ${c}`));
      if (outcome.finished) break;
      done += 1;
    } catch (error) {
      complaints.push(`${scenario.name}, ${fault}, at ${at}: ${error instanceof Error ? error.stack : error}`);
      if (at > 2000) break;
    } finally {
      rmSync(round, { recursive: true, force: true });
    }
  }
  rmSync(dir, { recursive: true, force: true });
  return { rounds: done, operations: at, complaints };
}
