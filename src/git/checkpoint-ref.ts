/** The blob at `refs/witness/checkpoint`: the one ref that is not journaled, moved by force and as atomically as any other. */

import { CHECKPOINT_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { GitStore } from './git-store.js';
import { PackMerger } from './merge-packs.js';
import { hashObject } from './object-codec.js';
import { buildPack, packEntry } from './pack-writer.js';
import { recover } from './recover.js';
import type { RepositoryReader } from './repository-reader.js';
import { unlessFails } from './sync-files.js';
import { withWriterLock } from './writer-lock.js';

/** The bytes that stand at the ref; null where there is none. @throws `CORRUPT_OBJECT`, `REF_CHANGED` for a ref that is no oid */
export function readCheckpointBlob(reader: RepositoryReader): Uint8Array | null {
  const oid = reader.refs.readOid(CHECKPOINT_REF);
  return oid === null ? null : reader.readBlob(oid);
}

function move({ place, refs }: GitStore, to: Oid): void {
  const from = refs.readOid(CHECKPOINT_REF);
  if (from !== to) place.moves.commit(place.moves.prepare(null, [{ ref: CHECKPOINT_REF, from, to }]));
}

/** Moves the ref to a blob that is here already; it is durable when this resolves. @throws `REF_LOCKED`, `IO` */
export async function moveCheckpoint(store: GitStore, oid: Oid): Promise<void> {
  await withWriterLock(store.files, store.place.lockFile, () => {
    recover(store.place, store.journalTip());
    // Whoever fetched it has made the object last, but maybe not its name.
    store.files.syncFolder(store.place.packs.folder);
    move(store, oid);
  });
}

/** Writes a blob and moves the ref to it; both are durable, and small packs merged, when this resolves. @throws `REF_LOCKED`, `IO` */
export async function writeCheckpoint(store: GitStore, text: string): Promise<Oid> {
  const object = { type: 'blob', data: Buffer.from(text) } as const;
  const oid = hashObject(object, store.format);
  const pack = buildPack([packEntry(oid, object)], store.format);
  const { packs } = store.place;
  await withWriterLock(store.files, store.place.lockFile, () => {
    recover(store.place, store.journalTip());
    try {
      packs.install(pack);
      move(store, oid);
    } finally {
      // What fails here is the next transaction's to find.
      unlessFails(() => packs.release(pack.name), undefined);
    }
  });
  await new PackMerger(store.place).merge();
  return oid;
}
