/**
 * A folder in which the active version of each module stands under the module's name, for programs that read files. Each name is a link into
 * a folder beside it, and is moved with one rename: whoever reads finds one version or the other, whole.
 */

import { randomBytes } from 'node:crypto';
import { lstat, readdir, readFile, readlink, rename, rm, stat, symlink, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../../make-folders.js';
import { errnoOf, ioComplaint } from '../complaint.js';
import type { NormalizedFiles } from '../library.js';
import { fillFolder } from './write-folder.js';

/** Where the versions lie. */
const VERSIONS = '.git-lineage';

/** A version that no name leads to any more may still be read by whoever opened a file of it; and another process may be about to name it. */
const KEPT_MS = 3_600_000;

/** What a name leads to: a version that was put there, nothing, or something that somebody else put there. */
export type Place = { readonly kind: 'version'; readonly folder: string } | { readonly kind: 'none' | 'foreign' };

/** True where a file or link has just this content. */
async function isAt(
  path: string,
  { data, mode }: { readonly data: Uint8Array; readonly mode: string },
): Promise<boolean> {
  const there = await lstat(path);
  if (mode === '120000' ? !there.isSymbolicLink() : !there.isFile()) return false;
  if (mode !== '120000' && (there.mode & 0o100) !== (mode === '100755' ? 0o100 : 0)) return false;
  const found = mode === '120000' ? Buffer.from(await readlink(path)) : await readFile(path);
  return Buffer.compare(found, data) === 0;
}

/** The paths of all files and links below a folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

/** No name leads to a version any more: its hour begins. */
async function leave(place: Place): Promise<void> {
  const now = new Date();
  if (place.kind === 'version') await utimes(place.folder, now, now).catch(() => undefined);
}

export class FollowedFolder {
  readonly dir: string;
  private readonly versions: string;

  constructor(dir: string) {
    this.dir = dir;
    this.versions = join(dir, VERSIONS);
  }

  /** What `name` leads to. */
  async at(name: string): Promise<Place> {
    try {
      const target = await readlink(join(this.dir, name));
      if (dirname(target) === VERSIONS) return { kind: 'version', folder: join(this.dir, target) };
      return { kind: 'foreign' };
    } catch (error) {
      return { kind: errnoOf(error) === 'ENOENT' ? 'none' : 'foreign' };
    }
  }

  /** The names that lead to a version. */
  async names(): Promise<string[]> {
    const all = await readdir(this.dir).catch(() => []);
    const places = await Promise.all(all.map(async (name) => [name, await this.at(name)] as const));
    return places.flatMap(([name, { kind }]) => (kind === 'version' ? [name] : []));
  }

  /** True where `name` leads to just these files. */
  async holds(name: string, files: NormalizedFiles): Promise<boolean> {
    const place = await this.at(name);
    if (place.kind !== 'version') return false;
    try {
      if ((await filesBelow(place.folder)).length !== files.size) return false;
      for (const [path, file] of files) if (!(await isAt(join(place.folder, path), file))) return false;
      return true;
    } catch {
      return false;
    }
  }

  /** Has `name` lead to these files. @throws `IO`; then it leads to what it led to before */
  async set(name: string, version: number, files: NormalizedFiles): Promise<void> {
    const made = `${name}@${version}.${randomBytes(6).toString('hex')}`;
    const link = join(this.versions, `${made}.link`);
    try {
      await makeFolders(join(this.versions, made));
      await fillFolder(join(this.versions, made), files);
      await symlink(join(VERSIONS, made), link);
      const before = await this.at(name);
      await rename(link, join(this.dir, name));
      await leave(before);
    } catch (error) {
      await rm(join(this.versions, made), { recursive: true, force: true });
      await rm(link, { force: true });
      throw ioComplaint('write', join(this.dir, name), error);
    }
  }

  /** Has `name` lead nowhere. */
  async remove(name: string): Promise<void> {
    const place = await this.at(name);
    if (place.kind !== 'version') return;
    await unlink(join(this.dir, name));
    await leave(place);
  }

  /** Removes versions that no name has led to for an hour, and what a process left that was killed. */
  async prune(now: number): Promise<void> {
    const linked = new Set<string>();
    for (const name of await this.names()) linked.add(await readlink(join(this.dir, name)));
    for (const entry of await readdir(this.versions).catch(() => [])) {
      const path = join(this.versions, entry);
      if (linked.has(join(VERSIONS, entry))) continue;
      const made = await stat(path).catch(() => null);
      if (made === null || now - made.mtimeMs > KEPT_MS) await rm(path, { recursive: true, force: true });
    }
  }
}
