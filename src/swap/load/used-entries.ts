/** The entries of caches that this process has used: their code may read its files at any time, so they stay. */

import { utimes } from 'node:fs/promises';

/** Between two signs of use, in milliseconds: a seventh of the time for which an entry is kept without any. */
const SIGN_MS = 24 * 3600_000;

const used = new Set<string>();

/** Says to other processes that an entry is in use, by its time of modification. An entry of another user is theirs to keep. */
async function sign(entry: string): Promise<void> {
  const now = new Date();
  await utimes(entry, now, now).catch(() => undefined);
}

function signAll(): void {
  for (const entry of used) void sign(entry);
}

/** Keeps an entry from being pruned, by this process for good and by others for as long as this one lives. */
export async function useEntry(entry: string): Promise<void> {
  if (used.size === 0) setInterval(signAll, SIGN_MS).unref();
  used.add(entry);
  await sign(entry);
}

/** True where this process has used an entry. */
export function isUsed(entry: string): boolean {
  return used.has(entry);
}
