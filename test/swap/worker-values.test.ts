/** What crosses between a service and a version in a worker, both ways. */

import { getEventListeners, once } from 'node:events';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isLedgerError, transfer } from './live.mjs';
import { deferred } from './scene.js';
import { inWorker } from './worker-scene.js';

// biome-ignore lint/suspicious/noExplicitAny: the exports of a fixture
type Calls = Record<string, any>;

async function all(values: unknown): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const value of values as AsyncIterable<unknown>) found.push(value);
  return found;
}

/** Values that never end; `seen` counts those asked for, `closed` resolves where nobody wants more. */
function endless() {
  const closed = deferred();
  const state = { seen: 0, closed: closed.promise };
  async function* count() {
    try {
      for (;;) yield ++state.seen;
    } finally {
      closed.resolve();
    }
  }
  return { state, values: count() };
}

const MODULE = `
  export const same = (value) => value;
  export async function* doubled(values) { for await (const v of values) yield v * 2; }
  export async function sum(values) { let n = 0; for await (const v of values) n += v; return n; }
  export async function first(values) { for await (const v of values) return v; }
  export const keep = (values) => { globalThis.kept = values; };
  export async function* counts(to) { for (let i = 1; i <= to; i++) yield i; return 'over'; }
  let closed = 0, made = 0;
  export const state = () => ({ closed, made });
  export async function* endless() { try { for (;;) yield ++made; } finally { closed += 1; } }
  export async function* fails() { yield 1; throw Object.assign(new RangeError('no more'), { code: 'E_END' }); }
  export async function* sends() { yield 1; yield () => 2; }
  export const exit = () => process.exit(3);
`;

