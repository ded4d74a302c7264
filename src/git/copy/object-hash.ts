/** The id of an object as bytes, in one call for small ones: a hash object an object would take most of the time. */

import { createHash, hash } from 'node:crypto';
import type { ObjectFormat } from '../../model/object-id.js';
import type { ObjectType } from '../object-codec.js';

const scratch = Buffer.allocUnsafe(64 * 1024);

/** The hash over type, length and content. */
export function objectHash(type: ObjectType, data: Uint8Array, { name }: ObjectFormat): Buffer {
  const header = `${type} ${data.length}\0`;
  if (header.length + data.length > scratch.length) return createHash(name).update(header).update(data).digest();
  scratch.write(header, 0, 'latin1');
  scratch.set(data, header.length);
  return hash(name, scratch.subarray(0, header.length + data.length), 'buffer');
}
