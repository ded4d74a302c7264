/** The files of what a path names, without any ledger. */

import { resolve } from 'node:path';
import type { NormalizedFiles } from '../library.js';
import type { Context, Library } from '../verb.js';
import { readModule } from './read-module.js';

/** Whose call it is, and what its files are made with. */
type Reading = Pick<Context, 'io'> & { readonly library: Pick<Library, 'normalizeFiles'> };

/** The files of a folder, of a tarball, or a single file. */
export async function contentOf({ io, library }: Reading, given: string): Promise<NormalizedFiles> {
  const options = { cwd: io.cwd, exclude: [], ledger: resolve(io.cwd, given, '.git'), key: null, isKept: false };
  return library.normalizeFiles(await readModule([given], options));
}
