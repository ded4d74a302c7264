/** The keys of the index's records. Whoever changes one takes another `RECORDS_SCHEMA`. */

import { foldModuleId } from './module-id.js';
import type { PairKey } from './record-types.js';

/** A number from 0 on such that the texts sort as the numbers do: how many digits, then the digits. */
export function sortable(n: number): string {
  const digits = String(n);
  return `${String.fromCharCode(96 + digits.length)}${digits}`;
}

/** The number that `sortable` wrote. */
export function fromSortable(text: string): number {
  return Number(text.slice(1));
}

export const HEAD = 'head';

/** Keys sort bytewise; parts are joined by a space, which no part holds. */
export const KEY = {
  policy: (seq: number) => `policy ${sortable(seq)}`,
  module: (id: string) => `module ${id}`,
  totals: (id: string) => `totals ${id}`,
  name: (id: string) => `name ${foldModuleId(id)}`,
  scope: (scope: string) => `scope ${foldModuleId(scope)}`,
  version: (id: string, n: number) => `version ${id} ${sortable(n)}`,
  staged: (id: string, n: number) => `staged ${id} ${sortable(n)}`,
  lineage: (id: string, depth: number) => `lineage ${id} ${sortable(depth)}`,
  tagged: (id: string, tag: string, depth: number) => `tagged ${id} ${encodeURIComponent(tag)} ${sortable(depth)}`,
  reverted: (id: string, checksum: string, n: number) =>
    `reverted ${id} ${encodeURIComponent(checksum)} ${sortable(n)}`,
  pair: ({ moduleId, fromVer, toVer }: PairKey) => `pair ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  breaking: ({ moduleId, fromVer, toVer }: PairKey) =>
    `breaking ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  gaining: ({ moduleId, fromVer, toVer }: PairKey) =>
    `gaining ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  pending: ({ moduleId, fromVer, toVer }: PairKey) =>
    `pending ${moduleId} ${sortable(toVer)} ${sortable(fromVer ?? 0)}`,
  redaction: (oid: string) => `redaction ${oid}`,
  entry: (seq: number) => `entry ${sortable(seq)}`,
  moment: (id: string, seq: number) => `moment ${id} ${sortable(seq)}`,
} as const;

/** The pair that a key of `pair`, `breaking`, `gaining` or `pending` names. */
export function pairOfKey(key: string): PairKey {
  const [, moduleId = '', to = '', from = ''] = key.split(' ');
  const fromVer = fromSortable(from);
  return { moduleId, fromVer: fromVer === 0 ? null : fromVer, toVer: fromSortable(to) };
}

/** Everything below `prefix `, from the record `after` it on. '!' is what follows the space. */
export function below(prefix: string): readonly [from: string, to: string] {
  return [`${prefix} `, `${prefix}!`];
}
