/** What a publisher and its disk thread say to each other: plain data, each call answered once. */

import { type ErrorCode, type ErrorData, LedgerError } from '../errors.js';
import type { FileMode, NormalizedFiles } from '../model/module-files.js';
import type { Oid } from '../ports/objects.js';
import type { Plan } from '../ports/publisher.js';

/** Which ledger a disk thread writes to. */
export interface DiskThreadData {
  readonly gitdir: string;
  /** The folder of its index; null: there is none on disk. */
  readonly indexFolder: string | null;
}

/** A file of staged content: its place in the bytes that come with it. */
export type StagedFile = readonly [path: string, mode: FileMode, offset: number, length: number];

/** Asked of the thread. */
export type DiskRequest =
  | { readonly ask: 'stage'; readonly call: number; readonly files: readonly StagedFile[]; readonly bytes: ArrayBuffer }
  | { readonly ask: 'publish'; readonly call: number; readonly plan: Plan; readonly confirms: boolean }
  | { readonly ask: 'adopt'; readonly call: number; readonly from: Oid; readonly tip: Oid }
  | { readonly ask: 'reserve' | 'unreserve' | 'close'; readonly call: number }
  /** The answer to `ready`. */
  | { readonly ask: 'go'; readonly call: number }
  | { readonly ask: 'stop'; readonly call: number }
  | { readonly ask: 'release'; readonly call: 0; readonly ids: readonly number[] };

/** Said by the thread. */
export type DiskReply =
  | { readonly say: 'done'; readonly call: number; readonly value: unknown }
  | { readonly say: 'failed'; readonly call: number; readonly error: SentError }
  /** Everything is durable and every ref was found at its expected value: waits for `go` or `stop`. */
  | { readonly say: 'ready'; readonly call: number }
  /** The journal is about to move: where nothing more is heard, the journal tells whether it did. */
  | { readonly say: 'happens'; readonly call: number };

/** An error as it crosses between threads. */
export interface SentError {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly data: unknown;
  readonly hint: string;
  readonly committed: boolean;
}

export function sentError(error: unknown): SentError {
  if (error instanceof LedgerError) {
    const { code, message, data, hint, committed } = error;
    return { code, message, data, hint, committed };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: null, message, data: null, hint: '', committed: false };
}

export function receivedError({ code, message, data, hint, committed }: SentError): Error {
  if (code === null) return new Error(message);
  return new LedgerError(code, message, data as ErrorData[ErrorCode], { hint, committed });
}

/** Files in one buffer of exactly their size: it can be transferred, and takes nothing of the caller's along. */
export function packFiles(files: NormalizedFiles): { readonly files: StagedFile[]; readonly bytes: ArrayBuffer } {
  let size = 0;
  const list = [...files].map(([path, { mode, data }]): StagedFile => {
    const offset = size;
    size += data.length;
    return [path, mode, offset, data.length];
  });
  const bytes = new Uint8Array(size);
  for (const [path, , offset] of list) bytes.set(files.get(path)?.data ?? new Uint8Array(), offset);
  return { files: list, bytes: bytes.buffer };
}

export function unpackFiles(files: readonly StagedFile[], bytes: ArrayBuffer): NormalizedFiles {
  return new Map(
    files.map(([path, mode, offset, length]) => [path, { mode, data: new Uint8Array(bytes, offset, length) }]),
  );
}
