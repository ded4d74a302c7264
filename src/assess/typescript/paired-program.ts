/** One program over both versions, so that the types of either can be held against the other's by one checker. */

import { posix } from 'node:path';
import ts from '../compiler.cjs';
import type { ModuleTree } from '../module/module-tree.js';
import { isAmbientFile } from './ambient-modules.js';
import { globalNamesIn, mayNameAnything } from './global-names.js';
import type { Seen } from './library-declarations.js';
import {
  isLibraryFile,
  libraryFile,
  libraryFolder,
  libraryIndex,
  libraryText,
  NODE_TYPES,
  resolveInLibrary,
  usesBrowserNames,
  usesNodeNames,
} from './library-files.js';
import { modulePath, PairFiles, programPath, SharedFiles, type Side } from './pair-files.js';
import { ParsedFiles } from './parsed-files.js';
import type { Work } from './work.js';

/**
 * As strict as a caller can be: what an optional field or a `null` means must be seen. Nothing is emitted, no
 * tsconfig is read, no `@types` are picked up, and checking of the libraries themselves is skipped.
 */
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowJs: true,
  checkJs: true,
  maxNodeModuleJsDepth: 0,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  allowArbitraryExtensions: true,
  preserveSymlinks: true,
  jsx: ts.JsxEmit.Preserve,
  experimentalDecorators: true,
  noEmit: true,
  noLib: false,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  types: [],
};

