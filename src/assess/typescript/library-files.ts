/** The files that every program has: the language's own library, and the declarations of Node's modules. */

import { createRequire } from 'node:module';
import { dirname, posix } from 'node:path';
import ts from '../compiler.cjs';
import { declarationsOf, LibraryIndex, type LibraryText, type Seen, textSeen } from './library-declarations.js';

const LIB_FOLDER = '/typescript';

const here = createRequire(import.meta.url);

function packageFolder(name: string, from: NodeJS.Require = here): string {
  return dirname(from.resolve(`${name}/package.json`));
}

/** Where the files are, by what stands before their names in a program; the versions are pinned in package.json. */
const FOLDERS: Readonly<Record<string, string>> = {
  [`${LIB_FOLDER}/`]: dirname(here.resolve('typescript')),
  '/types/node/': packageFolder('@types/node'),
  '/types/undici-types/': packageFolder('undici-types', createRequire(here.resolve('@types/node/package.json'))),
};

export const NODE_TYPES = '/types/node/index.d.ts';

/** Comments are not read, and parents are known once the checker has bound the file: a third of the time. */
const PARSING: ts.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.ESNext,
  jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
};

/** What was parsed of a file, shared by all programs of this thread: parsing is most of a cold assessment. */
interface Parsed {
  readonly file: ts.SourceFile;
  /** The names whose declarations were left out. */
  readonly unread: ReadonlySet<string>;
}

const parsed = new Map<string, Parsed>();
const texts = new Map<string, string | undefined>();
const standard = new Map<string, LibraryText>();
const indexes = new Map<string, LibraryIndex>();

/** True for the name of a file that both versions share because it is neither's. */
export function isLibraryFile(fileName: string): boolean {
  return Object.keys(FOLDERS).some((prefix) => fileName.startsWith(prefix));
}

/** The text of a library file. The names come from the library itself and from TypeScript, never from a module. */
export function libraryText(fileName: string): string | undefined {
  if (!texts.has(fileName)) texts.set(fileName, readLibrary(fileName));
  return texts.get(fileName);
}

function readLibrary(fileName: string): string | undefined {
  for (const [prefix, folder] of Object.entries(FOLDERS)) {
    const path = fileName.startsWith(prefix) ? fileName.slice(prefix.length) : null;
    if (path !== null && /^[\w./-]+\.d\.ts$/.test(path) && !path.includes('..')) {
      return ts.sys.readFile(posix.join(folder, path));
    }
  }
  return undefined;
}

/** True where all that a program sees of a file was read of it already. */
function covers({ unread }: Parsed, seen: Seen): boolean {
  return unread.size === 0 || (seen !== 'everything' && ![...unread].some((name) => seen.has(name)));
}

/** A file of the language's own library, with what it declares. */
function standardText(fileName: string): LibraryText | undefined {
  const text = fileName.startsWith(`${LIB_FOLDER}/`) ? libraryText(fileName) : undefined;
  if (text !== undefined && !standard.has(fileName))
    standard.set(fileName, { text, declarations: declarationsOf(text) });
  return standard.get(fileName);
}

/** Any library file, whole. */
function wholeFile(fileName: string): ts.SourceFile | undefined {
  const text = libraryText(fileName);
  if (text === undefined) return undefined;
  const file = ts.createSourceFile(fileName, text, PARSING);
  parsed.set(fileName, { file, unread: new Set() });
  return file;
}

/**
 * A library file with at least what is `seen` of it. The first time nothing else is read of one of the language's own; where that is not enough
 * for a later program, the whole of it is, so that no file is parsed more than twice.
 */
export function libraryFile(fileName: string, seen: Seen): ts.SourceFile | undefined {
  const known = parsed.get(fileName);
  if (known !== undefined && covers(known, seen)) return known.file;
  const library = standardText(fileName);
  if (library === undefined || seen === 'everything' || known !== undefined) return wholeFile(fileName);
  const unread = library.declarations.map(({ name }) => name).filter((name) => !seen.has(name));
  const file = ts.createSourceFile(fileName, textSeen(library, seen), PARSING);
  parsed.set(fileName, { file, unread: new Set(unread) });
  return file;
}

/** The declarations of the files that `lib` names, and of those that they refer to. */
export function libraryIndex(lib: readonly string[]): LibraryIndex {
  const key = lib.join();
  const index = indexes.get(key) ?? new LibraryIndex(libraryTexts(lib).values());
  indexes.set(key, index);
  return index;
}

const REFERENCE = /^\/\/\/ *<reference lib="([\w.]+)" *\/>/gm;

/** The files that `lib` names, and of those that they refer to. */
export function libraryTexts(lib: readonly string[]): Map<string, LibraryText> {
  const found = new Map<string, LibraryText>();
  const queue = [...lib];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const library = found.has(name) ? undefined : standardText(`${LIB_FOLDER}/${name}`);
    if (library === undefined) continue;
    found.set(name, library);
    for (const [, referred] of library.text.matchAll(REFERENCE)) queue.push(`lib.${referred}.d.ts`);
  }
  return found;
}

/** Imports among library files; Node's modules themselves are ambient, and the checker finds them. */
export function resolveInLibrary(specifier: string, containingFile: string): ts.ResolvedModuleFull | undefined {
  const base = specifier.startsWith('.')
    ? posix.join(posix.dirname(containingFile), specifier)
    : specifier.replace(/^undici-types(?=$|\/)/, '/types/undici-types');
  for (const name of [`${base}.d.ts`, `${base}/index.d.ts`, base.replace(/\.js$/, '.d.ts')]) {
    if (isLibraryFile(name) && libraryText(name) !== undefined) {
      return { resolvedFileName: name, extension: ts.Extension.Dts, isExternalLibraryImport: false };
    }
  }
  return undefined;
}

export function libraryFolder(): string {
  return LIB_FOLDER;
}

/** Names that a declaration uses and the language's own library does not have, but a browser's does. */
const BROWSER_NAMES =
  /\b(AbortController|AbortSignal|Blob|Crypto|CryptoKey|DOMException|Document|DragEvent|Element|Event|EventTarget|EventListener\w*|EventSource|File|FileList|FormData|HTML\w*Element|Headers\w*|History|IDB\w+|KeyboardEvent|Location|MediaStream|MessageEvent|MessagePort|MouseEvent|Navigator|Node|NodeList|PointerEvent|ReadableStream\w*|Request\w*|Response\w*|SVG\w*Element|Storage|SubtleCrypto|TextDecoder|TextEncoder|TouchEvent|TransformStream|URL|URLSearchParams|WebSocket|Window|Worker|WritableStream\w*|XMLHttpRequest)\b/;

/** Node's modules, as the pinned declarations have them: which Node judges must make no difference. */
const NODE_MODULES =
  'assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel ' +
  'dns domain events fs http http2 https inspector module net os path perf_hooks process punycode ' +
  'querystring readline repl stream string_decoder sys timers tls trace_events tty url util v8 vm wasi ' +
  'worker_threads zlib';

/** What only Node's declarations explain. */
const NODE_NAMES = new RegExp(
  `["'](?:node:[\\w/]+|(?:${NODE_MODULES.replaceAll(' ', '|')})(?:/[a-z]+)?)["']|\\bNodeJS\\.|\\bBuffer\\b|types=["']node["']`,
);

/** True where a text uses names that only a browser's library declares, or only Node's. */
export function usesBrowserNames(text: string): boolean {
  return BROWSER_NAMES.test(text);
}

export function usesNodeNames(text: string): boolean {
  return NODE_NAMES.test(text);
}
