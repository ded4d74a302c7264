/**
 * The ids of objects that come from elsewhere: whoever made them may have made another one with the same id, to be shown to somebody else.
 */

import { createHash, type Hash } from 'node:crypto';
import { LedgerError } from '../../errors.js';
import { type ObjectFormat, SHA1 } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import type { GitObject, ObjectType } from '../object-codec.js';
import { CheckedSha1 } from './checked-sha1.js';

export const COLLISION = 'its bytes are part of an attack on SHA-1: another object was made that has the same id';

/** Hashes an object in pieces. Only SHA-1 is broken: of another format there is no attack to be noticed. */
export class UntrustedObjectHash {
  private readonly hash: CheckedSha1 | Hash;

  constructor(type: ObjectType, size: number, { name }: ObjectFormat) {
    this.hash = name === SHA1.name ? new CheckedSha1() : createHash(name);
    this.hash.update(Buffer.from(`${type} ${size}\0`, 'latin1'));
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  /** @throws `CORRUPT_OBJECT` with the fault `COLLISION` */
  oid(): Oid {
    const oid = this.hash.digest().toString('hex');
    if (!(this.hash instanceof CheckedSha1) || !this.hash.isAttack) return oid;
    const data = { oid, fault: 'COLLISION', reason: COLLISION } as const;
    const hint = 'do not take it in: ask whoever made it, and compare with a copy that others have';
    throw new LedgerError('CORRUPT_OBJECT', `object ${oid}: ${COLLISION}`, data, { hint });
  }
}

/** As `hashObject`, of an object that comes from elsewhere. @throws `CORRUPT_OBJECT` with the fault `COLLISION` */
export function hashUntrusted({ type, data }: GitObject, format: ObjectFormat): Oid {
  const hash = new UntrustedObjectHash(type, data.length, format);
  hash.update(data);
  return hash.oid();
}