/** How a caller resolves that runs what it compiles with Node. */
const NODE_OPTIONS: ts.CompilerOptions = {
  ...OPTIONS,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

/** The program of a pair, and what is known of the files in it. */
export interface PairProgram {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The source of a version's file; the earlier version's where both are the same down to the last import. */
  sourceFile(side: Side, path: string): ts.SourceFile | undefined;
  /** Specifiers of packages that are not in the module. */
  readonly packages: readonly string[];
  /** The probe, where there is one. */
  readonly probe: ts.SourceFile | undefined;
  /** True for a path whose file is the same in both versions, down to the last import. */
  isShared(path: string): boolean;
  /** Imports of files of the module itself that it does not have, in the order met: `./impl.js in index.d.ts`. */
  readonly unresolved: readonly Import[];
  /** Imports that a bundler resolves, and Node and a caller's TypeScript under `node16` do not: `./impl` in an ES module. */
  readonly bundlerOnly: readonly Import[];
  /** The same files with callers beside each version, which import by `specifiers`. */
  withCallers(texts: readonly string[], specifiers: Specifiers): CallerTrials;
}

/** By what callers write in an import, the file of each version that it leads to. */
export type Specifiers = Readonly<Record<Side, ReadonlyMap<string, string>>>;

/** Callers that can be compiled against either version. */
interface CallerTrials {
  /** What the compiler says first of a caller beside a version; null where it compiles. */
  complaint(side: Side, index: number): ts.Diagnostic | null;
  /** Instantiations of types so far. */
  work(): number;
}

/** What a file of a version imports. */
export interface Import {
  readonly side: Side;
  /** The path of the file that imports. */
  readonly path: string;
  readonly specifier: string;
}

/** The name of a text of ours that is in the program beside both versions. */
const PROBE = '/probe.ts';

function callerName(side: Side, index: number): string {
  return `/callers/${side}/${index}.ts`;
}

function sideOf(fileName: string): Side | null {
  return modulePath(fileName)?.side ?? null;
}

/** True for a `/// <reference path>` that stays in its own version. */
function isInside(path: string, containingFile: string): boolean {
  const target = posix.resolve(posix.dirname(containingFile), path);
  return sideOf(target) !== null && sideOf(target) === sideOf(containingFile);
}

/** Where callers enter the two versions. */
export interface PairRoots {
  /** Paths of declarations or sources on each side. */
  readonly roots: Readonly<Record<Side, readonly string[]>>;
  /** Modules that a declaration declares by name, and the files that stand for them. */
  readonly ambient?: Readonly<Record<Side, ReadonlyMap<string, string>>>;
}

const NO_AMBIENT = { from: new Map<string, string>(), to: new Map<string, string>() };

/** A file that is a module whether it imports or exports anything or not. */
function createModuleFile(name: string, text: string): ts.SourceFile {
  const setExternalModuleIndicator = (file: ts.SourceFile): void => {
    (file as { externalModuleIndicator?: unknown }).externalModuleIndicator = true;
  };
  return ts.createSourceFile(name, text, { languageVersion: ts.ScriptTarget.ESNext, setExternalModuleIndicator });
}

const LIB = ['lib.esnext.d.ts'];
const BROWSER_LIB = [...LIB, 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'];

/** Shared by all pairs of this thread. */
const parsedFiles = new ParsedFiles();

/** What the compiler asks for while it makes the program of a pair. */
class PairHost {
  /** Whether a file names what only a browser's library declares, or only Node's. */
  usesBrowser = false;
  usesNode = false;
  readonly unresolved: Import[] = [];
  readonly bundlerOnly: Import[] = [];
  readonly packages = new Set<string>();
  private readonly files: PairFiles;
  private readonly ambient: Readonly<Record<Side, ReadonlyMap<string, string>>>;
  private readonly probe: string | null;
  private readonly shared: SharedFiles;
  private readonly sources = new Map<string, ts.SourceFile | undefined>();
  // One for each side: what a cache remembers of the root that they share would be the one's for the other.
  private readonly caches: Readonly<Record<Side, ts.ModuleResolutionCache>>;
  private readonly noted = new Set<string>();
  /** Callers by their names in the program, with the files that their imports lead to. */
  private readonly callers = new Map<string, { readonly side: Side; readonly text: string }>();
  private specifiers: Specifiers = { from: new Map(), to: new Map() };
  readonly compilerHost: ts.CompilerHost;
  /** What the program that is being made sees of the library; null until it is asked for, when so many sources were read. */
  private seen: Seen | null = null;
  private sourcesSeen = 0;

  constructor(files: PairFiles, { roots, ambient = NO_AMBIENT }: PairRoots, probe: string | null) {
    this.files = files;
    this.ambient = ambient;
    this.probe = probe;
    const newCache = (): ts.ModuleResolutionCache => ts.createModuleResolutionCache('/', (name) => name, OPTIONS);
    this.caches = { from: newCache(), to: newCache() };
    this.compilerHost = this.createCompilerHost();
    const common = roots.to.filter((path) => roots.from.includes(path));
    const find = (specifier: string, fileName: string): string | null =>
      this.resolve(specifier, fileName)?.resolvedFileName ?? null;
    this.shared = new SharedFiles(files, common, find);
  }

  isShared(path: string): boolean {
    return this.shared.has(path);
  }

  /** The earlier version's name for what both have. */
  unified(name: string): string {
    const at = modulePath(name);
    return at !== null && at.side === 'to' && this.shared.has(at.path) ? programPath('from', at.path) : name;
  }

  /** Puts callers beside both versions; returns their names. */
  addCallers(texts: readonly string[], specifiers: Specifiers): readonly string[] {
    this.specifiers = specifiers;
    for (const side of ['from', 'to'] as const) {
      for (const [index, text] of texts.entries()) this.callers.set(callerName(side, index), { side, text });
    }
    return [...this.callers.keys()];
  }

  private createCompilerHost(): ts.CompilerHost {
    const { files } = this;
    return {
      fileExists: (name) => (isLibraryFile(name) ? libraryText(name) !== undefined : files.exists(name)),
      readFile: (name) => (isLibraryFile(name) ? libraryText(name) : files.read(name)),
      directoryExists: (name) => files.folderExists(name),
      realpath: (name) => name,
      getDirectories: () => [],
      getCurrentDirectory: () => '/',
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => '\n',
      getDefaultLibLocation: libraryFolder,
      getDefaultLibFileName: () => `${libraryFolder()}/lib.esnext.d.ts`,
      writeFile: () => undefined,
      getSourceFile: (name, version) => (isLibraryFile(name) ? this.library(name) : this.source(name, version)),
      resolveModuleNameLiterals: (literals, containingFile) =>
        literals.map(({ text }) => ({ resolvedModule: this.resolveImport(text, containingFile) })),
      resolveTypeReferenceDirectiveReferences: (directives) =>
        directives.map(() => ({ resolvedTypeReferenceDirective: undefined })),
    };
  }

  /** Makes a program of the files so far, with what they see of the library. */
  createProgram(rootNames: readonly string[], lib: readonly string[]): ts.Program {
    const create = (): ts.Program =>
      ts.createProgram({ rootNames, options: { ...OPTIONS, lib: [...lib] }, host: this.compilerHost });
    this.seen = null;
    const program = create();
    if (this.seen === 'everything' || this.sources.size === this.sourcesSeen) return program;
    // A file was read behind the library, whose names were not known then.
    this.seen = 'everything';
    return create();
  }

  private library(name: string): ts.SourceFile | undefined {
    if (this.seen === null) {
      this.seen = this.seenOfLibrary();
      this.sourcesSeen = this.sources.size;
    }
    return libraryFile(name, this.seen);
  }

  /** What the files so far see of the library; the compiler asks for the library last. */
  private seenOfLibrary(): Seen {
    const sources = [...this.sources.values()].filter((file) => file !== undefined);
    if (this.usesNode || sources.some(mayNameAnything)) return 'everything';
    const index = libraryIndex(this.usesBrowser ? BROWSER_LIB : LIB);
    return index.seenBy(sources.flatMap((file) => globalNamesIn(file, index)));
  }

  private source(name: string, version: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    if (this.sources.has(name)) return this.sources.get(name);
    const ours = name === PROBE ? (this.probe ?? undefined) : this.callers.get(name)?.text;
    const text = ours ?? this.files.read(name);
    const file = text === undefined ? undefined : this.parsed(name, text, version);
    this.sources.set(name, file);
    if (text !== undefined) {
      this.usesBrowser ||= usesBrowserNames(text);
      this.usesNode ||= /\.[cm]?tsx?$/.test(name) && usesNodeNames(text);
    }
    return file;
  }

  private parsed(name: string, text: string, version: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile {
    const options = typeof version === 'object' ? version : { languageVersion: version };
    const parse = (): ts.SourceFile => {
      const create = isAmbientFile(name) ? createModuleFile : ts.createSourceFile;
      const file = create(name, text, options);
      file.referencedFiles = file.referencedFiles.filter(({ fileName }) => isInside(fileName, name));
      return file;
    };
    return name === PROBE || this.callers.has(name) ? parse() : parsedFiles.file(name, text, options, parse);
  }

  private resolve(specifier: string, fileName: string): ts.ResolvedModuleFull | undefined {
    const side = modulePath(fileName)?.side ?? 'from';
    const declared = this.ambient[side].get(specifier);
    if (declared !== undefined) {
      return { resolvedFileName: programPath(side, declared), extension: ts.Extension.Dts };
    }
    const cache = this.caches[side];
    return ts.resolveModuleName(specifier, fileName, OPTIONS, this.compilerHost, cache).resolvedModule;
  }

  private resolveImport(specifier: string, containingFile: string): ts.ResolvedModuleFull | undefined {
    if (isLibraryFile(containingFile)) return resolveInLibrary(specifier, containingFile);
    if (containingFile === PROBE) {
      const extension = /\.[cm]?js$/.test(specifier) ? ts.Extension.Js : ts.Extension.Ts;
      return { resolvedFileName: this.unified(specifier), extension };
    }
    const caller = this.callers.get(containingFile);
    if (caller !== undefined) return this.resolveForCaller(specifier, caller.side);
    const resolved = this.resolve(specifier, containingFile);
    // The other version is no more within reach than the rest of the world.
    const inside = resolved !== undefined && sideOf(resolved.resolvedFileName) === sideOf(containingFile);
    const found = inside ? resolved : undefined;
    if (found === undefined) this.note(specifier, containingFile);
    else this.noteLenient(specifier, containingFile);
    return found === undefined ? undefined : { ...found, resolvedFileName: this.unified(found.resolvedFileName) };
  }

  private resolveForCaller(specifier: string, side: Side): ts.ResolvedModuleFull | undefined {
    const path = this.specifiers[side].get(specifier);
    if (path === undefined) return undefined;
    const extension = /\.[cm]?jsx?$/.test(path) ? ts.Extension.Js : ts.Extension.Ts;
    return { resolvedFileName: this.unified(programPath(side, path)), extension };
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
      this.compilerHost,
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

/**
 * Makes the program, and its checker, whose work counts from now on. `probe` is a text that imports from its roots by the names that they have in the program.
 */
export function createPairProgram(
  trees: Readonly<Record<Side, ModuleTree>>,
  paths: PairRoots,
  work: Work,
  probe: string | null = null,
): PairProgram {
  const host = new PairHost(new PairFiles(trees), paths, probe);
  const { roots } = paths;
  const names = [
    ...roots.from.map((path) => programPath('from', path)),
    ...roots.to.map((path) => host.unified(programPath('to', path))),
    ...(probe === null ? [] : [PROBE]),
  ];
  const rootNames = [...new Set(names)];
  let lib = LIB;
  let program = host.createProgram(rootNames, lib);
  if (host.usesNode) rootNames.push(NODE_TYPES);
  // Parsing is shared with the first try, and the checker is made only below.
  if (host.usesBrowser || host.usesNode) {
    lib = BROWSER_LIB;
    program = host.createProgram(rootNames, lib);
  }
  const { unresolved, bundlerOnly, packages } = host;
  const withCallers = (texts: readonly string[], specifiers: Specifiers): CallerTrials => {
    rootNames.push(...host.addCallers(texts, specifiers));
    const trials = host.createProgram(rootNames, lib);
    return {
      complaint: (side, index) => firstComplaint(trials, callerName(side, index)),
      work: () => trials.getInstantiationCount(),
    };
  };
  return {
    program,
    checker: work.checkerOf(program),
    isShared: (path) => host.isShared(path),
    sourceFile: (side, path) => program.getSourceFile(host.unified(programPath(side, path))),
    unresolved,
    bundlerOnly,
    probe: program.getSourceFile(PROBE),
    packages: [...packages].sort(),
    withCallers,
  };
}

/** What the compiler says first of a file; null where it compiles. */
function firstComplaint(program: ts.Program, name: string): ts.Diagnostic | null {
  const file = program.getSourceFile(name);
  if (file === undefined) throw new Error(`${name} is not in the program`);
  const [first = null] = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return first;
}
