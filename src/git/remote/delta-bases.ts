/** What differences are worked out of, one upon the other, in bounded memory: what was let go is made again. */

/** An object of which others are differences. */
interface DeltaBase<Entry> {
  readonly entry: Entry;
  /** What it is a difference of itself; null for an object that the pack holds whole. */
  readonly parent: DeltaBase<Entry> | null;
  /** The differences of it that are still to be worked out. */
  readonly children: Entry[];
  /** How many differences stand on each other up to it. */
  readonly depth: number;
}

interface Held<Entry> extends DeltaBase<Entry> {
  readonly parent: Held<Entry> | null;
  data: Buffer | null;
}

/** How bases come and go. */
interface BaseMaker<Entry> {
  /** Works out an entry once more, of its base; of nothing where it is whole. */
  make(entry: Entry, base: Buffer | null): Promise<Buffer>;
  /** Told of bytes that nobody needs any more. */
  release(data: Buffer): void;
}

/** A stack; of its bytes those at the top are kept, up to a limit, and those of its top always. */
export class DeltaBases<Entry> {
  private readonly stack: Held<Entry>[] = [];
  /** The lowest place of the stack whose bytes are kept; all above it are, too. */
  private lowest = 0;
  private bytes = 0;
  private readonly limit: number;
  private readonly maker: BaseMaker<Entry>;

  constructor(limit: number, maker: BaseMaker<Entry>) {
    this.limit = limit;
    this.maker = maker;
  }

  get top(): DeltaBase<Entry> | null {
    return this.stack.at(-1) ?? null;
  }

  /** @param parent null for an object that is whole, else the top at the time its difference was worked out */
  push(entry: Entry, children: Entry[], data: Buffer, parent: DeltaBase<Entry> | null = null): void {
    const depth = parent === null ? 0 : parent.depth + 1;
    this.stack.push({ entry, parent: parent as Held<Entry> | null, children, depth, data: null });
    this.hold(data);
  }

  /** The bytes of the top. */
  async topBytes(): Promise<Buffer> {
    const top = this.stack.at(-1);
    if (top === undefined) throw new Error('there is no base');
    if (top.data !== null) return top.data;
    const missing: Held<Entry>[] = [];
    let at: Held<Entry> | null = top;
    for (; at !== null && at.data === null; at = at.parent) missing.push(at);
    const kept = at?.data ?? null;
    let data = kept;
    for (const base of missing.reverse()) {
      const made = await this.maker.make(base.entry, data);
      if (data !== null && data !== kept) this.maker.release(data);
      data = made;
    }
    this.lowest = this.stack.length - 1;
    return this.hold(data ?? Buffer.alloc(0));
  }

  pop(): void {
    const top = this.stack.pop();
    if (top !== undefined) this.letGo(top);
    this.lowest = Math.min(this.lowest, this.stack.length);
  }

  private hold(data: Buffer): Buffer {
    const top = this.stack.at(-1);
    if (top === undefined) return data;
    top.data = data;
    this.bytes += data.length;
    for (; this.bytes > this.limit && this.lowest < this.stack.length - 1; this.lowest += 1) {
      const base = this.stack[this.lowest];
      if (base !== undefined) this.letGo(base);
    }
    return data;
  }

  private letGo(base: Held<Entry>): void {
    if (base.data === null) return;
    this.bytes -= base.data.length;
    this.maker.release(base.data);
    base.data = null;
  }
}

/** Smaller ones are no matter. */
const SPARED_BYTES = 1024 * 1024;

/**
 * The memory of a large object that is done with, for the next one. Left to the garbage collector it would still be held when the next one
 * is made: three objects for a chain that takes two.
 */
export class SpareBuffer {
  private buffer: Buffer | null = null;

  /** Takes a buffer over: nobody else may have a part of it. */
  give(buffer: Buffer): void {
    if (buffer.length >= SPARED_BYTES && buffer.length >= (this.buffer?.length ?? 0)) this.buffer = buffer;
  }

  /** A buffer of so many bytes, with anything in it. */
  take(size: number): Buffer {
    const { buffer } = this;
    if (buffer === null || size < SPARED_BYTES) return Buffer.allocUnsafe(size);
    this.buffer = null;
    return size > buffer.length ? Buffer.allocUnsafe(size) : buffer.subarray(0, size);
  }
}
