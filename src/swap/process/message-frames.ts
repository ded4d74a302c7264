/**
 * Messages on a pipe between a host and a process: the length of each in four bytes, then its clone as `node:v8` writes it.
 *
 * The channel of `fork` would clone as well, but whoever writes to it what is no message ends the host: what the host cannot read is thrown
 * where nobody can catch it, and messages of Node's own are believed.
 */

import { deserialize, serialize } from 'node:v8';

const HEAD_BYTES = 4;

/** One message, at most, in bytes: so much of it the host holds before it knows what it is. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

function assertSize(bytes: number): void {
  if (bytes > MAX_MESSAGE_BYTES)
    throw new RangeError(`a message between processes has ${MAX_MESSAGE_BYTES} bytes at most, not ${bytes}`);
}

/** @throws `DataCloneError` for what cannot be cloned; `RangeError` for what is too large */
export function framed(message: unknown): Buffer {
  const body = serialize(message);
  assertSize(body.length);
  const frame = Buffer.allocUnsafe(HEAD_BYTES + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, HEAD_BYTES);
  return frame;
}

/** Puts messages together from what a pipe gives. */
export class FrameReader {
  private readonly onMessage: (message: unknown) => void;
  private chunks: Buffer[] = [];
  private held = 0;
  /** How many bytes the next frame has, its head included; null as long as the head is not there. */
  private wanted: number | null = null;

  constructor(onMessage: (message: unknown) => void) {
    this.onMessage = onMessage;
  }

  /** @throws where the bytes are no messages; nothing can be read after that */
  take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    while (this.isWhole()) {
      const frame = this.cut(this.wanted ?? HEAD_BYTES);
      this.wanted = null;
      this.onMessage(deserialize(frame.subarray(HEAD_BYTES)));
    }
  }

  private isWhole(): boolean {
    if (this.wanted === null && this.held >= HEAD_BYTES) {
      const bytes = this.joined().readUInt32BE();
      assertSize(bytes);
      this.wanted = HEAD_BYTES + bytes;
    }
    return this.wanted !== null && this.held >= this.wanted;
  }

  /** Joined once a frame and not once a chunk: a large message comes in thousands of them. */
  private joined(): Buffer {
    const all = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }

  private cut(bytes: number): Buffer {
    const all = this.joined();
    const rest = all.subarray(bytes);
    this.chunks = rest.length === 0 ? [] : [rest];
    this.held = rest.length;
    return all.subarray(0, bytes);
  }
}
