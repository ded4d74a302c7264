/** A transaction from its plan to its commit point and beyond, in the order in which it happens. */

import { isLedgerError } from '../errors.js';
import { isAnyOid } from '../model/object-id.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { Plan, RefMove } from '../ports/publisher.js';
import { asCommitted } from './as-committed.js';
import type { PackBytes } from './pack-writer.js';
import { recover } from './recover.js';
import { isTag, type PreparedMoves } from './ref-moves.js';
import { unlessFails } from './sync-files.js';
import { SyncGroup } from './sync-group.js';
import type { WritePlace } from './write-place.js';

/** What a plan needs beside itself. */
interface PublishParts {
  /** Its objects, and which they are. */
  readonly pack: PackBytes;
  readonly oids: Iterable<Oid>;
  /** Has the last word: what it throws ends the transaction. Beside the disk it is the only thing that is waited for. */
  readonly confirm?: (() => Promise<void>) | undefined;
  /** Told just before the journal moves. */
  readonly happens?: (() => void) | undefined;
  /** Told when all of it lasts, before tidying up. */
  readonly lasts?: (() => void) | undefined;
}

/** Publishes a plan. Only under the writer lock. What it throws after the commit point is marked `committed`. */
export async function publish(place: WritePlace, plan: Plan, parts: PublishParts): Promise<'published' | 'moved'> {
  const { moves, packs, reader } = place;
  const found = reader.readRefText(JOURNAL_REF);
  if (!isAtBase(found, plan)) return 'moved';
  const restores = plan.replacesJournal !== undefined;
  if (restores) place.completed = null;
  if (plan.base !== null) recover(place, plan.base);

  const journal = { ref: JOURNAL_REF, from: plan.base, to: plan.entry, ...(restores ? { replaces: found } : {}) };
  let confirmed = false;
  let looseTags = 0;
  try {
    const prepared = await write(place, parts.pack, journal, plan.moves);
    looseTags = prepared.single.filter(({ ref }) => isTag(ref)).length;
    // Writing packed-refs reads what new tags lead to: they need not be read from the pack.
    reader.database.rememberPlanned(plan.objects);
    packs.dropDamagedLoose(parts.oids);
    if (parts.confirm !== undefined) {
      try {
        moves.check(prepared);
        await parts.confirm();
        confirmed = true;
      } catch (error) {
        moves.discard(prepared);
        throw error;
      }
    }
    moves.commit(prepared, parts.happens);
  } catch (error) {
    if (isLedgerError(error) && error.committed) throw error;
    // Should this fail as well, the next transaction finds the pack named in the transaction's folder.
    unlessFails(() => packs.release(parts.pack.name), undefined);
    throw confirmed ? asCommitted(error) : error;
  }
  place.completed = plan.entry;
  unlessFails(() => parts.lasts?.(), undefined);
  // All of it lasts now, whatever becomes of the tidying up: what it leaves is the next transaction's to find.
  unlessFails(() => packs.release(parts.pack.name), undefined);
  unlessFails(() => place.tags.made(looseTags), undefined);
  return 'published';
}

/** Puts a pack among the others, and prepares what is to move; on return all of it lasts, and no lock is held. */
async function write(
  { files, moves, packs }: WritePlace,
  pack: PackBytes,
  journal: RefMove,
  images: readonly RefMove[],
): Promise<PreparedMoves> {
  const group = new SyncGroup(files);
  try {
    packs.write(pack, group);
    const prepared = moves.prepare(journal, images, group);
    try {
      await group.sync();
      // A file system that keeps a journal has the names by now, and has little left to do.
      moves.syncPrepared();
      packs.place(pack.name);
      return prepared;
    } catch (error) {
      moves.discard(prepared);
      throw error;
    }
  } catch (error) {
    group.abandon();
    packs.discard(pack.name);
    throw error;
  }
}

function isAtBase(found: string | null, { base, replacesJournal }: Plan): boolean {
  if (replacesJournal === undefined) return found === base;
  const readable = found === null || isAnyOid(found);
  return (readable ? found : '') === replacesJournal;
}
