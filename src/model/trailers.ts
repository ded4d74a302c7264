/** The `Key: value` lines that end a commit or tag message; one grammar for versions, reports and journal entries. */

export type Trailer = readonly [key: string, value: string];

const LINE = /^([A-Z][A-Za-z0-9]*(?:-[A-Z0-9][A-Za-z0-9]*)*): (.*)$/;

/** One line for each trailer, LF at the end of each. */
function formatTrailers(trailers: readonly Trailer[]): string {
  return trailers.map(([key, value]) => `${key}: ${value}\n`).join('');
}

/** The trailers of a block in their order, or null where any line is not one. */
function parseTrailers(block: string): Trailer[] | null {
  if (!block.endsWith('\n')) return null;
  const trailers: Trailer[] = [];
  for (const line of block.slice(0, -1).split('\n')) {
    const match = LINE.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return null;
    trailers.push([match[1], match[2]]);
  }
  return trailers;
}

/** A message of a subject, an optional body and a closing block of trailers. */
export function formatMessage(subject: string, body: string, trailers: readonly Trailer[]): string {
  return `${subject}\n\n${body === '' ? '' : `${body}\n\n`}${formatTrailers(trailers)}`;
}

/** The inverse of `formatMessage`, or null where the message has no such shape. The body may hold anything. */
export function parseMessage(message: string): { subject: string; body: string; trailers: Trailer[] } | null {
  const subjectEnd = message.indexOf('\n\n');
  const bodyEnd = message.lastIndexOf('\n\n');
  if (subjectEnd === -1) return null;
  const trailers = parseTrailers(message.slice(bodyEnd + 2));
  if (trailers === null) return null;
  const body = bodyEnd > subjectEnd ? message.slice(subjectEnd + 2, bodyEnd) : '';
  return { subject: message.slice(0, subjectEnd), body, trailers };
}

/** A reader over trailers of a fixed order: `take` the next one by name, or see that it is not there. */
export class TrailerReader {
  private index = 0;
  private readonly trailers: readonly Trailer[];

  constructor(trailers: readonly Trailer[]) {
    this.trailers = trailers;
  }

  /** The value of the next trailer if it has this key, else null. */
  take(key: string): string | null {
    const next = this.trailers[this.index];
    if (next?.[0] !== key) return null;
    this.index += 1;
    return next[1];
  }

  /** The next trailer, whatever its key, or null at the end. */
  next(): Trailer | null {
    return this.trailers[this.index++] ?? null;
  }

  get done(): boolean {
    return this.index >= this.trailers.length;
  }
}
