/** Answers whose body streams: the call is in flight until the body has ended, however it ends. */

import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { liveScene, MODULE, plainLoader } from './scene.js';

const chunks = () => Readable.from(['a', 'b', 'c']);
const web = () => ReadableStream.from([Buffer.from('a'), Buffer.from('bc')]) as ReadableStream<Uint8Array>;
const iterable = async function* () {
  yield 'a';
  yield 'bc';
};

/** Anything with a body that is read as text. */
interface Answer {
  readonly status: number;
  readonly body: AsyncIterable<unknown>;
}

async function inFlight(answer: () => unknown) {
  const loader = plainLoader((version) => (version === 1 ? { answer } : {}));
  const made = await liveScene({ loader });
  const given = await made.swapper.handle<{ answer(): Answer | Promise<Answer> }>(MODULE).call((m) => m.answer());
  await made.swap('two');
  return { given, gone: () => loader.disposed.includes(1) };
}

const read = async (body: AsyncIterable<unknown>) => {
  let found = '';
  for await (const chunk of body)
    found += typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString();
  return found;
};

/** Resolves once the version was let go of; a test that waits for ever has failed. */
async function until(gone: () => boolean): Promise<void> {
  while (!gone()) await new Promise(setImmediate);
}

it.each([
  ['a node stream', () => ({ status: 200, headers: { a: 'b' }, body: chunks() })],
  ['a web stream', () => ({ status: 200, headers: { a: 'b' }, body: web() })],
  ['an async iterable', () => ({ status: 200, headers: { a: 'b' }, body: iterable() })],
  ['a promise of one', async () => ({ status: 200, headers: { a: 'b' }, body: web() })],
])('an object whose body is %s', async (_, answer) => {
  const { given, gone } = await inFlight(answer);
  expect([given.status, gone()]).toEqual([200, false]);
  expect(await read(given.body)).toBe('abc');
  await until(gone);
});

it('a Response, as it was in all that it says', async () => {
  const { given, gone } = await inFlight(
    () => new Response(web(), { status: 201, statusText: 'Made', headers: { a: 'b' } }),
  );
  const response = given as unknown as Response;
  expect(response).toBeInstanceOf(Response);
  expect([response.status, response.statusText, response.headers.get('a'), gone()]).toEqual([201, 'Made', 'b', false]);
  expect(await response.text()).toBe('abc');
  await until(gone);
});

it.each([
  ['is cancelled', (response: Response) => response.body?.cancel()],
  ['is read by a clone and itself', (response: Response) => Promise.all([response.clone().text(), response.text()])],
])('a Response whose body %s', async (_, end) => {
  const { given, gone } = await inFlight(() => new Response(web()));
  await end(given as unknown as Response);
  await until(gone);
});

/** What a version answers with, and reads itself. */
function reading<T extends ReadableStream | Response>(answer: T): T {
  (answer instanceof Response ? answer.body : (answer as ReadableStream))?.getReader();
  return answer;
}

it('a stream of bytes can be read into the buffers of its reader', async () => {
  const source = { type: 'bytes' as const, start: (c: ReadableByteStreamController) => fill(c) };
  const fill = (controller: ReadableByteStreamController) => {
    controller.enqueue(new TextEncoder().encode('abc'));
    controller.close();
  };
  const { given, gone } = await inFlight(() => ({ status: 200, headers: {}, body: new ReadableStream(source) }));
  const reader = (given.body as unknown as ReadableStream<Uint8Array>).getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(8));
  expect(Buffer.from(value as Uint8Array).toString()).toBe('abc');
  expect(gone()).toBe(false);
  expect(await reader.read(new Uint8Array(8))).toMatchObject({ done: true });
  await until(gone);
});

it.each([
  ['no body', () => new Response(null, { status: 204 })],
  ['a body that is text', () => ({ status: 200, body: 'abc' })],
  ['a body that is bytes', () => ({ status: 200, body: Buffer.from('abc') })],
  ['a web stream that somebody reads already', () => reading(web())],
  ['a Response that somebody reads already', () => reading(new Response(web()))],
  [
    'a body that was read',
    async () => {
      const response = new Response('abc');
      await response.text();
      return response;
    },
  ],
])('what has %s has ended when it comes', async (_, answer) => {
  const { gone } = await inFlight(answer);
  await until(gone);
});

it('a body that fails ends the call', async () => {
  const failing = async function* () {
    yield 'a';
    throw new Error('connection lost');
  };
  const { given, gone } = await inFlight(() => ({ status: 200, body: Readable.from(failing()) }));
  await expect(text(given.body as Readable)).rejects.toThrow('connection lost');
  await until(gone);
});
