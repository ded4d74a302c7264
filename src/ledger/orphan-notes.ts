/** Notes of something that is no version: what a hand added with `git notes`, or a foreign writer. */

import { isLedgerError } from '../errors.js';
import type { Records } from '../model/records.js';
import { CHECKSUM_NOTES_REF, parseRef, TAG_NOTES_REF } from '../model/ref-names.js';
import type { Oid } from '../ports/objects.js';
import type { ObjectReader, RefReader } from '../ports/repository.js';
import type { Finding } from '../ports/upkeep.js';

function targetsOf(objects: ObjectReader, notes: Oid | null): ReadonlySet<Oid> {
  if (notes === null || notes === '') return new Set();
  try {
    return new Set(objects.noteTargets(notes));
  } catch (error) {
    // What is no notes commit, or is damaged, is a finding of another kind.
    if (isLedgerError(error, 'CORRUPT_OBJECT')) return new Set();
    throw error;
  }
}

/** The notes under the ledger's two refs, as they are and as they are journaled, whose target is no version. */
export function orphanNotes(
  { objects, refs }: { readonly objects: ObjectReader; readonly refs: RefReader },
  records: Records,
): Finding[] {
  const versions = new Set<Oid>();
  for (const [ref, oid] of records.refs()) if (parseRef(ref)?.kind === 'version') versions.add(oid);
  const actual = refs.listRefs('refs/notes/');
  const found: Finding[] = [];
  for (const ref of [CHECKSUM_NOTES_REF, TAG_NOTES_REF]) {
    const [value, expected] = [actual.get(ref) ?? null, records.refValue(ref)];
    const journaled = targetsOf(objects, expected);
    const present = value === expected ? journaled : targetsOf(objects, value);
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
