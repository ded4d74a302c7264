/** An assessment in words: most severe first, at most a screen. */

import type { Caller } from '../model/assessment.js';
import { toPrintableText } from '../model/printable.js';
import type { CompatibilityLevel } from '../model/report.js';
import type { RootCause } from './root-causes.js';

/** Lines of findings; with the heading and the notes it fits a terminal of 40 lines. */
const MAX_LINES = 24;
const MAX_NOTES = 8;
const MAX_LINE = 240;
/** What is shown of a second path to the same change, in characters. */
const MAX_ALSO = 60;

const HEADING: Readonly<Record<CompatibilityLevel, string>> = {
  COMPATIBLE: 'Drop-in: callers see the same interface.',
  MINOR_CHANGE: 'Additive: what callers use is still there.',
  BREAKING: 'Callers break:',
  UNKNOWN: 'Too little information to say that callers are safe:',
};

/** Cut between two characters, not inside one. */
function shortened(line: string, most = MAX_LINE): string {
  return line.length <= most ? line : `${line.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A text in one line; what a terminal or a signed tag would take amiss is spelled out: names may be made to deceive. */
function oneLine(text: string): string {
  // Names have no length that anybody keeps to; what is cut off below need not be looked through.
  const line = text.slice(0, 4 * MAX_LINE).replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, ' ');
  return toPrintableText(line.trim(), 64 * MAX_LINE);
}

/** `member-removed` at 40 paths is one change: the nearest to an export is told, and the next for an example. */
function lineOf({ finding, elsewhere }: RootCause): string {
  const place = finding.path === '' ? '' : `${finding.path}: `;
  const [next, ...more] = elsewhere;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  const also = next === undefined ? '' : ` (also ${shortened(oneLine(next.path), MAX_ALSO)}${others})`;
  return `${shortened(oneLine(`- ${place}${finding.message}`), MAX_LINE - also.length)}${also}`;
}

/** The text that is signed with the verdict. `causes` are in the order in which they are told: most severe first. */
export function rationaleOf(level: CompatibilityLevel, causes: readonly RootCause[], notes: readonly string[]): string {
  const told = causes.filter(({ finding }) => finding.level !== 'COMPATIBLE');
  const lines = [HEADING[level]];
  let section = level;
  for (const cause of told.slice(0, MAX_LINES)) {
    if (cause.finding.level !== section) {
      section = cause.finding.level;
      lines.push('', section === 'MINOR_CHANGE' ? 'Also, additive:' : 'Also not known:');
    }
    lines.push(lineOf(cause));
  }
  const left = told.length - MAX_LINES;
  if (left > 0) lines.push(`- and ${left} more (git-lineage assess --json lists them)`);
  if (notes.length > 0) lines.push('', ...notes.slice(0, MAX_NOTES).map((note) => shortened(oneLine(`Note: ${note}`))));
  if (notes.length > MAX_NOTES) {
    lines.push(`Note: and ${notes.length - MAX_NOTES} more (git-lineage assess --json lists them)`);
  }
  return lines.join('\n');
}

/** The end of the text: code as it is, which is printable already. */
export function callerText({ lines }: Caller): string {
  return ['A caller that compiles before and not after:', ...lines.map((line) => `  ${line}`)].join('\n');
}
