// What a call through a handle costs beside a plain one, and how soon a version is left whose calls fail.
import { setTimeout as pause } from 'node:timers/promises';
import { HotSwapper } from 'git-lineage/swap';
import { makeVersionManager } from 'git-lineage/testing';
import { seconds } from './statistics.mjs';
import { atMost, Table } from './table.mjs';

const CALLS = 2_000_000;
const ASYNC_CALLS = 200_000;

/** Calls in the base of the trip wire, and how often a second it is called. */
const BASE = 500;
const RATE = 100;

/** @typedef {{ add(n: number): number, addLater(n: number): Promise<number>, run(n: number): number }} Exports */

/** Fails as often as a version does, evenly: 1% at first, 30% later. @param {number} version @param {number} n */
function run(version, n) {
  const failing = version === 1 ? n % 100 === 0 : n % 10 < 3;
  if (failing) throw new Error('sick');
  return n;
}

/** A service on its first version. */
async function service() {
  const versionManager = await makeVersionManager();
  const swapper = new HotSwapper({
    versionManager,
    validator: { validate: () => true },
    healthWindowMs: 60_000,
    assessor: null,
    loader: {
      load: async ({ version }) => ({
        exports: {
          add: (/** @type {number} */ n) => n + 1,
          addLater: async (/** @type {number} */ n) => n + 1,
          run: (/** @type {number} */ n) => run(version, n),
        },
      }),
    },
  });
  const swap = (/** @type {string} */ code) => swapper.swap({ moduleId: 'adder', files: { 'index.mjs': code } });
  await versionManager.recordCheckpoint({ moduleId: 'adder', tags: ['stable'] }, { files: { 'index.mjs': '1' } });
  await swapper.resume();
  return {
    swapper,
    swap,
    handle: /** @type {import('git-lineage/swap').ModuleHandle<Exports>} */ (swapper.handle('adder')),
  };
}

/** Nanoseconds for one. @param {number} count @param {() => Promise<unknown> | unknown} body */
async function each(count, body) {
  return ((await seconds(async () => body())) * 1e9) / count;
}

/** @param {{ rounds: number }} options */
export async function benchCalls({ rounds }) {
  const table = new Table('a call through a handle, its counting included');
  const { swapper, handle } = await service();
  const plain = handle.acquire().exports;
  const peer = 'a plain call';
  const rows = {
    sync: { name: 'what it adds to a call that answers at once', unit: 'ns', peer, goal: atMost(100) },
    async: { name: 'what it adds to a call that answers with a promise', unit: 'ns', peer, goal: null },
  };
  let sum = 0;
  for (let round = 0; round <= rounds; round++) {
    const direct = await each(CALLS, () => {
      for (let n = 0; n < CALLS; n++) sum += ((/** @type {Exports} */ exports) => exports.add(n))(plain);
    });
    const through = await each(CALLS, () => {
      for (let n = 0; n < CALLS; n++) sum += handle.call((exports) => exports.add(n));
    });
    const directLater = await each(ASYNC_CALLS, async () => {
      for (let n = 0; n < ASYNC_CALLS; n++) sum += await plain.addLater(n);
    });
    const throughLater = await each(ASYNC_CALLS, async () => {
      for (let n = 0; n < ASYNC_CALLS; n++) sum += await handle.call((exports) => exports.addLater(n));
    });
    // The first round compiles.
    if (round === 0) continue;
    table.note(rows.sync, through - direct, direct);
    table.note(rows.async, throughLater - directLater, directLater);
  }
  if (!Number.isFinite(sum)) throw new Error('the calls answered with something else');
  await swapper.close();
  table.print();
  await benchTripWire(rounds);
}

/** @param {number} rounds */
async function benchTripWire(rounds) {
  const table = new Table(
    `a version of which 30% of the calls fail, at ${RATE} calls a second, after ${BASE} calls with 1%`,
  );
  const row = { name: 'from its first call to the switch back', unit: 's', peer: '', goal: atMost(2) };
  for (let round = 0; round < rounds; round++) {
    const { swapper, swap, handle } = await service();
    let n = 0;
    const call = () => {
      try {
        handle.call((exports) => exports.run(n++));
      } catch {
        // Counted.
      }
    };
    for (let i = 0; i < BASE; i++) call();
    const took = await new Promise((resolve) => {
      let began = 0;
      swapper.subscribe(({ type }) => {
        if (type === 'committed') began = performance.now();
        if (type === 'rolled-back') resolve((performance.now() - began) / 1000);
      });
      const timer = setInterval(call, 1000 / RATE);
      void swap('2').finally(() => clearInterval(timer));
    });
    await pause(0);
    await swapper.close();
    table.note(row, took, Number.NaN);
  }
  table.print();
}
