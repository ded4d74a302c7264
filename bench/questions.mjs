// Warm answers: thousands of calls, divided. At a short and a long way to the target, in a large ledger, and right after
// another process's write. Beside them, what git takes to say where a branch is.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initLedger, openLedger } from 'git-lineage';
import { moduleName, signerOf } from './make-ledger.mjs';
import { git } from './peers.mjs';
import { median, seconds } from './statistics.mjs';
import { atMost, Table } from './table.mjs';

const OTHER = fileURLToPath(new URL('other-writer.mjs', import.meta.url));
const NEAR = 4;
const BATCH = 500;
/** A question is asked until this time is over, or so often. */
const FOR_MS = 300;
const AT_MOST = 20_000;
const OTHER_WRITES = 20;

/** @typedef {import('git-lineage').Ledger} Ledger */

/** Microseconds of one call. @param {() => Promise<unknown>} call */
async function microseconds(call) {
  const start = performance.now();
  let calls = 0;
  for (; calls < AT_MOST && performance.now() - start < FOR_MS; calls++) await call();
  return ((performance.now() - start) * 1000) / calls;
}

/** One stable version and so many after it. @param {Ledger} ledger @param {string} moduleId @param {number} distance */
async function addLineage(ledger, moduleId, distance) {
  for (let done = 0; done <= distance; done += BATCH) {
    const list = Array.from({ length: Math.min(BATCH, distance + 1 - done) }, (_, i) => ({
      checkpoint: { moduleId, checksum: `sum ${done + i}`, tags: done + i === 0 ? ['stable'] : [] },
    }));
    await ledger.recordCheckpoints(list);
  }
}

/** @param {Table} table @param {Ledger} reader @param {string} moduleId @param {string} where */
async function askWarm(table, reader, moduleId, where) {
  const log = (await seconds(() => git(reader.gitdir, ['log', '-1', '--format=%H', `refs/heads/${moduleId}`]))) * 1e6;
  const { version = 0, parentVer = null } = (await reader.latestCheckpoint(moduleId)) ?? {};
  const questions = {
    rollbackTarget: () => reader.rollbackTarget(moduleId, 'MANUAL'),
    latestCheckpoint: () => reader.latestCheckpoint(moduleId),
    gate: () => reader.gate(moduleId, parentVer, version),
  };
  for (const [name, ask] of Object.entries(questions)) {
    const row = { name: `${name}, ${where}`, unit: 'µs', peer: 'git log -1, a process', goal: atMost(20) };
    await ask();
    table.note(row, await microseconds(ask), log);
  }
}

/** The first answer after each of another process's writes. @param {Table} table @param {Ledger} reader @param {string} moduleId @param {number} rounds */
async function askAfterWrites(table, reader, moduleId, rounds) {
  const other = fork(OTHER, [reader.gitdir, moduleId]);
  await once(other, 'message');
  for (let round = 0; round < rounds; round++) {
    const [answers, logs] = [[], []].map(() => /** @type {number[]} */ ([]));
    for (let i = 0; i < OTHER_WRITES; i++) {
      other.send('write');
      const [written] = await once(other, 'message');
      const took = await seconds(async () => {
        const latest = await reader.latestCheckpoint(moduleId);
        if (latest?.version !== written) throw new Error(`v${written} was written, v${latest?.version} is the answer`);
      });
      answers?.push(took * 1e6);
      logs?.push(
        (await seconds(() => git(reader.gitdir, ['log', '-1', '--format=%H', `refs/heads/${moduleId}`]))) * 1e6,
      );
    }
    const row = {
      name: "the first answer after another process's write",
      unit: 'µs',
      peer: 'git log -1, a process',
      goal: null,
    };
    table.note(row, median(answers ?? []), median(logs ?? []));
  }
  other.disconnect();
  await once(other, 'exit');
}

/** @param {{ folder: string, rounds: number, versions: number, distance: number, ledgers: import('./large-ledgers.mjs').LargeLedgers }} options */
export async function benchQuestions({ folder, rounds, versions, distance, ledgers }) {
  const table = new Table('warm answers');
  const gitdir = join(folder, 'questions.git');
  const ledger = await initLedger({ gitdir, signer: await signerOf(gitdir) });
  await addLineage(ledger, 'near', NEAR);
  await addLineage(ledger, 'far', distance);
  await ledger.close();
  const reader = await openLedger({ gitdir });
  const large = await Promise.all(
    [1, 1000].map((modules) => openLedger({ gitdir: ledgers.get(modules, versions).gitdir })),
  );
  for (let round = 0; round < rounds; round++) {
    await askWarm(table, reader, 'near', `target ${NEAR} versions back`);
    await askWarm(table, reader, 'far', `target ${distance} versions back`);
    for (const [i, one] of large.entries())
      await askWarm(table, one, moduleName(0), `ledger of ${versions}, ${i === 0 ? '1 module' : '1000 modules'}`);
  }
  await askAfterWrites(table, reader, 'near', rounds);
  for (const one of [reader, ...large]) await one.close();
  table.print();
}
