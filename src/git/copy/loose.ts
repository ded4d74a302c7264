/** Loose objects: one deflated file each, whose name is what it hashes to. */

import { formatOf, isOid, type ObjectFormat } from '../../model/object-id.js';
import type { Oid } from '../../ports/objects.js';
import type { Files } from '../file-system.js';
import type { ObjectType } from '../object-codec.js';
import { inflateBeginning, inflateExactly, MAX_OBJECT_BYTES } from './inflate.js';
import { objectHash } from './object-hash.js';
import { OBJECT_TYPES, type TypeNumber } from './object-table.js';
import type { Unpacked } from './pack.js';

/** `type size\0` */
const HEADER = /^(commit|tree|blob|tag) (0|[1-9][0-9]{0,15})\0/;

/** The file of a loose object, below `objects/`. */
export function loosePath(oid: Oid): string {
  return `${oid.slice(0, 2)}/${oid.slice(2)}`;
}

/** The ids of the loose objects of a folder `objects`, by the names of their files. */
export async function listLoose(files: Files, folder: string, format: ObjectFormat): Promise<Oid[]> {
  const oids: Oid[] = [];
  for (const first of await files.list(folder)) {
    if (!/^[0-9a-f]{2}$/.test(first)) continue;
    for (const rest of await files.list(`${folder}/${first}`)) if (isOid(first + rest, format)) oids.push(first + rest);
  }
  return oids;
}

/** What a loose file holds, its id being `oid`. Throws an Error that says what is wrong. */
export function readLoose(oid: Oid, content: Uint8Array): Unpacked & { readonly id: Buffer } {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.length === 0) throw new Error('its file is empty');
  const header = HEADER.exec(inflateBeginning(bytes).toString('latin1', 0, 32));
  if (header?.[1] === undefined) throw new Error('it does not begin with a type and a size');
  const size = Number(header[2]);
  if (size > MAX_OBJECT_BYTES) throw new Error(`it says that it has ${size} bytes`);
  const { data: whole, used } = inflateExactly(bytes, header[0].length + size);
  if (used !== bytes.length) throw new Error(`${bytes.length - used} bytes follow it`);
  const data = whole.subarray(header[0].length);
  const id = objectHash(header[1] as ObjectType, data, formatOf(oid));
  if (id.toString('hex') !== oid) throw new Error(`it is ${id.toString('hex')}, its name says another`);
  return { type: OBJECT_TYPES.indexOf(header[1] as ObjectType) as TypeNumber, data, id };
}
