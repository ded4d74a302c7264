/**
 * Packages that a version would get from above its own folder: Node looks for them in each `node_modules` up to the root of the file
 * system, and whoever can write to one of these runs code in this process.
 *
 * Read are the specifiers that stand in the code as texts, so that nothing of the version runs before it is refused. What a module
 * computes, or resolves by `createRequire`, is not seen here, but by `resolution-end.ts` when it asks.
 */

import { lstat } from 'node:fs/promises';
import Module, { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { invalidInput, quoted } from '../../errors.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import { WorkSlices } from '../../work-slices.js';

const CODE = /\.[cm]?js$/;

/** Code that is searched in one turn, and what two pieces share, in bytes: no specifier is longer. */
const PIECE_BYTES = 64 << 10;
const SHARED_BYTES = 512;

/** `import 'a'`, `import('a')`, `require('a')`, `… from 'a'`. */
const SPECIFIER = /(?<![\w$.])(?:(?:import|require)\s*\(\s*|import\s*|from\s*)(["'])([^"'\\\s]+)\1/g;

/** A line that is a comment, as far as a line tells. */
const COMMENT = /^[ \t]*(?:\/\/|\*).*$/gm;

/** `name` or `@scope/name` of a bare specifier; null where it names a file, a URL or a part of Node. */
export function packageOf(specifier: string): string | null {
  if (/^[./#]|^[A-Za-z][A-Za-z0-9+.-]*:/.test(specifier) || isBuiltin(specifier)) return null;
  return /^(@[^/]+\/[^/]+|[^@/][^/]*)/.exec(specifier)?.[1] ?? null;
}

/** The texts in a value of JSON. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value !== null && typeof value === 'object') for (const part of Object.values(value)) yield* textsIn(part);
}

/** What a package.json says of its own name, and of packages that stand behind `#names`. */
function readManifest(data: Uint8Array): { readonly self: string | null; readonly behind: readonly string[] } {
  try {
    const { name, exports, imports } = JSON.parse(Buffer.from(data).toString('utf8')) ?? {};
    const self = typeof name === 'string' && exports !== undefined ? name : null;
    return { self, behind: [...textsIn(imports)] };
  } catch {
    // Node says what is wrong with it, where it needs it.
    return { self: null, behind: [] };
  }
}

/** The specifiers that stand in a file of code. */
async function specifiersIn(data: Uint8Array, slices: WorkSlices): Promise<ReadonlySet<string>> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const found = new Set<string>();
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const text = bytes.toString('latin1', at, at + PIECE_BYTES + SHARED_BYTES).replace(COMMENT, '');
    for (const [, , specifier = ''] of text.matchAll(SPECIFIER)) found.add(specifier);
    await slices.next();
  }
  return found;
}

/** What may stand after a specifier of `require` in the path of its file. */
const ENDS = ['', '.js', '.cjs', '.mjs', '/index.js', '/index.cjs', '/index.mjs'];

/** Walks the code of a version from its entry, by the specifiers that stand in it. */
class Walk {
  /** Packages that the version does not bring, each with a file that names it. */
  readonly wanted = new Map<string, string>();
  private readonly files: NormalizedFiles;
  private readonly waiting: string[];
  private readonly seen = new Set<string>();

  constructor(files: NormalizedFiles, entry: string) {
    this.files = files;
    this.waiting = [entry];
  }

  async run(): Promise<void> {
    const slices = new WorkSlices();
    const manifest = readManifest(this.files.get('package.json')?.data ?? new Uint8Array());
    for (const specifier of manifest.behind) this.reach(specifier, 'package.json');
    for (let path = this.waiting.pop(); path !== undefined; path = this.waiting.pop()) {
      const file = this.files.get(path);
      if (file === undefined || file.mode === '120000' || this.seen.has(path)) continue;
      this.seen.add(path);
      if (CODE.test(path)) for (const specifier of await specifiersIn(file.data, slices)) this.reach(specifier, path);
    }
    if (manifest.self !== null) this.wanted.delete(manifest.self);
  }

  private reach(specifier: string, by: string): void {
    if (/^\.\.?(\/|$)/.test(specifier)) {
      const path = posix.join(posix.dirname(by), specifier);
      // Of a folder whose package.json names another file than index.js, everything.
      if (this.files.has(`${path}/package.json`)) this.below(`${path}/`);
      else this.waiting.push(...ENDS.map((end) => `${path}${end}`));
      return;
    }
    const name = packageOf(specifier);
    if (name === null || this.wanted.has(name)) return;
    for (let folder = by; folder !== ''; ) {
      folder = folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1);
      const path = `${folder}node_modules/${name}`;
      const file = ENDS.map((end) => `${path}${end}`).find((found) => this.files.has(found));
      if (file !== undefined) this.waiting.push(file);
      if (this.below(`${path}/`) || file !== undefined) return;
    }
    this.wanted.set(name, by);
  }

  /** Which files of a package run, its package.json says in many ways: all of them are read. False where there is none. */
  private below(folder: string): boolean {
    const found = [...this.files.keys()].filter((path) => path.startsWith(folder));
    this.waiting.push(...found);
    return found.length > 0;
  }
}

/** The folders in which Node looks for packages from a folder on, nearest first. */
function foldersFrom(folder: string): readonly string[] {
  const above: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    if (!at.endsWith('node_modules')) above.push(join(at, 'node_modules'));
    if (at === dirname(at)) break;
  }
  // Those of the environment and the home folder, which `require` has (nodejs.org/api/modules.html, "Loading from the global folders").
  return [...above, ...((Module as unknown as { globalPaths?: readonly string[] }).globalPaths ?? [])];
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    // What cannot be looked at may be there.
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
}

/**
 * Refuses code that would get a package from `folder`, in which its own folder is, or from above, otherwise than from `nodeModules`. A package that is nowhere is
 * left to Node: a module may do without it.
 * @throws `INVALID_FILES`
 */
export async function refusePackagesAbove(
  { files, entry }: { readonly files: NormalizedFiles; readonly entry: string },
  folder: string,
  nodeModules: string | null,
): Promise<void> {
  const walk = new Walk(files, entry);
  await walk.run();
  const folders = foldersFrom(folder);
  const issues: { path: string; expected: string; actual: string }[] = [];
  for (const [name, path] of walk.wanted) {
    for (const above of folders) {
      const found = await Promise.all(
        ['', '.js', '.json', '.node'].map((end) => isThere(join(above, `${name}${end}`))),
      );
      if (!found.includes(true)) continue;
      if (above !== nodeModules) {
        const expected = `packages that the version brings${nodeModules === null ? '' : ', or that are in nodeModules'}`;
        issues.push({ path, expected, actual: `${quoted(name)}, which Node would take from ${above}` });
      }
      break;
    }
  }
  if (issues.length === 0) return;
  const hint =
    'give the loader { nodeModules } with the folder that its packages come from, or record the version with its packages; what nobody put there on purpose, remove';
  throw invalidInput('INVALID_FILES', issues, hint);
}
