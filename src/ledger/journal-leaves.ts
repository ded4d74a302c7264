/** The journal as the leaves of its tree: what witnesses vouch for. */

import { createHash } from 'node:crypto';
import { newestFirst } from '../model/entry-chain.js';
import type { Commit, Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';

/** The SHA-256 of an entry. */
export function leafOf({ raw }: Pick<Commit, 'raw'>): Buffer {
  return createHash('sha256').update(raw).digest();
}

/**
 * The SHA-256 of every entry from the first to `tip`, as the next one names it in `Previous-SHA256`.
 * @throws `BAD_SIGNATURE` where one is no entry or is out of order, `CORRUPT_OBJECT`
 */
export function journalLeaves(objects: ObjectReader, tip: Oid): Buffer[] {
  const leaves: Buffer[] = [];
  for (const { commit } of newestFirst(objects, tip)) leaves.push(leafOf(commit));
  return leaves.reverse();
}
