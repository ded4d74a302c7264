/** Several processes writing to one ledger at once. */

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { losses } from './kill-rounds.mjs';
import { RecordingProcess } from './processes.mjs';
import { fsckComplaints, leftovers } from './real-git.mjs';
import { init, machineClock, open } from './scenarios.mjs';

/** @typedef {import('./scenarios.mjs').Library} Library */

/** What a writer may be told whose version another has taken. */
const LOSSES = new Set(['NOT_ACTIVE conflict', 'REF_CHANGED conflict', 'REF_LOCKED conflict', 'VERSION_EXISTS usage']);

/**
 * Runs one process for each of `modules`, each writing `count` times; those of the same module race for its versions.
 *
 * @param {{ library: Library, dir: string, modules: readonly string[], count: number }} options
 */
export async function raceRound({ library, dir, modules, count }) {
  const gitdir = join(mkdtempSync(join(dir, 'race-')), 'ledger.git');
  await (await init(library, gitdir, machineClock)).close();
  const racing = new Set(modules).size < modules.length ? 'racing' : '';
  const processes = modules.map((id) => new RecordingProcess(gitdir, id, count, racing));
  /** @type {string[]} */
  const complaints = [];
  /** @type {import('./kill-rounds.mjs').Acknowledgements} */
  const acknowledged = new Map();
  let lost = 0;
  for (const process of processes) {
    const end = await process.ended;
    if (end !== '0') complaints.push(`a writer of ${process.moduleId} ends with ${end}: ${process.errors}`);
    const known = acknowledged.get(process.moduleId) ?? new Map();
    acknowledged.set(process.moduleId, known);
    for (const { version, checksum } of process.acknowledged()) {
      if (known.has(version)) complaints.push(`${process.moduleId} v${version} was acknowledged to two writers`);
      known.set(version, checksum);
    }
    for (const line of process.lines.filter((l) => l.startsWith('lost '))) {
      lost += 1;
      if (!LOSSES.has(line.split(' ').slice(1, 3).join(' ')) || !line.endsWith(' false')) complaints.push(line);
    }
  }
  const ledger = await open(library, gitdir, machineClock);
  complaints.push(...(await losses(ledger, acknowledged)));
  for (const [moduleId, versions] of acknowledged) {
    const full = await ledger.getLineage(moduleId, { full: true });
    if (full.length !== versions.size) complaints.push(`${moduleId} has ${full.length} versions, not ${versions.size}`);
  }
  await ledger.recordCheckpoint({ moduleId: 'witness', checksum: 'after' });
  const { findings } = await ledger.journal.doctor();
  complaints.push(...findings.map((f) => `doctor finds ${f.kind} ${f.where}: ${f.detail}`));
  await ledger.close();
  complaints.push(...fsckComplaints(gitdir), ...leftovers(gitdir).map((path) => `left behind: ${path}`));
  const total = [...acknowledged.values()].reduce((sum, versions) => sum + versions.size, 0);
  return { gitdir, acknowledged: total, lost, complaints };
}
