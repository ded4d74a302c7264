/** The head of a log's tree as a text to be signed (C2SP tlog-checkpoint): which log, how many entries, and their root. */

import { parseBase64 } from './base64.js';
import { HASH_BYTES, type TreeHead } from './merkle-tree.js';

/** A journal up to one of its entries: `size` is the Seq of that entry + 1. */
export interface LogCheckpoint extends TreeHead {
  /** Names the log. */
  readonly origin: string;
}

/** The origin of a ledger's checkpoints, from the SHA-256 of its first entry in hex: nobody can choose it. */
export function originOf(firstEntrySha256: string): string {
  return `git-lineage/${firstEntrySha256}`;
}

/** A count in decimal, without leading zeros; null where the text is none. */
export function parseSize(text: string): number | null {
  const size = /^(?:0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : null;
}

/** A hash in base64; null where the text is none. */
export function parseHash(text: string): Buffer | null {
  const hash = parseBase64(text);
  return hash?.length === HASH_BYTES ? hash : null;
}

/** The note's text of a checkpoint. */
export function formatCheckpoint({ origin, size, root }: LogCheckpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/**
 * What a note's text says, or null where it is not exactly what `formatCheckpoint` writes. Extension lines are refused: nobody
 * could audit them.
 */
export function parseCheckpoint(text: string): LogCheckpoint | null {
  const [origin = '', sizeLine = '', rootLine = '', ...rest] = text.split('\n');
  const size = parseSize(sizeLine);
  const root = parseHash(rootLine);
  if (origin === '' || size === null || root === null || rest.length !== 1 || rest[0] !== '') return null;
  return { origin, size, root };
}
