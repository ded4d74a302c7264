/** The content of a module: files by path, and which paths a ledger can hold so that any clone can check them out. */

import { type InputIssue, invalidInput, quoted } from '../errors.js';
import { compareBytes } from './printable.js';

/** Regular file, executable file, symbolic link: the three kinds that a module may have. */
export type FileMode = '100644' | '100755' | '120000';

/** A file's content; a string is UTF-8. A symbolic link's data is its target. */
export type FileContent = string | Uint8Array | { readonly data: string | Uint8Array; readonly mode: FileMode };

/** Relative POSIX path → content. */
export type ModuleFiles = ReadonlyMap<string, FileContent> | Readonly<Record<string, FileContent>>;

/** One file of a module after it was checked. */
export interface ModuleFile {
  /** Its bytes; of a symbolic link, its target. */
  readonly data: Uint8Array;
  readonly mode: FileMode;
}

/** Checked files in bytewise order of their paths. */
export type NormalizedFiles = ReadonlyMap<string, ModuleFile>;

/** Linux's limits for one name and for a path (`NAME_MAX`, `PATH_MAX`). */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4095;

/** Linux follows at most 40 links in a path (path_resolution(7)). */
const MAX_LINKS = 40;

const MODES: ReadonlySet<string> = new Set(['100644', '100755', '120000']);
const HINT = 'give relative paths such as index.js or lib/plan.js; see "A version commit" in docs/format.md';

/** Characters that HFS+ ignores in names, so that `.g\u200cit` is `.git` there (git: utf8.c, next_hfs_char). */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

function isDotGit(name: string): boolean {
  const folded = name
    .replace(HFS_IGNORED, '')
    .toLowerCase()
    .replace(/:.*$/, '')
    .replace(/[ .]+$/, '');
  return folded === '.git' || folded === 'git~1' || folded === '.gitmodules' || /^gi[a-z0-9]*~[0-9]+$/.test(folded);
}

function nameProblem(name: string): string | null {
  if (name === '') return 'no empty component (a leading, trailing or doubled "/")';
  if (name === '.' || name === '..') return 'no "." or ".." component';
  if (isDotGit(name)) return 'no component that git or another file system reads as .git or .gitmodules';
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? `components of at most ${MAX_NAME_BYTES} bytes` : null;
}

function pathProblem(path: string): string | null {
  if (path === '') return 'a path';
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'no control character and no backslash';
  if (!path.isWellFormed()) return 'well-formed Unicode';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `at most ${MAX_PATH_BYTES} bytes`;
  for (const name of path.split('/')) {
    const problem = nameProblem(name);
    if (problem !== null) return problem;
  }
  return null;
}

/** A copy of bytes; null for those of a buffer that was transferred elsewhere. */
function copyOf(data: Uint8Array): Uint8Array | null {
  try {
    return new Uint8Array(data);
  } catch {
    return null;
  }
}

/** The same files, in bytes of their own. */
export function copiedFiles(files: NormalizedFiles): NormalizedFiles {
  return new Map([...files].map(([path, { data, mode }]) => [path, { data: new Uint8Array(data), mode }]));
}

function fileOf(content: unknown): ModuleFile | null {
  const isPlain = typeof content === 'string' || content instanceof Uint8Array;
  if (!isPlain && (typeof content !== 'object' || content === null)) return null;
  const given = isPlain ? { data: content, mode: '100644' } : (content as { data?: unknown; mode?: unknown });
  if (typeof given.mode !== 'string' || !MODES.has(given.mode)) return null;
  const mode = given.mode as FileMode;
  if (typeof given.data === 'string') return { data: Buffer.from(given.data, 'utf8'), mode };
  const data = given.data instanceof Uint8Array ? copyOf(given.data) : null;
  return data === null ? null : { data, mode };
}

