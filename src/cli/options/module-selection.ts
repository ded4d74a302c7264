/**
 * Which files of a folder belong to a module, as npm and git would say: ignore files, the `files` of package.json, no `node_modules`.
 *
 * What is in a ledger stays there: build leftovers would make each version another one, and a dependency's files are nobody's to sign.
 */

import type { Ignore } from 'ignore';

/** In a pattern that has one of these no name stands for itself. */
const WILDCARD = /[*?[]/;

/** Of those that a folder has the first alone counts. */
export const IGNORE_FILES = ['.gitlineageignore', '.npmignore', '.gitignore'] as const;

/** npm publishes these at the root whatever is said of them, in any case; and what `main` and `bin` name. */
const ALWAYS = /^(?:package\.json|readme(?:\.[^/]*)?|licen[cs]e(?:\.[^/]*)?)$/i;

/** Never part of a module. */
const REPOSITORY = '.git';

/** Reads a file of the module as text; null where there is none. */
type ReadText = (path: string) => Promise<string | null>;

export interface SelectionOptions {
  /** Patterns as in .gitignore: what they match is left out, whatever the module's own files say. */
  readonly exclude: readonly string[];
  /** Patterns of what is taken, whatever anything else says. */
  readonly include: readonly string[];
}

/** The rules of one folder. */
interface Rules {
  /** Relative to the module, with `/` at its end; empty for its root. */
  readonly folder: string;
  readonly patterns: Ignore;
}

interface Manifest {
  readonly files?: unknown;
  readonly main?: unknown;
  readonly bin?: unknown;
}

function manifestOf(text: string | null): Manifest | null {
  try {
    return JSON.parse(text ?? 'null') as Manifest | null;
  } catch {
    // Not ours to judge: whoever loads it says so.
    return null;
  }
}

function texts(value: unknown): readonly string[] {
  const values = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  return values.filter((text) => typeof text === 'string');
}

/** A pattern of package.json, which starts at the root, as one of .gitignore. */
function atRoot(pattern: string): string {
  return `/${pattern.replace(/^(?:\.?\/+)+|^\.$/, '') || '**'}`;
}

/** What the package.json at the root says. */
class Published {
  /** `main` and `bin`. */
  private readonly paths: readonly string[];
  private readonly entries: Ignore;
  /** Of `files`, without those with `!`; null: everything. */
  private readonly files: Ignore | null;
  /** Those with `!`: a folder that is taken may have parts that are not. */
  private readonly not: Ignore;

  constructor(newPatterns: (patterns: readonly string[]) => Ignore, { files, main, bin }: Manifest) {
    const given = Array.isArray(files) ? texts(files) : [];
    const isNegated = (pattern: string): boolean => pattern.startsWith('!');
    this.paths = [...texts(main), ...texts(bin)].map(atRoot);
    this.entries = newPatterns(this.paths);
    this.not = newPatterns(given.filter(isNegated).map((pattern) => atRoot(pattern.slice(1))));
    this.files = Array.isArray(files) ? newPatterns(given.filter((p) => !isNegated(p)).map(atRoot)) : null;
  }

  get hasFiles(): boolean {
    return this.files !== null;
  }

  always(path: string): boolean {
    return ALWAYS.test(path) || this.entries.ignores(path);
  }

  /** True where `main` or `bin` lies below a folder. */
  reaches(folder: string): boolean {
    return this.paths.some((path) => path.startsWith(`/${folder}/`));
  }

  takes(path: string): boolean {
    return this.files === null || (this.files.ignores(path) && !this.not.ignores(path));
  }
}

export class ModuleSelection {
  private readonly newPatterns: (patterns: readonly string[]) => Ignore;
  private readonly exclude: Ignore;
  private readonly include: Ignore;
  /** Of `include`, the patterns without a wildcard. */
  private readonly names: Ignore;
  /** What is asked for, without a slash at either end. */
  private readonly asked: readonly string[];
  private readonly rules: Rules[] = [];
  /** Null where there is no package.json. */
  private published: Published | null = null;

  private constructor(newPatterns: (patterns: readonly string[]) => Ignore, { exclude, include }: SelectionOptions) {
    this.newPatterns = newPatterns;
    this.exclude = newPatterns(exclude);
    this.include = newPatterns(include);
    this.names = newPatterns(include.filter((pattern) => !WILDCARD.test(pattern)));
    this.asked = include.map((pattern) => pattern.replaceAll(/^\/|\/$/g, ''));
  }

  static async of(options: SelectionOptions): Promise<ModuleSelection> {
    const { default: ignore } = await import('ignore');
    return new ModuleSelection((patterns) => ignore({ ignorecase: false }).add([...patterns]), options);
  }

  /** Reads the rules of a folder; to be called, outermost first, for each that `looksInto` allows. */
  async enter(folder: string, read: ReadText): Promise<void> {
    const within = folder === '' ? '' : `${folder}/`;
    if (folder === '') {
      const manifest = manifestOf(await read('package.json'));
      if (manifest !== null) this.published = new Published(this.newPatterns, manifest);
    } else if (this.isLeftOut(within)) return;
    for (const name of IGNORE_FILES) {
      const text = await read(`${within}${name}`);
      if (text === null) continue;
      // As with npm, a list of what to publish stands in for the ignore file beside it; ours adds to it.
      const isReplaced = this.published?.hasFiles === true && folder === '' && name !== IGNORE_FILES[0];
      if (!isReplaced) this.rules.push({ folder: within, patterns: this.newPatterns(text.split(/\r?\n/)) });
      return;
    }
  }

  /** True where a folder may hold files of the module. */
  looksInto(folder: string): boolean {
    if (isRepository(folder)) return false;
    if (!this.isLeftOut(`${folder}/`) || this.isAskedFor(`${folder}/`)) return true;
    return this.holdsWhatIsAsked(folder) || (!this.excludes(`${folder}/`) && this.published?.reaches(folder) === true);
  }

  /** True where a file belongs to the module. */
  takes(path: string): boolean {
    if (isRepository(path)) return false;
    if (this.isAskedFor(path)) return true;
    if (this.published?.always(path) === true) return !this.excludes(path);
    return !this.isLeftOut(path) && this.published?.takes(path) !== false;
  }

  /** True where `include` asks for a file, or for a folder that it is in. */
  isAskedFor(path: string): boolean {
    return this.include.ignores(path);
  }

  /** True where `include` has the name of the file itself, not a wildcard, nor a folder above it. */
  isNamed(path: string): boolean {
    const folder = folderOf(path);
    return this.names.ignores(path) && (folder === '' || !this.names.ignores(`${folder}/`));
  }

  /** True where `exclude` matches a file, or a folder with `/` at its end. */
  excludes(path: string): boolean {
    return this.exclude.ignores(path);
  }

  /** A pattern reaches into a folder that is left out where it begins with it. */
  private holdsWhatIsAsked(folder: string): boolean {
    return this.asked.some((pattern) => pattern.startsWith(`${folder}/`));
  }

  private isLeftOut(path: string): boolean {
    if (this.excludes(path)) return true;
    let leftOut = /(?:^|\/)node_modules\//.test(path);
    // Deeper rules have the last word.
    for (const { folder, patterns } of this.rules) {
      if (!path.startsWith(folder) || path === folder) continue;
      const { ignored, unignored } = patterns.test(path.slice(folder.length));
      leftOut = ignored || (leftOut && !unignored);
    }
    return leftOut;
  }
}

/** The folder that a path is in; empty for the root. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function isRepository(path: string): boolean {
  return path.split('/').includes(REPOSITORY);
}

/** The files of a module that is read already, as a walk over its folders would take them. */
export async function selectedFiles<F>(
  files: ReadonlyMap<string, F>,
  options: SelectionOptions,
  /** Null where the file is none that rules are read from. */
  textOf: (file: F) => string | null,
): Promise<ReadonlyMap<string, F>> {
  const selection = await ModuleSelection.of(options);
  const read: ReadText = async (path) => {
    const file = files.get(path);
    return file === undefined ? null : textOf(file);
  };
  const looked = new Map<string, boolean>();
  const looksInto = async (folder: string): Promise<boolean> => {
    const known = looked.get(folder);
    if (known !== undefined) return known;
    const does = folder === '' || ((await looksInto(folderOf(folder))) && selection.looksInto(folder));
    if (does) await selection.enter(folder, read);
    looked.set(folder, does);
    return does;
  };
  const taken = new Map<string, F>();
  for (const [path, file] of files) {
    if ((await looksInto(folderOf(path))) && selection.takes(path)) taken.set(path, file);
  }
  return taken;
}
