/** What a publisher and its disk thread say to each other: plain data, each call answered once. */

import { type ErrorCode, type ErrorData, LedgerError } from '../errors.js';
import type { ModuleFile, NormalizedFiles } from '../model/module-files.js';
import type { Oid } from '../ports/objects.js';
import type { Plan } from '../ports/publisher.js';

/** Which ledger a disk thread writes to. */
export interface DiskThreadData {
  readonly gitdir: string;
  /** The folder of its index; null: there is none on disk. */
  readonly indexFolder: string | null;
}

/** Asked of the thread. */
export type DiskRequest =
  | { readonly ask: 'stage'; readonly call: number; readonly files: NormalizedFiles }
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

/** A file of so many bytes is moved; shorter ones are copied into one buffer, which costs less than to move many. */
const LARGE_FILE = 4096;

function hasOwnBuffer({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}

/**
 * Files as they are handed to another thread. Short files, and files that share their memory with something else, are copied into
 * one buffer; the others are moved: who gave them finds them empty afterwards.
 */
export function handedOver(files: NormalizedFiles): {
  readonly files: NormalizedFiles;
  readonly transfer: ArrayBuffer[];
} {
  const isMoved = ({ data }: ModuleFile) => data.length >= LARGE_FILE && hasOwnBuffer(data);
  const copied = [...files].filter(([, file]) => !isMoved(file));
  const together = new Uint8Array(copied.reduce((sum, [, { data }]) => sum + data.length, 0));
  const given = new Map(files);
  let at = 0;
  for (const [path, { mode, data }] of copied) {
    together.set(data, at);
    given.set(path, { mode, data: together.subarray(at, at + data.length) });
    at += data.length;
  }
  return { files: given, transfer: [...new Set([...given.values()].map(({ data }) => data.buffer as ArrayBuffer))] };
}
