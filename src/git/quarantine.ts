/**
 * The objects of a push that has not been let in: git keeps them apart until `pre-receive` has said yes
 * (githooks(5), git-receive-pack(1) "Quarantine Environment").
 */

import { LedgerError } from '../errors.js';
import type { TypedSource } from './decoded-objects.js';
import { ObjectDatabase } from './object-database.js';
import { hashUntrusted } from './sha1/untrusted-object.js';
import type { SyncFiles } from './sync-files.js';

/**
 * Objects of a folder of objects, each checked for attacks on SHA-1, and where it has not got them, of the ledger. `close` lets go of the
 * files of the folder.
 */
export function quarantinedObjects(
  files: SyncFiles,
  folder: string,
  ledger: TypedSource & Pick<ObjectDatabase, 'format'>,
): TypedSource & { close(): void } {
  const pushed = new ObjectDatabase(files, folder, ledger.format, hashUntrusted);
  return {
    readTyped(oid, type) {
      const object = pushed.find(oid);
      if (object === null) return ledger.readTyped(oid, type);
      if (object.type === type) return object.data;
      const reason = `expected a ${type}, it is a ${object.type}`;
      const hint = 'it was not made by git-lineage: nothing of the push was kept';
      const data = { oid, fault: 'OTHER_TYPE', reason } as const;
      throw new LedgerError('CORRUPT_OBJECT', `object ${oid} of the push: ${reason}`, data, { hint });
    },
    close: () => pushed.close(),
  };
}
