/** A block is lines in the order of their keys: `key TAB value LF`, or `key LF` for a record that is removed. */

export const TAB = 9;
export const LF = 10;
const SPACE = 32;
const ZERO = 48;

/** Where a block stands in its file, and the CRC-32 of its bytes. */
export interface Pointer {
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

/** Compares the key of the line that starts at `start` with `key`. */
export function compareLine(bytes: Uint8Array, start: number, key: Uint8Array): number {
  const length = key.length;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] as number;
    if (byte === TAB || byte === LF) return -1;
    const difference = byte - (key[i] as number);
    if (difference !== 0) return difference;
  }
  const end = bytes[start + length];
  return end === TAB || end === LF ? 0 : 1;
}

/** The end of the key of the line that starts at `start`. */
export function keyEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  for (;;) {
    const byte = bytes[end];
    if (byte === TAB || byte === LF || byte === undefined) return end;
    end++;
  }
}

/** The digits from `at` on, up to the first byte that is none. */
function numberAt(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; ; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return number;
    number = number * 10 + digit;
  }
}

/** The bytes of a block, taken apart no further than a look-up needs. */
export class Block {
  readonly bytes: Buffer;
  #found: readonly number[] | null = null;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Where each line starts, and the end. */
  get #starts(): readonly number[] {
    if (this.#found === null) {
      const starts = [0];
      const { bytes } = this;
      for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) starts.push(at + 1);
      this.#found = starts;
    }
    return this.#found;
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** The line with this key; where there is none, -1 less the first line whose key comes after it. */
  find(key: Uint8Array): number {
    const { bytes } = this;
    const starts = this.#starts;
    let low = 0;
    let high = this.count;
    // How many bytes the key has in common with the line before `low`, and with the line at `high`: lines between
    // these two have the fewer of them in common with it too.
    let lowCommon = 0;
    let highCommon = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = starts[middle] as number;
      let common = lowCommon < highCommon ? lowCommon : highCommon;
      // A tab or a line feed is in no key, so that the end of the line's key is a difference as well.
      while (common < key.length && bytes[start + common] === key[common]) common++;
      const byte = bytes[start + common] as number;
      const ends = byte === TAB || byte === LF;
      if (common === key.length && ends) return middle;
      if (ends || (common < key.length && byte < (key[common] as number))) {
        low = middle + 1;
        lowCommon = common;
      } else {
        high = middle;
        highCommon = common;
      }
    }
    return -1 - low;
  }

  /** The first line whose key is not before `key`. */
  lowerBound(key: Uint8Array): number {
    const line = this.find(key);
    return line < 0 ? -1 - line : line;
  }

  /** The last line whose key is not after `key`; -1 where there is none. */
  lastNotAfter(key: Uint8Array): number {
    const line = this.find(key);
    return line < 0 ? -2 - line : line;
  }

  /** A line with its line feed. */
  lineAt(line: number): Buffer {
    return this.bytes.subarray(this.#starts[line], this.#starts[line + 1]);
  }

  keyBytesAt(line: number): Buffer {
    const start = this.#starts[line] as number;
    return this.bytes.subarray(start, keyEnd(this.bytes, start));
  }

  keyAt(line: number): string {
    const start = this.#starts[line] as number;
    return this.bytes.toString('utf8', start, keyEnd(this.bytes, start));
  }

  valueAt(line: number): string | null {
    const end = keyEnd(this.bytes, this.#starts[line] as number);
    return this.bytes[end] === TAB
      ? this.bytes.toString('utf8', end + 1, (this.#starts[line + 1] as number) - 1)
      : null;
  }

  /** The value of a line of an inner block: the block that holds the keys from this line's to the next one's. */
  pointerAt(line: number): Pointer {
    const offset = keyEnd(this.bytes, this.#starts[line] as number) + 1;
    const length = this.bytes.indexOf(SPACE, offset) + 1;
    const crc = this.bytes.indexOf(SPACE, length) + 1;
    return {
      offset: numberAt(this.bytes, offset),
      length: numberAt(this.bytes, length),
      crc: numberAt(this.bytes, crc),
    };
  }
}

/** The line of an inner block. */
export function pointerLine(key: Uint8Array, pointer: Pointer): Buffer {
  return Buffer.concat([key, Buffer.from(`\t${pointer.offset} ${pointer.length} ${pointer.crc}\n`)]);
}