/** Where a link leads, following the module's own links as a file system would; null where that is outside it. */
function resolveLink(files: ReadonlyMap<string, ModuleFile>, link: string): string | null {
  const rest = link.split('/');
  const at: string[] = [];
  let followed = 0;
  while (rest.length > 0) {
    const name = rest.shift();
    if (name === undefined || name === '' || name === '.') continue;
    if (name === '..') {
      if (at.pop() === undefined) return null;
      continue;
    }
    at.push(name);
    const file = files.get(at.join('/'));
    if (file?.mode !== '120000') continue;
    const target = Buffer.from(file.data).toString('utf8');
    followed += 1;
    if (followed > MAX_LINKS || target.startsWith('/')) return null;
    at.pop();
    rest.unshift(...target.split('/'));
  }
  return at.join('/');
}

function linkIssues(files: ReadonlyMap<string, ModuleFile>): InputIssue[] {
  const issues: InputIssue[] = [];
  for (const [path, file] of files) {
    if (file.mode !== '120000') continue;
    const target = Buffer.from(file.data).toString('utf8');
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    const ok = target !== '' && !/[\u0000\n\\]/.test(target) && !/^\.git|^\.mailmap$/.test(name);
    if (ok && resolveLink(files, path) !== null) continue;
    issues.push({
      path: quoted(path),
      expected: 'a link whose target stays inside the module',
      actual: quoted(target),
    });
  }
  return issues;
}

function collisionIssues(paths: Iterable<string>): InputIssue[] {
  const issues: InputIssue[] = [];
  const seen = new Map<string, string>();
  const report = (path: string, other: string, what: string) =>
    issues.push({ path: quoted(path), expected: `no path that ${what} another`, actual: `also ${quoted(other)}` });
  for (const path of paths) {
    const names = path.split('/');
    for (let depth = 1; depth <= names.length; depth++) {
      const prefix = names.slice(0, depth).join('/');
      const isFile = depth === names.length;
      const folded = prefix.normalize('NFC').toLowerCase();
      const other = seen.get(folded);
      if (other === undefined) seen.set(folded, isFile ? `${prefix}\0` : prefix);
      else if (other.replace('\0', '') !== prefix) report(path, other.replace('\0', ''), 'differs only in case from');
      else if (isFile || other.endsWith('\0')) report(path, prefix, 'is both a file and a folder of');
    }
  }
  return issues;
}

/**
 * Files as the ledger stores them, or `INVALID_FILES` with every path that it cannot hold: no absolute or escaping
 * path, nothing that `git fsck --strict` or a case-folding file system would refuse. The bytes are copied:
 * a buffer that its owner uses again must not change what was checked.
 * @example
 * import { normalizeFiles } from 'git-lineage';
 *
 * const files = normalizeFiles({ 'run.sh': { data: '#!/bin/sh\n', mode: '100755' }, 'index.js': 'export {};' });
 * for (const [path, { mode, data }] of files) console.log(path, mode, data.length);
 */
export function normalizeFiles(files: ModuleFiles): NormalizedFiles {
  if (typeof files !== 'object' || files === null) {
    throw invalidInput(
      'INVALID_FILES',
      [{ path: 'files', expected: 'a Map or an object', actual: quoted(files) }],
      HINT,
    );
  }
  const entries = files instanceof Map ? [...files] : Object.entries(files);
  const issues: InputIssue[] = [];
  const checked = new Map<string, ModuleFile>();
  for (const [path, content] of entries.sort(([a], [b]) => compareBytes(String(a), String(b)))) {
    const problem = typeof path === 'string' ? pathProblem(path) : 'a string';
    if (problem !== null) issues.push({ path: 'files', expected: problem, actual: quoted(path) });
    const file = fileOf(content);
    const shape = 'a string, bytes, or { data, mode: 100644 | 100755 | 120000 }';
    if (file === null) issues.push({ path: quoted(path), expected: shape, actual: quoted(content) });
    else checked.set(path, file);
  }
  if (entries.length === 0) issues.push({ path: 'files', expected: 'at least one file', actual: 'none' });
  if (issues.length === 0) issues.push(...collisionIssues(checked.keys()), ...linkIssues(checked));
  if (issues.length > 0) throw invalidInput('INVALID_FILES', issues, HINT);
  return checked;
}
