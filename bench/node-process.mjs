// A node that records through the remote of its ledger, or without one: node-process.mjs GITDIR MODULE [REMOTE]. Told
// `{ milliseconds }` over IPC it records for so long, and says how many; told `{ looks }` it asks the remote so often, and says how long
// that took; told nothing more it ends.
import { openLedger } from 'git-lineage';
import { signerOf } from './make-ledger.mjs';
import { codeOf } from './peers.mjs';

const [, , gitdir = '', moduleId = '', url] = process.argv;
const remote = url === undefined ? {} : { remote: { url } };
const ledger = await openLedger({ gitdir, signer: await signerOf(gitdir), ...remote });
let made = 0;

/** @param {number} milliseconds */
async function recordFor(milliseconds) {
  const end = performance.now() + milliseconds;
  const before = process.cpuUsage();
  let acknowledged = 0;
  let longest = 0;
  while (performance.now() < end) {
    const began = performance.now();
    made += 1;
    await ledger.recordCheckpoint({ moduleId }, { files: { 'index.js': codeOf(made) } });
    acknowledged += 1;
    longest = Math.max(longest, performance.now() - began);
  }
  const { user, system } = process.cpuUsage(before);
  return { acknowledged, longest, busy: (user + system) / 1000 };
}

/** @param {number} looks */
async function look(looks) {
  const began = performance.now();
  for (let i = 0; i < looks; i++) await ledger.replicas.sync();
  return { look: (performance.now() - began) / looks };
}

process.on('message', async (/** @type {{ milliseconds?: number, looks?: number }} */ { milliseconds, looks }) => {
  process.send?.(milliseconds === undefined ? await look(looks ?? 1) : await recordFor(milliseconds));
});
process.on('disconnect', () => ledger.close());
process.send?.({ up: true });
