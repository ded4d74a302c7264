/** The members of objects, instances and namespaces, each held against the member of the same name. */

import ts from '../compiler.cjs';
import { compareForeignBases, compareLibraryBases } from './compare-bases.js';
import { compareAssignment, compareOptionality, compareVisibility, compareWriting } from './compare-member-access.js';
import { compareForm, compareOverriding, type MemberPair } from './compare-member-form.js';
import { reportAdded, reportRemoved } from './compare-member-presence.js';
import type { Comparison } from './comparison.js';
import { BOTH, joined, type Role } from './roles.js';
import { isAbstract, isAsDeclared, isInstantiated, isOfLibrary, isOptional } from './symbols.js';
import { isWrittenAlike } from './type-kinds.js';
import { keepRenamedSymbols, type Member, membersOf, presentType } from './type-members.js';
import type { Place } from './type-places.js';

function isFunction(c: Comparison, type: ts.Type): boolean {
  return c.checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0;
}

/** The types of a member before and after. That it may be missing is told by itself, unless `undefined` stood for it. */
function memberTypes(c: Comparison, from: Member, to: Member): [ts.Type, ts.Type] {
  const mayBeUndefined = ({ symbol, type }: Member): boolean =>
    !isOptional(symbol) && type.isUnion() && type.types.some((part) => part.flags & ts.TypeFlags.Undefined);
  return [mayBeUndefined(to) ? from.type : presentType(c, from), mayBeUndefined(from) ? to.type : presentType(c, to)];
}

/** True where the two come from declarations that are the same, in surroundings that are. */
function isUnchanged(c: Comparison, from: ts.Symbol, to: ts.Symbol): boolean {
  if (from === to) return true;
  const [as, bs] = [from.declarations ?? [], to.declarations ?? []];
  if (as.length === 0 || as.length !== bs.length) return false;
  const asDeclared = isAsDeclared(from) && isAsDeclared(to);
  if (!asDeclared && !(isInstantiated(from) && isInstantiated(to))) return false;
  return as.every((node, index) => {
    const { equal, outer, parallel } = c.identity.equalNodes(node, bs[index] as ts.Node);
    // What changed in the declarations that it names is told there.
    return (equal || (parallel && asDeclared && !c.isQuiet)) && (asDeclared || !outer);
  });
}

function compareMember(c: Comparison, owner: ts.Type, from: Member, to: Member, role: Role): void {
  if (!compareVisibility(c, from, to)) return;
  if (isUnchanged(c, from.symbol, to.symbol)) return;
  if (isAbstract(to.symbol) && !isAbstract(from.symbol)) {
    c.breaking('member-abstract', from.path, 'abstract now: subclasses have to implement it', null, null);
  }
  if (isAbstract(from.symbol) && !isAbstract(to.symbol)) {
    c.minor('member-abstract', from.path, 'no longer abstract: subclasses may inherit it', null, null);
  }
  const pair: MemberPair = {
    owner,
    from: from.symbol,
    to: to.symbol,
    path: from.path,
    before: presentType(c, from),
    after: presentType(c, to),
  };
  compareForm(c, pair, role);
  compareOverriding(c, pair);
  compareOptionality(c, from, to, role);
  compareWriting(c, from, to, role);
  compareAssignment(c, from, to, role);
  // Subclasses implement what is abstract, and callers call it.
  const own = isAbstract(from.symbol) ? joined(role, BOTH) : role;
  const called = isFunction(c, presentType(c, from)) ? '()' : '';
  const nodes = [from.symbol, to.symbol].map(writtenType);
  // Of what cannot be computed it is still known that it is what it was.
  if (isWrittenAlike(c, nodes[0], nodes[1])) return;
  const place: Place = { path: `${from.path}${called}`, kind: 'member', nodes };
  const [before, after] = memberTypes(c, from, to);
  c.compareTypes(before, after, own, place);
}

/** The type of a property as it is written, where the property is what its declaration says. */
function writtenType(symbol: ts.Symbol): ts.TypeNode | undefined {
  const [node, ...more] = symbol.declarations ?? [];
  if (node === undefined || more.length > 0 || !(isAsDeclared(symbol) || isInstantiated(symbol))) return undefined;
  return ts.isPropertySignature(node) || ts.isPropertyDeclaration(node) ? node.type : undefined;
}

/** True for a member that both inherit from one declaration of the library: told by what the library's type holds. */
function isOfSameLibrary(from: ts.Symbol, to: ts.Symbol): boolean {
  const node = from.declarations?.[0];
  return node !== undefined && node === to.declarations?.[0] && isOfLibrary(from);
}

/** Compares the members of two types; those that only one has are gained or lost. */
export function compareMembers(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  const before = membersOf(c, a, place);
  const after = membersOf(c, b, place);
  keepRenamedSymbols(c, before, after);
  for (const [name, from] of before) {
    const to = after.get(name);
    if (to === undefined) reportRemoved(c, from, b, role);
    else if (!isOfSameLibrary(from.symbol, to.symbol)) compareMember(c, a, from, to, role);
  }
  for (const [name, to] of after) if (!before.has(name)) reportAdded(c, to, a, role);
  compareLibraryBases(c, a, b, role, place);
  compareForeignBases(c, a, b, place);
}
