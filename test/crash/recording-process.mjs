/**
 * A process that writes to a ledger and says what was acknowledged, one line each, until it is done or killed.
 *
 *     node recording-process.mjs GITDIR MODULE COUNT [racing | retrying | signing | locking | unhurried]
 */

import nodeFs, { readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [gitdir = '', moduleId = '', count = '1', how = ''] = process.argv.slice(2);
/** @type {typeof import('../../src/index.js')} */
const library = await import(new URL('../../build/index.js', import.meta.url).href);
const privateKey = readFileSync(new URL('../../fixtures/keys/ed25519', import.meta.url), 'utf8');
const signer = await library.sshSigner({ privateKey, principal: 'ops@example.org' });

/** @param {string} line */
const say = (line) => writeSync(1, `${line}\n`);

const goOn = () => new Promise((resolve) => process.stdin.once('data', resolve).resume());

/** Takes its time over a signature, until something comes on the standard input. @type {import('../../src/index.js').Signer} */
const signing = {
  ...signer,
  sign: async (payload) => {
    say('signing');
    await goOn();
    process.stdin.pause();
    return signer.sign(payload);
  },
};

const ledger = await library.openLedger({ gitdir, signer: how === 'signing' ? signing : signer });
const start = (await ledger.versions.list(moduleId)).length;
say('open');

/** Holds the writer lock, until something comes on the standard input. */
async function holdLock() {
  const { GitStore } = await import(new URL('../../build/git/git-store.js', import.meta.url).href);
  const { createPublisher } = await import(new URL('../../build/git/create-publisher.js', import.meta.url).href);
  const publisher = await createPublisher(new GitStore(nodeFs, gitdir), { thread: false });
  await publisher.reserve();
  say('locked');
  await goOn();
  process.stdin.pause();
  await publisher.close();
}

if (how === 'locking') await holdLock();

/** @param {number} n */
const content = (n) => ({ files: { 'index.js': `export const by = ${process.pid};\nexport const n = ${n};\n` } });

/** @param {number} n */
async function record(n) {
  if (n % 7 !== 6) {
    const tags = n % 3 === 0 ? ['stable'] : [];
    return [await ledger.recordCheckpoint({ moduleId, tags }, content(n))];
  }
  // Refs of the larger group go straight into packed-refs; those of what follows have files again.
  const group = Array.from({ length: n % 14 === 13 ? 20 : 3 }, (_, part) => content(n + part / 32));
  return ledger.recordCheckpoints(group.map((given) => ({ checkpoint: { moduleId }, ...given })));
}

/** One of several that want the same version to be theirs. @param {number} n */
async function race(n) {
  const parentVer = (await ledger.latestCheckpoint(moduleId))?.version ?? null;
  const version = (parentVer ?? 0) + 1;
  try {
    const won = await ledger.recordCheckpoint({ moduleId, version, parentVer }, content(n));
    say(`acknowledged ${won.version} ${won.checksum}`);
  } catch (error) {
    if (!library.isLedgerError(error)) throw error;
    say(`lost ${error.code} ${error.family} ${error.committed}`);
  }
}

/** Again and again, while somebody else holds a lock for longer than a writer waits. @param {number} n */
async function retry(n) {
  for (;;) {
    try {
      return await record(n);
    } catch (error) {
      if (!library.isLedgerError(error, 'REF_LOCKED') || error.committed) throw error;
      say(`busy ${error.message}`);
    }
  }
}

/** Between two records of a writer that is in no hurry: what it writes does not grow without end while others work. */
const PAUSE_MS = 20;

for (let n = start; n < start + Number(count); n++) {
  if (how === 'racing') await race(n);
  else if (how === 'retrying') for (const done of await retry(n)) say(`acknowledged ${done.version} ${done.checksum}`);
  else {
    if (how === 'unhurried') await pause(PAUSE_MS);
    for (const done of await record(n)) say(`acknowledged ${done.version} ${done.checksum}`);
  }
}
await ledger.close();
say('done');
