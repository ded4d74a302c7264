/** What tests expect again and again: a typed refusal, a journal that did not move, numbers of versions. */

import { expect } from 'vitest';
import {
  type ErrorCode,
  isLedgerError,
  type Ledger,
  type LedgerError,
  type VersionCheckpoint,
} from '../../src/index.js';

/** The error that a call ends with: of this code, with a message and a remedy, and nothing raw in either. */
export async function refusal<C extends ErrorCode>(call: () => unknown, code: C): Promise<LedgerError<C>> {
  let outcome: unknown;
  try {
    outcome = await call();
  } catch (error) {
    if (!isLedgerError(error)) throw error;
    expect({ code: error.code, message: error.message }).toEqual({ code, message: error.message });
    expect(error.hint).not.toBe('');
    expect(`${error.message}${error.hint}`).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(error.message.length).toBeLessThan(4000);
    return error as unknown as LedgerError<C>;
  }
  throw new Error(`expected ${code}, but the call returned ${JSON.stringify(outcome)}`);
}

/** Runs `body` and expects that the journal is where it was. */
export async function writesNothing<T>(ledger: Ledger, body: () => Promise<T>): Promise<T> {
  const before = await ledger.journal.position();
  const result = await body();
  expect(await ledger.journal.position()).toEqual(before);
  return result;
}

export function numbers(versions: readonly VersionCheckpoint[]): number[] {
  return versions.map((v) => v.version);
}

export function tagsOf(version: VersionCheckpoint | null): string[] {
  return [...(version?.tags ?? [])];
}

/** Records versions `from` to `to`, each with its number as checksum. */
export async function recordRange(
  ledger: Ledger,
  moduleId: string,
  from: number,
  to: number,
  tagged: Readonly<Record<number, readonly string[]>> = {},
): Promise<void> {
  const list = [];
  for (let version = from; version <= to; version++) {
    list.push({ checkpoint: { moduleId, version, checksum: `content-${version}`, tags: tagged[version] ?? [] } });
  }
  await ledger.recordCheckpoints(list);
}

/** Everything that an async iterable yields. */
export async function collected<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}