describe('an async iterable', () => {
  it('is read by the module as it is by anybody: generators, Node streams, values of its own', async () => {
    const { sum, doubled } = await inWorker<Calls>(MODULE);
    async function* three() {
      yield* [1, 2, 3];
    }
    expect(await sum(three())).toBe(6);
    expect(await sum(Readable.from([4, 5]))).toBe(9);
    expect(await all(await doubled(three()))).toEqual([2, 4, 6]);
  });

  it('crosses in the parts of an argument or a result too', async () => {
    const { same } = await inWorker<Calls>(MODULE);
    const got = (await same({ list: [{ body: Readable.from(['a', 'b']) }], n: 1 })) as {
      list: [{ body: unknown }];
      n: number;
    };
    expect(got.n).toBe(1);
    expect(await all(got.list[0].body)).toEqual(['a', 'b']);
  });

  it('is read to its end, however long', async () => {
    const { counts, sum } = await inWorker<Calls>(MODULE);
    expect(await all(await counts(1000))).toHaveLength(1000);
    expect(await sum(Readable.from(Array.from({ length: 1000 }, () => 1)))).toBe(1000);
  });

  it('is not asked for values before somebody reads, and then no further ahead than 16', async () => {
    const { keep, first, endless: made, state } = await inWorker<Calls>(MODULE);
    const source = endless();
    await keep(source.values);
    expect(source.state.seen).toBe(0);
    const unread = endless();
    expect(await first(unread.values)).toBe(1);
    await unread.state.closed;
    expect(unread.state.seen).toBeLessThanOrEqual(17);
    const values = (await made()) as AsyncIterableIterator<number>;
    expect(await state()).toEqual({ closed: 0, made: 0 });
    expect(await values.next()).toEqual({ done: false, value: 1 });
    // Whatever it was credited with is made before this is answered, or never.
    for (let i = 0; i < 5; i++) await state();
    expect(((await state()) as { made: number }).made).toBeLessThanOrEqual(17);
  });

  it('cleans up where its reader gives up', async () => {
    const { endless: made, state } = await inWorker<Calls>(MODULE);
    for await (const value of (await made()) as AsyncIterable<number>) if (value === 20) break;
    expect(await state()).toMatchObject({ closed: 1 });
  });

  it('does not hold up a reader that gives up while its source waits', async () => {
    const { first, silent, state } = await inWorker<Calls>(`${MODULE}
      import { Readable } from 'node:stream';
      const quiet = new Readable({ objectMode: true, read() {} });
      quiet.push('one');
      quiet.on('close', () => { closed += 1; });
      export const silent = () => quiet;`);
    const source = new Readable({ objectMode: true, read: () => undefined });
    source.push('one');
    const closed = once(source, 'close');
    expect(await first(source)).toBe('one');
    await closed;
    for await (const value of await silent()) {
      expect(value).toBe('one');
      break;
    }
    expect(await state()).toMatchObject({ closed: 1 });
    async function* waits() {
      yield 'one';
      await new Promise(() => undefined);
    }
    expect(await first(waits())).toBe('one');
  });

  it('fails as its source does, after the values before', async () => {
    const { fails, sum } = await inWorker<Calls>(MODULE);
    const values = (await fails()) as AsyncIterableIterator<number>;
    expect(await values.next()).toEqual({ done: false, value: 1 });
    const error = await values.next().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code: 'E_END' });
    expect(await values.next()).toEqual({ done: true, value: undefined });
    async function* bad() {
      yield 1;
      throw new TypeError('the source is gone');
    }
    await expect(sum(bad())).rejects.toThrow(new TypeError('the source is gone'));
  });

  it('fails where a value cannot cross', async () => {
    const { sends } = await inWorker<Calls>(MODULE);
    await expect(all(await sends())).rejects.toMatchObject({ name: 'DataCloneError' });
  });

  it('fails, and is let go of, where the worker ends', async () => {
    const { endless: made, keep, sum, exit } = await inWorker<Calls>(MODULE);
    const values = (await made()) as AsyncIterableIterator<number>;
    await values.next();
    const source = endless();
    const summed = sum(source.values).catch((thrown: unknown) => thrown);
    await keep(1);
    await exit().catch(() => undefined);
    await source.state.closed;
    expect(isLedgerError(await summed, 'IO')).toBe(true);
    await expect(all(values)).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('a web stream', () => {
  it('is read across, and fails and is cancelled across', async () => {
    const { same } = await inWorker<Calls>(MODULE);
    const cancelled = deferred<unknown>();
    const source = () =>
      new ReadableStream({
        start: (controller) => controller.enqueue('a'),
        cancel: (reason) => cancelled.resolve(reason),
      });
    const stream = (await same(source())) as ReadableStream<string>;
    expect(stream).toBeInstanceOf(ReadableStream);
    const reader = stream.getReader();
    expect(await reader.read()).toEqual({ done: false, value: 'a' });
    await reader.cancel('enough');
    expect(await cancelled.promise).toBe('enough');
    const failing = new ReadableStream({ start: (controller) => controller.error(new RangeError('torn')) });
    await expect(all(await same(failing))).rejects.toThrow(new RangeError('torn'));
  });

  it('is written across, one chunk after the other, and closed and aborted across', async () => {
    const { same } = await inWorker<Calls>(MODULE);
    const written: unknown[] = [];
    const sink = () =>
      new WritableStream({
        write: (chunk) => void written.push(chunk),
        close: () => void written.push('closed'),
        abort: (reason) => void written.push(`aborted ${reason}`),
      });
    const writer = ((await same(sink())) as WritableStream).getWriter();
    await writer.write('a');
    await writer.close();
    await ((await same(sink())) as WritableStream).abort('enough');
    expect(written).toEqual(['a', 'closed', 'aborted enough']);
  });

  it('transforms what is piped through it in the worker', async () => {
    const { upper } = await inWorker<Calls>(`
      export const upper = () => new TransformStream({ transform: (chunk, c) => c.enqueue(chunk.toUpperCase()) });`);
    const through = (await upper()) as TransformStream<string, string>;
    const source = new ReadableStream({
      start(controller) {
        for (const letter of 'abc') controller.enqueue(letter);
        controller.close();
      },
    });
    expect(await all(source.pipeThrough(through))).toEqual(['A', 'B', 'C']);
  });

  it('fails where the worker ends', async () => {
    const { same, exit } = await inWorker<Calls>(MODULE);
    const stream = (await same(new ReadableStream({}))) as ReadableStream;
    const reading = stream.getReader().read();
    const expected = expect(reading).rejects.toMatchObject({ code: 'IO' });
    await exit().catch(() => undefined);
    await expected;
  });

  it('may be the body of a Response', async () => {
    const { answer, empty } = await inWorker<Calls>(`
      export const answer = () => Response.json({ a: 1 }, { status: 201, statusText: 'Made', headers: { 'x-b': 'c' } });
      export const empty = () => new Response(null, { status: 204 });`);
    const response = (await answer()) as Response;
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.statusText, response.headers.get('x-b')]).toEqual([201, 'Made', 'c']);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ a: 1 });
    expect(await empty()).toMatchObject({ status: 204, body: null });
  });
});

