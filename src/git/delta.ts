/** Deltas (gitformat-pack(5), "Deltified representation"): one object written as pieces of another and bytes between them. */

/** What git writes at most into one copy (diff-delta.c); a size of 0 stands for it. */
const MAX_COPY = 0x10000;
const MAX_INSERT = 127;

/** A number of 7 bits a byte, least significant first, and where it ends. */
function readSize(bytes: Buffer, at: number): [value: number, end: number] {
  let value = 0;
  let scale = 1;
  for (let i = at; ; i++) {
    const byte = bytes[i];
    if (byte === undefined) throw new Error('a delta is cut short');
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return [value, i + 1];
  }
}

/** The bytes that `mask` says are there, least significant first. */
function readMasked(delta: Buffer, at: number, mask: number, count: number): [value: number, end: number] {
  let value = 0;
  let end = at;
  for (let i = 0; i < count; i++) if ((mask >> i) & 1) value += (delta[end++] ?? 0) * 2 ** (8 * i);
  if (end > delta.length) throw new Error('a delta is cut short');
  return [value, end];
}

/** git takes no shorter delta (delta.h, DELTA_SIZE_MIN): two sizes and an instruction. */
const MIN_DELTA_BYTES = 4;

/** What a delta says of itself, before any of it is carried out. */
interface DeltaSizes {
  /** Bytes of the object that it is a delta of. */
  readonly base: number;
  /** Bytes of the object that it makes. */
  readonly result: number;
  /** Where its instructions begin. */
  readonly start: number;
}

/** @throws where the sizes are cut short */
export function deltaSizes(delta: Buffer): DeltaSizes {
  if (delta.length < MIN_DELTA_BYTES) throw new Error('a delta is cut short');
  const [base, afterBase] = readSize(delta, 0);
  const [result, start] = readSize(delta, afterBase);
  return { base, result, start };
}

/** Goes through the instructions of a delta; `take` is told of the piece that each adds: of the base, or of the delta itself. */
function eachPiece(
  base: Uint8Array,
  delta: Buffer,
  start: number,
  take: (from: Uint8Array, begin: number, end: number) => void,
): void {
  for (let at = start; at < delta.length; ) {
    const op = delta[at++] ?? 0;
    if (op === 0) throw new Error('a delta has an unknown instruction');
    if (op < 0x80) {
      if (at + op > delta.length) throw new Error('a delta is cut short');
      take(delta, at, at + op);
      at += op;
      continue;
    }
    const [offset, afterOffset] = readMasked(delta, at, op & 0xf, 4);
    const [length, next] = readMasked(delta, afterOffset, (op >> 4) & 7, 3);
    const end = offset + (length === 0 ? MAX_COPY : length);
    // As git does (patch-delta.c): what is copied must be there, whatever size comes out in the end.
    if (end > base.length) throw new Error('a delta copies from beyond its base');
    take(base, offset, end);
    at = next;
  }
}

/**
 * The object that a delta makes of its base. Nothing is reserved for it before its instructions add up to the size that it says;
 * `reserve` returns a buffer of that size, with anything in it.
 */
export function applyDelta(
  base: Uint8Array,
  delta: Buffer,
  reserve: (size: number) => Buffer = Buffer.allocUnsafe,
): Buffer {
  const { base: baseSize, result, start } = deltaSizes(delta);
  if (baseSize !== base.length) throw new Error('a delta does not fit its base');
  let made = 0;
  eachPiece(base, delta, start, (_, begin, end) => {
    made += end - begin;
    if (made > result) throw new Error('a delta makes an object of another size than it says');
  });
  if (made !== result) throw new Error('a delta makes an object of another size than it says');
  const object = reserve(result);
  let filled = 0;
  eachPiece(base, delta, start, (from, begin, end) => {
    object.set(from.subarray(begin, end), filled);
    filled += end - begin;
  });
  return object;
}

/** What two objects have in common at their beginnings and at their ends, in bytes. */
export interface CommonEnds {
  readonly prefix: number;
  readonly suffix: number;
}

export function commonEnds(a: Buffer, b: Buffer): CommonEnds {
  const most = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < most && a[prefix] === b[prefix]) prefix += 1;
  let suffix = 0;
  while (suffix < most - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix += 1;
  return { prefix, suffix };
}

function sizeBytes(size: number): number[] {
  const bytes: number[] = [];
  let rest = size;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** The instructions that copy `length` bytes of the base, from `from` on. */
function copies(from: number, length: number): number[] {
  const bytes: number[] = [];
  for (let done = 0; done < length; done += MAX_COPY) {
    const size = Math.min(MAX_COPY, length - done);
    const at = bytes.push(0x80) - 1;
    let mask = 0x80;
    const number = (value: number, bits: readonly number[]) => {
      for (const [i, bit] of bits.entries()) {
        const byte = (value >>> (8 * i)) & 0xff;
        if (byte === 0) continue;
        bytes.push(byte);
        mask |= bit;
      }
    };
    number(from + done, [1, 2, 4, 8]);
    if (size !== MAX_COPY) number(size, [16, 32]);
    bytes[at] = mask;
  }
  return bytes;
}

/** The delta that makes `target` of `base`. */
export function deltaOf(
  base: Buffer,
  target: Buffer,
  { prefix, suffix }: CommonEnds = commonEnds(base, target),
): Buffer {
  const parts: Uint8Array[] = [
    Buffer.from([...sizeBytes(base.length), ...sizeBytes(target.length), ...copies(0, prefix)]),
  ];
  const end = target.length - suffix;
  for (let at = prefix; at < end; at += MAX_INSERT) {
    const inserted = target.subarray(at, Math.min(end, at + MAX_INSERT));
    parts.push(Buffer.from([inserted.length]), inserted);
  }
  parts.push(Buffer.from(copies(base.length - suffix, suffix)));
  return Buffer.concat(parts);
}
