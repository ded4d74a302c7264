/**
 * Compiles the callers of many small modules in one TypeScript program, from memory. Each module is found by TypeScript's own
 * Node16 resolution as `node_modules/the-module`, so `exports` maps, subpaths and conditions mean what they mean to a user.
 */

import { dirname } from 'node:path/posix';
import ts from 'typescript';

/** A place in the program: a module under the name `the-module`, and files that import it. */
export interface Mount {
  /** An absolute folder of its own, as `/param-added/a`. */
  readonly folder: string;
  /** The module's files by their path in the module. */
  readonly module: ReadonlyMap<string, string>;
  /** The callers by file name. */
  readonly callers: ReadonlyMap<string, string>;
}

/** What one file's check said, each as `TS2554: Expected 2 arguments, but got 1.`; empty where it compiles. */
export type Complaints = readonly string[];

/** What the compiler said of the files of one mount. */
export interface Checked {
  readonly callers: ReadonlyMap<string, Complaints>;
  readonly module: ReadonlyMap<string, Complaints>;
}

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noImplicitAny: true,
  target: ts.ScriptTarget.ESNext,
  lib: ['lib.esnext.d.ts'],
  // Not NodeNext: that lets CommonJS require an ES module, which no Node before 20.19 does.
  module: ts.ModuleKind.Node16,
  resolveJsonModule: true,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  allowJs: true,
  // JavaScript in node_modules is left untyped without it, and JSDoc is the only typing that some modules have.
  maxNodeModuleJsDepth: 8,
  types: [],
  noEmit: true,
};

const LIB_FOLDER = dirname(ts.getDefaultLibFilePath(OPTIONS));

/** Library files, parsed once and shared by every program of this process. */
const libraries = new Map<string, ts.SourceFile | undefined>();

/** Modules that change the program around them see only their own callers. */
const REACHES_OUT = /\bdeclare\s+(?:global|module)\b/;

const TYPESCRIPT_OR_JAVASCRIPT = /\.[cm]?[jt]s$/;

/** Checks every caller of every mount, and the module's own files: those in TypeScript, and those that a caller led to. */
export function checkMounts(mounts: readonly Mount[]): ReadonlyMap<string, Checked> {
  const alone = mounts.filter((mount) => [...mount.module.values()].some((text) => REACHES_OUT.test(text)));
  const together = mounts.filter((mount) => !alone.includes(mount));
  const checked = new Map<string, Checked>();
  for (const group of [together, ...alone.map((mount) => [mount])]) {
    for (const [folder, result] of checkGroup(group)) checked.set(folder, result);
  }
  return checked;
}

/** The files of a module as they lie in `node_modules`: with a `package.json`, whether the pair has one or not. */
export function installedFiles(module: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const installed = new Map(module);
  const manifest = module.get('package.json');
  if (manifest === undefined) {
    const esm = [...module].some(
      ([path, text]) => TYPESCRIPT_OR_JAVASCRIPT.test(path) && /^\s*export\b(?! =)/m.test(text),
    );
    installed.set(
      'package.json',
      JSON.stringify({ name: 'the-module', main: './index.js', ...(esm ? { type: 'module' } : {}) }),
    );
  } else {
    // TypeScript takes two packages of one name and version for one package, which would hide one side of the pair.
    const { version: _, ...rest } = JSON.parse(manifest) as Record<string, unknown>;
    installed.set('package.json', JSON.stringify(rest));
  }
  return installed;
}

function checkGroup(mounts: readonly Mount[]): ReadonlyMap<string, Checked> {
  const files = new Map<string, string>();
  const roots: string[] = [];
  for (const mount of mounts) {
    files.set(`${mount.folder}/package.json`, '{ "type": "module" }');
    for (const [path, text] of installedFiles(mount.module)) {
      files.set(`${moduleFolder(mount)}/${path}`, text);
      if (/\.[cm]?ts$/.test(path)) roots.push(`${moduleFolder(mount)}/${path}`);
    }
    for (const [name, text] of mount.callers) {
      files.set(`${mount.folder}/${name}`, text);
      roots.push(`${mount.folder}/${name}`);
    }
  }
  const program = ts.createProgram(roots, OPTIONS, memoryHost(files));
  return new Map(mounts.map((mount) => [mount.folder, checkMount(program, mount)]));
}

function checkMount(program: ts.Program, mount: Mount): Checked {
  const callers = new Map<string, Complaints>();
  for (const name of mount.callers.keys()) callers.set(name, complaints(program, `${mount.folder}/${name}`));
  const module = new Map<string, Complaints>();
  for (const path of mount.module.keys()) {
    const said = complaints(program, `${moduleFolder(mount)}/${path}`);
    if (said.length > 0) module.set(path, said);
  }
  return { callers, module };
}

function moduleFolder(mount: Mount): string {
  return `${mount.folder}/node_modules/the-module`;
}

function complaints(program: ts.Program, path: string): Complaints {
  const file = program.getSourceFile(path);
  if (file === undefined) return [];
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
  );
}

function memoryHost(files: ReadonlyMap<string, string>): ts.CompilerHost {
  const folders = new Set<string>();
  for (const path of files.keys()) {
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) folders.add(folder);
  }
  const read = (path: string): string | undefined =>
    files.get(path) ?? (isLibrary(path) ? ts.sys.readFile(path) : undefined);
  const host: ts.CompilerHost = {
    fileExists: (path) => files.has(path) || (isLibrary(path) && ts.sys.fileExists(path)),
    readFile: read,
    directoryExists: (path) => folders.has(path),
    getSourceFile: (path, language) => {
      const text = files.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, language);
      if (!isLibrary(path)) return undefined;
      if (!libraries.has(path)) {
        const library = ts.sys.readFile(path);
        libraries.set(path, library === undefined ? undefined : ts.createSourceFile(path, library, language));
      }
      return libraries.get(path);
    },
    getDefaultLibFileName: () => `${LIB_FOLDER}/lib.esnext.d.ts`,
    getDefaultLibLocation: () => LIB_FOLDER,
    writeFile: () => {
      throw new Error('nothing is emitted');
    },
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    realpath: (path) => path,
    // Without a cache: it remembers a failed look-up for every folder above, where another mount would find it.
    resolveModuleNameLiterals: (literals, importer, redirected, options, file) =>
      literals.map((literal) => {
        const mode = ts.getModeForUsageLocation(file, literal, options);
        return ts.resolveModuleName(literal.text, importer, options, host, undefined, redirected, mode);
      }),
  };
  return host;
}

function isLibrary(path: string): boolean {
  return dirname(path) === LIB_FOLDER;
}
