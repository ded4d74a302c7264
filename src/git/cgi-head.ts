/** The head of what a CGI program prints (RFC 3875 §6): header lines, an empty line, then the body. */

const MAX_HEAD = 64 * 1024;

export interface CgiHeader {
  readonly name: string;
  readonly value: string;
}

interface CgiAnswer {
  readonly status: number;
  readonly headers: readonly CgiHeader[];
  /** What of the body has come by then. */
  readonly body: Buffer;
}

/** Collects the head as it comes. */
export class CgiHead {
  private seen: Buffer = Buffer.alloc(0);

  /** The answer's head once it is whole, else null. Anything that is no header line is left out. */
  add(chunk: Buffer): CgiAnswer | null {
    this.seen = Buffer.concat([this.seen, chunk]);
    const match = /\r?\n\r?\n/.exec(this.seen.toString('latin1', 0, MAX_HEAD));
    if (match === null) return null;
    let status = 200;
    const headers: CgiHeader[] = [];
    for (const line of this.seen.toString('latin1', 0, match.index).split(/\r?\n/)) {
      const [, name, value] = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10) || 500;
      else headers.push({ name, value });
    }
    return { status, headers, body: this.seen.subarray(match.index + match[0].length) };
  }
}
