/** Types of which callers meet the keys, or what is under them, and never the whole: maps from events to what they carry. */

import type ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role, type Uses } from './roles.js';
import { isOptional, memberName, visibilityOf } from './symbols.js';

function publicMembersOf(c: Comparison, type: ts.Type): Map<string, ts.Symbol> {
  const members = c.checker.getPropertiesOfType(type).filter((symbol) => visibilityOf(symbol) === 'public');
  return new Map(members.map((symbol) => [memberName(symbol), symbol]));
}

function compareUnder(c: Comparison, a: ts.Type, b: ts.Type, role: Role, path: string): void {
  if (role !== 0) c.compareTypes(a, b, role, { path, kind: 'member' });
}

/** Compares parts of two types in the roles in which callers meet these. */
export function compareKeyed(c: Comparison, a: ts.Type, b: ts.Type, uses: Uses, path: string): void {
  const [before, after] = [publicMembersOf(c, a), publicMembersOf(c, b)];
  for (const [name, from] of before) {
    const to = after.get(name);
    if (to !== undefined) compareMember(c, from, to, uses, `${path}.${name}`);
    else reportRemoved(c, from, uses, `${path}.${name}`);
  }
  for (const [name, to] of after) if (!before.has(name)) reportAdded(c, to, uses, `${path}.${name}`);
  compareKeySignatures(c, a, b, uses, path);
}

function compareMember(c: Comparison, from: ts.Symbol, to: ts.Symbol, { each, values }: Uses, path: string): void {
  const [a, b] = [from, to].map((symbol) => c.checker.getTypeOfSymbol(symbol));
  if (a === undefined || b === undefined) return;
  const [was, is] = [isOptional(from), isOptional(to)];
  if (was && !is && isSupplied(each)) {
    c.breaking('member-required', path, 'required now, was optional', c.show(a), c.show(b));
  } else if (is && !was && isReceived(each)) {
    c.breaking('member-optional', path, 'optional now, was required', c.show(a), c.show(b));
  }
  compareUnder(c, a, b, values, path);
}

/** True where callers write a key, or a name made of it, themselves: one that is gone breaks them. */
function isWrittenByCallers({ keys, names, each }: Uses): boolean {
  return isSupplied(keys) || (names | each) !== 0;
}

function reportRemoved(c: Comparison, from: ts.Symbol, uses: Uses, path: string): void {
  const type = c.checker.getTypeOfSymbol(from);
  const report = isWrittenByCallers(uses) ? c.breaking : c.minor;
  report.call(c, 'union-member-removed', path, 'no longer among the keys', c.show(type), null);
}

function reportAdded(c: Comparison, to: ts.Symbol, { keys, each }: Uses, path: string): void {
  const type = c.checker.getTypeOfSymbol(to);
  if (isSupplied(each) && !isOptional(to)) {
    c.breaking('member-added', path, 'new and required: callers do not supply it', null, c.show(type));
    return;
  }
  const report = isReceived(keys) ? c.breaking : c.minor;
  report.call(c, 'union-member-added', path, 'among the keys now', null, c.show(type));
}

function compareKeySignatures(c: Comparison, a: ts.Type, b: ts.Type, uses: Uses, path: string): void {
  const { keys, values } = uses;
  const [as, bs] = [c.checker.getIndexInfosOfType(a), c.checker.getIndexInfosOfType(b)];
  const sameKey = (one: ts.IndexInfo, other: ts.IndexInfo): boolean => c.same(one.keyType, other.keyType);
  for (const from of as) {
    const to = bs.find((info) => sameKey(from, info));
    if (to !== undefined) compareUnder(c, from.type, to.type, values, `${path}[]`);
    else {
      const report = isWrittenByCallers(uses) ? c.breaking : c.minor;
      report.call(c, 'index-signature-removed', path, 'not any key is taken any more', c.show(from.type), null);
    }
  }
  for (const to of bs) {
    if (as.some((info) => sameKey(info, to))) continue;
    const report = isReceived(keys) ? c.breaking : c.minor;
    report.call(c, 'index-signature-added', path, 'any key is taken now', null, c.show(to.type));
  }
}
