/** The journal as the leaves of its tree: what witnesses vouch for. */

import { createHash } from 'node:crypto';
import { newestFirst } from '../model/entry-chain.js';
import type { Commit, Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';

/** The SHA-256 of an entry. */
export function leafOf({ raw }: Pick<Commit, 'raw'>): Buffer {
  return createHash('sha256').update(raw).digest();
}

/** An entry by both of its names. */
interface JournalPoint {
  readonly oid: Oid;
  /** Its SHA-256, as the next entry names it in `Previous-SHA256`. */
  readonly leaf: Buffer;
}

/**
 * Every entry from the first to `tip`.
 * @throws `BAD_SIGNATURE` where one is no entry or is out of order, `CORRUPT_OBJECT`
 */
export function journalPoints(objects: ObjectReader, tip: Oid): JournalPoint[] {
  const points: JournalPoint[] = [];
  for (const { oid, commit } of newestFirst(objects, tip)) points.push({ oid, leaf: leafOf(commit) });
  return points.reverse();
}

/** The leaves of the journal's tree, from the first entry to `tip`. @throws as `journalPoints` */
export function journalLeaves(objects: ObjectReader, tip: Oid): Buffer[] {
  return journalPoints(objects, tip).map(({ leaf }) => leaf);
}
