/** What two versions of a module promise of their tools, and say of them. */

import type { Finding, PartialAssessment } from '../../model/assessment.js';
import { textChange } from '../changed-text.js';
import type { ModuleTree } from '../module/module-tree.js';
import { MAX_TEXTS, MAX_TOOLS, type PublishedTool, type ToolPromises, toolsOf } from '../module/published-tools.js';

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

/** A text is a note at any level, and so is what nobody looked at. */
function compareTexts(before: PublishedTool, after: PublishedTool): string[] {
  const isCut = before.isTextCut || after.isTextCut;
  const places = new Set([...before.texts.keys(), ...after.texts.keys()]);
  const changed = [...places]
    .filter((place) => before.texts.get(place) !== after.texts.get(place))
    // What one version says beyond the last place that was looked at is not known to be new, or gone.
    .filter((place) => !isCut || (before.texts.has(place) && after.texts.has(place)))
    .map((place) => `${after.path}${place} ${textChange(before.texts.get(place), after.texts.get(place))}`);
  return isCut
    ? [`${after.path} says more than ${MAX_TEXTS} texts: the others were not compared`, ...changed]
    : changed;
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
