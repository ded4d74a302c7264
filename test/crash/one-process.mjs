/**
 * A process that does one operation on its ledger after the other, and says what it holds in between: one line of JSON for each
 * measurement.
 *
 *     node --expose-gc one-process.mjs GITDIR OPERATIONS MEASUREMENTS
 */

import { readFileSync } from 'node:fs';
import { held } from './held.mjs';

const [gitdir = '', operations = '', measurements = ''] = process.argv.slice(2);
/** @type {typeof import('../../src/index.js')} */
const library = await import(new URL('../../build/index.js', import.meta.url).href);
const privateKey = readFileSync(new URL('../../fixtures/keys/ed25519', import.meta.url), 'utf8');
const signer = await library.sshSigner({ privateKey, principal: 'ops@example.org' });
const ledger = await library.openLedger({ gitdir, signer });

const MODULES = Array.from({ length: 20 }, (_, i) => `module-${i}`);
const KINDS = 10;

/** @param {number} n */
const content = (n) => ({ files: { 'index.js': `export const n = ${n};\n`, 'lib/parts.js': '// parts\n' } });

/** Four of ten write. Every module has two versions before anything else is asked of it. @param {number} n */
async function operate(n) {
  const moduleId = MODULES[Math.floor(n / KINDS) % MODULES.length] ?? '';
  const active = (await ledger.latestCheckpoint(moduleId))?.version ?? 0;
  if (active < 2) return ledger.recordCheckpoint({ moduleId, tags: ['stable'] }, content(n));
  switch (n % KINDS) {
    case 0:
      return ledger.recordCheckpoint({ moduleId, tags: ['stable'] }, content(n));
    case 1:
      return ledger.tag(moduleId, active, `seen.${n}`);
    case 2:
      return ledger.recordCheckpoint({ moduleId }, content(n));
    case 3:
      return ledger.rollback(moduleId, 'MANUAL');
    case 4:
      return ledger.rollbackTarget(moduleId, 'MANUAL');
    case 5:
      return ledger.gate(moduleId, active - 1, active);
    case 6:
      return ledger.readFiles(moduleId, active);
    case 7:
      return ledger.getLineage(moduleId);
    case 8:
      return ledger.versions.modules();
    default:
      return ledger.journal.position();
  }
}

const every = Math.floor(Number(operations) / Number(measurements));
for (let n = 0; n < Number(operations); n++) {
  await operate(n);
  if ((n + 1) % every === 0) console.log(JSON.stringify({ done: n + 1, ...held() }));
}
await ledger.close();
