/**
 * The objects of a push that has not been let in: git keeps them apart until `pre-receive` has said yes
 * (githooks(5), git-receive-pack(1) "Quarantine Environment").
 */

import { LedgerError } from '../errors.js';
import type { LedgerObjects } from '../ports/objects.js';
import { SingleObjects } from './copy/single-objects.js';
import type { Files } from './file-system.js';
import { DatabaseObjects, type TypedReader } from './ledger-objects.js';

/** Objects of a folder of objects, and where it has not got them, of the ledger. */
export function quarantinedObjects(files: Files, folder: string, ledger: TypedReader): LedgerObjects {
  const pushed = new SingleObjects(files, folder);
  return new DatabaseObjects({
    async readTyped(oid, type) {
      const object = await pushed.read(oid);
      if (object === null) return ledger.readTyped(oid, type);
      if (object.type === type) return object.data;
      const reason = `expected a ${type}, it is a ${object.type}`;
      const hint = 'it was not made by git-lineage: nothing of the push was kept';
      const data = { oid, fault: 'OTHER_TYPE', reason } as const;
      throw new LedgerError('CORRUPT_OBJECT', `object ${oid} of the push: ${reason}`, data, { hint });
    },
  });
}
