// Calls to three services at one ledger, each at its own pace, while versions are rolled out and back, beside the same services when
// nothing happens; and what fails in those that live on where one is killed.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { initLedger, sshSigner } from 'git-lineage';
import { quantile } from './statistics.mjs';
import { atMost, Table, timesAsMuch } from './table.mjs';

const SCRIPT = fileURLToPath(new URL('fleet-process.mjs', import.meta.url));
const KEY = fileURLToPath(new URL('../fixtures/keys/ed25519', import.meta.url));
const SERVICES = 3;
/** In each round. */
const SWAPS = 10;
const ROLLBACKS = 2;

/** @param {number} i */
const filesOf = (i) => ({
  'index.mjs': `export async function plan(order) { await null; return order + ${i}; }\n`,
});

class Service {
  #asked = 0;
  /** @type {Map<number, (answer: any) => void>} */
  #waiting = new Map();

  /** @param {string} gitdir @param {number} calls */
  constructor(gitdir, calls) {
    this.child = fork(SCRIPT, [gitdir, KEY, String(calls)]);
    this.up = once(this.child, 'message');
    this.child.on('message', (/** @type {any} */ { id, answer }) => this.#waiting.get(id)?.(answer));
  }

  /** @param {string} act @param {Record<string, unknown>} [more] @returns {Promise<any>} */
  ask(act, more = {}) {
    const id = ++this.#asked;
    this.child.send({ id, act, ...more });
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  async kill() {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}

class Fleet {
  builds = 0;

  /** @param {string} gitdir @param {number} calls */
  constructor(gitdir, calls) {
    this.start = () => new Service(gitdir, calls);
    this.services = Array.from({ length: SERVICES }, this.start);
  }

  /** All calls since the last time. */
  async calls() {
    const reports = await Promise.all(this.services.map((service) => service.ask('report')));
    const failed = reports.reduce((sum, report) => sum + report.failed, 0);
    return { took: /** @type {number[]} */ (reports.flatMap((report) => report.took)), failed };
  }

  /** The same build at one service after the other: a swap takes its health window, a second. */
  async rollOut() {
    const files = filesOf(++this.builds);
    for (const service of this.services) {
      const { phase, reason } = await service.ask('swap', { files });
      if (phase !== 'COMMITTED') throw new Error(reason);
    }
  }

  /** Asked for at one service; the others follow. */
  async rollBack() {
    const answer = await this.services[0]?.ask('rollback');
    const restored = answer?.restored ?? null;
    if (restored === null) throw new Error(answer?.reason);
    for (const service of this.services) while ((await service.ask('version')) !== restored.version) await pause(10);
  }

  /** Kills a service, which is started again. What the others do meanwhile is in their next report. @param {number} which */
  async killAndRestart(which) {
    await this.services[which]?.kill();
    const service = this.start();
    this.services[which] = service;
    await service.up;
  }
}

/** @param {{ folder: string, rounds: number, calls: number }} options */
export async function benchFleet({ folder, rounds, calls }) {
  const table = new Table(`three services at one ledger, ${calls} calls a second each`);
  const gitdir = join(folder, 'fleet.git');
  const signer = await sshSigner({ privateKey: readFileSync(KEY), principal: 'bench@localhost' });
  const ledger = await initLedger({ gitdir, signer });
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, { files: filesOf(0) });
  const peer = 'when nothing happens';
  const during = `${SWAPS} swaps and ${ROLLBACKS} rollbacks`;
  const rows = {
    p99: { name: `99 of 100 calls, ${during}`, unit: 'ms', peer, goal: timesAsMuch(1.5) },
    longest: { name: `longest call, ${during}`, unit: 'ms', peer, goal: null },
    median: { name: `median of calls, ${during}`, unit: 'ms', peer, goal: null },
    failed: { name: `failed calls, ${during}`, unit: 'calls', peer, goal: atMost(0) },
    killed: { name: 'failed calls in the others, one killed', unit: 'calls', peer, goal: atMost(0) },
    p99Killed: { name: '99 of 100 calls, one killed and started', unit: 'ms', peer, goal: null },
  };
  const fleet = new Fleet(gitdir, calls);
  try {
    await Promise.all(fleet.services.map(({ up }) => up));
    await fleet.rollOut();
    for (let round = 0; round < rounds; round++) {
      await fleet.calls();
      const began = performance.now();
      for (let i = 0; i < SWAPS; i++) await fleet.rollOut();
      for (let i = 0; i < ROLLBACKS; i++) await fleet.rollBack();
      const swapped = await fleet.calls();
      await pause(performance.now() - began);
      const still = await fleet.calls();
      await fleet.killAndRestart(round % SERVICES);
      const killed = await fleet.calls();
      table.note(rows.p99, quantile(swapped.took, 0.99), quantile(still.took, 0.99));
      table.note(rows.longest, quantile(swapped.took, 1), quantile(still.took, 1));
      table.note(rows.median, quantile(swapped.took, 0.5), quantile(still.took, 0.5));
      table.note(rows.failed, swapped.failed, still.failed);
      table.note(rows.killed, killed.failed, still.failed);
      table.note(rows.p99Killed, quantile(killed.took, 0.99), quantile(still.took, 0.99));
    }
  } finally {
    await Promise.all(fleet.services.map((service) => service.kill()));
    await ledger.close();
  }
  table.print();
}
