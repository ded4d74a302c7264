/** What npm runs when a package is installed, by its package.json and by what lies beside it. */

import { isObject, type Json, member, parseJson } from '../module/manifest.js';
import { folderOf, inFolder, type ModuleTree, normalPath } from '../module/module-tree.js';
import { fileAt } from './resolve-import.js';

/** Of a package from a registry npm runs these (docs.npmjs.com/cli, "scripts": npm install). */
const AT_INSTALL = ['preinstall', 'install', 'postinstall'] as const;

/** Commands of a shell that run nothing else, given words alone. */
const HARMLESS = /^(?:echo|exit|true|false|:)$/;

/** `npm run NAME`, and its kin. */
const RUNNERS = /^(?:npm|pnpm|yarn|bun)$/;

/** What a shell does more with than take it for a word: other commands within it, files that it writes, names that it fills in. */
const SHELL = /[`$<>(){}]/;

/** A command that installing runs. */
interface InstallCommand {
  readonly what: string;
  readonly file: string;
  readonly line: number;
  /** The files of the module that Node runs by it. */
  readonly runs: readonly string[];
  /** False where it runs something else: a program from elsewhere, or a file that is not found. */
  readonly isFollowed: boolean;
}

function lineOf(text: string, key: string): number {
  const at = text.indexOf(`"${key}"`);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

/** The folder of the module that `cd` leads to; null for one that is not known, as the home that `cd` alone leads to. */
function enteredFolder(folder: string | null, to: string | undefined): string | null {
  return folder === null || to === undefined ? null : normalPath(inFolder(folder, to));
}

/** Follows the commands of one package's scripts to the files that Node runs. */
class CommandReader {
  readonly runs = new Set<string>();
  isFollowed = true;
  readonly #tree: ModuleTree;
  readonly #folder: string;
  readonly #scripts: Json | undefined;
  readonly #seen = new Set<string>();

  constructor(tree: ModuleTree, folder: string, scripts: Json | undefined) {
    this.#tree = tree;
    this.#folder = folder;
    this.#scripts = scripts;
  }

  follow(command: string): void {
    let folder: string | null = this.#folder;
    for (const part of command.split(/[;|&\n]+/)) {
      const words = part.split(/\s+/).flatMap((word) => word.replaceAll(/['"]/g, '') || []);
      while (/^\w+=/.test(words[0] ?? '')) words.shift();
      if (words[0] === 'cd') folder = enteredFolder(folder, words[1]);
      else if (words.length > 0 && !this.#runs(words, folder)) this.isFollowed = false;
      if (SHELL.test(part)) this.isFollowed = false;
    }
  }

  /** @returns whether it is known what a command runs, which is given by its words */
  #runs([program = '', ...args]: readonly string[], folder: string | null): boolean {
    if (HARMLESS.test(program)) return true;
    if (RUNNERS.test(program)) return this.#script(args);
    // `start /B node setup.js`, `node -r ./hook.js setup.js`: each that looks like a file of the module is looked at.
    const files = [program, ...args].map((word, at, all) => {
      const isCode = /\.[cm]?[jt]s$/.test(word) || (all[at - 1] === 'node' && !word.startsWith('-'));
      const path = !isCode || folder === null ? null : normalPath(inFolder(folder, word));
      return path === null || path === '' ? null : fileAt(this.#tree, path);
    });
    for (const file of files) if (file !== null) this.runs.add(file);
    return program === 'node' && typeof files[1] === 'string';
  }

  /** `run NAME`, or `NAME` alone: the script of that name, with those before and after it. */
  #script(args: readonly string[]): boolean {
    const [name = ''] = args.filter((word) => !/^(?:run|run-script|-.*)$/.test(word));
    if (typeof member(this.#scripts, name) !== 'string') return false;
    for (const each of [`pre${name}`, name, `post${name}`]) {
      const command = member(this.#scripts, each);
      if (typeof command !== 'string' || this.#seen.has(each)) continue;
      this.#seen.add(each);
      this.follow(command);
    }
    return true;
  }
}

/** The commands that installing one package of the module runs; an addon that is built then is one. */
function commandsOf(tree: ModuleTree, folder: string): InstallCommand[] {
  const file = inFolder(folder, 'package.json');
  const text = tree.read(file) ?? '';
  const scripts = member(parseJson(text), 'scripts');
  const found: InstallCommand[] = [];
  for (const name of AT_INSTALL) {
    const command = member(scripts, name);
    if (typeof command !== 'string' || command.trim() === '') continue;
    const reader = new CommandReader(tree, folder, scripts);
    reader.follow(command);
    const { isFollowed } = reader;
    found.push({ what: `${name}: ${command}`, file, line: lineOf(text, name), runs: [...reader.runs], isFollowed });
  }
  const isNamed =
    isObject(scripts) && (typeof scripts['install'] === 'string' || typeof scripts['preinstall'] === 'string');
  const gyp = inFolder(folder, 'binding.gyp');
  if (!isNamed && tree.exists(gyp))
    found.push({ what: 'install: node-gyp rebuild', file: gyp, line: 1, runs: [], isFollowed: true });
  return found;
}

/** The packages that the module brings along, whose commands npm runs as well (package.json, "bundleDependencies"). */
function bundledPackages(tree: ModuleTree): string[] {
  const manifest = parseJson(tree.read('package.json') ?? '');
  const listed = ['bundleDependencies', 'bundledDependencies'].map((key) => member(manifest, key));
  if (!listed.some((value) => value === true || (Array.isArray(value) && value.length > 0))) return [];
  const manifests = [...tree.files.keys()].filter((path) =>
    /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/.test(path),
  );
  return manifests.map(folderOf).sort();
}

/** The commands that installing the package runs. */
export function installCommands(tree: ModuleTree): InstallCommand[] {
  return ['', ...bundledPackages(tree)].flatMap((folder) => commandsOf(tree, folder));
}
