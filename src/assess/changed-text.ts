/** What changed in a text that a model follows, for a person who reads one line of it. */

import { toPrintableText } from '../model/printable.js';

/** What is quoted of a text, in characters: a note is a line. */
const MAX_QUOTED = 80;

/**
 * What a reader does not see and a model does: formatting, fillers, and the tags and selectors of Unicode's plane 14. The
 * controls and zero-width characters that no line may hold are spelled out by `toPrintableText`. U+FE0F, which asks for an emoji in
 * colour, is in texts that hide nothing.
 */
const UNSEEN = /(?![\ufe0f])[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Joiners and marks of direction, which some scripts need, and the selector of plain text. */
const NEEDED = new Set('\u200c\u200d\u200e\u200f\u061c\ufe0e');

/** The flags of England, Scotland and Wales and their like: a black flag, and tags that name a region (UTS #51, ED-14a). */
const REGION_FLAG = /\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{2,6}\u{e007f}/gu;

/** Forms of a character that its script knows: Han with a variation selector, Mongolian with one of its own. */
const FORMS = /(?<=\p{Script=Han})[\u{e0100}-\u{e01ef}]|(?<=\p{Script=Mongolian})[\u180b-\u180d\u180f]/gu;

/** Joiners that join nothing: between letters that have no other form, and several in a row. */
const IDLE_JOINERS = /(?<=[\p{Script=Latin}\p{Nd}])[\u200c\u200d](?=[\p{Script=Latin}\p{Nd}])|[\u200c\u200d]{2,}/gu;

/** The characters by which a text hides something from a person, each once, as `U+200B`; those that join nothing last. */
export function hiddenIn(text: string): string[] {
  const plain = text
    .replace(/^\ufeff/, '')
    .replace(REGION_FLAG, '')
    .replace(FORMS, '');
  const idle = (plain.match(IDLE_JOINERS) ?? []).flatMap((joiners) => [...joiners]);
  const hidden = new Set([...(plain.match(UNSEEN) ?? []).filter((character) => !NEEDED.has(character)), ...idle]);
  return [...hidden].map((one) => `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`);
}

/** The text in one line of bounded length, in quotes, with what nobody sees spelled out. */
export function quotedText(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED).replace(/[\ud800-\udbff]$/, '')}…` : text;
  const seen = cut.replace(UNSEEN, (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16)}}`);
  return `"${toPrintableText(seen.replace(/\s+/g, ' '), 16 * MAX_QUOTED)}"`;
}

/** The parts of two texts in which they differ, in whole words. */
function differing(before: string, after: string): [string, string] {
  const isSpace = (character: string | undefined) => character === undefined || /\s/.test(character);
  const isWithinWord = (a: number, b: number) => !isSpace(before.at(a)) || !isSpace(after.at(b));
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  if (isWithinWord(start, start)) while (start > 0 && !isSpace(before[start - 1])) start--;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  if (isWithinWord(-1 - end, -1 - end)) while (end > 0 && !isSpace(before.at(-end))) end--;
  return [before.slice(start, before.length - end), after.slice(start, after.length - end)];
}

/** How a text changed, as what its place says now and said before. Of two texts that differ. */
export function textChange(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return `says now: ${quotedText(after ?? '')}`;
  if (after === undefined) return `no longer says: ${quotedText(before)}`;
  const [old, now] = differing(before, after);
  if (old.trim() === '') return `says in addition: ${quotedText(now)}`;
  if (now.trim() === '') return `no longer says: ${quotedText(old)}`;
  return `says ${quotedText(now)}, and said ${quotedText(old)}`;
}
