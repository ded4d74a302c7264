/** What `fetch` is made of is not loaded by looking at a value: that would hold a service for some 25 ms, and each worker's start. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isOfGlobalClass } from '../../src/swap/global-class.js';
import { folder } from './scene.js';
import { inWorker } from './worker-scene.js';

/** True once somebody has named the class; to look at the global's property would name it, from Node 22 on. */
const IS_LOADED = "process.moduleLoadList.includes('NativeModule internal/deps/undici/undici')";

test('a worker that takes and gives objects has not loaded it', async () => {
  const { same, loaded, named } = await inWorker<{
    same: (value: unknown) => Promise<unknown>;
    loaded: () => Promise<boolean>;
    named: () => Promise<string>;
  }>(
    `export const same = (value) => value; export const loaded = () => ${IS_LOADED}; export const named = () => Response.name;`,
  );
  expect(await same({ at: new Date(0), in: new Map([[1, { two: 2 }]]) })).toEqual({
    at: new Date(0),
    in: new Map([[1, { two: 2 }]]),
  });
  expect(await loaded()).toBe(false);
  await named();
  expect(await loaded()).toBe(true);
});

test('a service whose module answers with objects has not loaded it', async () => {
  const script = fileURLToPath(new URL('global-class-process.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, join(folder(), 'cache')]);
  expect(JSON.parse(stdout)).toEqual({
    answers: [{ n: 1 }, { status: 503 }, [['a', 'class']], 'an error'],
    loaded: false,
  });
});

test('an instance is known by its class, and by one that extends it; what only says so is none', () => {
  class Mine extends Response {
    get [Symbol.toStringTag]() {
      return 'Mine';
    }
  }
  const posing = new (class Response {})();
  const posingAs = Object.create({ constructor: Response });
  const found = [new Response(), new Mine(), posing, posingAs, {}, [], Object.create(null)];
  expect(found.map((value) => isOfGlobalClass(value, 'Response'))).toEqual([true, true, ...Array(5).fill(false)]);
  expect(isOfGlobalClass(new Headers(), 'Headers')).toBe(true);
  expect(isOfGlobalClass(new Headers(), 'Request')).toBe(false);
});
