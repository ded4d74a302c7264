/** Which versions hold a file: their folders read, never a file. */

import { isLedgerError } from '../errors.js';
import type { HoldsBlob } from '../model/blob-holders.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader } from '../ports/repository.js';
import { versionContent } from './version-content.js';

/** The blobs of a tree by their paths. @throws `CORRUPT_OBJECT` where a folder cannot be read */
export function* blobsOf(
  objects: ObjectReader,
  tree: Oid,
  prefix = '',
): Generator<{ readonly path: string; readonly mode: string; readonly oid: Oid }> {
  for (const { mode, name, oid } of objects.readTree(tree)) {
    if (mode === '40000') yield* blobsOf(objects, oid, `${prefix}${name}/`);
    else yield { path: prefix + name, mode, oid };
  }
}

/** Reads the folders of versions; one that versions share is read once for each question. */
export function holdingIn(objects: ObjectReader): HoldsBlob {
  return (wanted) => {
    const known = new Map<Oid, boolean>();
    const holds = (tree: Oid): boolean => {
      const before = known.get(tree);
      if (before !== undefined) return before;
      const found = objects.readTree(tree).some(({ mode, oid }) => (mode === '40000' ? holds(oid) : wanted(oid)));
      known.set(tree, found);
      return found;
    };
    return ({ oid, content }) => {
      try {
        const tree = (content ?? versionContent(objects, oid))?.tree;
        return tree === undefined ? null : holds(tree);
      } catch (error) {
        if (isLedgerError(error, 'CORRUPT_OBJECT')) return null;
        throw error;
      }
    };
  };
}
