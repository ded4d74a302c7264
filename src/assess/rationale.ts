/** An assessment in words: most severe first, at most a screen. */

import { toPrintableText } from '../model/printable.js';
import type { CompatibilityLevel } from '../model/report.js';
import type { Finding } from './contract.js';

/** Lines of findings; with the heading and the notes it fits a terminal of 40 lines. */
const MAX_LINES = 24;
const MAX_NOTES = 8;
const MAX_LINE = 240;

const HEADING: Readonly<Record<CompatibilityLevel, string>> = {
  COMPATIBLE: 'Drop-in: callers see the same interface.',
  MINOR_CHANGE: 'Additive: what callers use is still there.',
  BREAKING: 'Callers break:',
  UNKNOWN: 'Too little information to say that callers are safe:',
};

/** Cut between two characters, not inside one. */
function shortened(line: string): string {
  return line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A text in one line; what a terminal or a signed tag would take amiss is spelled out: names may be made to deceive. */
function oneLine(text: string): string {
  // Names have no length that anybody keeps to; what is cut off below need not be looked through.
  const line = text.slice(0, 4 * MAX_LINE).replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, ' ');
  return toPrintableText(line.trim(), 64 * MAX_LINE);
}

function lineOf(finding: Finding): string {
  const place = finding.path === '' ? '' : `${finding.path}: `;
  return shortened(oneLine(`- ${place}${finding.message}`));
}

/** The text that is signed with the verdict. `findings` are in the order in which they are told. */
export function rationaleOf(level: CompatibilityLevel, findings: readonly Finding[], notes: readonly string[]): string {
  const told = findings.filter((finding) => finding.level !== 'COMPATIBLE');
  const lines = [HEADING[level]];
  let section = level;
  for (const finding of told.slice(0, MAX_LINES)) {
    if (finding.level !== section) {
      section = finding.level;
      lines.push('', section === 'MINOR_CHANGE' ? 'Also, additive:' : 'Also not known:');
    }
    lines.push(lineOf(finding));
  }
  const left = told.length - MAX_LINES;
  if (left > 0) lines.push(`- and ${left} more (git-lineage assess --json lists them)`);
  if (notes.length > 0) lines.push('', ...notes.slice(0, MAX_NOTES).map((note) => shortened(oneLine(`Note: ${note}`))));
  if (notes.length > MAX_NOTES) {
    lines.push(`Note: and ${notes.length - MAX_NOTES} more (git-lineage assess --json lists them)`);
  }
  return lines.join('\n');
}
