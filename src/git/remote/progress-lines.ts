/**
 * What git says of how far a transfer is (progress.c), read for its numbers. The words may be a server's: none of them is
 * handed on.
 */

import type { OnTransfer, TransferPhase, TransferProgress } from '../../ports/progress.js';

const PHASES: Readonly<Record<string, TransferPhase>> = {
  Enumerating: 'counting',
  Counting: 'counting',
  Compressing: 'compressing',
  Receiving: 'receiving',
  Resolving: 'unpacking',
  Unpacking: 'unpacking',
  Writing: 'sending',
};

/** `Receiving objects:  33% (1/3), 1.20 MiB | 2.00 MiB/s`, `remote: Enumerating objects: 5, done.` */
const LINE =
  /^(?:remote: )?([A-Z][a-z]+) (?:objects|deltas): +(?:\d{1,3}% \((\d{1,15})\/(\d{1,15})\)|(\d{1,15}))(?:, (\d{1,15}(?:\.\d+)?) (bytes?|KiB|MiB|GiB))?/;

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** What else git prints where it is asked for its progress, in front of why it failed. */
const BESIDE = /^(?:(?:remote: )?(?:Total \d+ \(delta |Delta compression using )|From |To | [*+=!t-] )/;

const LINE_END = /[\r\n]+/;

/** The most that is kept of a line that has not ended. */
const MAX_LINE = 1024;

function parseLine(line: string): TransferProgress | null {
  const [, word = '', done, total, count, amount, unit = ''] = LINE.exec(line) ?? [];
  const phase = Object.hasOwn(PHASES, word) ? PHASES[word] : undefined;
  if (phase === undefined) return null;
  const bytes = amount === undefined ? null : Math.round(Number(amount) * (UNITS[unit] ?? 1));
  return { phase, done: Number(done ?? count), total: total === undefined ? null : Number(total), bytes };
}

/** Takes what git or a server prints, in parts of any length, and tells what it says of the transfer. */
export function progressReader(onTransfer: OnTransfer): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split(LINE_END);
    rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) {
      const progress = parseLine(line);
      if (progress !== null) onTransfer(progress);
    }
  };
}

/** What git printed, less its progress: what is left says why it failed. */
export function withoutProgress(printed: string): string {
  const lines = printed.split(LINE_END).filter((line) => parseLine(line) === null && !BESIDE.test(line));
  return lines.join('\n');
}
