/**
 * SHA-1 that notices attacks: counter-cryptanalysis (Stevens, "Counter-cryptanalysis", CRYPTO 2013), as git does it for everything that
 * it hashes. Of a pair of colliding messages each gives the other away: its last block, changed by the difference of an attack, leads
 * from another state to the same one, which happens to no other message.
 */

import { possibleVectors } from './bit-conditions.js';
import { VECTORS } from './disturbance-vectors.js';

const BLOCK_BYTES = 64;
/** Where the length in bits stands in the last block. */
const LENGTH_AT = 56;
const STEPS = 80;
const CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6] as const;

/** The five words that steps go from and to. */
type State = Int32Array;

/** What one step mixes of three words. */
function mixed(step: number, b: number, c: number, d: number): number {
  if (step < 20) return ((c ^ d) & b) ^ d;
  if (step < 40 || step >= 60) return b ^ c ^ d;
  return (b & c) | ((b | c) & d);
}

function constant(step: number): number {
  return CONSTANTS[(step / 20) | 0] as number;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Does steps `from` to `to - 1`. */
function forward(state: State, words: Int32Array, from: number, to: number): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  for (let i = from; i < to; i++) {
    const next = (rotated(a, 5) + mixed(i, b, c, d) + e + constant(i) + (words[i] as number)) | 0;
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  put(state, a, b, c, d, e);
}

/** Takes the steps before `from` back. */
function backward(state: State, words: Int32Array, from: number): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  for (let i = from - 1; i >= 0; i--) {
    const before = rotated(c, 2);
    const last = (a - rotated(b, 5) - mixed(i, before, d, e) - constant(i) - (words[i] as number)) | 0;
    a = b;
    b = before;
    c = d;
    d = e;
    e = last;
  }
  put(state, a, b, c, d, e);
}

function put(state: State, a: number, b: number, c: number, d: number, e: number): void {
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
  state[4] = e;
}

/** Adds what all steps make of a state to it. */
function addSteps(state: State, w: Int32Array): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  // Five steps at a time, after which every word is in its own place again.
  let i = 0;
  for (; i < 20; i += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (((c ^ d) & b) ^ d) + 0x5a827999 + (w[i] as number)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (((b ^ c) & a) ^ c) + 0x5a827999 + (w[i + 1] as number)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (((a ^ b) & e) ^ b) + 0x5a827999 + (w[i + 2] as number)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (((e ^ a) & d) ^ a) + 0x5a827999 + (w[i + 3] as number)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (((d ^ e) & c) ^ e) + 0x5a827999 + (w[i + 4] as number)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  for (; i < 40; i += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + 0x6ed9eba1 + (w[i] as number)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + 0x6ed9eba1 + (w[i + 1] as number)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + 0x6ed9eba1 + (w[i + 2] as number)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + 0x6ed9eba1 + (w[i + 3] as number)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + 0x6ed9eba1 + (w[i + 4] as number)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  for (; i < 60; i += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | ((b | c) & d)) + 0x8f1bbcdc + (w[i] as number)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | ((a | b) & c)) + 0x8f1bbcdc + (w[i + 1] as number)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | ((e | a) & b)) + 0x8f1bbcdc + (w[i + 2] as number)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | ((d | e) & a)) + 0x8f1bbcdc + (w[i + 3] as number)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | ((c | d) & e)) + 0x8f1bbcdc + (w[i + 4] as number)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  for (; i < STEPS; i += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + 0xca62c1d6 + (w[i] as number)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + 0xca62c1d6 + (w[i + 1] as number)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + 0xca62c1d6 + (w[i + 2] as number)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + 0xca62c1d6 + (w[i + 3] as number)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + 0xca62c1d6 + (w[i + 4] as number)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  put(
    state,
    ((state[0] as number) + a) | 0,
    ((state[1] as number) + b) | 0,
    ((state[2] as number) + c) | 0,
    ((state[3] as number) + d) | 0,
    ((state[4] as number) + e) | 0,
  );
}

// Of the block that is being hashed, one after the other: most objects are small, and arrays for each would take longer than their hash.
const words = new Int32Array(STEPS);
const before: State = new Int32Array(5);
/** The block that another one of an attack would be: its words, and its state before and behind all steps. */
const other = new Int32Array(STEPS);
const first: State = new Int32Array(5);
const last: State = new Int32Array(5);

export class CheckedSha1 {
  private readonly chained: State = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  private readonly rest = new Uint8Array(BLOCK_BYTES);
  private restBytes = 0;
  private bytes = 0;
  private found = false;

  update(data: Uint8Array): this {
    this.bytes += data.length;
    let at = 0;
    if (this.restBytes > 0) {
      at = Math.min(BLOCK_BYTES - this.restBytes, data.length);
      this.rest.set(data.subarray(0, at), this.restBytes);
      this.restBytes += at;
      if (this.restBytes < BLOCK_BYTES) return this;
      this.block(this.rest, 0);
    }
    for (; at + BLOCK_BYTES <= data.length; at += BLOCK_BYTES) this.block(data, at);
    this.rest.set(data.subarray(at));
    this.restBytes = data.length - at;
    return this;
  }

  /** The hash, 20 bytes; nothing can be added after it. */
  digest(): Buffer {
    const { rest, bytes } = this;
    rest[this.restBytes] = 0x80;
    rest.fill(0, this.restBytes + 1);
    if (this.restBytes >= LENGTH_AT) {
      this.block(rest, 0);
      rest.fill(0);
    }
    const view = new DataView(rest.buffer);
    view.setUint32(LENGTH_AT, Math.floor(bytes / 2 ** 29));
    view.setUint32(LENGTH_AT + 4, (bytes % 2 ** 29) * 8);
    this.block(rest, 0);
    const digest = Buffer.alloc(20);
    for (const [i, word] of this.chained.entries()) digest.writeInt32BE(word, i * 4);
    return digest;
  }

  /** True where what was hashed so far is one of a pair that was made to collide. */
  get isAttack(): boolean {
    return this.found;
  }

  private block(data: Uint8Array, at: number): void {
    const { chained } = this;
    for (let i = 0, from = at; i < 16; i++, from += 4)
      words[i] =
        ((data[from] as number) << 24) |
        ((data[from + 1] as number) << 16) |
        ((data[from + 2] as number) << 8) |
        (data[from + 3] as number);
    for (let i = 16; i < STEPS; i++) {
      const word =
        (words[i - 3] as number) ^ (words[i - 8] as number) ^ (words[i - 14] as number) ^ (words[i - 16] as number);
      words[i] = (word << 1) | (word >>> 31);
    }
    before.set(chained);
    addSteps(chained, words);
    const possible = possibleVectors(words);
    if (possible !== 0) this.found ||= this.collides(possible);
  }

  /** True where the block with the difference of one of the vectors leads to where this one leads. */
  private collides(possible: number): boolean {
    return VECTORS.some(({ differences, step }, i) => {
      if (((possible >>> i) & 1) === 0) return false;
      last.set(before);
      forward(last, words, 0, step);
      first.set(last);
      for (let j = 0; j < STEPS; j++) other[j] = (words[j] as number) ^ (differences[j] as number);
      backward(first, other, step);
      forward(last, other, step, STEPS);
      return this.chained.every((word, j) => word === (((first[j] as number) + (last[j] as number)) | 0));
    });
  }
}
