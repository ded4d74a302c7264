/** Writers in processes of their own: killed, racing, stopped. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { killRounds, losses } from './kill-rounds.mjs';
import { library } from './library.js';
import { RecordingProcess } from './processes.mjs';
import { raceRound } from './race-rounds.mjs';
import { fsckComplaints, leftovers } from './real-git.mjs';
import { init, machineClock, open } from './scenarios.mjs';
import { chosenSeed } from './seeded-random.mjs';

/** Processes by the dozen take minutes on a busy machine. */
const PATIENCE_MS = 600_000;

const seed = chosenSeed();
let dir = '';
const started: RecordingProcess[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'git-lineage-kill-'));
});

afterEach(async () => {
  for (const process of started.splice(0)) {
    process.signal('SIGKILL');
    await process.ended;
  }
});

afterAll(() => rm(dir, { recursive: true, force: true }));

function start(...args: ConstructorParameters<typeof RecordingProcess>): RecordingProcess {
  const process = new RecordingProcess(...args);
  started.push(process);
  return process;
}

async function newLedger(name: string): Promise<string> {
  const gitdir = join(dir, name, 'ledger.git');
  await (await init(library, gitdir, machineClock)).close();
  return gitdir;
}

it(
  'a writer killed inside a transaction loses nothing that it acknowledged',
  async () => {
    console.log(`kill.test.ts: GIT_LINEAGE_SEED=${seed}`);
    const { kills, acknowledged, histogram, complaints } = await killRounds({ library, dir, kills: 5, seed });
    console.log([...histogram].sort().map(([step, count]) => `${count} × ${step}`));
    expect(complaints).toEqual([]);
    expect(kills).toBe(5);
    expect(acknowledged).toBeGreaterThan(5);
  },
  PATIENCE_MS,
);

it(
  'two processes record 100 versions each of different modules',
  async () => {
    const { gitdir, acknowledged, lost, complaints } = await raceRound({
      library,
      dir,
      modules: ['a', 'b'],
      count: 100,
    });
    expect(complaints).toEqual([]);
    expect(lost).toBe(0);
    expect(acknowledged).toBeGreaterThanOrEqual(200);
    const ledger = await open(library, gitdir, machineClock);
    for (const id of ['a', 'b']) {
      const numbers = (await ledger.getLineage(id, { full: true })).map((v) => v.version);
      expect(numbers).toEqual(Array.from({ length: acknowledged / 2 }, (_, i) => i + 1));
    }
  },
  PATIENCE_MS,
);

it(
  'two processes racing for the versions of one module: each version is one writer’s',
  async () => {
    const { acknowledged, lost, complaints } = await raceRound({ library, dir, modules: ['a', 'a'], count: 60 });
    expect(complaints).toEqual([]);
    expect(acknowledged + lost).toBe(120);
    expect(acknowledged).toBeGreaterThanOrEqual(60);
  },
  PATIENCE_MS,
);

it(
  'four processes, two for each module',
  async () => {
    const { acknowledged, lost, complaints } = await raceRound({
      library,
      dir,
      modules: ['a', 'a', 'b', 'b'],
      count: 25,
    });
    expect(complaints).toEqual([]);
    expect(acknowledged + lost).toBe(100);
  },
  PATIENCE_MS,
);

async function orderOf(gitdir: string): Promise<string[]> {
  const order: string[] = [];
  for await (const { events } of (await open(library, gitdir, machineClock)).history())
    for (const event of events) if (event.type === 'activate') order.unshift(event.moduleId);
  return order;
}

it('a stopped process keeps the lock that it holds, and finishes when it goes on', async () => {
  const gitdir = await newLedger('stopped');
  const owner = start(gitdir, 'slow', 1, 'locking');
  await owner.says('locked');
  owner.signal('SIGSTOP');
  const other = start(gitdir, 'quick', 1);
  await other.says('open');
  // The other writer cannot get in, however long it tries: its own patience is longer than this.
  const early = await Promise.race([
    other.says('acknowledged').then(() => 'acknowledged'),
    new Promise((resolve) => setTimeout(resolve, 1500, 'waiting')),
  ]);
  expect(early).toBe('waiting');
  owner.signal('SIGCONT');
  owner.child.stdin.write('go on\n');
  await Promise.all([owner.says('done'), other.says('done')]);
  expect((await orderOf(gitdir)).sort()).toEqual(['quick', 'slow']);
  expect(fsckComplaints(gitdir)).toEqual([]);
});

it('the death of a stopped process frees the lock that it held', async () => {
  const gitdir = await newLedger('stopped-and-killed');
  const owner = start(gitdir, 'slow', 1, 'locking');
  await owner.says('locked');
  owner.signal('SIGSTOP');
  const other = start(gitdir, 'quick', 1);
  await other.says('open');
  owner.signal('SIGKILL');
  await owner.ended;
  // Its patience with a living writer is 30 s; a process that waits for a dead one would end with REF_LOCKED.
  await other.says('done');
  expect(other.acknowledged()).toHaveLength(1);
  const ledger = await open(library, gitdir, machineClock);
  expect(await ledger.versions.modules()).toEqual(['quick']);
  expect(leftovers(gitdir)).toEqual([]);
});

it('a writer stopped over its signature holds up nobody, and decides again', async () => {
  const gitdir = await newLedger('signing');
  const owner = start(gitdir, 'slow', 1, 'signing');
  await owner.says('signing');
  owner.signal('SIGSTOP');
  const other = start(gitdir, 'quick', 2);
  await other.says('done');
  owner.signal('SIGCONT');
  owner.child.stdin.write('go on\n');
  await owner.says('signing', 2);
  owner.child.stdin.write('go on\n');
  await owner.says('done');
  expect(await orderOf(gitdir)).toEqual(['quick', 'quick', 'slow']);
  expect(fsckComplaints(gitdir)).toEqual([]);
});

it('the private folder may be deleted when nobody writes', async () => {
  const gitdir = await newLedger('deleted');
  const ledger = await open(library, gitdir, machineClock);
  await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'one' });
  // The writer may still be tidying up when a record is told.
  await rm(join(gitdir, 'lineage'), { recursive: true, maxRetries: 20, retryDelay: 20 });
  const reader = await library.openLedger({ gitdir });
  expect((await reader.latestCheckpoint('planner'))?.version).toBe(1);
  expect(existsSync(join(gitdir, 'lineage'))).toBe(false);
  await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'two' });
  // The writer may still be tidying up when a record is told.
  await rm(join(gitdir, 'lineage'), { recursive: true, maxRetries: 20, retryDelay: 20 });
  const other = start(gitdir, 'planner', 6);
  await other.says('done');
  const checksums = new Map(other.acknowledged().map(({ version, checksum }) => [version, checksum]));
  expect(await losses(ledger, new Map([['planner', checksums.set(1, 'one').set(2, 'two')]]))).toEqual([]);
  expect((await ledger.journal.doctor()).findings).toEqual([]);
  expect(fsckComplaints(gitdir)).toEqual([]);
});
