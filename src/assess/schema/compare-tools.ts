/** What two versions of a module promise of their tools, and say of them. */

import { toPrintableText } from '../../model/printable.js';
import type { Finding, PartialAssessment } from '../contract.js';
import type { ModuleTree } from '../module/module-tree.js';
import { MAX_TOOLS, type PublishedTool, type ToolPromises, toolsOf } from '../module/published-tools.js';

/** How each promise reads where it is kept, and where it is not. */
const WORDS: Readonly<Record<keyof ToolPromises, readonly [kept: string, broken: string]>> = {
  readOnly: ['changes nothing', 'may change things'],
  additive: ['destroys nothing', 'may destroy things'],
  idempotent: ['does no more when it is called again', 'may do more when it is called again'],
  closedWorld: ['reaches nothing outside', 'may reach what is outside'],
};
const PROMISES = ['readOnly', 'additive', 'idempotent', 'closedWorld'] as const satisfies (keyof ToolPromises)[];

function comparePromises(before: PublishedTool, after: PublishedTool): PartialAssessment {
  const findings: Finding[] = [];
  const notes: string[] = [];
  for (const promise of PROMISES) {
    const [kept, broken] = WORDS[promise];
    if (before.promises[promise] === after.promises[promise]) continue;
    if (after.promises[promise])
      notes.push(`${after.path} says now that it ${kept}: clients may call it without asking`);
    else {
      const message = `the tool ${broken}; the version before says that it ${kept}`;
      findings.push({
        code: 'tool-promise-removed',
        level: 'BREAKING',
        path: before.path,
        before: kept,
        after: broken,
        message,
      });
    }
  }
  return { findings, notes };
}

/** What is quoted of a text, in characters: a note is a line. */
const MAX_QUOTED = 80;

/**
 * What a reader does not see and a model does: formatting, fillers, and the tags and selectors of Unicode's plane 14. The
 * controls and zero-width characters that no line may hold are spelled out by `toPrintableText`.
 */
const UNSEEN = /(?![\ufe0f])[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

function quoted(text: string): string {
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

function textNote(place: string, before: string | undefined, after: string | undefined): string {
  if (before === undefined) return `${place} says now: ${quoted(after ?? '')}`;
  if (after === undefined) return `${place} no longer says: ${quoted(before)}`;
  const [old, now] = differing(before, after);
  if (old.trim() === '') return `${place} says in addition: ${quoted(now)}`;
  if (now.trim() === '') return `${place} no longer says: ${quoted(old)}`;
  return `${place} says ${quoted(now)}, and said ${quoted(old)}`;
}

function compareTexts(before: PublishedTool, after: PublishedTool): string[] {
  const places = new Set([...before.texts.keys(), ...after.texts.keys()]);
  return [...places]
    .filter((place) => before.texts.get(place) !== after.texts.get(place))
    .map((place) => textNote(`${after.path}${place}`, before.texts.get(place), after.texts.get(place)));
}

/**
 * The tools that both versions describe. A promise that is gone is BREAKING: a client that called without asking would do
 * harm. A changed text is a note, since a model follows it: nobody can say what it makes of it. Where there are too many tools to look at each, nobody can say
 * that a promise is kept.
 */
export function compareTools(from: ModuleTree, to: ModuleTree): PartialAssessment {
  const [earlier, later] = [toolsOf(from), toolsOf(to)];
  const now = new Map(later.tools.map((tool) => [tool.path, tool]));
  const findings: Finding[] = [];
  const notes: string[] = [];
  if (earlier.tools.length > 0 && (earlier.isCut || later.isCut)) {
    const message = `a version describes ${MAX_TOOLS} tools or more, of which no others were compared`;
    findings.push({ code: 'limit-reached', level: 'UNKNOWN', path: '', before: null, after: null, message });
  }
  for (const old of earlier.tools) {
    const successor = now.get(old.path);
    if (successor === undefined) continue;
    const promises = comparePromises(old, successor);
    findings.push(...promises.findings);
    notes.push(...promises.notes, ...compareTexts(old, successor));
  }
  return { findings, notes };
}
