/**
 * The SSH wire format (RFC 4251, section 5): length-prefixed strings, 32-bit integers and big integers.
 *
 * Reading is strict, so that a value has one encoding only: whoever re-encodes what was read gets the same bytes.
 */

/**
 * Bytes that are not what they claim to be. It never leaves this folder: each entry point turns it into the
 * `LedgerError` that fits its own input.
 */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** The same bytes as a Buffer, without a copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads values one after the other and never past the end; anything odd throws `Malformed` and names `what`. */
export class SshReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bufferOf(bytes);
    this.#what = what;
  }

  /** Exactly `length` bytes, as a view of the input. */
  take(length: number, field: string): Buffer {
    const left = this.#bytes.length - this.#at;
    if (length > left) {
      throw new Malformed(`${this.#what}: expected ${length} more bytes for the ${field}, got ${left}`);
    }
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  uint32(field: string): number {
    return this.take(4, field).readUInt32BE(0);
  }

  string(field: string): Buffer {
    return this.take(this.uint32(`length of the ${field}`), field);
  }

  /** A string of printable ASCII: every name in the formats read here is one (RFC 4251, section 6). */
  name(field: string): string {
    const text = this.string(field).toString('latin1');
    if (!/^[\x20-\x7e]*$/.test(text)) throw new Malformed(`${this.#what}: expected a ${field} in printable ASCII`);
    return text;
  }

  /**
   * A non-negative `mpint` as its magnitude, big-endian, without leading zero bytes; zero is empty.
   *
   * A leading zero byte is there if, and only if, the next bit is set (RFC 4251, section 5).
   */
  mpint(field: string): Buffer {
    const bytes = this.string(field);
    const [first, second] = bytes;
    if (first === undefined) return bytes;
    if (first >= 0x80) throw new Malformed(`${this.#what}: expected a positive ${field}, got a negative number`);
    if (first !== 0) return bytes;
    if (second === undefined || second < 0x80) {
      throw new Malformed(`${this.#what}: expected the shortest encoding of the ${field}, got superfluous zero bytes`);
    }
    return bytes.subarray(1);
  }

  /** What is left, as a view of the input. */
  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at, 'rest');
  }

  /** Refuses bytes after the last value. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw new Malformed(`${this.#what}: expected the end, got ${left} more bytes`);
  }
}

/** Encodes an unsigned 32-bit integer. */
export function sshUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Encodes a string: its length in bytes, then the bytes; text as UTF-8. */
export function sshString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([sshUint32(bytes.length), bytes]);
}

/** Encodes a non-negative big-endian magnitude as the shortest `mpint`, whatever its leading zero bytes. */
export function sshMpint(magnitude: Uint8Array): Buffer {
  let start = 0;
  while (magnitude[start] === 0) start += 1;
  const bytes = magnitude.subarray(start);
  const first = bytes[0];
  return sshString(first !== undefined && first >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

/** Decodes base64 in its one canonical form: standard alphabet, padded, no other byte, unused bits zero. */
export function strictBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what it does not know; encoding again shows whether it had to.
  if (bytes.toString('base64') !== text) throw new Malformed(`${what}: expected canonical base64`);
  return bytes;
}

/** The width at which OpenSSH breaks base64 (`sshbuf_dtob64` in sshbuf-misc.c). */
const COLUMNS = 70;

/** Wraps bytes as OpenSSH does: BEGIN line, base64 in lines of 70 columns, END line, each ended by one LF. */
export function sshArmour(label: string, bytes: Uint8Array): string {
  const base64 = bufferOf(bytes).toString('base64');
  const lines = [`-----BEGIN ${label}-----`];
  for (let at = 0; at < base64.length; at += COLUMNS) lines.push(base64.slice(at, at + COLUMNS));
  lines.push(`-----END ${label}-----`, '');
  return lines.join('\n');
}
