/** When a call has ended: at its return, when its promise settles, or when the stream that it answered with does. */

import type { Readable } from 'node:stream';
import { finished } from 'node:stream';
import { isOfGlobalClass } from '../global-class.js';

/** A call that may go on after it has returned. */
export interface OpenEnded {
  /** It has its answer: a value, or a stream that begins. */
  answered(): void;
  /** It is over with this answer. */
  ended(value: unknown): void;
  /** It is over: it threw, its promise was rejected, or its stream failed. */
  threw(error: unknown): void;
  /** It is over: whoever read the stream wants no more of it. */
  givenUp(): void;
}

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

/** True where a stream can be read into a buffer that its reader brings along. */
function isByteStream(stream: ReadableStream<unknown>): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

function closeController(controller: ReadableByteStreamController | ReadableStreamDefaultController): void {
  controller.close();
  // A reader that brought a buffer waits for an answer of its own.
  if ('byobRequest' in controller) controller.byobRequest?.respond(0);
}

/** The same stream of values, of bytes where it was; the call is told of its end, its failure or its cancellation. */
function followWebStream(stream: ReadableStream<unknown>, call: OpenEnded): ReadableStream<unknown> {
  // Somebody reads it already: it goes to the caller as it is, who can do no more with it than ask.
  if (stream.locked) {
    call.ended(stream);
    return stream;
  }
  const bytes = isByteStream(stream);
  const reader = stream.getReader();
  const source = {
    async pull(controller: ReadableByteStreamController | ReadableStreamDefaultController) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value as Uint8Array);
        call.ended(undefined);
        closeController(controller);
      } catch (error) {
        call.threw(error);
        controller.error(error);
      }
    },
    async cancel(reason: unknown) {
      try {
        await reader.cancel(reason);
      } finally {
        call.givenUp();
      }
    },
  };
  return bytes ? new ReadableStream({ ...source, type: 'bytes' }) : new ReadableStream(source, { highWaterMark: 0 });
}

/** One step of an iteration. `last`: its reader wants no more. */
async function step(
  body: () => Promise<IteratorResult<unknown>> | undefined,
  call: OpenEnded,
  last: boolean,
): Promise<IteratorResult<unknown>> {
  try {
    const result = (await body()) ?? { done: true, value: undefined };
    if (last) call.givenUp();
    else if (result.done === true) call.ended(undefined);
    return result;
  } catch (error) {
    call.threw(error);
    throw error;
  }
}

function followIterator(inner: AsyncIterator<unknown>, call: OpenEnded): AsyncIterableIterator<unknown> {
  return {
    next: (...args) => step(() => inner.next(...args), call, false),
    return: (value) => step(() => inner.return?.(value) ?? Promise.resolve({ done: true, value }), call, true),
    throw: (error: unknown) => step(() => inner.throw?.(error) ?? Promise.reject(error), call, false),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function followIterable(iterable: AsyncIterable<unknown>, call: OpenEnded): AsyncIterable<unknown> {
  if (typeof (iterable as Partial<AsyncIterator<unknown>>).next === 'function') {
    return followIterator(iterable as AsyncIterableIterator<unknown>, call);
  }
  return {
    [Symbol.asyncIterator]() {
      try {
        return followIterator(iterable[Symbol.asyncIterator](), call);
      } catch (error) {
        call.threw(error);
        throw error;
      }
    },
  };
}

/** The call of an answer whose body is followed: at the body's end it is the answer that the call ended with. */
function bodyOf(answer: unknown, call: OpenEnded): OpenEnded {
  return {
    answered: () => call.answered(),
    ended: () => call.ended(answer),
    threw: (error) => call.threw(error),
    givenUp: () => call.givenUp(),
  };
}

/** A web response with the same body, which ends with it. */
function followResponse(response: Response, call: OpenEnded): Response {
  const { body, status, statusText, headers, url } = response;
  if (body === null || response.bodyUsed || body.locked) {
    call.ended(response);
    return response;
  }
  const followed = new Response(followWebStream(body, bodyOf(response, call)) as ReadableStream<Uint8Array>, {
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
function followBody(answer: { readonly body: unknown }, call: OpenEnded): unknown {
  const whole = bodyOf(answer, call);
  if (isNodeStream(answer.body)) {
    follow(answer.body, whole);
    return answer;
  }
  return { ...answer, body: follow(answer.body, whole) };
}

function hasStreamingBody(value: unknown): value is { readonly body: unknown } {
  if (!isObject(value) || !Object.hasOwn(value, 'body')) return false;
  const { body } = value as { body: unknown };
  return isNodeStream(body) || (isPlain(value) && (body instanceof ReadableStream || isAsyncIterable(body)));
}

/** True where a call that answers so may go on: with a promise, a stream, or something that holds one. An answer that throws when it is looked at does not. */
export function goesOn(value: unknown): boolean {
  if (!isObject(value)) return false;
  try {
    if (isThenable(value) || isNodeStream(value) || isAsyncIterable(value)) return true;
    return value instanceof ReadableStream || isOfGlobalClass(value, 'Response') || hasStreamingBody(value);
  } catch {
    return false;
  }
}

/** Follows a stream of any kind to its end; what is none has ended. */
function follow(value: unknown, call: OpenEnded): unknown {
  if (isNodeStream(value)) {
    finished(value, { writable: false }, (error) => {
      if (error == null) call.ended(undefined);
      else if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') call.givenUp();
      else call.threw(error);
    });
    return value;
  }
  if (value instanceof ReadableStream) return followWebStream(value, call);
  if (isAsyncIterable(value)) return followIterable(value, call);
  if (isObject(value) && isOfGlobalClass(value, 'Response')) return followResponse(value, call);
  if (hasStreamingBody(value)) return followBody(value, call);
  call.ended(value);
  return value;
}

/**
 * Tells a call when `value`, its answer, has ended, and returns what to hand to the caller in its place: a promise of the same
 * result, an iterable or web stream of the same values, a `Response` or a plain object with such a `body`; all else, Node streams
 * too, as they are.
 */
export function withEnd(value: unknown, call: OpenEnded): unknown {
  if (isThenable(value)) {
    return Promise.resolve(value).then(
      (result) => withEnd(result, call),
      (error: unknown) => {
        call.threw(error);
        throw error;
      },
    );
  }
  call.answered();
  if (goesOn(value)) return follow(value, call);
  call.ended(value);
  return value;
}
