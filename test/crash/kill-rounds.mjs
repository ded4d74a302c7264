/** A writer killed at a random moment, again and again, on one ledger: nothing acknowledged is ever lost. */

import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RecordingProcess } from './processes.mjs';
import { fsckComplaints, gitNotes, gitRefs, interruptedStep, leftovers } from './real-git.mjs';
import { init, machineClock, open } from './scenarios.mjs';
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

/**
 * @param {{ library: Library, dir: string, kills: number, seed: number, until?: number, onRound?: (text: string) => void }} options
 * @returns {Promise<{ kills: number, acknowledged: number, histogram: Map<string, number>, complaints: string[] }>}
 */
export async function killRounds({ library, dir, kills, seed, until = Number.POSITIVE_INFINITY, onRound }) {
  const random = seededRandom(seed);
  const gitdir = join(mkdtempSync(join(dir, 'kills-')), 'ledger.git');
  await (await init(library, gitdir, machineClock)).close();
  /** @type {Acknowledgements} */
  const acknowledged = new Map();
  /** @type {Map<string, number>} */
  const histogram = new Map();
  /** @type {string[]} */
  const complaints = [];
  let round = 0;
  for (; round < kills && Date.now() < until; round++) {
    const moduleId = ['planner', '@acme/executor', 'core.memory'][round % 3] ?? 'planner';
    const known = acknowledged.get(moduleId) ?? new Map();
    acknowledged.set(moduleId, known);
    const writer = new RecordingProcess(gitdir, moduleId, 100_000);
    await writer.says('acknowledged', 1 + Math.floor(random() * 8));
    // Anywhere at all, or, three times of four, soon after a transaction has come to some step.
    const step = Math.floor(random() * 4);
    if (step > 0) waitFor(gitdir, step);
    const moment = performance.now() + random() * (step > 1 ? 1 : 5);
    while (performance.now() < moment);
    writer.signal('SIGKILL');
    await writer.ended;
    for (const { version, checksum } of writer.acknowledged()) {
      if (known.has(version)) complaints.push(`round ${round}: ${moduleId} v${version} was acknowledged twice`);
      known.set(version, checksum);
    }
    const hit = interruptedStep(gitdir);
    histogram.set(hit, (histogram.get(hit) ?? 0) + 1);
    complaints.push(
      ...(await afterKill(library, gitdir, acknowledged, round)).map((c) => `round ${round} (${hit}): ${c}`),
    );
    onRound?.(`${round + 1} ${hit}`);
  }
  const total = [...acknowledged.values()].reduce((sum, versions) => sum + versions.size, 0);
  return { kills: round, acknowledged: total, histogram, complaints };
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
  while (performance.now() < patience)
    if (existsSync(folder) && readdirSync(folder).some((n) => wanted.test(n))) return;
}

/** @param {Library} library @param {string} gitdir @param {Acknowledgements} acknowledged @param {number} round */
async function afterKill(library, gitdir, acknowledged, round) {
  const ledger = await open(library, gitdir, machineClock);
  const before = await ledger.position();
  await ledger.recordCheckpoint({ moduleId: 'witness', checksum: `round-${round}`, tags: ['stable'] });
  const complaints = await losses(ledger, acknowledged);
  if ((await ledger.position()).seq !== before.seq + 1) complaints.push('the next record is not the next entry');
  const { findings } = await ledger.doctor();
  complaints.push(...findings.map((f) => `doctor finds ${f.kind} ${f.where}: ${f.detail}`));
  // A record is told before its thread has merged small packs; git fsck complains of a pack that goes while it runs.
  await ledger.close();
  complaints.push(...fsckComplaints(gitdir), ...leftovers(gitdir).map((path) => `left behind: ${path}`));
  return complaints;
}
