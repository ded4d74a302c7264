/**
 * Which redactions are finished in this repository: the bytes are gone, and git is told that they are missing on purpose. That the bytes are
 * not here does not say so: a copy that comes to know a version after its file was redacted never had them.
 */

import { isAnyOid } from '../model/object-id.js';
import type { Oid } from '../ports/objects.js';
import type { SyncFiles } from './sync-files.js';

/** A private file with the oids, one a line. Without it, what was redacted is looked through once more. */
const RECORD = 'lineage/redacted';

/** The blobs of which it is known that all is done. */
export function finishedRedactions(files: SyncFiles, gitdir: string): Set<Oid> {
  const lines = (files.readText(`${gitdir}/${RECORD}`) ?? '').split('\n');
  return new Set(lines.filter(isAnyOid));
}

/** Remembers that all is done about some blobs. Only under the writer lock, and once that lasts. */
export function rememberFinished(files: SyncFiles, gitdir: string, oids: readonly Oid[]): void {
  const known = finishedRedactions(files, gitdir);
  if (oids.every((oid) => known.has(oid))) return;
  const path = `${gitdir}/${RECORD}`;
  const lines = [...new Set([...known, ...oids])].sort();
  files.makeFolder(`${gitdir}/lineage`);
  files.createAnew(`${path}.new`, Buffer.from(`${lines.join('\n')}\n`));
  files.rename(`${path}.new`, path);
}
