/** Refs that somebody changed behind the ledger's back: found by comparing every ref with the journal. */

import type { Projection } from '../model/projection.js';
import { JOURNAL_REF, parseRef } from '../model/ref-names.js';
import type { Store } from '../store.js';
import type { ForeignRef } from './contract.js';

const OID = /^[0-9a-f]{40}$/;

/** A ref's journaled and actual value where they differ. */
export interface RefDifference {
  readonly ref: string;
  readonly journaled: string | null;
  readonly actual: string | null;
}

/** Every ref whose value no entry gave it; refs outside the ledger's namespaces are named, and left alone. */
export async function refDifferences(store: Store, projection: Projection): Promise<RefDifference[]> {
  const actual = await store.listRefs('refs/');
  const names = new Set([...actual.keys(), ...projection.refs.keys()]);
  names.delete(JOURNAL_REF);
  return [...names]
    .map((ref) => ({ ref, journaled: projection.refs.get(ref) ?? null, actual: actual.get(ref) ?? null }))
    .filter(({ journaled, actual: value }) => journaled !== value)
    .sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

/** True where restoring the ref is the ledger's business. */
export function isOurs({ ref }: RefDifference): boolean {
  return parseRef(ref) !== null;
}

export function describeDifference(difference: RefDifference): ForeignRef {
  const { ref, journaled, actual } = difference;
  const name = (value: string | null) =>
    value === null ? 'nothing' : OID.test(value) ? value : 'something that is no object id';
  const detail = `the journal has ${name(journaled)}, the ref ${name(actual)}`;
  const ours = isOurs(difference);
  return {
    kind: 'foreign-ref',
    where: ref,
    detail: ours ? detail : `${detail}; it is no ref of a ledger`,
    mendable: ours,
  };
}
