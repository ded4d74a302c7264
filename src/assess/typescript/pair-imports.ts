/** What imports lead to in the program of a pair. */

import ts from '../compiler.cjs';
import { NODE_OPTIONS, OPTIONS } from './compiler-options.js';
import { isLibraryFile, libraryText, resolveInLibrary } from './library-files.js';
import type { PairCallers } from './pair-callers.js';
import { modulePath, type PairFiles, PROBE, programPath, SharedFiles, type Side, sideOf } from './pair-files.js';

/** What a file of a version imports. */
export interface Import {
  readonly side: Side;
  /** The path of the file that imports. */
  readonly path: string;
  readonly specifier: string;
}

/** Where callers enter the two versions. */
export interface PairRoots {
  /** Paths of declarations or sources on each side. */
  readonly roots: Readonly<Record<Side, readonly string[]>>;
  /** Modules that a declaration declares by name, and the files that stand for them. */
  readonly ambient?: Readonly<Record<Side, ReadonlyMap<string, string>>>;
}

const NO_AMBIENT = { from: new Map<string, string>(), to: new Map<string, string>() };

/** The files of a pair and of the libraries, as the compiler reads them. */
export function fileSystemOf(files: PairFiles): ts.ModuleResolutionHost {
  return {
    fileExists: (name) => (isLibraryFile(name) ? libraryText(name) !== undefined : files.exists(name)),
    readFile: (name) => (isLibraryFile(name) ? libraryText(name) : files.read(name)),
    directoryExists: (name) => files.folderExists(name),
    realpath: (name) => name,
    getDirectories: () => [],
    getCurrentDirectory: () => '/',
    useCaseSensitiveFileNames: () => true,
  };
}

export class PairImports {
  /** Imports of files of the module itself that it does not have. */
  readonly unresolved: Import[] = [];
  readonly bundlerOnly: Import[] = [];
  readonly packages = new Set<string>();
  readonly shared: SharedFiles;
  private readonly files: PairFiles;
  private readonly host: ts.ModuleResolutionHost;
  private readonly ambient: Readonly<Record<Side, ReadonlyMap<string, string>>>;
  private readonly callers: PairCallers;
  // One for each side: what a cache remembers of the root that they share would be the one's for the other.
  private readonly caches: Readonly<Record<Side, ts.ModuleResolutionCache>>;
  private readonly noted = new Set<string>();

  constructor(files: PairFiles, { roots, ambient = NO_AMBIENT }: PairRoots, callers: PairCallers) {
    this.files = files;
    this.host = fileSystemOf(files);
    this.ambient = ambient;
    this.callers = callers;
    const newCache = (): ts.ModuleResolutionCache => ts.createModuleResolutionCache('/', (name) => name, OPTIONS);
    this.caches = { from: newCache(), to: newCache() };
    const common = roots.to.filter((path) => roots.from.includes(path));
    const find = (specifier: string, fileName: string): string | null =>
      this.resolve(specifier, fileName)?.resolvedFileName ?? null;
    this.shared = new SharedFiles(files, common, find);
  }

  private resolve(specifier: string, fileName: string): ts.ResolvedModuleFull | undefined {
    const side = modulePath(fileName)?.side ?? 'from';
    const declared = this.ambient[side].get(specifier);
    if (declared !== undefined) {
      return { resolvedFileName: programPath(side, declared), extension: ts.Extension.Dts };
    }
    const cache = this.caches[side];
    return ts.resolveModuleName(specifier, fileName, OPTIONS, this.host, cache).resolvedModule;
  }

  /** The file that an import leads to; undefined where there is none within reach. Notes those that are not there. */
  resolveImport(specifier: string, containingFile: string): ts.ResolvedModuleFull | undefined {
    if (isLibraryFile(containingFile)) return resolveInLibrary(specifier, containingFile);
    if (containingFile === PROBE) {
      const extension = /\.[cm]?js$/.test(specifier) ? ts.Extension.Js : ts.Extension.Ts;
      return { resolvedFileName: this.shared.unified(specifier), extension };
    }
    const caller = this.callers.sideOf(containingFile);
    if (caller !== undefined) return this.resolveForCaller(specifier, caller);
    const resolved = this.resolve(specifier, containingFile);
    // The other version is no more within reach than the rest of the world.
    const inside = resolved !== undefined && sideOf(resolved.resolvedFileName) === sideOf(containingFile);
    const found = inside ? resolved : undefined;
    if (found === undefined) this.note(specifier, containingFile);
    else this.noteLenient(specifier, containingFile);
    return found === undefined
      ? undefined
      : { ...found, resolvedFileName: this.shared.unified(found.resolvedFileName) };
  }

  private resolveForCaller(specifier: string, side: Side): ts.ResolvedModuleFull | undefined {
    const path = this.callers.resolve(specifier, side);
    if (path === undefined) return undefined;
    const extension = /\.[cm]?jsx?$/.test(path) ? ts.Extension.Js : ts.Extension.Ts;
    return { resolvedFileName: this.shared.unified(programPath(side, path)), extension };
  }

  private noteLenient(specifier: string, fileName: string): void {
    const at = modulePath(fileName);
    const key = `${fileName}\0${specifier}`;
    if (at === null || this.noted.has(key) || !/^\.{1,2}(?:\/|$)/.test(specifier)) return;
    this.noted.add(key);
    if (!this.files.isModuleDeclaration(fileName)) return;
    const asNode = ts.resolveModuleName(
      specifier,
      fileName,
      NODE_OPTIONS,
      this.host,
      undefined,
      undefined,
      ts.ModuleKind.ESNext,
    );
    if (asNode.resolvedModule === undefined) this.bundlerOnly.push({ ...at, specifier });
  }

  private note(specifier: string, fileName: string): void {
    const at = modulePath(fileName);
    const key = `${fileName}\0${specifier}`;
    if (at === null || this.noted.has(key)) return;
    this.noted.add(key);
    if (/^(\.{0,2}\/|\.{1,2}$|#)/.test(specifier)) this.unresolved.push({ ...at, specifier });
    else this.packages.add(specifier);
  }
}
