/** Which other objects an object names, read leniently: what the ledger makes of an object is for the ledger to say. */

import { ANY_OID_PATTERN, isOid, type ObjectFormat } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import type { GitObject } from '../object-codec.js';
import { DamagedPack } from './damaged-pack.js';

/** A line of a header that names an object. */
const NAMED = new RegExp(`^(?:tree|parent|object) (${ANY_OID_PATTERN})$`, 'gm');

/** What a commit, tag or tree refers to. */
export function* referencesOf({ type, data }: GitObject, format: ObjectFormat): Generator<Oid> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (type === 'commit' || type === 'tag') {
    const end = bytes.indexOf('\n\n');
    const header = bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
    for (const [, oid] of header.matchAll(NAMED)) if (isOid(oid, format)) yield oid;
  }
  if (type !== 'tree') return;
  for (let at = 0; at < bytes.length; ) {
    const zero = bytes.indexOf(0, at);
    const end = zero + 1 + format.bytes;
    if (zero === -1 || end > bytes.length) throw new DamagedPack('with a tree that is cut short');
    // A submodule's commit is of another repository.
    if (bytes.toString('latin1', at, at + 7) !== '160000 ') yield bytes.toString('hex', zero + 1, end);
    at = end;
  }
}

/** A line by which an entry of a journal takes a blob out of the ledger. */
const REDACT = new RegExp(`^Redact: \\S+ [1-9][0-9]* (${ANY_OID_PATTERN}) [0-9a-f]{64} `, 'gm');

/** What a commit says is redacted, whether it is to be believed or not. */
export function* redactedBy({ type, data }: GitObject): Generator<Oid> {
  if (type !== 'commit') return;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = bytes.indexOf('\n\n');
  // Few entries say it, and reading one takes longer than this look.
  if (end === -1 || bytes.indexOf('\nRedact: ', end) === -1) return;
  for (const [, oid] of bytes.toString('latin1', end).matchAll(REDACT)) if (oid !== undefined) yield oid;
}
