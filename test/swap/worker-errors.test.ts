/** What a module throws in a worker, as callers catch it. */

import { describe, expect, it } from 'vitest';
import { fromWire, toWire } from '../../src/swap/worker/worker-errors.js';
import { inWorker } from './worker-scene.js';

/** There and back, over a clone as a message makes it. */
const crossed = (thrown: unknown) => fromWire(structuredClone(toWire(thrown)));

describe('an error that crosses', () => {
  it.each([
    ['Error', Error],
    ['EvalError', EvalError],
    ['RangeError', RangeError],
    ['ReferenceError', ReferenceError],
    ['SyntaxError', SyntaxError],
    ['TypeError', TypeError],
    ['URIError', URIError],
  ])('is a %s again, with its message and stack', (name, Class) => {
    const error = new Class('no');
    const got = crossed(error) as Error;
    expect(got).toBeInstanceOf(Class);
    expect([got.name, got.message, got.stack]).toEqual([name, 'no', error.stack]);
    expect(Object.keys(got)).toEqual([]);
  });

  it('keeps its code, its own fields, and the name of a class that only the worker has', () => {
    class QuotaError extends RangeError {
      override readonly name = 'QuotaError';
      readonly code = 'QUOTA';
      readonly used = { bytes: 12n, at: new Date(5) };
    }
    const got = crossed(new QuotaError('full')) as QuotaError;
    expect(got).toBeInstanceOf(RangeError);
    expect({ ...got }).toEqual({ code: 'QUOTA', used: { bytes: 12n, at: new Date(5) } });
    expect([got.name, String(got)]).toEqual(['QuotaError', 'QuotaError: full']);
  });

  it('keeps causes and the errors of an AggregateError, however deep', () => {
    const cause = Object.assign(new TypeError('inner', { cause: 'a word' }), { code: 'E_IN' });
    const error = new AggregateError([new RangeError('one', { cause }), 'two'], 'many');
    const got = crossed(error) as AggregateError;
    expect(got).toBeInstanceOf(AggregateError);
    expect(got.errors[1]).toBe('two');
    expect(got.errors[0]).toBeInstanceOf(RangeError);
    expect(got.errors[0].cause).toBeInstanceOf(TypeError);
    expect(got.errors[0].cause).toMatchObject({ message: 'inner', code: 'E_IN', cause: 'a word' });
  });

  it('keeps the name and code of a DOMException', () => {
    const got = crossed(new DOMException('enough', 'AbortError')) as DOMException;
    expect(got).toBeInstanceOf(DOMException);
    expect([got.name, got.message, got.code]).toEqual(['AbortError', 'enough', DOMException.ABORT_ERR]);
  });

  it('may be its own cause, and be named twice', () => {
    const error = new Error('loop') as Error & { self?: Error; other?: Error };
    const other = new Error('other', { cause: error });
    Object.assign(error, { cause: error, self: error, other });
    const got = crossed(error) as typeof error;
    expect(got.cause).toBe(got);
    expect(got.self).toBe(got);
    expect(got.other?.cause).toBe(got);
  });

  it('ends where its causes do not', () => {
    let error = new Error('0');
    for (let i = 1; i < 10_000; i++) error = new Error(String(i), { cause: error });
    let got = crossed(error) as Error;
    let depth = 1;
    while (got.cause instanceof Error) {
      got = got.cause;
      depth += 1;
    }
    expect(depth).toBe(100);
    expect(got.cause).toBe('Error: 9899');
  });

  it('leaves out fields that cannot be cloned, and those that throw', () => {
    const error = Object.assign(new Error('no'), { kept: 1, act: () => 2 });
    Object.defineProperty(error, 'bad', { enumerable: true, get: () => expect.fail('a getter that throws') });
    expect({ ...(crossed(error) as object) }).toStrictEqual({ kept: 1 });
  });

  it('gives nobody another prototype', () => {
    const error = new Error('no');
    Object.defineProperty(error, '__proto__', { value: { admin: true }, enumerable: true });
    const got = crossed(error) as Error & { admin?: boolean };
    expect(got.admin).toBeUndefined();
    expect(got).toBeInstanceOf(Error);
  });

  it('crosses as it is where it is no error', () => {
    for (const thrown of ['text', 5, null, undefined, { code: 1, list: [2n] }]) expect(crossed(thrown)).toEqual(thrown);
    expect(crossed(() => 1)).toBeInstanceOf(Error);
    expect((crossed(Symbol('sign')) as Error).message).toContain('cannot be cloned');
  });
});

it('a module in a worker throws what its callers catch', async () => {
  const { fail, reject } = await inWorker<Record<'fail' | 'reject', (...args: unknown[]) => Promise<unknown>>>(`
    export function fail() { throw Object.assign(new TypeError('no', { cause: new RangeError('deep') }), { code: 'E_NO', at: [1] }); }
    export const reject = (value) => Promise.reject(value);
  `);
  const error = await fail().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({ message: 'no', code: 'E_NO', at: [1], cause: expect.any(RangeError) });
  await expect(reject({ status: 404 })).rejects.toEqual({ status: 404 });
});
