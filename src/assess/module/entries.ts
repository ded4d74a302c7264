/** The places where callers enter a module: each subpath, as an import and as a require see it. */

import { DeclarationFinder } from './declaration-file.js';
import { type Condition, ExportsMap } from './exports-map.js';
import { indexOf, looseGroups, namedCode } from './main-entry.js';
import { type Manifest, readManifest } from './manifest.js';
import { CODE, DECLARATION, formatOf, type ModuleFormat } from './module-format.js';
import { type ModuleTree, normalPath } from './module-tree.js';

/** One place where callers enter, as one kind of caller sees it. At least one of `declaration` and `code` is there. */
export interface Entry {
  /** As callers write it after the module's name: '.' or './sub'. */
  readonly subpath: string;
  readonly condition: Condition;
  /** The declaration or TypeScript source that types it; null where only its code can. */
  readonly declaration: string | null;
  /** The file that runs; null where there are only types, or TypeScript that nothing has compiled. */
  readonly code: string | null;
  readonly format: ModuleFormat;
}

/** The entries of a module, and what an operator should know of how they were found. */
interface EntrySurvey {
  readonly entries: readonly Entry[];
  readonly notes: readonly string[];
  /** True where there are more than `MAX_ENTRIES`: that an entry is not listed then says nothing. */
  readonly capped: boolean;
}

/** More would be a package that offers its every file; what the first ones say of it will do. */
export const MAX_ENTRIES = 2_000;

const BOTH: readonly Condition[] = ['import', 'require'];

/** An entry while it is looked for. */
interface Place {
  readonly subpath: string;
  readonly condition: Condition;
  readonly declaration: string | null;
  readonly code: string | null;
}

class Survey {
  readonly #tree: ModuleTree;
  readonly #finder: DeclarationFinder;
  readonly #formats = new Map<string, ModuleFormat>();
  readonly entries: Entry[] = [];
  readonly notes: string[] = [];
  capped = false;

  constructor(tree: ModuleTree) {
    this.#tree = tree;
    this.#finder = new DeclarationFinder(tree);
  }

  #formatOf(path: string): ModuleFormat {
    const known = this.#formats.get(path);
    if (known !== undefined) return known;
    const format = formatOf(this.#tree, path);
    this.#formats.set(path, format);
    return format;
  }

