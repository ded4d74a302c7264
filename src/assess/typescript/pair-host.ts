/** What the compiler asks for while it makes the program of a pair. */

import { posix } from 'node:path';
import ts from '../compiler.cjs';
import { isAmbientFile } from './ambient-modules.js';
import { OPTIONS } from './compiler-options.js';
import { globalNamesIn, mayNameAnything } from './global-names.js';
import type { Seen } from './library-declarations.js';
import {
  isLibraryFile,
  libraryFile,
  libraryFolder,
  libraryIndex,
  usesBrowserNames,
  usesNodeNames,
} from './library-files.js';
import type { PairCallers } from './pair-callers.js';
import { type PairFiles, PROBE, sideOf } from './pair-files.js';
import { fileSystemOf, type PairImports } from './pair-imports.js';
import { ParsedFiles } from './parsed-files.js';

/** True for a `/// <reference path>` that stays in its own version. */
function isInside(path: string, containingFile: string): boolean {
  const target = posix.resolve(posix.dirname(containingFile), path);
  return sideOf(target) !== null && sideOf(target) === sideOf(containingFile);
}

/** A file that is a module whether it imports or exports anything or not. */
function createModuleFile(name: string, text: string, options: ts.CreateSourceFileOptions): ts.SourceFile {
  const setExternalModuleIndicator = (file: ts.SourceFile): void => {
    (file as { externalModuleIndicator?: unknown }).externalModuleIndicator = true;
  };
  const module = { languageVersion: ts.ScriptTarget.ESNext, impliedNodeFormat: undefined, setExternalModuleIndicator };
  return ts.createSourceFile(name, text, { ...options, ...module });
}

export const LIB = ['lib.esnext.d.ts'];
export const BROWSER_LIB = [...LIB, 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'];

/** Shared by all pairs of this thread. */
const parsedFiles = new ParsedFiles();

export class PairHost {
  /** Whether a file names what only a browser's library declares, or only Node's. */
  usesBrowser = false;
  usesNode = false;
  private readonly files: PairFiles;
  private readonly imports: PairImports;
  private readonly callers: PairCallers;
  private readonly probe: string | null;
  private readonly sources = new Map<string, ts.SourceFile | undefined>();
  private readonly host: ts.CompilerHost;
  /** What the program that is being made sees of the library; null until it is asked for, when so many sources were read. */
  private seen: Seen | null = null;
  private sourcesSeen = 0;

  constructor(files: PairFiles, imports: PairImports, callers: PairCallers, probe: string | null) {
    this.files = files;
    this.imports = imports;
    this.callers = callers;
    this.probe = probe;
    this.host = this.createCompilerHost();
  }

  private createCompilerHost(): ts.CompilerHost {
    return {
      ...fileSystemOf(this.files),
      getCurrentDirectory: () => '/',
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => '\n',
      // A comment says types in JavaScript alone; anywhere else its tree would be a fifth of a file's.
      jsDocParsingMode: ts.JSDocParsingMode.ParseForTypeInfo,
      getDefaultLibLocation: libraryFolder,
      getDefaultLibFileName: () => `${libraryFolder()}/lib.esnext.d.ts`,
      writeFile: () => undefined,
      getSourceFile: (name, version) => (isLibraryFile(name) ? this.library(name) : this.source(name, version)),
      resolveModuleNameLiterals: (literals, containingFile) =>
        literals.map(({ text }) => ({ resolvedModule: this.imports.resolveImport(text, containingFile) })),
      resolveTypeReferenceDirectiveReferences: (directives) =>
        directives.map(() => ({ resolvedTypeReferenceDirective: undefined })),
    };
  }

  /** Makes a program of the files so far, with what they see of the library. */
  createProgram(rootNames: readonly string[], lib: readonly string[]): ts.Program {
    const create = (): ts.Program =>
      ts.createProgram({ rootNames, options: { ...OPTIONS, lib: [...lib] }, host: this.host });
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
    const ours = name === PROBE ? (this.probe ?? undefined) : this.callers.read(name);
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
    return name === PROBE || this.callers.read(name) !== undefined
      ? parse()
      : parsedFiles.file(name, text, options, parse);
  }
}
