/** Two lines of code that compile against the earlier version and not against the later one: written from findings, checked by the compiler. */

import { type Caller, type Finding, MAX_CALLER_LINE } from '../../model/assessment.js';
import { isPrintableLine, toPrintableText } from '../../model/printable.js';
import type ts from '../compiler.cjs';
import type { RootCause } from '../root-causes.js';
import { exportsOf } from '../typescript/module-exports.js';
import type { Specifiers } from '../typescript/pair-callers.js';
import type { PairProgram } from '../typescript/paired-program.js';
import { formsFor } from './caller-forms.js';
import { Draft, rootOf } from './draft.js';
import { readFindingPath } from './finding-path.js';
import type { Exports } from './import-line.js';
import { literal } from './quoted-names.js';
import { specifierOf } from './specifiers.js';
import { Unwritable } from './write-type.js';

/** Callers that are checked for one pair. */
const MAX_TRIALS = 8;
/** Of these as many at most are for one finding. */
const MAX_TRIALS_OF_FINDING = 4;
/** What the checker may do for all trials, in instantiations of types: some tenths of a second. */
const TRIAL_WORK = 20_000;

/** What callers are checked against. */
interface CheckedPair {
  readonly pair: PairProgram;
  /** By the specifiers that callers write, the files of either version that they lead to. */
  readonly specifiers: Specifiers;
  /** The name that stands before subpaths in a specifier. */
  readonly moduleName: string;
}

type Lines = readonly [string, string];

class Candidates {
  private readonly checked: CheckedPair;
  private readonly tables = new Map<string, Exports | null>();
  private readonly found = new Map<string, Lines>();

  constructor(checked: CheckedPair) {
    this.checked = checked;
  }

  of(causes: readonly RootCause[]): readonly Lines[] {
    for (const { finding } of causes) {
      if (this.found.size >= MAX_TRIALS) break;
      this.add(finding);
    }
    return [...this.found.values()].slice(0, MAX_TRIALS);
  }

  private add(finding: Finding): void {
    if (finding.code === 'subpath-removed' || finding.code === 'import-removed') {
      const specifier = specifierOf(this.checked.moduleName, finding.path);
      this.keep([`import * as all from ${literal(specifier)};`, 'export const use = all;']);
      return;
    }
    const path = readFindingPath(finding.path);
    if (path === null) return;
    const specifier = specifierOf(this.checked.moduleName, path.subpath);
    const exports = this.exportsOf(specifier);
    const { checker } = this.checked.pair;
    const root = exports === null ? null : rootOf(checker, exports, path);
    if (exports === null || root === null) return;
    if (finding.code === 'export-removed' && path.root === 'default') {
      // A default is made up for many a module that has none; in the namespace it is not.
      this.keep([`import * as all from ${literal(specifier)};`, 'export const use = all.default;']);
    }
    let left = MAX_TRIALS_OF_FINDING;
    const draft = (): Draft => new Draft(checker, exports, specifier, root);
    for (const form of formsFor(finding.code, path.isNew, draft())) {
      const lines = linesOf(draft(), form);
      if (lines === null || !this.keep(lines)) continue;
      left -= 1;
      if (left === 0) return;
    }
  }

  private keep(lines: Lines): boolean {
    const key = lines.join('\n');
    if (this.found.has(key) || !lines.every((line) => isPrintableLine(line, MAX_CALLER_LINE))) return false;
    this.found.set(key, lines);
    return true;
  }

  private exportsOf(specifier: string): Exports | null {
    const known = this.tables.get(specifier);
    if (known !== undefined) return known;
    const { pair, specifiers } = this.checked;
    const path = specifiers.from.get(specifier);
    const file = path === undefined ? undefined : pair.sourceFile('from', path);
    const table = file === undefined ? null : exportsOf(pair.checker, file);
    this.tables.set(specifier, table);
    return table;
  }
}

function linesOf(draft: Draft, form: (draft: Draft) => string): Lines | null {
  try {
    const use = form(draft);
    return [draft.imports.line(use), use];
  } catch (error) {
    if (error instanceof Unwritable) return null;
    throw error;
  }
}

/** What the compiler says first, in a line: `TS2554: Expected 2 arguments, but got 1.` */
function words({ code, messageText }: ts.Diagnostic): string {
  const text = typeof messageText === 'string' ? messageText : messageText.messageText;
  const line = text
    .replace(/import\("[^"]*"\)\.?|"\/(?:from|to)\/[^"]*"\./g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return toPrintableText(`TS${code}: ${line}`, MAX_CALLER_LINE);
}

/** The first caller that is proven: of the first cause for which there is one. */
export function findCaller(causes: readonly RootCause[], checked: CheckedPair): Caller | null {
  const candidates = new Candidates(checked).of(causes);
  if (candidates.length === 0) return null;
  const trials = checked.pair.withCallers(
    candidates.map((lines) => `${lines.join('\n')}\n`),
    checked.specifiers,
  );
  for (const [index, lines] of candidates.entries()) {
    if (trials.work() > TRIAL_WORK) return null;
    if (trials.complaint('from', index) !== null) continue;
    const complaint = trials.complaint('to', index);
    if (complaint !== null) return { lines, error: words(complaint) };
  }
  return null;
}
