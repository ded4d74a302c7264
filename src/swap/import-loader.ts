/** The default loader: a version's exact bytes, imported into this process. */

import { ContentCache } from './content-cache.js';
import type { Loader } from './contract.js';
import { importEntry } from './import-entry.js';
import { prepareContent } from './prepare-content.js';

export interface ImportLoaderOptions {
  /** Where the files of versions are written, one folder for each content. Deleting it loses nothing. */
  readonly cacheDir: string;
  /** A `node_modules` folder in which the modules' bare imports are found; without one they have only what they bring. */
  readonly nodeModules?: string | undefined;
}

/**
 * A loader that imports ES and CommonJS modules of one or more files.
 *
 * Node never unloads imported code. Content that was imported before is the same code with the same state, so going
 * back to a version costs no memory; each new content stays until the process ends. A version that must be unloadable,
 * or must not be able to end the process, belongs in a `workerLoader`. So does one that leaves timers running.
 * @throws `CHECKSUM_MISMATCH`, `INVALID_FILES`, `IO`; what the module throws while it is imported
 */
export function importLoader(options: ImportLoaderOptions): Loader {
  const cache = new ContentCache(options.cacheDir, options.nodeModules);
  return {
    async load(request) {
      const entry = await prepareContent(cache, request);
      // Nobody waits for it any more: the code need not run.
      request.signal.throwIfAborted();
      return { exports: await importEntry(entry) };
    },
  };
}
