/**
 * The exact bytes of versions as files that can be imported: `<cacheDir>/<module>/<checksum>/files/…`.
 *
 * The same content of a module is always in the same folder, so that it has the same URL and its code is loaded once.
 * Modules do not share folders: two with the same bytes must not share their state. Entries are read-only: what a module writes beside
 * itself would be lost with the cache. Where somebody could write all the same, as root can, the changed entry is set aside and told.
 */

import { chmod, readlink, realpath, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { invalidInput, LedgerError, quoted } from '../../errors.js';
import { makeFolders } from '../../make-folders.js';
import { sha256Hex } from '../../model/content-digest.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import { moduleFolder } from '../../model/module-folder.js';
import { type EntryContent, type FoundEntry, findEntry, packageJson } from './cache-entry.js';
import { refusePackagesAbove } from './packages-above.js';
import { pruneCache, unfinishedName } from './prune-cache.js';
import { removeTree, setAside, writeReadOnly } from './read-only-tree.js';
import { useEntry } from './used-entries.js';

/** What a folder of the cache holds. */
interface CachedContent extends EntryContent {
  readonly moduleId: string;
  /** The digest of the files, as whoever gives them has verified it. */
  readonly checksum: string;
  /** How often it has failed to load in this process: each attempt has a folder of its own, because Node remembers a failure by its URL. */
  readonly failures?: number | undefined;
  /** Told which files of an entry were not as they were written, and where they are now. */
  readonly onChanged?: ((paths: readonly string[], setAside: string) => void) | undefined;
}

/** Between two looks at what can be removed, in milliseconds: entries are kept for days. */
const PRUNE_MS = 3600_000;

/** A failure of the disk under the cache, which is nothing that the module did. */
function diskError(error: unknown, path: string): unknown {
  if (error instanceof LedgerError || !(error instanceof Error) || !('code' in error)) return error;
  const errno = String(error.code);
  const hint = 'see that the cache folder can be written and has room; deleting it loses nothing';
  const data = { operation: 'write the module cache', path, errno };
  return new LedgerError('IO', `${errno}: the module cache ${path} cannot be written`, data, { hint, cause: error });
}

/** One file's digest does not cover its name and mode: here both count. */
function folderName({ files, checksum, type }: CachedContent): string {
  const lines = [...files].map(([path, file]) => `${file.mode} ${path}\n`).join('');
  return `${checksum.replace(':', '-')}-${sha256Hex(`${type}\n${lines}`).slice(0, 16)}`;
}

export interface CacheOptions {
  /** Where the files of versions are written, one folder for each content. Deleting it loses nothing. */
  readonly cacheDir: string;
  /**
   * A `node_modules` folder in which the modules' bare imports are found; without one they have only what they bring. A version that would get
   * a package from another folder above it is refused.
   */
  readonly nodeModules?: string | undefined;
}

function folderPath(name: keyof CacheOptions, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  const issue = { path: name, expected: 'the path of a folder', actual: quoted(value) };
  throw invalidInput(
    'INVALID_ARGUMENT',
    [issue],
    "for example { cacheDir: '.cache/modules' }, outside of the repository",
  );
}

export class ContentCache {
  private readonly dir: string;
  private readonly nodeModules: string | undefined;
  private ready: Promise<string> | null = null;
  private readonly writing = new Map<string, Promise<string>>();
  /** When each module's folder was last looked through, by `performance.now()`. */
  private readonly pruned = new Map<string, number>();

  /** @throws `INVALID_ARGUMENT` */
  constructor(options: CacheOptions) {
    // From JavaScript, nothing may come at all.
    const { cacheDir, nodeModules }: Partial<CacheOptions> = options ?? {};
    this.dir = resolve(folderPath('cacheDir', cacheDir));
    this.nodeModules = nodeModules === undefined ? undefined : resolve(folderPath('nodeModules', nodeModules));
  }

  /**
   * The folder that holds the files, written if need be. What is there already is compared, each time; where it differs by a bit,
   * a mode or a file, it is replaced, and what was changed in it is set aside.
   * @throws `IO`
   */
  async folderFor(content: CachedContent): Promise<string> {
    const { failures = 0 } = content;
    const attempt = failures === 0 ? '' : `-try-${failures + 1}`;
    const place = `${moduleFolder(content.moduleId)}/${folderName(content)}${attempt}`;
    const running = this.writing.get(place);
    if (running !== undefined) return running;
    const folder = this.provide(place, content).finally(() => this.writing.delete(place));
    this.writing.set(place, folder);
    return folder;
  }

  /** @throws `INVALID_FILES` where the code of a version would get a package from a folder that nobody named, `IO` */
  async refusePackagesAbove(
    moduleId: string,
    code: { readonly files: NormalizedFiles; readonly entry: string },
  ): Promise<void> {
    try {
      this.ready ??= this.prepare();
      const dir = await this.ready;
      const named = this.nodeModules === undefined ? null : join(dir, 'node_modules');
      await refusePackagesAbove(code, join(dir, moduleFolder(moduleId)), named);
    } catch (error) {
      this.ready = null;
      throw diskError(error, this.dir);
    }
  }

  /** The folder in which bare imports are found, without symbolic links; null where none was named. */
  async packages(): Promise<string | null> {
    return this.nodeModules === undefined ? null : realpath(this.nodeModules).catch(() => this.nodeModules ?? null);
  }

  /** The names by which Node comes to that folder from a version, each of which may be a link; none where none was named. */
  async packagesLinks(): Promise<string[]> {
    if (this.nodeModules === undefined) return [];
    return [join(await (this.ready ?? realpath(this.dir)), 'node_modules'), this.nodeModules];
  }

  /** The folder of a module in this cache, with a folder for each content. */
  moduleDir(moduleId: string): string {
    return join(this.dir, moduleFolder(moduleId));
  }

  /**
   * Removes what no process uses any more of a module, at most once an hour: a look at each entry costs a swap more than its own files do.
   * Never rejects: what cannot be removed now is removed another time.
   */
  async prune(moduleId: string): Promise<void> {
    const now = performance.now();
    if (now - (this.pruned.get(moduleId) ?? Number.NEGATIVE_INFINITY) < PRUNE_MS) return;
    this.pruned.set(moduleId, now);
    try {
      const dir = await realpath(this.dir);
      await pruneCache(dir, join(dir, moduleFolder(moduleId)));
    } catch {
      // Somebody else may be at it, or the folder is gone.
    }
  }

  private async provide(place: string, content: CachedContent): Promise<string> {
    try {
      this.ready ??= this.prepare();
      const folder = join(await this.ready, place);
      await useEntry(folder);
      if (!(await findEntry(folder, content)).whole) await this.replace(folder, content);
      return join(folder, 'files');
    } catch (error) {
      this.ready = null;
      throw diskError(error, this.dir);
    }
  }

  /** Written beside, then renamed: nobody sees a folder that is half written. */
  private async replace(folder: string, content: CachedContent): Promise<void> {
    const unfinished = join(dirname(dirname(folder)), unfinishedName());
    let moved = false;
    try {
      await makeFolders(unfinished);
      await writeReadOnly(join(unfinished, 'files'), content.files);
      await writeFile(join(unfinished, 'package.json'), packageJson(content.type), { mode: 0o444 });
      await makeFolders(dirname(folder));
      moved = await this.putInPlace(unfinished, folder, content);
    } finally {
      if (!moved) await removeTree(unfinished);
    }
  }

  /** True where it is there now; false where somebody else's is, which is whole. */
  private async putInPlace(unfinished: string, folder: string, content: CachedContent): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      const error = await rename(unfinished, folder).catch((thrown: unknown) => thrown);
      // Only now: a folder that is read-only cannot be moved.
      if (error === undefined) {
        await chmod(folder, 0o555);
        return true;
      }
      // There is one already: another process was faster, or it is damaged.
      const found = await findEntry(folder, content);
      if (found.whole) return false;
      if (attempt === 3) throw error;
      await this.clear(folder, found, content);
    }
  }

  /** Makes room where an entry is damaged. Only what is missing is not worth keeping. */
  private async clear(folder: string, { changed }: FoundEntry, { onChanged }: CachedContent): Promise<void> {
    if (changed.length === 0) return removeTree(folder);
    const kept = join(await (this.ready ?? this.dir), '.set-aside', `${basename(dirname(folder))}-${basename(folder)}`);
    const place = await setAside(folder, kept);
    if (place !== null) onChanged?.(changed, place);
  }

  private async prepare(): Promise<string> {
    await makeFolders(this.dir);
    const dir = await realpath(this.dir);
    if (this.nodeModules !== undefined) await this.linkNodeModules(join(dir, 'node_modules'), this.nodeModules);
    return dir;
  }

  private async linkNodeModules(link: string, target: string): Promise<void> {
    try {
      return await symlink(target, link, 'junction');
    } catch (error) {
      const actual = await readlink(link).catch(() => null);
      if (actual !== null && resolve(dirname(link), actual) === target) return;
      if (actual === null) throw error;
      const issue = {
        path: 'nodeModules',
        expected: `${quoted(actual)}, which this cache has`,
        actual: quoted(target),
      };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'give each set of node_modules a cache folder of its own');
    }
  }
}
