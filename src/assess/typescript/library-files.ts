/** The files that every program has: the language's own library, and the declarations of Node's modules. */

import { createRequire } from 'node:module';
import { dirname, posix } from 'node:path';
import ts from '../compiler.cjs';

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

/** Parsed, and shared by all programs of this thread: parsing them is most of a cold assessment. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** True for the name of a file that both versions share because it is neither's. */
export function isLibraryFile(fileName: string): boolean {
  return Object.keys(FOLDERS).some((prefix) => fileName.startsWith(prefix));
}

/** The text of a library file. The names come from the library itself and from TypeScript, never from a module. */
export function libraryText(fileName: string): string | undefined {
  for (const [prefix, folder] of Object.entries(FOLDERS)) {
    const path = fileName.startsWith(prefix) ? fileName.slice(prefix.length) : null;
    if (path !== null && /^[\w./-]+\.d\.ts$/.test(path) && !path.includes('..')) {
      return ts.sys.readFile(posix.join(folder, path));
    }
  }
  return undefined;
}

export function libraryFile(fileName: string): ts.SourceFile | undefined {
  if (!parsed.has(fileName)) {
    const text = libraryText(fileName);
    parsed.set(fileName, text === undefined ? undefined : ts.createSourceFile(fileName, text, PARSING));
  }
  return parsed.get(fileName);
}

/** Imports among library files; Node's modules themselves are ambient, and the checker finds them. */
export function resolveInLibrary(specifier: string, containingFile: string): ts.ResolvedModuleFull | undefined {
  const base = specifier.startsWith('.')
    ? posix.join(posix.dirname(containingFile), specifier)
    : specifier.replace(/^undici-types(?=$|\/)/, '/types/undici-types');
  for (const name of [`${base}.d.ts`, `${base}/index.d.ts`, base.replace(/\.js$/, '.d.ts')]) {
    if (isLibraryFile(name) && libraryFile(name) !== undefined) {
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