  /** Adds an entry, unless nothing is there, or a require would meet an ES module, which not every Node can load. */
  #add({ subpath, condition, declaration, code }: Place): void {
    const file = code ?? declaration;
    if (file === null) return;
    const format = this.#formatOf(file);
    if (condition === 'require' && format === 'module') return;
    if (this.entries.length < MAX_ENTRIES) this.entries.push({ subpath, condition, declaration, code, format });
    else this.capped = true;
  }

  /** A file that runs, or null where the path names a TypeScript source or nothing. */
  #code(path: string | null): string | null {
    if (path === null || DECLARATION.test(path)) return null;
    return this.#tree.exists(path) ? this.#tree.realPath(path) : null;
  }

  /** What `exports` offers. `skip` is a subpath that something stronger has named already. */
  exported(manifest: Manifest, exports: ExportsMap, skip: string | null): void {
    const { subpaths, capped } = exports.subpaths(this.#tree);
    this.capped = capped;
    for (const subpath of subpaths) {
      if (subpath === skip) continue;
      if (this.entries.length >= MAX_ENTRIES) {
        this.capped = true;
        return;
      }
      for (const condition of BOTH) {
        const target = exports.resolve(subpath, condition);
        const code = this.#code(target);
        const resolved = this.#finder.ofSubpath(subpath, condition);
        const declaration = resolved ?? (subpath === '.' && code !== null ? this.#topLevelTypes(manifest) : null);
        this.#add({ subpath, condition, declaration, code });
        const missing = target !== null && code === null && declaration === null;
        if (missing && !/\.[cm]?tsx?$/.test(target))
          this.#note(`exports names ${target} for ${subpath}, which is not there`);
      }
    }
  }

  /** `types` where `exports` has none: older compilers read it, and it is what the publisher says the types are. */
  #topLevelTypes(manifest: Manifest): string | null {
    const { types } = manifest;
    if (types === null) return null;
    const found = DECLARATION.test(types) && this.#tree.exists(types) ? types : this.#finder.ofPath(`${types}.js`);
    if (found !== null) this.#note(`exports gives no types for "."; ${found} is named by types alone`);
    return found;
  }

  /** The one entry of a package without `exports`. */
  main(manifest: Manifest | null): void {
    const code = namedCode(this.#tree, manifest);
    for (const condition of BOTH) {
      const declaration = this.#finder.ofMain(condition) ?? this.#indexTypes(manifest, code);
      this.#add({ subpath: '.', condition, declaration, code: this.#code(code) });
    }
    const { main = null } = manifest ?? {};
    if (main !== null && this.#code(code) === null) this.#note(`main names ${main}, which is not there`);
  }

  /** Types that no compiler finds by the module's name: index.mts, a source in src, a declaration beside an odd main. */
  #indexTypes(manifest: Manifest | null, code: string | null): string | null {
    const real = this.#code(code);
    if (real !== null) return this.#finder.ofPath(real);
    const named = [manifest?.types, manifest?.main, manifest?.module].find((path) => path && DECLARATION.test(path));
    if (named !== undefined && named !== null && this.#tree.exists(named)) return this.#tree.realPath(named);
    return indexOf(this.#tree, '').declaration ?? indexOf(this.#tree, 'src').declaration;
  }

  /** What the ledger's metadata names as the file to import. */
  named(path: string, manifest: Manifest | null): void {
    const beside = this.#finder.ofPath(path);
    const same =
      manifest === null || namedCode(this.#tree, manifest) === path || namedCode(this.#tree, manifest) === null;
    const declaration = beside ?? (same ? this.#finder.ofMain('import') : null);
    for (const condition of BOTH) this.#add({ subpath: '.', condition, declaration, code: this.#code(path) });
  }

  /** Every loose file, where nothing says which ones callers enter by; a single one is the module itself. */
  loose(): void {
    const groups = looseGroups(this.#tree);
    for (const group of groups) {
      const subpath = groups.length === 1 ? '.' : `./${group.name}`;
      for (const condition of BOTH) {
        const wanted = condition === 'import' ? /\.(?:js|mjs|jsx)$/ : /\.(?:js|cjs|jsx)$/;
        const code = group.code.find((path) => wanted.test(path)) ?? group.code[0] ?? null;
        const declaration = code === null ? (group.declarations[0] ?? null) : this.#finder.ofPath(code);
        this.#add({
          subpath,
          condition,
          declaration: declaration ?? group.declarations[0] ?? null,
          code: this.#code(code),
        });
      }
    }
  }

  #note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  done(): EntrySurvey {
    if (this.capped) this.#note(`more than ${MAX_ENTRIES} entries; the first ${MAX_ENTRIES} were looked at`);
    return { entries: this.entries, notes: this.notes, capped: this.capped };
  }
}

/** The file that metadata `entry` names, null where it names none; one that is not there is noted. */
function entryOf(tree: ModuleTree, metadata: Readonly<Record<string, string>>, notes: string[]): string | null {
  const entry = Object.hasOwn(metadata, 'entry') ? metadata['entry'] : undefined;
  if (entry === undefined) return null;
  const path = normalPath(entry);
  if (path !== null && tree.exists(path) && (CODE.test(path) || DECLARATION.test(path))) return path;
  notes.push(`metadata entry names ${JSON.stringify(entry.slice(0, 80))}, which is not there`);
  return null;
}

/** Finds the entries of a module, and says what is odd about them. `metadata` is the ledger's, for `entry`. */
export function surveyEntries(tree: ModuleTree, metadata: Readonly<Record<string, string>> = {}): EntrySurvey {
  const { manifest, problems } = readManifest(tree);
  const survey = new Survey(tree);
  survey.notes.push(...problems.map((problem) => problem.message));
  const named = entryOf(tree, metadata, survey.notes);
  if (named !== null) survey.named(named, manifest);
  if (manifest !== null && manifest.exports !== undefined) {
    survey.exported(manifest, new ExportsMap(manifest.exports), named === null ? null : '.');
    return survey.done();
  }
  if (named !== null) return survey.done();
  survey.main(manifest);
  if (survey.entries.length === 0) survey.loose();
  return survey.done();
}

/** The places where callers enter a module; see `surveyEntries` for what is odd about them. */
export function entriesOf(tree: ModuleTree, metadata: Readonly<Record<string, string>> = {}): Entry[] {
  return [...surveyEntries(tree, metadata).entries];
}
