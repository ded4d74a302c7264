/**
 * A process that writes to a module of its own, and reads what the other one has written as soon as it is told.
 *
 *     node --expose-gc reading-process.mjs GITDIR OWN OTHER     (forked; messages: see the end)
 */

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { held } from './held.mjs';

const [gitdir = '', own = '', other = ''] = process.argv.slice(2);
/** @type {typeof import('../../src/index.js')} */
const library = await import(new URL('../../build/index.js', import.meta.url).href);
const privateKey = readFileSync(new URL('../../fixtures/keys/ed25519', import.meta.url), 'utf8');
const signer = await library.sshSigner({ privateKey, principal: 'ops@example.org' });
const ledger = await library.openLedger({ gitdir, signer });
let stopped = false;
/** @type {Promise<void>} reads under way */
let reading = Promise.resolve();

/** @param {object} message */
const tell = (message) => process.send?.(message);

/** Holds every answer about the other module against a version that is acknowledged. @param {{ version: number, checksum: string }} theirs */
async function readTheirs({ version, checksum }) {
  const latest = await ledger.latestCheckpoint(other);
  if (latest === null || latest.version < version)
    tell({ stale: `${other} v${version} is acknowledged, and the latest is v${latest?.version}` });
  else if (latest.version === version && latest.checksum !== checksum)
    tell({ stale: `${other} v${version} has the checksum ${latest.checksum}, not ${checksum}` });
  const target = await ledger.rollbackTarget(other, 'MANUAL');
  // Each version is stable: the one before the active one is the target.
  if (version > 1 && (target === null || target.version < version - 1))
    tell({ stale: `${other} v${version} is acknowledged, and the target is v${target?.version}` });
  tell({ read: version });
}

process.on('message', (/** @type {{ theirs?: { version: number, checksum: string }, stop?: true }} */ message) => {
  if (message.stop === true) stopped = true;
  const { theirs } = message;
  if (theirs === undefined || stopped) return;
  reading = reading
    .then(() => readTheirs(theirs))
    .catch((error) => void tell({ stale: `reading ${other} fails: ${error}` }));
});

let measured = 0;
for (let n = 1; !stopped; n++) {
  const files = { 'index.js': `export const by = ${process.pid};\nexport const n = ${n};\n` };
  const { version, checksum } = await ledger.recordCheckpoint({ moduleId: own, tags: ['stable'] }, { files });
  tell({ wrote: { version, checksum } });
  if (performance.now() - measured > 1000) {
    measured = performance.now();
    tell(held());
  }
  // The other one's news arrive between two writes.
  await pause(0);
}
await reading;
await ledger.close();
process.disconnect();
