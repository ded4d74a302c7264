/** `assess --files A B`: two folders or npm tarballs compared, with no ledger at all. */

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { NormalizedFiles } from '../index.js';
import { invalidArgument, ioComplaint, quoted } from './complaint.js';
import { measurementBlocks, measurementJson } from './measurement.js';
import { readModule } from './read-module.js';
import { isTarball, readTarball } from './read-tarball.js';
import type { Answer, Context } from './verb.js';

/** What npm would not publish, and what is not the module's own. */
const LEFT_OUT = ['node_modules/'];

/** The files of a folder, of a tarball, or a single file. */
async function contentOf({ io, library }: Context, given: string): Promise<NormalizedFiles> {
  const path = resolve(io.cwd, given);
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (isFile) {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw ioComplaint('read', given, error);
    });
    if (isTarball(bytes)) return library.normalizeFiles(await readTarball(bytes, given));
  }
  const options = { cwd: io.cwd, exclude: LEFT_OUT, ledger: resolve(io.cwd, given, '.git'), key: null };
  return library.normalizeFiles(await readModule([given], options));
}

/** Compares the two that `--files` names. */
export async function assessFiles(context: Context, paths: readonly string[]): Promise<Answer> {
  const [from, to] = paths;
  if (from === undefined || to === undefined || paths.length > 2) {
    const actual = paths.length === 0 ? 'none' : paths.map(quoted).join(', ');
    throw invalidArgument('--files', 'two folders or npm tarballs', actual, 'git-lineage assess --files OLD NEW');
  }
  const [fromFiles, toFiles] = [await contentOf(context, from), await contentOf(context, to)];
  const assessor = context.library.createAssessor();
  try {
    const found = await assessor.assessFiles({ fromFiles, toFiles });
    return { json: measurementJson(found), blocks: measurementBlocks(found, `${from} -> ${to}`) };
  } finally {
    await assessor.close();
  }
}
