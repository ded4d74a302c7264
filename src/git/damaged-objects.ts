/** Objects that the ledger needs and that cannot be read: every reference followed from its refs. */

import { setImmediate as turn } from 'node:timers/promises';
import { isLedgerError } from '../errors.js';
import type { Oid } from '../ports/objects.js';
import type { Finding } from '../ports/upkeep.js';
import type { GitObject } from './object-codec.js';
import { referencesOf } from './object-codec.js';
import type { ObjectDatabase } from './object-database.js';

/** So many objects are looked at before others get a turn. */
const OBJECTS_A_TURN = 256;

/** An object that is needed and missing or damaged. */
interface DamagedObject {
  readonly oid: Oid;
  readonly wantedBy: string;
  readonly reason: string;
}

/** Reads whatever `roots` (oid → who names it) lead to, each object once and checked by its hash; what was redacted is not read. */
export async function damagedObjects(
  database: ObjectDatabase,
  roots: ReadonlyMap<Oid, string>,
  redacted: ReadonlySet<Oid>,
  onObjects?: (read: number) => void,
): Promise<DamagedObject[]> {
  let looked = 0;
  const damaged: DamagedObject[] = [];
  const seen = new Set<Oid>(roots.keys());
  const waiting: [oid: Oid, wantedBy: string][] = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [oid, wantedBy] = next;
    if (++looked % OBJECTS_A_TURN === 0) {
      onObjects?.(looked);
      await turn();
    }
    try {
      const object: GitObject = database.read(oid);
      for (const inner of referencesOf(oid, object)) {
        if (seen.has(inner) || redacted.has(inner)) continue;
        seen.add(inner);
        waiting.push([inner, `${object.type} ${oid}`]);
      }
    } catch (error) {
      if (!isLedgerError(error, 'CORRUPT_OBJECT')) throw error;
      damaged.push({ oid, wantedBy, reason: error.message });
    }
  }
  onObjects?.(looked);
  return damaged;
}

export function describeDamage(gitdir: string, { oid, wantedBy, reason }: DamagedObject): Finding {
  const copy = `cp -n COPY.git/objects/pack/* ${gitdir}/objects/pack/`;
  return {
    kind: 'damaged-object',
    where: oid,
    detail: `${reason}; ${wantedBy} names it`,
    mendable: false,
    remedy: `make a whole copy of a good clone (git clone --mirror CLONE COPY.git), then: ${copy}; then git-lineage doctor --restore`,
  };
}
