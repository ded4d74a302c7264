/**
 * A node that writes through a remote and says how each of its writes ended, one line each, until it is done or killed.
 *
 *     node node-process.mjs GITDIR REMOTE NODE FIRST COUNT LIBRARY
 *
 * Each write is named by NODE and a number: `started 7`, then `done 7 MODULE`, or `failed 7 CODE`, or `unknown 7`.
 */

import { readFileSync, writeSync } from 'node:fs';

const [gitdir = '', remote = '', node = 'a', first = '0', count = '1', path = ''] = process.argv.slice(2);
/** @type {typeof import('../../src/index.js')} */
const library = await import(path);
const privateKey = readFileSync(new URL('../../fixtures/keys/ed25519', import.meta.url), 'utf8');
const signer = await library.sshSigner({ privateKey, principal: 'ops@example.org' });

/** @param {string} line */
const say = (line) => writeSync(1, `${line}\n`);

const ledger = await library.openLedger({ gitdir, signer, remote: { url: remote } });
say('open');

/** Own module, shared module, tag, or two calls that share a transaction. @param {number} n */
async function write(n) {
  const name = `${node}-${n}`;
  const content = { files: { 'index.js': `export const by = '${name}';\n` } };
  if (n % 5 === 4) return ledger.recordCheckpoint({ moduleId: 'shared' }, content);
  if (n % 5 === 2) {
    const latest = await ledger.latestCheckpoint(`own-${node}`);
    if (latest !== null) return ledger.tag(`own-${node}`, latest.version, `by.${name}`);
  }
  if (n % 7 === 3)
    return Promise.all([
      ledger.recordCheckpoint({ moduleId: `own-${node}` }, content),
      ledger.stage({ moduleId: 'staged' }, content),
    ]);
  return ledger.recordCheckpoint({ moduleId: `own-${node}` }, content);
}

for (let n = Number(first); n < Number(first) + Number(count); n++) {
  say(`started ${n}`);
  try {
    await write(n);
    say(`done ${n}`);
  } catch (error) {
    if (!library.isLedgerError(error)) throw error;
    const unknown =
      error.committed || (library.isLedgerError(error, 'REMOTE_UNREACHABLE') && error.data.outcome === 'unknown');
    say(`${unknown ? 'unknown' : 'failed'} ${n} ${error.code} ${error.message}`);
  }
}
await ledger.close();
say('ended');
