/** The exports of a version as they are seen from outside of its worker. */

/** Classes whose instances are copied. */
type Copied =
  | ArrayBufferLike
  | ArrayBufferView
  | Blob
  | Date
  | Error
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | RegExp
  | readonly unknown[];

/** What a function answers with, from afar: what is read value by value is read across. */
type Answer<R> = R extends AsyncIterable<infer V> | Generator<infer V> ? AsyncIterable<V> : R;

/**
 * The type of a handle on a version that `workerLoader` loaded: `swapper.handle<Remote<Images>>('images')`, where `Images` is the type of the exports.
 * Functions answer with a promise, those within objects too; all else is a copy.
 */
export type Remote<T> = T extends (...args: infer A) => infer R
  ? (...args: A) => Promise<Answer<Awaited<R>>>
  : T extends Copied
    ? T
    : T extends object
      ? { readonly [K in keyof T]: Remote<T[K]> }
      : T;
