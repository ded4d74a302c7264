/** One end of a conversation: texts go out and come in, and at some time it ends. */

/** Who listens to a channel. */
export interface ChannelListener {
  /** A message came, as bytes or as text. */
  onText(text: Uint8Array | string): void;
  /** What was written before has gone. */
  onDrain(): void;
  /** Nothing more comes; said once. `why` is for people. */
  onEnd(why: string): void;
}

/** A client or a server. */
export interface Channel {
  /** Begins to listen. */
  listen(listener: ChannelListener): void;
  /** False where the other end does not keep up: `onDrain` says when it does again. */
  send(text: string): boolean;
  /** Reads no more for now. */
  pause(): void;
  resume(): void;
  /** Says that nothing more is sent, and lets go of whatever was begun. */
  close(): Promise<void>;
}

/** Who listens to a server: what is known of one that is reached over HTTP, where each request has a connection of its own. */
export interface ServerListener extends ChannelListener {
  /** Whether somebody still waits for the answer to a request. */
  waitsFor(id: string | number): boolean;
  /** No answer to a request comes any more. `why` is for people. */
  onLost(id: string | number, why: string): void;
  /** The server refuses what authorizes the guard. */
  onRefused(why: string): void;
  /** The server knows nothing any more of what came before, and what it offers may be something else. */
  onRenewed(): void;
}

/** A server. */
export interface ServerChannel extends Omit<Channel, 'listen'> {
  listen(listener: ServerListener): void;
}

/** A line that is longer is read by nobody: it would have to be held whole. */
export const MAX_LINE_BYTES = 64 * 2 ** 20;

const LF = 0x0a;
const CR = 0x0d;

function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === CR);
}

/** Messages on two streams, one a line, as the protocol's transport over standard input and output has them. */
export class LineChannel implements Channel {
  private readonly input: NodeJS.ReadableStream;
  private readonly output: NodeJS.WritableStream;
  private parts: Buffer[] = [];
  private held = 0;
  private listener: ChannelListener | null = null;

  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream) {
    this.input = input;
    this.output = output;
  }

  listen(listener: ChannelListener): void {
    this.listener = listener;
    this.output.on('drain', () => listener.onDrain());
    // Whoever does not read any more has gone: that its end of the other stream says, or does soon.
    this.output.on('error', () => this.end('it reads no more'));
    this.input.on('error', (error) => this.end(error.message));
    this.input.on('end', () => this.end('it said that nothing more comes'));
    this.input.on('close', () => this.end('its stream was closed'));
    this.input.on('data', (chunk: Buffer | string) =>
      this.take(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
    );
  }

  send(text: string): boolean {
    // Whoever has gone is waited for by nobody.
    return !this.output.writable || this.output.write(`${text}\n`);
  }

  pause(): void {
    this.input.pause();
  }

  resume(): void {
    this.input.resume();
  }

  /** The streams are whoever's opened them. */
  async close(): Promise<void> {
    this.listener = null;
    this.input.pause();
  }

  private end(why: string): void {
    const { listener } = this;
    this.listener = null;
    listener?.onEnd(why);
  }

  private take(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(LF); at >= 0; at = rest.indexOf(LF)) {
      const line =
        this.parts.length === 0 ? rest.subarray(0, at) : Buffer.concat([...this.parts, rest.subarray(0, at)]);
      rest = rest.subarray(at + 1);
      this.parts = [];
      this.held = 0;
      if (!isBlank(line)) this.listener?.onText(line);
    }
    if (rest.length === 0) return;
    this.parts.push(rest);
    this.held += rest.length;
    if (this.held <= MAX_LINE_BYTES) return;
    this.parts = [];
    this.end(`it sent a line of more than ${MAX_LINE_BYTES} bytes`);
  }
}
