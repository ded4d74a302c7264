/** The folder of a report: whole, or as it was before. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf, invalidInput, LedgerError, messageOf, quoted } from '../errors.js';
import { makeFolders } from '../make-folders.js';

/** What says that a folder is a report, and may be replaced by another. */
export const MARKER = 'report.json';
const FORMAT = 'git-lineage report 1';

export function markerText(): string {
  return `${JSON.stringify({ format: FORMAT })}\n`;
}

async function isReport(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, MARKER), 'utf8').catch(() => '');
  return text === markerText();
}

/** The folder to write, links to it followed. @throws `INVALID_ARGUMENT` where there is something else */
async function targetOf(dir: string): Promise<{ readonly path: string; readonly there: boolean }> {
  const path = await realpath(resolve(dir)).catch(() => null);
  if (path === null) return { path: resolve(dir), there: false };
  const names = await readdir(path).catch(() => null);
  if (names !== null && (names.length === 0 || (await isReport(path)))) return { path, there: true };
  const issue = { path: 'dir', expected: 'a new folder, an empty one, or an earlier report', actual: quoted(dir) };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'name another folder: what is in this one stays as it is');
}

/** Writes files into a folder, by their paths in it. */
export type WriteFile = (path: string, content: string | Uint8Array) => Promise<void>;

/**
 * Has a folder filled beside `dir` and moves it into place; an earlier report goes only then. Answers with its real path.
 * @throws `INVALID_ARGUMENT`, `IO`, and what `fill` throws
 */
export async function replaceFolder(dir: string, fill: (write: WriteFile) => Promise<void>): Promise<string> {
  const { path, there } = await targetOf(dir);
  const name = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const [building, old] = [`${name}.tmp`, `${name}.old`];
  try {
    await makeFolders(building);
    await fill(async (file, content) => {
      await makeFolders(dirname(join(building, file)));
      await writeFile(join(building, file), content, { flag: 'wx' });
    });
    if (there) await rename(path, old);
    await rename(building, path).catch(async (error: unknown) => {
      if (there) await rename(old, path);
      throw error;
    });
    await rm(old, { recursive: true, force: true });
    return path;
  } catch (error) {
    await rm(building, { recursive: true, force: true }).catch(() => undefined);
    if (error instanceof LedgerError || errnoOf(error) === null) throw error;
    const data = { operation: 'write', path, errno: errnoOf(error) };
    const hint = 'check that its parent folder can be written to and has room';
    throw new LedgerError('IO', `cannot write ${quoted(path)}: ${messageOf(error)}`, data, { hint, cause: error });
  }
}
