/** From the bytes that a loader is given to a URL that can be imported: hashed, written, found. */

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LedgerError } from '../../errors.js';
import type { LoadRequest } from '../swap-ports.js';
import type { ContentCache } from './content-cache.js';
import { entryPoint, formatOf, impliedType } from './entry-point.js';
import type { Entry } from './import-entry.js';
import { importOrder } from './import-order.js';
import type { Code } from './preload.js';
import { slicedDigest } from './sliced-digest.js';

/** A version in the cache, ready to be imported. */
export interface PreparedContent {
  readonly entry: Entry;
  /** Where its files are, without symbolic links. */
  readonly folder: string;
  /** The folder of packages that it may use, without symbolic links; or null. */
  readonly packages: string | null;
  /** The code that the entry imports, and its own, in the order in which it can be loaded. */
  readonly code: readonly Code[];
}

/** How many paths a warning names. */
const NAMED_PATHS = 5;

function changedText(paths: readonly string[], place: string): string {
  const more = paths.length > NAMED_PATHS ? ` and ${paths.length - NAMED_PATHS} more` : '';
  const named = `${paths.slice(0, NAMED_PATHS).join(', ')}${more}`;
  return `the cache folder was written to (${named}): what it held is in ${place} now; data of a module belongs in its data folder`;
}

/**
 * The version in the cache: at the same URLs for the same content of a module, after so many failures to load it.
 * @throws `CHECKSUM_MISMATCH`, `INVALID_FILES`, `IO`
 */
export async function prepareContent(
  cache: ContentCache,
  request: LoadRequest,
  failures = 0,
): Promise<PreparedContent> {
  const { moduleId, version, files, checksum, metadata, warn } = request;
  // Hashed here, though whoever calls may have done so: the bytes that are written are the bytes that were checked.
  const actual = await slicedDigest(files);
  if (actual !== checksum) {
    throw new LedgerError(
      'CHECKSUM_MISMATCH',
      `${moduleId} v${version}: expected files with the checksum ${checksum}, got ${actual}`,
      { expected: checksum, actual },
      { hint: 'nothing was loaded: look for what changed the files on their way from the ledger' },
    );
  }
  const path = entryPoint(files, metadata);
  const type = await impliedType(files, path);
  const format = formatOf(files, path, type);
  const order = format === 'module' ? await importOrder(files, path) : [];
  const onChanged = (paths: readonly string[], place: string) => warn?.('CACHE_CHANGED', changedText(paths, place));
  await cache.refusePackagesAbove(moduleId, { files, entry: path });
  // Last, so that little time is left between this look at the files and the import.
  // Names are looked up at once: that takes microseconds, and to wake a thread for it a hundred times as long.
  const folder = realpathSync.native(await cache.folderFor({ moduleId, files, checksum, type, failures, onChanged }));
  const { href } = pathToFileURL(realpathSync.native(join(folder, path)));
  const code = order.map((name) => ({ path: join(folder, name), bytes: files.get(name)?.data.byteLength ?? 0 }));
  return { entry: { url: href, format }, folder, packages: await cache.packages(), code };
}
