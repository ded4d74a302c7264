/** A writer killed inside its transactions, again and again, on one ledger: nothing acknowledged is ever lost. */

import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RecordingProcess } from './processes.mjs';
import { fsckComplaints, gitNotes, gitRefs, interruptedStep, isInside, leftovers } from './real-git.mjs';
import { init, machineClock, open, unmeasured } from './scenarios.mjs';
import { seededRandom } from './seeded-random.mjs';

/** @typedef {import('./scenarios.mjs').Library} Library */
/** @typedef {Map<string, Map<number, string>>} Acknowledgements module → version → checksum */

/**
 * What of the acknowledged is not in the ledger, by our own reading and by git's.
 *
 * @param {import('../../src/index.js').Ledger} ledger
 * @param {Acknowledgements} acknowledged
 */
export async function losses(ledger, acknowledged) {
  /** @type {string[]} */
  const complaints = [];
  const refs = gitRefs(ledger.gitdir);
  const notes = gitNotes(ledger.gitdir, 'checksum');
  for (const [moduleId, versions] of acknowledged) {
    const lineage = new Map((await ledger.getLineage(moduleId, { full: true })).map((v) => [v.version, v]));
    for (const [version, checksum] of versions) {
      const found = lineage.get(version)?.checksum;
      if (found !== checksum) complaints.push(`${moduleId} v${version} was acknowledged as ${checksum}, is ${found}`);
      const oid = refs.get(`refs/tags/${moduleId}/v${version}`) ?? '';
      const note = notes.get(oid)?.trimEnd();
      if (note !== checksum) complaints.push(`${moduleId} v${version}: git sees the checksum note ${note}`);
    }
    const highest = Math.max(0, ...versions.keys());
    if (highest > 0) {
      const digest = (await ledger.readFiles(moduleId, highest)).size;
      if (digest === 0) complaints.push(`${moduleId} v${highest} has lost its files`);
    }
    const active = (await ledger.latestCheckpoint(moduleId))?.version ?? 0;
    const expected = refs.get(`refs/tags/${moduleId}/v${active}`);
    if (active > 0 && refs.get(`refs/heads/${moduleId}`) !== expected)
      complaints.push(`git's branch ${moduleId} is not at v${active}`);
  }
  return complaints;
}

/** So many kills come at any moment, whatever the writer does then: one of so many. They are not counted. */
const ANYWHERE = 8;

/**
 * Kills writers until `kills` of them died inside a transaction: what it left on disk shows it. Those that died between two, or while
 * packs were merged, are in the histogram alone.
 *
 * @param {{ library: Library, dir: string, kills: number, seed: number, measured?: boolean, until?: number, onRound?: (text: string) => void }} options
 * @returns {Promise<{ kills: number, acknowledged: number, histogram: Map<string, number>, complaints: string[] }>}
 */
export async function killRounds({
  library,
  dir,
  kills,
  seed,
  measured = true,
  until = Number.POSITIVE_INFINITY,
  onRound,
}) {
  const random = seededRandom(seed);
  const gitdir = join(mkdtempSync(join(dir, 'kills-')), 'ledger.git');
  await (await init(library, gitdir, { ...machineClock, ...(measured ? {} : { config: unmeasured }) })).close();
  /** @type {Acknowledgements} */
  const acknowledged = new Map();
  /** @type {Map<string, number>} */
  const histogram = new Map();
  /** @type {string[]} */
  const complaints = [];
  let inside = 0;
  for (let round = 0; inside < kills && Date.now() < until; round++) {
    const moduleId = ['planner', '@acme/executor', 'core.memory'][round % 3] ?? 'planner';
    const known = acknowledged.get(moduleId) ?? new Map();
    acknowledged.set(moduleId, known);
    const writer = new RecordingProcess(gitdir, moduleId, 100_000);
    await writer.says('acknowledged', 1 + Math.floor(random() * 8));
    if (round % ANYWHERE < ANYWHERE - 1) await stopInside(writer, gitdir, random);
    writer.signal('SIGKILL');
    const end = await writer.ended;
    if (end !== 'SIGKILL') complaints.push(`round ${round}: the writer ends with ${end}: ${writer.errors}`);
    for (const { version, checksum } of writer.acknowledged()) {
      if (known.has(version)) complaints.push(`round ${round}: ${moduleId} v${version} was acknowledged twice`);
      known.set(version, checksum);
    }
    const hit = interruptedStep(gitdir);
    if (isInside(hit)) inside += 1;
    histogram.set(hit, (histogram.get(hit) ?? 0) + 1);
    complaints.push(
      ...(await afterKill(library, gitdir, acknowledged, round)).map((c) => `round ${round} (${hit}): ${c}`),
    );
    onRound?.(`${round + 1} ${hit}`);
  }
  const total = [...acknowledged.values()].reduce((sum, versions) => sum + versions.size, 0);
  return { kills: inside, acknowledged: total, histogram, complaints };
}

/**
 * Stops a writer until it stands inside a transaction, whose files are looked for while it stands still: a process that is only killed
 * has mostly gone on by the time that the signal comes.
 *
 * @param {RecordingProcess} writer
 * @param {string} gitdir
 * @param {() => number} random
 */
async function stopInside(writer, gitdir, random) {
  const { child } = writer;
  while (child.exitCode === null && child.signalCode === null) {
    // Anywhere at all, or, three times of four, soon after a transaction has come to some step.
    const step = Math.floor(random() * 4);
    if (step > 0) waitFor(gitdir, step);
    const moment = performance.now() + random() * (step > 1 ? 1 : 5);
    while (performance.now() < moment);
    writer.signal('SIGSTOP');
    if (namesIn(join(gitdir, 'lineage/transaction')).length > 0) return;
    writer.signal('SIGCONT');
    // What the writer says is taken in between, and its end is seen.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Waits until a transaction is announced (1), its pack is protected (2) or a branch is locked (3), looking as fast as it
 * can: it is a matter of less than a millisecond.
 *
 * @param {string} gitdir
 * @param {number} step
 */
function waitFor(gitdir, step) {
  const folder = join(gitdir, ['', 'lineage/transaction', 'objects/pack', 'refs/heads'][step] ?? '');
  const wanted = [/^$/, /./, /\.keep$/, /\.lock$/][step] ?? /./;
  const patience = performance.now() + 200;
  while (performance.now() < patience) if (namesIn(folder).some((name) => wanted.test(name))) return;
}

/** @param {string} folder */
const namesIn = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** @param {Library} library @param {string} gitdir @param {Acknowledgements} acknowledged @param {number} round */
async function afterKill(library, gitdir, acknowledged, round) {
  const ledger = await open(library, gitdir, machineClock);
  const before = await ledger.journal.position();
  await ledger.recordCheckpoint({ moduleId: 'witness', checksum: `round-${round}`, tags: ['stable'] });
  const complaints = await losses(ledger, acknowledged);
  if ((await ledger.journal.position()).seq !== before.seq + 1)
    complaints.push('the next record is not the next entry');
  const { findings } = await ledger.journal.doctor();
  complaints.push(...findings.map((f) => `doctor finds ${f.kind} ${f.where}: ${f.detail}`));
  // A record is told before its thread has merged small packs; git fsck complains of a pack that goes while it runs.
  await ledger.close();
  complaints.push(...fsckComplaints(gitdir), ...leftovers(gitdir).map((path) => `left behind: ${path}`));
  return complaints;
}