describe('an abort signal', () => {
  const WAITS = `
    import { once } from 'node:events';
    export async function waits({ signal }) { if (!signal.aborted) await once(signal, 'abort'); throw signal.reason; }
    export const same = (a, b) => a === b;
    let reason;
    export const listen = (signal) => { signal.addEventListener('abort', () => { reason = signal.reason; }); };
    export const heard = () => reason;
  `;

  it('aborts in the worker with its reason, before the call and while it runs', async () => {
    const { waits } = await inWorker<Calls>(WAITS);
    const controller = new AbortController();
    const call = waits({ signal: controller.signal });
    controller.abort(Object.assign(new TypeError('changed my mind'), { code: 'E_MIND' }));
    const error = await call.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'changed my mind', code: 'E_MIND' });
    await expect(waits({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('aborts after the call too, though nothing but a listener holds it', async () => {
    const { listen, heard, waits, collect } = await inWorker<Calls>(`${WAITS}
      import { setFlagsFromString } from 'node:v8';
      import { runInNewContext } from 'node:vm';
      setFlagsFromString('--expose-gc');
      export const collect = () => runInNewContext('gc')();`);
    const controller = new AbortController();
    await listen(controller.signal);
    await collect();
    controller.abort('late');
    // Said in order: it arrives after the abort.
    await waits({ signal: AbortSignal.abort(1) }).catch(() => undefined);
    expect(await heard()).toBe('late');
  });

  it('is one signal in the worker and has one listener here, however often it is sent', async () => {
    const { same, exit } = await inWorker<Calls>(`${WAITS} export const exit = () => process.exit(1);`);
    const { signal } = new AbortController();
    expect(await same(signal, signal)).toBe(true);
    for (let i = 0; i < 3; i++) await same(signal, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await exit().catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('a value', () => {
  it('crosses with the errors in it, and with who is who', async () => {
    const { same } = await inWorker<Calls>(MODULE);
    const cause = Object.assign(new RangeError('far'), { code: 'E_FAR' });
    const [settled] = (await same([{ status: 'rejected', reason: cause }])) as [{ reason: Error }];
    expect(settled.reason).toBeInstanceOf(RangeError);
    expect(settled.reason).toMatchObject({ code: 'E_FAR' });
    const loop: { self?: unknown; error: Error } = { error: cause };
    loop.self = loop;
    const got = (await same(loop)) as typeof loop;
    expect(got.self).toBe(got);
    expect(got.error).toBeInstanceOf(RangeError);
    const shared = { error: cause };
    const [one, two] = (await same([shared, shared])) as object[];
    expect(one).toBe(two);
  });

  it('keeps a key that would be a prototype a key', async () => {
    const { same } = await inWorker<Calls>(MODULE);
    const got = (await same(Object.assign(JSON.parse('{"__proto__": {"admin": true}}'), { e: new Error('no') }))) as {
      admin?: boolean;
    };
    expect(got.admin).toBeUndefined();
    expect(Object.hasOwn(got, '__proto__')).toBe(true);
  });

  it.each([
    ['a URL', new URL('http://localhost/')],
    ['Headers', new Headers()],
    ['a Request', new Request('http://localhost/')],
    ['FormData', new FormData()],
    ['URLSearchParams', new URLSearchParams()],
    ['an error of the network', Response.error()],
  ])('that would arrive empty is refused: %s', async (_, value) => {
    const { same } = await inWorker<Calls>(MODULE);
    await expect(same({ value })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      hint: expect.stringMatching(/./),
    });
    expect(await same(1)).toBe(1);
  });
});

describe('transfer', () => {
  it('moves the memory of an argument and of a result, which a module marks by itself', async () => {
    const { size, make, left } = await inWorker<Calls>(`
      let made;
      export const size = ({ bytes }) => bytes.byteLength;
      export function make() { made = new Uint8Array(8); made[Symbol.for('git-lineage.transfer')] = [made.buffer]; return { made }; }
      export const left = () => made.byteLength;`);
    const bytes = new Uint8Array(1024);
    expect(await size({ bytes: transfer(bytes, [bytes.buffer]) })).toBe(1024);
    expect(bytes.byteLength).toBe(0);
    expect(await make()).toEqual({ made: new Uint8Array(8) });
    expect(await left()).toBe(0);
  });

  it('moves ports, which are useless where they were', async () => {
    const { greet } = await inWorker<Calls>(
      'export const greet = (port) => { port.postMessage("hello"); port.close(); };',
    );
    const { port1, port2 } = new MessageChannel();
    const [[heard]] = await Promise.all([once(port1, 'message'), greet(port2)]);
    expect(heard).toBe('hello');
  });

  it('refuses what cannot be marked', () => {
    for (const value of [null, 'text', Object.freeze({})])
      expect(() => transfer(value as object, [])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => transfer({}, new ArrayBuffer(1) as never)).toThrow(/list/);
  });
});

describe('what nobody holds any more', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');

  it('is let go of on the other side', async () => {
    const { endless: made, state } = await inWorker<Calls>(MODULE);
    await (async () => {
      await ((await made()) as AsyncIterableIterator<number>).next();
    })();
    while (((await state()) as { closed: number }).closed === 0) collect();
    expect(await state()).toMatchObject({ closed: 1 });
  });
});
