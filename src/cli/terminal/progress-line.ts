/** One line on a terminal that says how far a long task is. */

import type { TransferPhase, TransferProgress } from '../library.js';
import type { Given, Io } from '../verb.js';
import { oneLine } from './render.js';

export interface ProgressLine {
  /** False where nobody is at a terminal: then nothing is ever written, and nobody need be asked how far they are. */
  readonly active: boolean;
  /** Says what is being done, and how far that is: `done` of `total`, `done` alone, or neither where it is not known. */
  readonly show: (what: string, done?: number, total?: number | null) => void;
  /** Says how far a transfer is. */
  readonly showTransfer: (progress: TransferProgress) => void;
  /** Takes the line away. What is shown after that begins anew. */
  readonly clear: () => void;
}

/** What is done within this time, in milliseconds, is not shown. */
const DELAY_MS = 1000;

/** The line is written again at most this often, in milliseconds, while the same thing is being done. */
const REDRAW_MS = 100;

function counted(done: number | undefined, total: number | null | undefined): string {
  if (done === undefined) return '';
  return total === undefined || total === null ? ` ${done}` : ` ${done}/${total}`;
}

const PHASES: Readonly<Record<TransferPhase, string>> = {
  counting: 'counting objects',
  compressing: 'compressing objects',
  receiving: 'receiving objects',
  sending: 'sending objects',
  unpacking: 'unpacking differences',
  checking: 'checking objects',
};

/** A number of bytes in the units that git shows. */
function sized(bytes: number): string {
  if (bytes < 2 ** 10) return `${bytes} bytes`;
  if (bytes < 2 ** 20) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

/** `12/345, 1.2 MiB`; where nobody has counted yet, `of 345, 1.2 MiB`. */
function transferred({ done, total, bytes }: TransferProgress): string {
  const objects = done === null ? (total === null ? '' : ` of ${total}`) : counted(done, total);
  return bytes === null ? objects : `${objects}${objects === '' ? ' ' : ', '}${sized(bytes)}`;
}

/** The text in one row of the terminal, so that the next one is written over all of it. */
function fitting(text: string, columns: number | undefined): string {
  const characters = [...oneLine(text)];
  // The last column stays free: some terminals go to the next row when it is written to.
  const room = columns === undefined || columns < 2 ? characters.length : columns - 1;
  return characters.slice(0, room).join('');
}

class TerminalLine implements ProgressLine {
  readonly active = true;
  private readonly stderr: Io['stderr'];
  private readonly now: () => number;
  private began: number;
  private latest = { what: '', text: '' };
  /** What is on the terminal, and since when; null: nothing. */
  private drawn: { readonly what: string; readonly text: string; readonly at: number } | null = null;
  /** Draws what was said last once the delay is over, for a task that says nothing more. */
  private timer: NodeJS.Timeout | null = null;

  constructor(stderr: Io['stderr'], now: () => number) {
    this.stderr = stderr;
    this.now = now;
    this.began = now();
  }

  readonly show = (what: string, done?: number, total?: number | null): void => this.say(what, counted(done, total));

  readonly showTransfer = (progress: TransferProgress): void => this.say(PHASES[progress.phase], transferred(progress));

  private say(what: string, far: string): void {
    this.latest = { what, text: `${what}${far}` };
    const now = this.now();
    const left = this.began + DELAY_MS - now;
    if (left > 0) {
      this.timer ??= setTimeout(() => this.draw(this.now()), left).unref();
      return;
    }
    if (this.drawn?.what !== what || now - this.drawn.at >= REDRAW_MS) this.draw(now);
  }

  readonly clear = (): void => {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.drawn !== null) this.stderr.write('\r\u001b[K');
    this.drawn = null;
    this.began = this.now();
  };

  private draw(at: number): void {
    const { what, text } = this.latest;
    if (this.drawn?.text !== text) this.stderr.write(`\r${fitting(text, this.stderr.columns)}\u001b[K`);
    this.drawn = { what, text, at };
  }
}

const NOTHING: ProgressLine = {
  active: false,
  show: () => undefined,
  showTransfer: () => undefined,
  clear: () => undefined,
};

/** Where a line is written to, and what was asked for. */
interface ProgressPlace {
  readonly io: Pick<Io, 'stderr' | 'now'>;
  readonly given: Given;
}

/** The line of a task that begins now. It appears after a second, and only where stderr is a terminal and nobody asked for JSON. */
export function progressLine({ io, given }: ProgressPlace): ProgressLine {
  const { stderr, now = () => performance.now() } = io;
  return stderr.isTTY === true && !given.flag('json') ? new TerminalLine(stderr, now) : NOTHING;
}
