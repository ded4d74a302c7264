/** What differences are worked out of, one upon the other, in bounded memory: what was let go is made again. */

/** An object of which others are differences. */
export interface DeltaBase<Entry> {
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

/** A stack; of its bytes those at the top are kept, up to a limit, and those of its top always. */
export class DeltaBases<Entry> {
  private readonly stack: Held<Entry>[] = [];
  /** The lowest place of the stack whose bytes are kept; all above it are, too. */
  private lowest = 0;
  private bytes = 0;
  private readonly limit: number;
  private readonly make: (entry: Entry, base: Buffer | null) => Buffer;

  /** @param make works out an entry once more, of its base; of nothing where it is whole */
  constructor(limit: number, make: (entry: Entry, base: Buffer | null) => Buffer) {
    this.limit = limit;
    this.make = make;
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
  topBytes(): Buffer {
    const top = this.stack.at(-1);
    if (top === undefined) throw new Error('there is no base');
    if (top.data !== null) return top.data;
    const missing: Held<Entry>[] = [];
    let at: Held<Entry> | null = top;
    for (; at !== null && at.data === null; at = at.parent) missing.push(at);
    let data = at?.data ?? null;
    for (const base of missing.reverse()) data = this.make(base.entry, data);
    this.lowest = this.stack.length - 1;
    return this.hold(data ?? Buffer.alloc(0));
  }

  pop(): void {
    this.bytes -= this.stack.at(-1)?.data?.length ?? 0;
    const top = this.stack.pop();
    if (top !== undefined) top.data = null;
    this.lowest = Math.min(this.lowest, this.stack.length);
  }

  private hold(data: Buffer): Buffer {
    const top = this.stack.at(-1);
    if (top === undefined) return data;
    top.data = data;
    this.bytes += data.length;
    for (; this.bytes > this.limit && this.lowest < this.stack.length - 1; this.lowest += 1) {
      const base = this.stack[this.lowest];
      this.bytes -= base?.data?.length ?? 0;
      if (base !== undefined) base.data = null;
    }
    return data;
  }
}
