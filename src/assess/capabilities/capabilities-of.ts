/** The capabilities of a version, from its files alone. Nothing is run; what is found is reached, what is not found may be. */

import type { NormalizedFiles } from '../../model/module-files.js';
import { type Entry, surveyEntries } from '../module/entries.js';
import { ModuleTree } from '../module/module-tree.js';
import { parsed } from '../names/syntax-walk.js';
import { Analysis } from './analysis.js';
import type { CapabilityReport } from './capability-report.js';
import { installCommands } from './install-scripts.js';
import { otherScripts } from './other-scripts.js';
import { ANYTHING } from './powerful-things.js';
import { FileWalk, unreadable } from './walk-file.js';

/** More files or text than a package that somebody wrote has; beyond them nothing is determined. */
const MAX_FILES = 4_000;
const MAX_TEXT = 24_000_000;
const MAX_FILE = 6_000_000;

/** What one place says of another goes on from round to round; a module that needs more was made to. */
const MAX_ROUNDS = 60;

/** The file that runs for callers of an entry: TypeScript too, which Node runs as it stands. */
function codeOf({ code, declaration }: Entry): string | null {
  if (code !== null) return code;
  return declaration === null || /\.d\.[cm]?ts$/.test(declaration) ? null : declaration;
}

/** Reads each file once, and looks through it as often as there is something new to know. */
class Reader {
  readonly #analysis: Analysis;
  readonly #walks = new Map<string, FileWalk | null>();
  readonly #problems = new Map<string, string>();
  #text = 0;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
  }

  #open(path: string): FileWalk | null {
    const text = this.#analysis.tree.read(path) ?? '';
    this.#text += text.length;
    if (this.#walks.size >= MAX_FILES || this.#text > MAX_TEXT) {
      this.#problems.set(path, 'more files than are looked at');
      return null;
    }
    const syntax = parsed(path, text, MAX_FILE);
    if (syntax?.wellFormed !== true) this.#problems.set(path, 'cannot be read as JavaScript');
    return syntax === null ? null : new FileWalk(this.#analysis, path, syntax);
  }

  #walk(path: string): void {
    const walk = this.#walks.get(path) ?? (this.#walks.has(path) ? null : this.#open(path));
    this.#walks.set(path, walk);
    try {
      walk?.walk();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problems.set(path, 'nested too deep to be read');
    }
    const problem = this.#problems.get(path);
    if (problem !== undefined) unreadable(this.#analysis, path, problem);
  }

  /** @returns whether everything was looked through until nothing new came */
  read(): boolean {
    const { cells, reached } = this.#analysis;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const paths = reached.paths().filter((path) => !this.#walks.has(path) || cells.outdated.has(path));
      for (const path of paths) {
        if (this.#analysis.steps.isSpent) return false;
        this.#analysis.begin(path);
        this.#walk(path);
      }
      if (paths.length > 0) continue;
      this.#analysis.endRound();
      if (![...cells.outdated].some((path) => this.#walks.has(path))) return true;
    }
    return false;
  }

  files(): string[] {
    return [...this.#walks.keys()].sort();
  }
}

/**
 * What a version reaches, through all files that its entries and its install scripts lead to. `none` says that nothing was found, and
 * never that the version cannot. `metadata` is the ledger's, for `entry`.
 */
export function capabilitiesOf(
  files: NormalizedFiles,
  metadata: Readonly<Record<string, string>> = {},
): CapabilityReport {
  const analysis = new Analysis(new ModuleTree(files));
  const { tree, reached, uses } = analysis;
  const survey = surveyEntries(tree, metadata);
  const commands = installCommands(tree);
  const entries = [...new Set(survey.entries.flatMap((entry) => codeOf(entry) ?? []))];
  for (const path of entries) if (!/\.(?:json|node|wasm)$/.test(path)) reached.addEntry(path);
  for (const { runs, file, line } of commands) for (const path of runs) reached.addEntry(path, { file, line });
  const reader = new Reader(analysis);
  const isSettled = reader.read();
  for (const { what, file, line, isFollowed } of commands) {
    uses.present(file.endsWith('binding.gyp') ? ['install', 'native'] : ['install'], { file, line, what });
    if (!isFollowed) analysis.uses.undetermined(ANYTHING, { file, line, what });
  }
  for (const file of entries) {
    const spot = { file, line: 1, what: file };
    if (file.endsWith('.node')) uses.present(['native'], spot);
    if (file.endsWith('.wasm')) uses.present(['code'], spot);
  }
  const scripts = otherScripts(tree);
  for (const path of scripts) analysis.uses.undetermined(ANYTHING, { file: path, line: 1, what: 'a script' });
  if (!isSettled || survey.capped)
    analysis.uses.undetermined(ANYTHING, { file: 'package.json', line: 1, what: 'more than is looked at' });
  const found = uses.uses((path) => reached.chainOf(path));
  return { reach: uses.reach(), ...found, packages: uses.packages(), scripts, files: reader.files() };
}
