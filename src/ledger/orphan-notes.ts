/** Notes of something that is no version: what a hand added with `git notes`, or a foreign writer. */

import { isLedgerError } from '../errors.js';
import type { Projection } from '../model/projection.js';
import { CHECKSUM_NOTES_REF, parseRef, TAG_NOTES_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { Store } from '../ports/publishing.js';
import type { Finding } from '../ports/upkeep.js';

async function targetsOf(store: Store, notes: Oid | undefined): Promise<ReadonlySet<Oid>> {
  if (notes === undefined || notes === '') return new Set();
  try {
    return new Set(await store.noteTargets(notes));
  } catch (error) {
    // What is no notes commit, or is damaged, is a finding of another kind.
    if (isLedgerError(error, 'CORRUPT_OBJECT')) return new Set();
    throw error;
  }
}

/** The notes under the ledger's two refs, as they are and as they are journaled, whose target is no version. */
export async function orphanNotes(store: Store, projection: Projection): Promise<Finding[]> {
  const versions = new Set(
    [...projection.refs].flatMap(([ref, oid]) => (parseRef(ref)?.kind === 'version' ? [oid] : [])),
  );
  const actual = await store.listRefs('refs/notes/');
  const found: Finding[] = [];
  for (const ref of [CHECKSUM_NOTES_REF, TAG_NOTES_REF]) {
    const value = actual.get(ref);
    const journaled = await targetsOf(store, projection.refs.get(ref));
    const present = value === projection.refs.get(ref) ? journaled : await targetsOf(store, value);
    for (const target of new Set([...present, ...journaled])) {
      if (versions.has(target)) continue;
      const signed = journaled.has(target);
      found.push({
        kind: 'orphan-note',
        where: `${ref}: ${target}`,
        detail: `a note of ${target}, which is no version${signed ? '; a signed entry put it there' : ''}`,
        mendable: !signed,
        remedy: signed
          ? 'it changes no answer; find out who signed it: git-lineage history'
          : 'git-lineage doctor --restore puts the journaled notes back',
      });
    }
  }
  return found;
}
