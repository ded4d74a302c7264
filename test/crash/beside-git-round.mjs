/**
 * Several processes that write to one ledger beside everything that git itself does there: housekeeping, somebody who looks and keeps
 * refs of their own, and a copy elsewhere that is brought up to date.
 */

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { losses } from './kill-rounds.mjs';
import { RecordingProcess } from './processes.mjs';
import { fsckComplaints, git, gitRefs, leftovers } from './real-git.mjs';
import { init, machineClock, unmeasured } from './scenarios.mjs';

/** What git does to a repository to keep it small. */
export const HOUSEKEEPING = [
  ['pack-refs', '--all', '--prune'],
  ['repack', '-adq'],
  ['prune'],
  ['gc', '-q', '--prune=now'],
  ['repack', '-q', '-d', '--geometric=2'],
  ['repack', '-Adq'],
];

const PERSONS_REF = 'refs/people/ada';

/** What a person does beside it, who reads and keeps a ref of their own. */
const PERSONAL = [
  ['log', '--oneline', '-20', 'refs/heads/ledger'],
  ['for-each-ref', 'refs/tags'],
  ['update-ref', PERSONS_REF, 'refs/heads/ledger'],
  ['show', '--stat', 'refs/heads/ledger'],
  ['cat-file', '--batch-all-objects', '--batch-check', '--unordered'],
];

/** The other side may hold a lock at this moment, or merge a pack away: git then says so, fails, and changes nothing. */
const MOMENTARY = /lock|Unable to create|cannot be accessed|failed to stat|cannot open pack index|could not find pack/i;

/**
 * Runs git's housekeeping, one command after the other, as long as somebody is writing and at least once.
 *
 * @param {string} gitdir
 * @param {() => boolean} writing
 * @param {readonly (readonly string[])[]} [commands]
 * @returns {Promise<{ rounds: number, failed: number, complaints: string[] }>} commands, those that failed for the moment, others' words
 */
export async function housekeeping(gitdir, writing, commands = HOUSEKEEPING) {
  /** @type {string[]} */
  const complaints = [];
  let failed = 0;
  for (let rounds = 0; ; rounds++) {
    const command = commands[rounds % commands.length] ?? [];
    await git(gitdir, command).catch((error) => {
      if (MOMENTARY.test(error.stderr)) failed += 1;
      else complaints.push(`git ${command.join(' ')}: ${error.stderr}`);
    });
    if (!writing()) return { rounds, failed, complaints };
  }
}

/**
 * Each of `writers` processes records `count` times, each a module of its own.
 *
 * @param {{ library: import('./scenarios.mjs').Library, dir: string, writers: number, count: number, told?: (text: string) => void }} options
 */
export async function besideGitRound({ library, dir, writers, count, told }) {
  const folder = mkdtempSync(join(dir, 'beside-git-'));
  const gitdir = join(folder, 'ledger.git');
  const remote = join(folder, 'remote.git');
  await git(folder, ['init', '--quiet', '--bare', '--initial-branch=ledger', remote]);
  const ledger = await init(library, gitdir, { ...machineClock, config: unmeasured });
  const processes = Array.from({ length: writers }, (_, i) => new RecordingProcess(gitdir, `m${i}`, count, 'retrying'));
  const began = performance.now();
  let writing = true;
  const over = Promise.all(processes.map(({ ended }) => ended)).then((ends) => {
    writing = false;
    return ends;
  });
  let syncs = 0;
  const syncing = async () => {
    /** @type {string[]} */
    const complaints = [];
    for (; writing && complaints.length < 5; syncs++) {
      await ledger.replicas.sync(remote).catch((error) => complaints.push(`sync ${syncs} fails: ${error.stack}`));
      told?.(`${((performance.now() - began) / 1000).toFixed(0)} s, sync ${syncs + 1}`);
    }
    return complaints;
  };
  const isWriting = () => writing;
  const [ends, kept, person, synced] = await Promise.all([
    over,
    housekeeping(gitdir, isWriting),
    housekeeping(gitdir, isWriting, PERSONAL),
    syncing(),
  ]);
  const seconds = (performance.now() - began) / 1000;
  const complaints = [...kept.complaints, ...person.complaints, ...synced];
  /** @type {import('./kill-rounds.mjs').Acknowledgements} */
  const acknowledged = new Map();
  let busy = 0;
  for (const [i, process] of processes.entries()) {
    if (ends[i] !== '0') complaints.push(`the writer of ${process.moduleId} ends with ${ends[i]}: ${process.errors}`);
    const versions = process.acknowledged();
    acknowledged.set(process.moduleId, new Map(versions.map((done) => [done.version, done.checksum])));
    if (versions.length < count) complaints.push(`${process.moduleId} has ${versions.length} versions, not ${count}`);
    busy += process.lines.filter((line) => line.startsWith('busy ')).length;
  }
  await ledger.replicas.sync(remote);
  complaints.push(...(await losses(ledger, acknowledged)));
  for (const [moduleId, versions] of acknowledged) {
    const { length } = await ledger.versions.list(moduleId);
    if (length !== versions.size) complaints.push(`${moduleId} has ${length} versions, ${versions.size} acknowledged`);
  }
  // No ref of a ledger: it is not sent, and doctor and audit would find it.
  await git(gitdir, ['update-ref', '-d', PERSONS_REF]);
  const theirs = gitRefs(remote);
  for (const [ref, oid] of gitRefs(gitdir))
    if (theirs.get(ref) !== oid) complaints.push(`${ref} is ${oid}, and ${theirs.get(ref)} at the remote`);
  const { findings } = await ledger.journal.doctor();
  complaints.push(...findings.map((f) => `doctor finds ${f.kind} ${f.where}: ${f.detail}`));
  const { outcome, steps } = await ledger.audit();
  if (outcome !== 'passed') complaints.push(`the audit ${outcome}: ${JSON.stringify(steps)}`);
  await ledger.close();
  complaints.push(...fsckComplaints(gitdir), ...fsckComplaints(remote));
  complaints.push(...leftovers(gitdir).map((path) => `left behind: ${path}`));
  return {
    acknowledged: [...acknowledged.values()].reduce((sum, versions) => sum + versions.size, 0),
    commands: kept.rounds + person.rounds,
    failed: kept.failed + person.failed,
    ...{ busy, syncs, seconds, complaints },
  };
}
