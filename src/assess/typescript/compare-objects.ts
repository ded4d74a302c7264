/** Types with members, calls and indexes. */

import ts from '../compiler.cjs';
import { fitsNoRecord, NO_RECORD } from './compare-extension.js';
import { codeOf, compareWhole, reportChange } from './compare-leaves.js';
import { compareMembers } from './compare-members.js';
import { compareSignatures } from './compare-signatures.js';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import { isOfLibrary } from './symbols.js';
import { mayBeEmpty } from './type-kinds.js';
import type { Place } from './type-places.js';
import { shortened } from './type-texts.js';

/** A class or interface of the standard library, which is one thing: its members are not looked into. */
function isLibraryType(c: Comparison, type: ts.Type): boolean {
  const symbol = type.symbol as ts.Symbol | undefined;
  const named = ts.SymbolFlags.Class | ts.SymbolFlags.Interface;
  return c.checker.isTupleType(type) || (symbol !== undefined && (symbol.flags & named) !== 0 && isOfLibrary(symbol));
}

/** Tuples, element by element. True where both are. */
function compareTuples(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  if (!c.checker.isTupleType(a) || !c.checker.isTupleType(b)) return false;
  const [from, to] = [a, b].map((type) => type as ts.TupleTypeReference);
  if (from === undefined || to === undefined) return false;
  const [as, bs] = [from, to].map((type) => c.checker.getTypeArguments(type));
  const shape = ({ target }: ts.TupleTypeReference): string => `${target.elementFlags.join()} ${target.readonly}`;
  if (as === undefined || bs === undefined || shape(from) !== shape(to)) return false;
  as.forEach((element, index) => {
    c.compareTypes(element, bs[index] as ts.Type, role, { ...place, path: `${place.path}[${index}]` });
  });
  return true;
}

function isReadonlyList(type: ts.Type): boolean {
  const { target } = type as ts.TupleTypeReference;
  return (
    type.symbol?.name === 'ReadonlyArray' || (target as { readonly readonly?: boolean } | undefined)?.readonly === true
  );
}

/** An array where the other is a tuple: its elements against those. True where it is so. */
function compareArrayToTuple(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): boolean {
  const [tupleA, tupleB] = [a, b].map((type) => c.checker.isTupleType(type));
  if (tupleA === tupleB || !c.checker.isArrayLikeType(a) || !c.checker.isArrayLikeType(b)) return false;
  const elements = c.checker.getTypeArguments((tupleA ? a : b) as ts.TypeReference);
  const element = c.checker.getIndexTypeOfType(tupleA ? b : a, ts.IndexKind.Number);
  if (element === undefined) return false;
  const closes = !isReadonlyList(a) && isReadonlyList(b) && isReceived(role);
  const breaks = closes || (tupleA === true ? isReceived(role) : isSupplied(role));
  reportChange(c, a, b, role, place, tupleA === true ? 'widened' : 'narrowed', breaks);
  if (breaks) return true;
  for (const part of elements) {
    const [from, to] = tupleA === true ? [part, element] : [element, part];
    c.compareTypes(from, to, role, { ...place, path: `${place.path}[]` });
  }
  return true;
}

function compareIndexes(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  const [as, bs] = [a, b].map((type) => c.checker.getIndexInfosOfType(type));
  for (const from of as ?? []) {
    const path = `${place.path}[${c.show(from.keyType)}]`;
    const to =
      bs?.find(({ keyType }) => c.same(from.keyType, keyType)) ??
      bs?.find(({ keyType }) => c.assignable(from.keyType, keyType));
    if (to === undefined) {
      c.breaking(
        'index-signature-removed',
        path,
        'other keys than the declared ones are refused now',
        c.show(from.type),
        null,
      );
      continue;
    }
    if (from.isReadonly !== to.isReadonly && isReceived(role)) {
      if (to.isReadonly) c.breaking('member-readonly', path, 'readonly now, callers could write it', null, null);
      else c.minor('member-writable', path, 'writable now, was readonly', null, null);
    }
    c.compareTypes(from.type, to.type, role, { path, kind: 'member' });
  }
  for (const to of bs ?? []) {
    if (as?.some(({ keyType }) => c.assignable(to.keyType, keyType))) continue;
    const path = `${place.path}[${c.show(to.keyType)}]`;
    const breaks = isSupplied(role) && !c.assignable(a, b);
    (breaks ? c.breaking : c.minor).call(
      c,
      'index-signature-added',
      path,
      'takes and has any key now',
      null,
      c.show(to.type),
    );
  }
}

/**
 * True where no member was asked for and none is required now: a value that has members, or can be called, still has to have one of these
 * (TypeScript calls the later type weak: checker.ts, isWeakType).
 */
function isHeldToMembers(c: Comparison, a: ts.Type, b: ts.Type): boolean {
  const [before, after] = [a, b].map((type) => c.checker.getPropertiesOfType(type).length);
  return before === 0 && c.checker.getIndexInfosOfType(a).length === 0 && after !== 0 && mayBeEmpty(c, b);
}

/** Compares what callers can reach of two objects. */
export function compareObjects(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  if (compareTuples(c, a, b, role, place) || compareArrayToTuple(c, a, b, role, place)) return;
  if (isLibraryType(c, a) || isLibraryType(c, b)) {
    compareWhole(c, a, b, role, place);
    return;
  }
  if (isReceived(role) && fitsNoRecord(c, a, b)) {
    c.breaking('type-changed', place.path, NO_RECORD, c.show(a), c.show(b));
  }
  if (isSupplied(role) && isHeldToMembers(c, a, b)) {
    const names = c.checker.getPropertiesOfType(b).map(({ name }) => name);
    const message = `what has members has to have one of these now: ${shortened(names.join(', '))}`;
    c.breaking(codeOf(place, 'narrowed'), place.path, message, c.show(a), c.show(b));
    return;
  }
  compareSignatures(c, a, b, { role, place, kind: ts.SignatureKind.Call });
  compareSignatures(c, a, b, { role, place, kind: ts.SignatureKind.Construct });
  compareIndexes(c, a, b, role, place);
  compareMembers(c, a, b, role, place);
}
