/** When a call has ended: at its return, when its promise settles, or when the stream that it answered with does. */

import type { Readable } from 'node:stream';
import { finished } from 'node:stream';

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof (value as { then?: unknown }).then === 'function';
}

function isNodeStream(value: unknown): value is Readable {
  if (!isObject(value)) return false;
  const { pipe, on } = value as { pipe?: unknown; on?: unknown };
  return typeof pipe === 'function' && typeof on === 'function';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
}

/** The same stream of values, with `end` called at its end, its failure or its cancellation. */
function followWebStream(stream: ReadableStream<unknown>, end: () => void): ReadableStream<unknown> {
  const reader = stream.getReader();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      async cancel(reason) {
        try {
          await reader.cancel(reason);
        } finally {
          end();
        }
      },
    },
    { highWaterMark: 0 },
  );
}

/** One step of an iteration; it is the last where it fails or says so. */
async function step(
  body: () => Promise<IteratorResult<unknown>> | undefined,
  end: () => void,
  last: boolean,
): Promise<IteratorResult<unknown>> {
  let over = true;
  try {
    const result = (await body()) ?? { done: true, value: undefined };
    over = last || result.done === true;
    return result;
  } finally {
    if (over) end();
  }
}

function followIterator(inner: AsyncIterator<unknown>, end: () => void): AsyncIterableIterator<unknown> {
  return {
    next: (...args) => step(() => inner.next(...args), end, false),
    return: (value) => step(() => inner.return?.(value) ?? Promise.resolve({ done: true, value }), end, true),
    throw: (error: unknown) => step(() => inner.throw?.(error) ?? Promise.reject(error), end, false),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function followIterable(iterable: AsyncIterable<unknown>, end: () => void): AsyncIterable<unknown> {
  if (typeof (iterable as Partial<AsyncIterator<unknown>>).next === 'function') {
    return followIterator(iterable as AsyncIterableIterator<unknown>, end);
  }
  return { [Symbol.asyncIterator]: () => followIterator(iterable[Symbol.asyncIterator](), end) };
}

/** A web response with the same body, which ends with it. */
function followResponse(response: Response, end: () => void): Response {
  const { body, status, statusText, headers, url } = response;
  if (body === null || response.bodyUsed) {
    end();
    return response;
  }
  const followed = new Response(followWebStream(body, end) as ReadableStream<Uint8Array>, {
    status,
    statusText,
    headers,
  });
  // The one thing that a response made here could not say.
  Object.defineProperty(followed, 'url', { value: url });
  return followed;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * An answer with a `body` that streams, as HTTP handlers and clients give it: it ends when the body does. A Node stream is followed
 * where it is; around any other the answer is a copy, so only a plain object is taken for one.
 */
function followBody(answer: { readonly body: unknown }, end: () => void): unknown {
  if (isNodeStream(answer.body)) {
    withEnd(answer.body, end);
    return answer;
  }
  return { ...answer, body: withEnd(answer.body, end) };
}

function hasStreamingBody(value: unknown): value is { readonly body: unknown } {
  if (!isObject(value) || !Object.hasOwn(value, 'body')) return false;
  const { body } = value as { body: unknown };
  return isNodeStream(body) || (isPlain(value) && (body instanceof ReadableStream || isAsyncIterable(body)));
}

/**
 * Calls `end` once `value`, the answer of a call, has ended, and returns what to hand to the caller in its place: a
 * promise of the same result, an iterable or web stream of the same values, a `Response` or a plain object with such a `body`; all
 * else, Node streams too, as they are.
 */
export function withEnd(value: unknown, end: () => void): unknown {
  if (isThenable(value)) {
    return Promise.resolve(value).then(
      (result) => withEnd(result, end),
      (error: unknown) => {
        end();
        throw error;
      },
    );
  }
  if (isNodeStream(value)) {
    finished(value, { writable: false }, end);
    return value;
  }
  if (value instanceof ReadableStream) return followWebStream(value, end);
  if (isAsyncIterable(value)) return followIterable(value, end);
  if (value instanceof Response) return followResponse(value, end);
  if (hasStreamingBody(value)) return followBody(value, end);
  end();
  return value;
}
