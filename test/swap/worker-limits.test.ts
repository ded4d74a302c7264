/** Limits of a version in a worker: time for each call, memory, and the event loop that it does not hold. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLedgerError, workerLoader } from './live.mjs';
import { folder } from './scene.js';
import { inWorker } from './worker-scene.js';

interface Limited {
  later(): Promise<number>;
  letGo(): Promise<void>;
  letters(): Promise<AsyncIterable<string>>;
  eat(): Promise<never>;
  never(): Promise<never>;
}

const MODULE = `
  let open;
  const gate = new Promise((resolve) => { open = resolve; });
  export const later = () => gate.then(() => 1);
  export const letGo = () => open();
  export async function* letters() { await gate; yield 'a'; }
  export const never = () => new Promise(() => {});
  export function eat() { const eaten = []; for (;;) eaten.push({ n: eaten.length, text: 'x'.repeat(100) + eaten.length }); }
`;

describe('the time limit of a call', () => {
  it('rejects the call, and leaves the worker and its later calls alone', async () => {
    const { later, letGo } = await inWorker<Limited>(MODULE, { callTimeoutMs: 2_000 });
    const error = await later().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'LedgerError',
      code: 'TIME_LIMIT',
      data: { what: 'later() of speaker v1', limitMs: 2_000 },
    });
    expect((error as Error).message).toContain('later() of speaker v1 took longer than 2000 ms');
    await letGo();
    expect(await later()).toBe(1);
  });

  it('does not hold for the values of an answer that streams', async () => {
    const { letters, later, letGo } = await inWorker<Limited>(MODULE, { callTimeoutMs: 2_000 });
    const values = (await letters())[Symbol.asyncIterator]();
    const value = values.next();
    // That one is late is how long the value waited at least.
    await expect(later()).rejects.toMatchObject({ code: 'TIME_LIMIT' });
    await letGo();
    expect(await value).toEqual({ done: false, value: 'a' });
  });

  it.each([0, -1, Number.NaN, 2 ** 31, '1000'])('is not %j', (callTimeoutMs) => {
    expect(() => workerLoader({ cacheDir: folder(), callTimeoutMs: callTimeoutMs as number })).toThrow(/callTimeoutMs/);
  });
});

it('a worker that reaches its memory limit says so to every call that waits', async () => {
  const { eat, never } = await inWorker<Limited>(MODULE, { resourceLimits: { maxOldGenerationSizeMb: 24 } });
  const waiting = never().catch((thrown: unknown) => thrown);
  for (const error of [await eat().catch((thrown: unknown) => thrown), await waiting]) {
    expect(isLedgerError(error, 'IO')).toBe(true);
    expect((error as Error).message).toContain('reached its memory limit (maxOldGenerationSizeMb 24');
  }
});

it('a version that takes long to be evaluated leaves the event loop of the service alone', async () => {
  const [began, served] = [join(folder(), 'began'), join(folder(), 'served')];
  // Evaluated in the service itself, it would wait for ever for what the service does meanwhile.
  const waits = `
    import { existsSync, writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(began)}, '');
    while (!existsSync(${JSON.stringify(served)}));
    export const met = () => 'met';
  `;
  const loading = inWorker<{ met(): Promise<string> }>(waits);
  while (!existsSync(began)) await new Promise(setImmediate);
  writeFileSync(served, '');
  expect(await (await loading).met()).toBe('met');
});
