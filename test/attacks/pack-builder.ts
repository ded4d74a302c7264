/** Packs as an attacker writes them: every number in them is theirs to choose. */

import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { entryHeader, REF_DELTA } from '../../src/git/pack-entry.js';
import type { PackSource } from '../../src/git/remote/pack-file.js';

const BLOB = 3;

/** A number as deltas have it: 7 bits a byte, least significant first. */
export function sizeBytes(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 128 : 0));
    if (rest < 128) return Buffer.from(bytes);
  }
}

export function blobOid(data: Uint8Array): string {
  return createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
}

/** An entry with a blob, which may say another size than it has. */
export function blobEntry(data: Uint8Array, stated = data.length): Buffer {
  return Buffer.concat([entryHeader(BLOB, stated), deflateSync(data, { level: 9 })]);
}

/** An entry that makes of zeros `size` bytes of zeros whose last one is `last`. */
export function zerosDelta(base: string, baseSize: number, size: number, last: number): Buffer {
  const copies: Buffer[] = [];
  const most = Math.min(baseSize, 0xffffff);
  for (let left = size - 1; left > 0; left -= most) {
    const count = Math.min(left, most);
    copies.push(Buffer.from([0xf0, count & 255, (count >> 8) & 255, (count >> 16) & 255]));
  }
  const head = Buffer.from([...sizeBytes(baseSize), ...sizeBytes(size)]);
  const delta = Buffer.concat([head, ...copies, Buffer.from([1, last])]);
  return Buffer.concat([
    entryHeader(REF_DELTA, delta.length),
    Buffer.from(base, 'hex'),
    deflateSync(delta, { level: 9 }),
  ]);
}

/** What `zerosDelta` makes. */
export function zeros(size: number, last = 0): Buffer {
  const data = Buffer.alloc(size);
  data[size - 1] = last;
  return data;
}

export function packOf(entries: readonly Buffer[], stated = entries.length): Buffer {
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(stated, 8);
  const content = Buffer.concat([head, ...entries]);
  return Buffer.concat([content, createHash('sha1').update(content).digest()]);
}

/** So many differences, each of the one before and each of `size` bytes. */
export function chainPack(length: number, size: number): Buffer {
  const entries = [blobEntry(zeros(65536))];
  let base = { oid: blobOid(zeros(65536)), size: 65536 };
  for (let i = 0; i < length; i++) {
    const last = 1 + (i % 255);
    entries.push(zerosDelta(base.oid, base.size, size - Math.floor(i / 255), last));
    base = { oid: blobOid(zeros(size - Math.floor(i / 255), last)), size: size - Math.floor(i / 255) };
  }
  return packOf(entries);
}

/** A pack in memory, as it would be read from a file; `asked` is told how much is asked for at once. */
export function sourceOf(pack: Buffer, asked: (bytes: number) => void = () => undefined): PackSource {
  return {
    size: pack.length,
    at(position, length) {
      asked(length);
      return pack.subarray(position, position + length);
    },
  };
}
