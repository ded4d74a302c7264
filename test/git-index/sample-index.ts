/** Positions, entries and folders for tests of the index. */

import { createHash } from 'node:crypto';
import nodeFs, { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SCHEMA } from '../../src/git/index/run-header.js';
import { IndexFolder } from '../../src/git/index/stored-index.js';
import type { RecordChange } from '../../src/model/sorted-records.js';
import type { IndexEntry, IndexPosition } from '../../src/ports/index-file.js';
import { all } from './sample-records.js';

/** The names of the index's files. */
export const BASE = `${SCHEMA}.base`;
export const MIDDLE = `${SCHEMA}.middle`;
export const TAIL = `${SCHEMA}.tail`;

/** A new folder that is removed after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'git-index-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'index');
}

export function idOf(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** The position of an entry of this name in the ledger `root`. */
export function positionOf(seq: number, name = `entry ${seq}`, root = 'ledger'): IndexPosition {
  const tipSha256 = createHash('sha256').update(name).digest('hex');
  return { root: idOf(root), seq, tip: idOf(name), tipSha256 };
}

/** The entry `seq`, which follows the one before it. */
export function entryOf(seq: number, changes: readonly RecordChange[], before = positionOf(seq - 1)): IndexEntry {
  return { position: positionOf(seq), after: before.tip, changes };
}

/** The index in a folder as a reader sees it: its position and all its records; null where there is none. */
export function stored(
  folder: string,
): { readonly position: IndexPosition; readonly records: (readonly [string, string])[] } | null {
  const index = new IndexFolder(nodeFs, folder).open();
  if (index === null) return null;
  try {
    return { position: index.position, records: all(index) };
  } finally {
    index.close();
  }
}
