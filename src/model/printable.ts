/** What may stand on one line of a commit message, a note or a terminal. */

import { compareKeys } from './key-order.js';

/**
 * Matches what no line of the ledger may hold: C0 and C1 controls, line and paragraph separators, zero-width and
 * bidirectional formatting (they make a line read differently from what it says), and lone surrogates (not UTF-8).
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The UTF-8 length of a string. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** True for one line of printable text without space at either end, 1 to `maxBytes` bytes of UTF-8. */
export function isPrintableLine(text: string, maxBytes: number): boolean {
  return text.length > 0 && text.trim() === text && !UNPRINTABLE.test(text) && byteLength(text) <= maxBytes;
}

/** True for text of any number of lines (LF) with tabs, and nothing else that a line may not hold. */
export function isPrintableText(text: string, maxBytes: number): boolean {
  return !UNPRINTABLE.test(text.replace(/[\n\t]/g, '')) && byteLength(text) <= maxBytes;
}

/** `text` cut at a whole character so that it has at most `maxBytes` bytes of UTF-8; `…` stands for what is left out. */
function cutToBytes(text: string, maxBytes: number): string {
  if (byteLength(text) <= maxBytes) return text;
  const mark = '…';
  const bytes = Buffer.from(text, 'utf8').subarray(0, Math.max(0, maxBytes - byteLength(mark)));
  // A character that the cut went through decodes to U+FFFD, at most one of them.
  return `${bytes.toString('utf8').replace(/\ufffd$/, '')}${mark}`;
}

/** A character as `\uXXXX`. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function withoutUnprintable(line: string): string {
  return line.replace(new RegExp(UNPRINTABLE.source, 'g'), escaped);
}

/**
 * Any text as `isPrintableText` demands it: line ends become LF, what no line may hold becomes its `\uXXXX`, and what is
 * more than `maxBytes` bytes of UTF-8 is cut off.
 */
export function toPrintableText(text: string, maxBytes: number): string {
  const parts = text.replace(/\r\n?/g, '\n').split(/([\n\t])/);
  const printable = parts.map((part) => (part === '\n' || part === '\t' ? part : withoutUnprintable(part)));
  return cutToBytes(printable.join(''), maxBytes);
}

/** A JSON string literal that is itself one printable line; `JSON.parse` gives back exactly `text`. */
export function printableJsonString(text: string): string {
  return withoutUnprintable(JSON.stringify(text));
}

/**
 * Orders strings by their UTF-8 bytes, as `LC_ALL=C sort` does. The bytes are made only of strings with half of a surrogate pair: in UTF-8
 * U+FFFD takes its place.
 */
export function compareBytes(a: string, b: string): number {
  if (a.isWellFormed() && b.isWellFormed()) return compareKeys(a, b);
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
