/** The first bytes of a pack that a remote sends: what they say, and what is wrong with them. Looked at before the rest is taken. */

import { HEADER_BYTES } from '../pack-writer.js';

/** How many objects the first bytes of a pack say that it holds. */
export function objectCount(head: Buffer): number {
  return head.readUInt32BE(8);
}

/** What is wrong with the first bytes of a pack, said as the end of "it sends a pack …"; null where nothing is. */
export function headerDamage(head: Buffer, objects: number): string | null {
  if (head.length < HEADER_BYTES || head.toString('latin1', 0, 4) !== 'PACK') return 'that is none';
  if (head.readUInt32BE(4) !== 2) return `of version ${head.readUInt32BE(4)}`;
  const count = objectCount(head);
  return count > objects ? `of ${count} objects, more than ${objects}` : null;
}
