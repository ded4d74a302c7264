/** The files of one version as a read-only file system that ends at the module's own root. */

import type { ModuleFile, NormalizedFiles } from '../../model/module-files.js';

/** Linux follows at most 40 links in a path (path_resolution(7)). */
const MAX_LINKS = 40;

/** Links to folders can multiply paths without end; no module has this many. */
const MAX_PATHS = 100_000;

/** What a folder holds, links followed, each list in bytewise order. */
interface FolderListing {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** A relative path in its one normal form, '' for the module's root; null for one that leaves the module. */
export function normalPath(path: string): string | null {
  if (path.startsWith('/') || path.includes('\0') || path.includes('\\')) return null;
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) return null;
  }
  return names.join('/');
}

/** The folder that a path is in, '' for the module's root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** A path below a folder; the root is ''. */
export function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Text as TypeScript reads a file: UTF-8, or UTF-16 where a byte order mark says so; the mark is not part of it. */
function decode(data: Uint8Array): string {
  const [a, b] = data;
  const encoding = a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(data);
}

/** A module's files, read as a file system would, links included; nothing outside exists. */
export class ModuleTree {
  readonly files: NormalizedFiles;
  readonly #folders = new Map<string, Set<string>>([['', new Set()]]);
  readonly #hasLinks: boolean;

  constructor(files: NormalizedFiles) {
    this.files = files;
    let links = false;
    for (const [path, file] of files) {
      links ||= file.mode === '120000';
      this.#enter(path);
    }
    this.#hasLinks = links;
  }

  /** Names a file in the listing of its folder, and each new folder in that of its own. */
  #enter(path: string): void {
    for (let at = path; at !== ''; ) {
      const folder = folderOf(at);
      const name = at.slice(folder === '' ? 0 : folder.length + 1);
      const known = this.#folders.get(folder);
      if (known !== undefined) {
        known.add(name);
        return;
      }
      this.#folders.set(folder, new Set([name]));
      at = folder;
    }
  }

  /** Where a path leads once every link is followed; null where nothing is there, or it is outside the module. */
  realPath(path: string): string | null {
    const wanted = normalPath(path);
    if (wanted === null) return null;
    if (!this.#hasLinks) return this.files.has(wanted) || this.#folders.has(wanted) ? wanted : null;
    const rest = wanted.split('/').reverse();
    const at: string[] = [];
    let followed = 0;
    while (rest.length > 0) {
      const name = rest.pop();
      if (name === undefined || name === '' || name === '.') continue;
      if (name === '..') {
        if (at.pop() === undefined) return null;
        continue;
      }
      at.push(name);
      const file = this.files.get(at.join('/'));
      if (file?.mode !== '120000') {
        if (file !== undefined && rest.some((left) => left !== '')) return null;
        continue;
      }
      followed += 1;
      const target = decode(file.data);
      if (followed > MAX_LINKS || target === '' || target.startsWith('/')) return null;
      at.pop();
      rest.push(...target.split('/').reverse());
    }
    const real = at.join('/');
    return this.files.has(real) || this.#folders.has(real) ? real : null;
  }

  #file(path: string): ModuleFile | null {
    const real = this.realPath(path);
    return real === null ? null : (this.files.get(real) ?? null);
  }

  /** True for a regular file, or a link to one. */
  exists(path: string): boolean {
    return this.#file(path) !== null;
  }

  /** True for a folder, or a link to one. */
  folderExists(path: string): boolean {
    const real = this.realPath(path);
    return real !== null && this.#folders.has(real);
  }

  /** The content of a file; null where there is none. */
  bytes(path: string): Uint8Array | null {
    return this.#file(path)?.data ?? null;
  }

  /** The text of a file; null where there is none. Bytes that are not text become U+FFFD. */
  read(path: string): string | null {
    const data = this.bytes(path);
    return data === null ? null : decode(data);
  }

  /** What a folder holds; links that lead nowhere are left out. Empty where there is no such folder. */
  list(folder: string): FolderListing {
    const files: string[] = [];
    const folders: string[] = [];
    const real = this.realPath(folder);
    for (const name of (real === null ? undefined : this.#folders.get(real)) ?? []) {
      const path = inFolder(real ?? '', name);
      if (this.exists(path)) files.push(name);
      else if (this.folderExists(path)) folders.push(name);
    }
    return { files: files.sort(), folders: folders.sort() };
  }

  /** Every path at which a file can be read, links to files and folders included, root first; a cycle ends where it closes. */
  paths(): string[] {
    const found: string[] = [];
    const pending: { folder: string; above: readonly string[] }[] = [{ folder: '', above: [''] }];
    for (let next = pending.pop(); next !== undefined && found.length < MAX_PATHS; next = pending.pop()) {
      const { folder, above } = next;
      const { files, folders } = this.list(folder);
      for (const name of files) found.push(inFolder(folder, name));
      for (const name of [...folders].reverse()) {
        const path = inFolder(folder, name);
        const real = this.realPath(path) ?? path;
        if (!above.includes(real)) pending.push({ folder: path, above: [...above, real] });
      }
    }
    return found.slice(0, MAX_PATHS);
  }
}
