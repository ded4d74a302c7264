/**
 * The exact bytes of versions as files that can be imported: `<cacheDir>/<module>/<checksum>/files/…`.
 *
 * The same content of a module is always in the same folder, so that it has the same URL and its code is loaded once.
 * Modules do not share folders: two with the same bytes must not share their state.
 */

import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { invalidInput, LedgerError, quoted } from '../../errors.js';
import { sha256Hex } from '../../model/content-digest.js';
import type { FileMode, ModuleFile, NormalizedFiles } from '../../model/module-files.js';
import { moduleFolder } from '../../model/module-id.js';
import type { ModuleType } from './entry-point.js';

/** What a folder of the cache holds. */
export interface CachedContent {
  readonly moduleId: string;
  readonly files: NormalizedFiles;
  /** Their digest, as whoever gives them has verified it. */
  readonly checksum: string;
  /** What a `.js` file is where the module has no package.json that says so. */
  readonly type: ModuleType;
  /** How often it has failed to load in this process: each attempt has a folder of its own, because Node remembers a failure by its URL. */
  readonly failures?: number | undefined;
}

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

async function writeOne(path: string, file: ModuleFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (file.mode === '120000') return symlink(Buffer.from(file.data).toString('utf8'), path);
  await writeFile(path, file.data, { flag: 'wx' });
  await chmod(path, file.mode === '100755' ? 0o755 : 0o644);
}

async function readOne(path: string): Promise<ModuleFile> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) return { data: Buffer.from(await readlink(path)), mode: '120000' };
  const mode: FileMode = (stat.mode & 0o100) === 0 ? '100644' : '100755';
  return { data: await readFile(path), mode };
}

/** True where a folder holds exactly these files: each byte, each mode, nothing more. */
async function holdsExactly(folder: string, files: NormalizedFiles): Promise<boolean> {
  const found = new Set<string>();
  const visit = async (prefix: string): Promise<boolean> => {
    for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!(await visit(path))) return false;
        continue;
      }
      const expected = files.get(path);
      if (expected === undefined) return false;
      const actual = await readOne(join(folder, path));
      if (actual.mode !== expected.mode || Buffer.compare(actual.data, expected.data) !== 0) return false;
      found.add(path);
    }
    return true;
  };
  try {
    return (await visit('')) && found.size === files.size;
  } catch {
    return false;
  }
}

function packageJson(type: CachedContent['type']): string {
  return `${JSON.stringify({ type })}\n`;
}

/** True where an entry of the cache is whole. */
async function isWhole(folder: string, { files, type }: CachedContent): Promise<boolean> {
  const scope = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
  return scope === packageJson(type) && holdsExactly(join(folder, 'files'), files);
}

export class ContentCache {
  private readonly dir: string;
  private readonly nodeModules: string | undefined;
  private ready: Promise<string> | null = null;
  private readonly writing = new Map<string, Promise<string>>();

  /** `nodeModules`: a folder in which bare imports of the modules are looked up. */
  constructor(cacheDir: string, nodeModules?: string) {
    for (const [path, value] of Object.entries({ cacheDir, nodeModules })) {
      if ((path === 'nodeModules' && value === undefined) || (typeof value === 'string' && value !== '')) continue;
      const issue = { path, expected: 'the path of a folder', actual: quoted(value) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'a folder of its own, outside of the repository');
    }
    this.dir = resolve(cacheDir);
    this.nodeModules = nodeModules === undefined ? undefined : resolve(nodeModules);
  }

  /**
   * The folder that holds the files, written if need be. What is there already is compared; where it differs by a bit,
   * a mode or a file, it is replaced.
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

  private async provide(place: string, content: CachedContent): Promise<string> {
    try {
      this.ready ??= this.prepare();
      const folder = join(await this.ready, place);
      if (!(await isWhole(folder, content))) await this.replace(folder, content);
      return join(folder, 'files');
    } catch (error) {
      this.ready = null;
      throw diskError(error, this.dir);
    }
  }

  /** Written beside, then renamed: nobody sees a folder that is half written. */
  private async replace(folder: string, content: CachedContent): Promise<void> {
    const unfinished = join(dirname(dirname(folder)), `.unfinished-${randomBytes(8).toString('hex')}`);
    try {
      await mkdir(join(unfinished, 'files'), { recursive: true });
      await writeFile(join(unfinished, 'package.json'), packageJson(content.type));
      for (const [path, file] of content.files) await writeOne(join(unfinished, 'files', path), file);
      await mkdir(dirname(folder), { recursive: true });
      await this.putInPlace(unfinished, folder, content);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }

  private async putInPlace(unfinished: string, folder: string, content: CachedContent): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await rename(unfinished, folder);
      } catch (error) {
        // There is one already: another process was faster, or it is damaged.
        if (await isWhole(folder, content)) return;
        if (attempt === 3) throw error;
        const aside = `${unfinished}-damaged`;
        await rename(folder, aside).catch(() => undefined);
        await rm(aside, { recursive: true, force: true });
      }
    }
  }

  private async prepare(): Promise<string> {
    await mkdir(this.dir, { recursive: true });
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
