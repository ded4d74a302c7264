/** Removing what the journal has redacted: after the entry, and again wherever that was cut short. */

import type { Records } from '../model/records.js';
import type { ObjectReader } from '../ports/repository.js';
import type { RedactedObject, Upkeep } from '../ports/upkeep.js';
import type { Journal } from './journal.js';
import { versionContent } from './version-content.js';

/** Every blob that was redacted, with the trees of the versions that held it. */
export function redactedObjects(records: Records, objects: ObjectReader): RedactedObject[] {
  if (!records.hasRedactions()) return [];
  const trees = new Map<string, Set<string>>();
  for (const [oid] of records.redactions()) trees.set(oid, new Set());
  for (const { moduleId, version } of records.allVersions()) {
    const record = records.version(moduleId, version);
    if (record?.redacted === undefined) continue;
    const tree = (record.content ?? versionContent(objects, record.oid))?.tree;
    if (tree !== undefined) for (const oid of record.redacted) trees.get(oid)?.add(tree);
  }
  return [...trees].map(([oid, of]) => ({ oid, trees: [...of] }));
}

/** Removes what was redacted and is here still, and tells git what is missing on purpose. @throws what `Upkeep.removeBlobs` throws */
export async function finishRedactions({
  journal,
  objects,
  upkeep,
}: {
  readonly journal: Journal;
  readonly objects: ObjectReader;
  readonly upkeep: Upkeep;
}): Promise<void> {
  const redacted = journal.read(({ records }) => redactedObjects(records, objects));
  const oids = redacted.map(({ oid }) => oid);
  if (oids.length > 0 && !upkeep.areRemoved(oids)) await upkeep.removeBlobs(redacted);
}
