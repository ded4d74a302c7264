/** Where a module keeps data: outside of the cache, the same place for all its versions. */

import { join, resolve } from 'node:path';
import { invalidInput, LedgerError } from '../../errors.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import { makeFolders } from '../../make-folders.js';
import { moduleFolder } from '../../model/module-folder.js';
import { assertModuleId } from '../../model/module-id.js';
import { isOnDisk } from '../ledger/is-ledger.js';

/** Where the data of all modules are: the folder given, else `lineage/data` in a ledger on disk. @throws `INVALID_ARGUMENT` */
function placeOf(dataDir: string | null, manager: VersionManager): string {
  if (dataDir !== null) return resolve(dataDir);
  if (isOnDisk(manager)) return join(manager.gitdir, 'lineage', 'data');
  const issue = { path: 'dataDir', expected: 'the path of a folder', actual: 'none, and the ledger is not on disk' };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'give new HotSwapper a dataDir');
}

/**
 * The folder for a module's data, made on first use. No version owns it: whatever version runs finds what others left there, newer
 * ones included.
 * @throws `INVALID_MODULE_ID`, `INVALID_ARGUMENT` where there is no place for data, `IO`
 */
export async function dataDirOf(moduleId: string, dataDir: string | null, manager: VersionManager): Promise<string> {
  const path = join(placeOf(dataDir, manager), moduleFolder(assertModuleId(moduleId)));
  try {
    await makeFolders(path);
    return path;
  } catch (error) {
    const errno = String((error as NodeJS.ErrnoException).code);
    const data = { operation: 'make the data folder', path, errno };
    const hint = 'see that the folder can be written, or give new HotSwapper another dataDir';
    throw new LedgerError('IO', `${errno}: the data folder ${path} cannot be made`, data, { hint, cause: error });
  }
}

/** The same; null where there is no place for data. */
export async function dataDirFor(
  moduleId: string,
  dataDir: string | null,
  manager: VersionManager,
): Promise<string | null> {
  return dataDir === null && !isOnDisk(manager) ? null : dataDirOf(moduleId, dataDir, manager);
}
