/** Types of which callers meet the keys, or what is under them, and never the whole: maps from events to what they carry. */

import type ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role, type Uses } from './roles.js';
import { memberName, visibilityOf } from './symbols.js';

function membersOf(c: Comparison, type: ts.Type): Map<string, ts.Symbol> {
  const members = c.checker.getPropertiesOfType(type).filter((symbol) => visibilityOf(symbol) === 'public');
  return new Map(members.map((symbol) => [memberName(symbol), symbol]));
}

function compareUnder(c: Comparison, a: ts.Type, b: ts.Type, role: Role, path: string): void {
  if (role !== 0) c.compareTypes(a, b, role, { path, kind: 'member' });
}

/** Compares the keys of two types in the roles in which callers meet `keyof` them, and what is under each. */
export function compareKeyed(c: Comparison, a: ts.Type, b: ts.Type, { keys, values }: Uses, path: string): void {
  const [before, after] = [membersOf(c, a), membersOf(c, b)];
  for (const [name, from] of before) {
    const to = after.get(name);
    const type = c.checker.getTypeOfSymbol(from);
    if (to !== undefined) compareUnder(c, type, c.checker.getTypeOfSymbol(to), values, `${path}.${name}`);
    else {
      const report = isSupplied(keys) ? c.breaking : c.minor;
      report.call(c, 'union-member-removed', `${path}.${name}`, 'no longer among the keys', c.show(type), null);
    }
  }
  for (const [name, to] of after) {
    if (before.has(name)) continue;
    const report = isReceived(keys) ? c.breaking : c.minor;
    const type = c.checker.getTypeOfSymbol(to);
    report.call(c, 'union-member-added', `${path}.${name}`, 'among the keys now', null, c.show(type));
  }
  compareKeySignatures(c, a, b, { whole: 0, keys, values }, path);
}

function compareKeySignatures(c: Comparison, a: ts.Type, b: ts.Type, { keys, values }: Uses, path: string): void {
  const [as, bs] = [c.checker.getIndexInfosOfType(a), c.checker.getIndexInfosOfType(b)];
  const sameKey = (one: ts.IndexInfo, other: ts.IndexInfo): boolean => c.same(one.keyType, other.keyType);
  for (const from of as) {
    const to = bs.find((info) => sameKey(from, info));
    if (to !== undefined) compareUnder(c, from.type, to.type, values, `${path}[]`);
    else {
      const report = isSupplied(keys) ? c.breaking : c.minor;
      report.call(c, 'index-signature-removed', path, 'not any key is taken any more', c.show(from.type), null);
    }
  }
  for (const to of bs) {
    if (as.some((info) => sameKey(info, to))) continue;
    const report = isReceived(keys) ? c.breaking : c.minor;
    report.call(c, 'index-signature-added', path, 'any key is taken now', null, c.show(to.type));
  }
}
