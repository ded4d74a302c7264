/** The default loader: a version's exact bytes, imported into this process. */

import { LedgerError } from '../../errors.js';
import { optionsCheck } from '../../options-check.js';
import type { Loader, LoadRequest } from '../swap-ports.js';
import { type CacheOptions, ContentCache } from './content-cache.js';
import { heldWhile } from './held-loop.js';
import { importEntry } from './import-entry.js';
import { countImport, importedFrom } from './loaded-versions.js';
import { preload } from './preload.js';
import { prepareContent } from './prepare-content.js';
import { endResolution } from './resolution-end.js';
import { withFileNamed } from './syntax-place.js';

/** Where the files of versions are written to be imported, and where their bare imports are found. */
export type ImportLoaderOptions = CacheOptions;

const checkOptions = optionsCheck<ImportLoaderOptions>('ImportLoaderOptions', {
  cacheDir: 'value',
  nodeModules: 'value',
});

/**
 * A loader that imports ES and CommonJS modules of one or more files.
 *
 * ES modules of several files are loaded and compiled in pieces before they are imported, so that the event loop is held for a few
 * milliseconds at most; they are evaluated as Node always does, in one turn. CommonJS, and a file of megabytes, holds it for as long as it takes:
 * `loadHeldMs` says how long.
 *
 * Node never unloads imported code. Content that was imported before is the same code with the same state, so going
 * back to a version costs no memory; each new content stays until the process ends: `countLoaded`
 * tells how many. A version that must be unloadable,
 * or must not be able to end the process, belongs in a `workerLoader`. So does one that leaves timers running.
 *
 * What failed to load is evaluated afresh at the next attempt, from another folder: five times in a process at most. A package in
 * `nodeModules` that threw is remembered by Node until a restart.
 * @throws `CHECKSUM_MISMATCH`, `INVALID_FILES`, `IO`; what the module throws while it is imported
 */
export function importLoader(options: ImportLoaderOptions): Loader {
  checkOptions(options);
  const cache = new ContentCache(options);
  /** How often each content of a module failed to load in this process. */
  const failures = new Map<string, number>();
  return {
    async load(request) {
      const key = `${request.moduleId} ${request.checksum}`;
      const failed = failures.get(key) ?? 0;
      if (failed >= MAX_ATTEMPTS) throw tooOften(request);
      const content = await prepareContent(cache, request, failed);
      // Nobody waits for it any more: the code need not run.
      request.signal.throwIfAborted();
      const failsNow = () => failures.set(key, failed + 1);
      // One that does not answer in time is remembered by Node as one that is being imported.
      request.signal.addEventListener('abort', failsNow, { once: true });
      countImport(cache.moduleDir(request.moduleId), content.entry.url);
      try {
        const { value: exports, heldMs } = await heldWhile(async () => {
          endResolution(content.folder, content.packages);
          await preload(content.code, request.signal);
          return importEntry(content.entry);
        }, request.signal);
        return { exports, loadHeldMs: heldMs };
      } catch (error) {
        failsNow();
        throw await withFileNamed(error, content);
      } finally {
        request.signal.removeEventListener('abort', failsNow);
        void cache.prune(request.moduleId);
      }
    },
    countLoaded: (moduleId) => importedFrom(cache.moduleDir(moduleId)),
  };
}

/** What failed is never let go of by Node: 300 KB of code leak 1.7 MB each time. */
const MAX_ATTEMPTS = 5;

function tooOften({ moduleId, version }: LoadRequest): LedgerError<'INVALID_FILES'> {
  const issue = { path: 'files', expected: 'a module that loads', actual: `${MAX_ATTEMPTS} failures in this process` };
  const hint = 'mend what it needs, then restart the process; or give it a workerLoader, which starts afresh each time';
  return new LedgerError(
    'INVALID_FILES',
    `${moduleId} v${version} failed to load ${MAX_ATTEMPTS} times`,
    { issues: [issue] },
    { hint },
  );
}
