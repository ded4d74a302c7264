/** Which file types an entry: TypeScript's own module resolution, over the module alone. */

import ts from '../compiler.cjs';
import type { Condition } from './exports-map.js';
import { DECLARATION } from './module-format.js';
import type { ModuleTree } from './module-tree.js';

/** The module stands here, as it would be installed; nothing else exists. */
const NAME = 'm';
const HOME = `/node_modules/${NAME}`;
const CALLER = '/caller.ts';

const NODE: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ESNext,
  types: [],
};

const BUNDLER: ts.CompilerOptions = {
  ...NODE,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** A file system in which the module is installed and nothing else is. */
function hostOf(tree: ModuleTree): ts.ModuleResolutionHost {
  const inside = (path: string): string | null => {
    if (path === HOME) return '';
    return path.startsWith(`${HOME}/`) ? path.slice(HOME.length + 1) : null;
  };
  const ask = <T>(path: string, question: (place: string) => T, otherwise: T): T => {
    const place = inside(path);
    return place === null ? otherwise : question(place);
  };
  return {
    fileExists: (path) => ask(path, (place) => tree.exists(place), false),
    directoryExists: (path) => ask(path, (place) => tree.folderExists(place), path === '/' || path === '/node_modules'),
    readFile: (path) => ask(path, (place) => tree.read(place) ?? undefined, undefined),
    realpath: (path) => ask(path, (place) => `${HOME}/${tree.realPath(place) ?? place}`, path),
    getCurrentDirectory: () => '/',
    useCaseSensitiveFileNames: true,
  };
}

/** TypeScript recurses over package.json: one nested without end has no types, and takes nobody down. */
function resolved(resolve: () => ts.ResolvedModuleWithFailedLookupLocations): ts.ResolvedModuleFull | null {
  try {
    return resolve().resolvedModule ?? null;
  } catch {
    return null;
  }
}

/** Finds declarations as a caller's compiler would; remembers package.json files between questions. */
export class DeclarationFinder {
  readonly #tree: ModuleTree;
  readonly #host: ts.ModuleResolutionHost;
  readonly #caches = new Map<ts.CompilerOptions, ts.ModuleResolutionCache>();

  constructor(tree: ModuleTree) {
    this.#tree = tree;
    this.#host = hostOf(tree);
  }

  #cacheOf(options: ts.CompilerOptions): ts.ModuleResolutionCache {
    const known = this.#caches.get(options);
    if (known !== undefined) return known;
    const cache = ts.createModuleResolutionCache('/', (path) => path, options);
    this.#caches.set(options, cache);
    return cache;
  }

  #find(specifier: string, options: ts.CompilerOptions, condition: Condition): string | null {
    const mode = condition === 'import' ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS;
    const cache = this.#cacheOf(options);
    const found = resolved(() => ts.resolveModuleName(specifier, CALLER, options, this.#host, cache, undefined, mode));
    if (found === null || !found.resolvedFileName.startsWith(`${HOME}/`)) return null;
    const path = found.resolvedFileName.slice(HOME.length + 1);
    return DECLARATION.test(path) && this.#tree.exists(path) ? path : null;
  }

  /** The file that types a subpath ('.' or './sub') as Node's rules find it; null for none. */
  ofSubpath(subpath: string, condition: Condition): string | null {
    return this.#find(NAME + subpath.slice(1), NODE, condition);
  }

  /** The file that types the main entry of a package without `exports`: as Node's rules find it, else as a bundler does. */
  ofMain(condition: Condition): string | null {
    return this.ofSubpath('.', condition) ?? (condition === 'import' ? this.#find(NAME, BUNDLER, condition) : null);
  }

  /** The file that types a path of the module: the path itself, or a declaration beside it; null for none. */
  ofPath(path: string): string | null {
    if (DECLARATION.test(path)) return this.#tree.realPath(path);
    return this.#find(`.${HOME}/${path}`, BUNDLER, 'import');
  }
}
