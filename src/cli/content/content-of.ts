/** The files of what a path names, without any ledger. */

import { resolve } from 'node:path';
import type { NormalizedFiles } from '../library.js';
import type { Context } from '../verb.js';
import { readModule } from './read-module.js';

/** The files of a folder, of a tarball, or a single file. */
export async function contentOf({ io, library }: Context, given: string): Promise<NormalizedFiles> {
  const options = { cwd: io.cwd, exclude: [], ledger: resolve(io.cwd, given, '.git'), key: null, isKept: false };
  return library.normalizeFiles(await readModule([given], options));
}
