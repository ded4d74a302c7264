/** What is reached from the roots, what is missing, and what is of the wrong kind: settled from the counts of a scan. */

import { quoted } from '../../errors.js';
import type { ObjectScan } from '../../ports/evidence.js';
import type { Oid } from '../../ports/objects.js';
import type { FoundObjects } from './found-objects.js';
import { OBJECT_TYPES, TREE } from './object-table.js';
import type { Unpacked } from './pack.js';

/** git's ATTR_MAX_LINE_LENGTH and ATTR_MAX_FILE_SIZE (attr.h). */
const MAX_ATTRIBUTE_LINE = 2048;
const MAX_ATTRIBUTE_BYTES = 100 * 1024 * 1024;

type Damage = ObjectScan['damaged'][number];

export interface Settled {
  readonly damaged: readonly Damage[];
  readonly missing: ObjectScan['missing'];
  readonly unreachable: number;
}

/** Reads an intact object again by its number; null where it went away meanwhile, as `git prune` makes unreachable ones do. */
type ReadAgain = (number: number) => Promise<Unpacked | null>;

/** How often each object is named, roots included: what nothing names, or only such an object does, counts 0. */
async function countReached(
  found: FoundObjects,
  roots: ReadonlyMap<number, string>,
  read: ReadAgain,
): Promise<{ counts: Uint32Array; unreachable: number }> {
  const { table } = found;
  const counts = table.references.slice(0, table.size);
  for (const root of roots.keys()) counts[root] = (counts[root] ?? 0) + 1;
  const loose: number[] = [];
  for (let i = 0; i < table.size; i++) if (counts[i] === 0 && table.has(i)) loose.push(i);
  let unreachable = 0;
  // Nothing names itself, however indirectly, so that counting down what falls away ends with what is reached.
  for (let number = loose.pop(); number !== undefined; number = loose.pop()) {
    unreachable += 1;
    const object = await read(number);
    if (object === null) continue;
    found.references(number, object, (target) => {
      const left = (counts[target] ?? 1) - 1;
      counts[target] = left;
      if (left === 0 && table.has(target)) loose.push(target);
    });
  }
  return { counts, unreachable };
}

/** Who names what: walked only where something is missing or of another type than it is named as. */
async function findReferrers(
  found: FoundObjects,
  roots: ReadonlyMap<number, string>,
  wanted: ReadonlySet<number>,
  read: ReadAgain,
): Promise<Map<number, { as: number; by: string }>> {
  const { table } = found;
  const referrers = new Map<number, { as: number; by: string }>();
  const seen = new Uint8Array(table.size);
  const waiting: number[] = [];
  for (const [root, by] of roots) {
    // As a root anything will do: what a ref should stand at is not for objects to say.
    if (wanted.has(root) && !table.has(root)) referrers.set(root, { as: 0, by });
    seen[root] = 1;
    if (table.has(root)) waiting.push(root);
  }
  for (let number = waiting.pop(); number !== undefined && referrers.size < wanted.size; number = waiting.pop()) {
    const object = await read(number);
    if (object === null) continue;
    found.references(number, object, (target, as, role, nameAt, nameEnd) => {
      if (wanted.has(target) && !referrers.has(target) && table.type(target) !== as) {
        const what = object.type === TREE ? quoted(object.data.toString('utf8', nameAt, nameEnd)) : role;
        referrers.set(target, { as, by: `${OBJECT_TYPES[object.type]} ${table.oid(number)} (${what})` });
      }
      if (seen[target] === 1) return;
      seen[target] = 1;
      if (table.has(target)) waiting.push(target);
    });
  }
  return referrers;
}

/** What git says of a blob that is somewhere `.gitattributes` (fsck.c, fsck_blob). */
function attributesFault(data: Buffer): string | null {
  if (data.length > MAX_ATTRIBUTE_BYTES) return `as .gitattributes it is longer than ${MAX_ATTRIBUTE_BYTES} bytes`;
  for (let at = 0; at < data.length; ) {
    const end = data.indexOf(0x0a, at);
    const length = (end === -1 ? data.length : end) - at;
    if (length >= MAX_ATTRIBUTE_LINE) return `as .gitattributes it has a line of ${length} bytes`;
    at += length + 1;
  }
  return null;
}

/** Objects that are reached and not there, and those that something names as another type than they have. */
function misfits(
  found: FoundObjects,
  counts: Uint32Array,
  isLost: (number: number) => boolean,
): { absent: Set<number>; suspect: Set<number> } {
  const { table } = found;
  const absent = new Set<number>();
  const suspect = new Set<number>();
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    if (!table.has(i)) {
      if (isLost(i)) absent.add(i);
    } else if (((table.wantedAs[i] ?? 0) & ~(1 << table.type(i))) !== 0) suspect.add(i);
  }
  return { absent, suspect };
}

/**
 * Settles a scan.
 *
 * @param roots what each root is for messages (`refs/tags/…`), by its number
 * @param known damaged objects: what names one of them names something that is there
 * @param excused true for an object that a gap of the copy explains
 */
export async function settle(
  found: FoundObjects,
  roots: ReadonlyMap<number, string>,
  known: ReadonlySet<Oid>,
  excused: (number: number) => boolean,
  read: ReadAgain,
): Promise<Settled> {
  const { table } = found;
  const { counts, unreachable } = await countReached(found, roots, read);
  const damaged: Damage[] = [];
  const report = (number: number, reason: string) => {
    const oid = table.oid(number);
    damaged.push({ where: `${OBJECT_TYPES[table.type(number)]} ${oid}`, oid, reason });
  };
  for (const [number, faults] of found.faults) if ((counts[number] ?? 0) > 0) report(number, faults.join('; '));
  for (const number of found.attributes) {
    if ((counts[number] ?? 0) === 0 || !table.has(number)) continue;
    const object = await read(number);
    const fault = object === null ? null : attributesFault(object.data);
    if (fault !== null) report(number, fault);
  }
  const { absent, suspect } = misfits(found, counts, (number) => !known.has(table.oid(number)) && !excused(number));
  if (absent.size + suspect.size === 0) return { damaged, missing: [], unreachable };
  const referrers = await findReferrers(found, roots, new Set([...absent, ...suspect]), read);
  for (const number of suspect) {
    const named = referrers.get(number);
    if (named !== undefined) report(number, `${named.by} names it as a ${OBJECT_TYPES[named.as]}`);
  }
  const missing = [...absent].map((number) => ({
    oid: table.oid(number),
    wantedBy: referrers.get(number)?.by ?? 'an object that is reached',
  }));
  return { damaged, missing, unreachable };
}
