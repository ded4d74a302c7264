/** Zero downtime, counted: ten thousand requests through fifty swaps and ten rollbacks. */

import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { MODULE, plainLoader, scene } from './scene.js';

const REQUESTS = 10_000;
const SWAPS = 50;
const ROLLBACKS = 10;

interface Handlers {
  readonly version: number;
  plain(ms: number): Promise<number>;
  values(ms: number): AsyncGenerator<number>;
  readable(ms: number): Readable;
}

/** Handlers that know their version, and fail once it was let go of. */
function handlers() {
  const gone = new Set<number>();
  const check = (version: number): number => {
    if (gone.has(version)) throw new Error(`v${version} was let go of under a call`);
    return version;
  };
  const loader = plainLoader((version): Handlers => {
    async function* values(ms: number) {
      for (let i = 0; i < 4; i++) {
        yield check(version);
        await sleep(ms / 4);
      }
      yield check(version);
    }
    return {
      version,
      values,
      readable: (ms) => Readable.from(values(ms)),
      async plain(ms) {
        await sleep(ms);
        return check(version);
      },
    };
  });
  return {
    loader: {
      async load(request: { version: number }) {
        const loaded = await loader.load(request);
        gone.delete(request.version);
        return { exports: loaded.exports, dispose: () => void gone.add(request.version) };
      },
    },
  };
}

it('fails no request, and begins none on a version that is not active', async () => {
  let active: number | null = null;
  const switches: number[] = [];
  const made = await scene({
    loader: handlers().loader,
    healthWindowMs: 15,
    maxRollbacks: 1000,
    onEvent(notice) {
      if (notice.type === 'committed') active = notice.version;
      else if (notice.type === 'rolled-back') active = notice.toVer;
      else return;
      switches.push(active);
    },
  });
  await made.swap('0');
  await made.ledger.tag(MODULE, 1, 'stable');
  const handle = made.swapper.handle<Handlers>(MODULE);

  const seen = { failed: 0, strayed: 0, inactive: 0, across: 0, ended: 0, versions: new Set<number>() };
  const errors: unknown[] = [];

  async function request(n: number): Promise<void> {
    const ms = 1 + ((n * 7919) % 200);
    const began = active;
    const got: number[] = [];
    if (handle.version !== began) seen.inactive += 1;
    if (n % 10 === 0) for await (const version of handle.call((e) => e.values(ms))) got.push(version);
    else if (n % 10 === 5) for await (const version of handle.call((e) => e.readable(ms))) got.push(Number(version));
    else got.push(await handle.call((e) => e.plain(ms)));
    if (got.some((version) => version !== began)) seen.strayed += 1;
    if (active !== began) seen.across += 1;
    if (began !== null) seen.versions.add(began);
    seen.ended += 1;
  }

  let begun = 0;
  let swapping = true;
  const flying = new Set<Promise<void>>();
  const traffic = (async () => {
    while (begun < REQUESTS || swapping) {
      for (let i = 0; i < 25 && flying.size < 800 && (begun < REQUESTS || swapping); i++) {
        begun += 1;
        const one: Promise<void> = request(begun)
          .catch((error: unknown) => {
            seen.failed += 1;
            errors.push(error);
          })
          .finally(() => flying.delete(one));
        flying.add(one);
      }
      await sleep(4);
    }
  })();

  let rolledBack = 0;
  for (let n = 1; n <= SWAPS; n++) {
    const sick = n % (SWAPS / ROLLBACKS) === 0;
    made.health = !sick;
    const result = await made.swap(`${n}`);
    expect(result.phase).toBe(sick ? 'ROLLED_BACK' : 'COMMITTED');
    if (result.restored !== null) rolledBack += 1;
    if (!sick && result.toVer !== null) await made.ledger.tag(MODULE, result.toVer, 'stable');
  }
  swapping = false;
  await traffic;
  await Promise.all(flying);

  expect(errors).toEqual([]);
  expect(seen).toMatchObject({ failed: 0, strayed: 0, inactive: 0, ended: begun });
  expect(begun).toBeGreaterThanOrEqual(REQUESTS);
  expect(rolledBack).toBe(ROLLBACKS);
  expect(seen.across).toBeGreaterThan(100);
  expect(seen.versions.size).toBeGreaterThan(SWAPS / 2);

  // The ledger tells the same story as the process: every switch, in this order.
  const journaled: number[] = [];
  for await (const { events } of made.ledger.history({ moduleId: MODULE })) {
    for (const event of events.toReversed()) {
      if (event.type === 'activate') journaled.unshift(event.version);
      if (event.type === 'rollback') journaled.unshift(event.toVer);
    }
  }
  expect(switches).toEqual(journaled);
  expect(switches).toHaveLength(1 + SWAPS + ROLLBACKS);
});
