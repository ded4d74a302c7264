/** The `exports` of a package.json as Node resolves them (nodejs.org/api/esm.html, "Resolution Algorithm Specification"). */

import { isObject, type Json, type JsonObject, member, targetPath, targetsOf } from './manifest.js';
import type { ModuleTree } from './module-tree.js';

/** Who asks: an import or a require. */
export type Condition = 'import' | 'require';

/** `module-sync` is Node's since 22.10; under require it would name an ES module, which older Nodes cannot require. */
const CONDITIONS: Readonly<Record<Condition, ReadonlySet<string>>> = {
  import: new Set(['import', 'node', 'module-sync', 'node-addons', 'default']),
  require: new Set(['require', 'node', 'node-addons', 'default']),
};

/** Patterns are asked of every file; a package has a handful. */
const MAX_PATTERNS = 100;
const MAX_SUBPATHS = 20_000;

/** What callers can name, as far as it was looked for. */
interface SubpathList {
  readonly subpaths: readonly string[];
  /** True where there are more. */
  readonly capped: boolean;
}

/** Deeper nesting is an attack on the stack, not a package. */
const MAX_DEPTH = 64;

/** What a target leads to: a path, `null` for what is excluded on purpose, undefined for no answer. */
type Target = string | null | undefined;

/** `exports` with subpaths as keys: sugar (`"exports": "./index.js"`, or conditions at the top) is about ".". */
function subpathsOf(exports: Json): JsonObject {
  const subpaths = isObject(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  return subpaths ? exports : { '.': exports };
}

/** PACKAGE_TARGET_RESOLVE. */
function resolveTarget(target: Json | undefined, star: string, conditions: ReadonlySet<string>, depth = 0): Target {
  if (target === null) return null;
  if (depth > MAX_DEPTH || target === undefined) return undefined;
  if (typeof target === 'string') return targetPath(target.replaceAll('*', () => star)) ?? undefined;
  if (Array.isArray(target)) {
    let last: Target;
    for (const option of target) {
      const found = resolveTarget(option, star, conditions, depth + 1);
      if (typeof found === 'string') return found;
      last = found ?? last;
    }
    return last;
  }
  if (!isObject(target)) return undefined;
  for (const condition of Object.keys(target)) {
    if (!conditions.has(condition)) continue;
    const found = resolveTarget(target[condition], star, conditions, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A subpath pattern's two sides. */
interface Pattern {
  readonly key: string;
  readonly head: string;
  readonly tail: string;
}

function patternsOf(subpaths: JsonObject): Pattern[] {
  const patterns: Pattern[] = [];
  for (const key of Object.keys(subpaths)) {
    const star = key.indexOf('*');
    if (star < 0 || star !== key.lastIndexOf('*')) continue;
    patterns.push({ key, head: key.slice(0, star), tail: key.slice(star + 1) });
  }
  // PATTERN_KEY_COMPARE: the longest before the star first, then the longest in whole.
  return patterns.sort((a, b) => b.head.length - a.head.length || b.key.length - a.key.length);
}

function starOf(pattern: Pattern, subpath: string): string | null {
  const { head, tail } = pattern;
  if (!subpath.startsWith(head) || subpath === head || !subpath.endsWith(tail)) return null;
  return subpath.length >= head.length + tail.length ? subpath.slice(head.length, subpath.length - tail.length) : null;
}

/** A package's `exports`, asked for subpaths. */
/** `"./": "./"`, which opens a folder in Node before 17, as the pattern that replaced it. */
function withoutFolders(subpaths: JsonObject): JsonObject {
  const entries = Object.entries(subpaths).map(([key, target]): [string, Json] => {
    const opensFolder = key.endsWith('/') && typeof target === 'string' && target.endsWith('/');
    return opensFolder ? [`${key}*`, `${target}*`] : [key, target];
  });
  return Object.fromEntries(entries);
}

export class ExportsMap {
  readonly #subpaths: JsonObject;
  readonly #patterns: readonly Pattern[];

  constructor(exports: Json) {
    this.#subpaths = withoutFolders(subpathsOf(exports));
    this.#patterns = patternsOf(this.#subpaths);
  }

  /** The path that a subpath leads to; null where it is not exported. That a file is there is not said. */
  resolve(subpath: string, condition: Condition): string | null {
    const conditions = CONDITIONS[condition];
    if (Object.hasOwn(this.#subpaths, subpath) && !subpath.includes('*') && !subpath.endsWith('/')) {
      return resolveTarget(this.#subpaths[subpath], '', conditions) ?? null;
    }
    for (const pattern of this.#patterns) {
      const star = starOf(pattern, subpath);
      if (star !== null) return resolveTarget(this.#subpaths[pattern.key], star, conditions) ?? null;
    }
    return null;
  }

  /** The subpaths that callers can name, sorted: the keys as they stand, and each pattern over the files that there are. */
  subpaths(tree: ModuleTree): SubpathList {
    const found = new Set<string>();
    for (const key of Object.keys(this.#subpaths)) {
      if (key.includes('*') || key.endsWith('/') || !/^\.(?:\/|$)/.test(key)) continue;
      if (key !== './package.json') found.add(key);
    }
    const paths = this.#patterns.length > 0 ? tree.paths() : [];
    for (const pattern of this.#patterns.slice(0, MAX_PATTERNS)) {
      for (const target of new Set(targetsOf(member(this.#subpaths, pattern.key)))) {
        for (const [star, file] of starsOf(target, paths)) {
          const subpath = `${pattern.head}${star}${pattern.tail}`;
          if (found.size < MAX_SUBPATHS && isCallable(subpath, file, tree)) found.add(subpath);
        }
      }
    }
    const capped = this.#patterns.length > MAX_PATTERNS || found.size >= MAX_SUBPATHS;
    return { subpaths: [...found].sort(), capped };
  }
}

/** The endings under which the file of a target may be there in types only: `./x.js` is typed by `./x.d.ts` or `./x.ts`. */
const TYPED_AS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.m[jt]s$/, ['.d.mts', '.mts']],
  [/\.c[jt]s$/, ['.d.cts', '.cts']],
  [/\.jsx?$/, ['.d.ts', '.ts', '.tsx']],
];

function* starsOf(target: string, paths: readonly string[]): Generator<readonly [star: string, file: string]> {
  const path = target.replace(/^\.\//, '');
  const at = path.indexOf('*');
  if (!target.startsWith('./') || at < 0) return;
  const head = path.slice(0, at);
  const rest = path.slice(at + 1);
  const tails = [rest];
  // A target with two stars repeats what the first stood for; its files are found by the first alone.
  const star = rest.indexOf('*');
  for (const [ending, typed] of TYPED_AS) {
    if (ending.test(rest)) tails.push(...typed.map((other) => rest.replace(ending, other)));
  }
  for (const file of paths) {
    if (!file.startsWith(head)) continue;
    if (star >= 0) {
      const repeated = repeatedStar(file.slice(head.length), rest);
      if (repeated !== null) yield [repeated, file];
      continue;
    }
    const tail = tails.find((ending) => file.endsWith(ending) && file.length > head.length + ending.length);
    if (tail !== undefined) yield [file.slice(head.length, file.length - tail.length), file];
  }
}

/** What the star stands for where a target has it more than once, as `./*` + `/` + `*.js`; null where the file does not fit. */
function repeatedStar(file: string, rest: string): string | null {
  const middles = rest.split('*');
  const fixed = middles.reduce((sum, middle) => sum + middle.length, 0);
  const length = (file.length - fixed) / middles.length;
  if (!Number.isInteger(length) || length < 1) return null;
  const star = file.slice(0, length);
  return file === star + middles.join(star) ? star : null;
}

/** Source maps and texts are no places to enter; nor is a declaration beside the code that it types. */
function isCallable(subpath: string, file: string, tree: ModuleTree): boolean {
  if (subpath === './package.json') return false;
  if (/\.d\.[cm]?ts$/.test(subpath)) return !tree.exists(file.replace(/\.d\.([cm]?)ts$/, '.$1js'));
  return !/\.(?:map|md|markdown|txt|tsbuildinfo|flow|lock|ya?ml)$|(?:^|\/)(?:LICENSE|LICENCE|\.[^/]*)$/i.test(subpath);
}
