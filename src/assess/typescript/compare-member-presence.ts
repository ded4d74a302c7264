/** Members that only one of the two types has. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import { isAbstract, isOptional, visibilityOf } from './symbols.js';
import { hasFlag, type Member, presentType } from './type-members.js';

/**
 * True where a type takes any name. `any`: it does so because it is computed from `any`, which is what the checker makes of a type that is not in the
 * module (`Omit<Missing, 'a'>`): nobody wrote an index, and there is one for every kind of key.
 */
function takesAnyName(c: Comparison, type: ts.Type): boolean | 'any' {
  const infos = c.checker.getIndexInfosOfType(type);
  const isMade = infos.every((info) => info.declaration === undefined && info.type.flags & ts.TypeFlags.Any);
  if (isMade && infos.some(({ keyType }) => keyType.flags & ts.TypeFlags.ESSymbol)) return 'any';
  return infos.some(({ keyType }) => keyType.flags & ts.TypeFlags.String);
}

/** A member that is gone. */
export function reportRemoved(c: Comparison, from: Member, b: ts.Type, role: Role): void {
  const { symbol, path } = from;
  if (visibilityOf(symbol) === 'private') return;
  const before = c.show(from.type);
  const covering = takesAnyName(c, b);
  if (covering === true && !isReceived(role)) return;
  if (covering === 'any' && !isReceived(role)) {
    const message = 'option removed; whether any name is taken hangs on a type that is not known';
    c.unknown('unresolved-import', path, message, before, null);
    return;
  }
  const nothing = ts.TypeFlags.Never | ts.TypeFlags.Undefined;
  if (!isReceived(role) && isOptional(symbol) && presentType(c, from).flags & nothing) {
    c.minor('member-removed', path, 'removed; it could not be given anyway', before, null);
    return;
  }
  const what = hasFlag(symbol, ts.SymbolFlags.Method)
    ? 'method'
    : isSupplied(role) && !isReceived(role)
      ? 'option'
      : 'member';
  c.breaking('member-removed', path, `${what} removed`, before, null);
}

/** What every object has from `Object`, whether its type says so or not. */
const OF_EVERY_OBJECT: ReadonlySet<string> = new Set([
  'toString',
  'toLocaleString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'constructor',
]);

/** A member that is new. */
export function reportAdded(c: Comparison, to: Member, a: ts.Type, role: Role): void {
  const { symbol, path } = to;
  if (visibilityOf(symbol) === 'private') return;
  const after = c.show(to.type);
  if (isAbstract(symbol)) {
    c.breaking('member-abstract', path, 'new and abstract: subclasses have to implement it', null, after);
    return;
  }
  const covered = takesAnyName(c, a) === true;
  const owed =
    isSupplied(role) && !isOptional(symbol) && visibilityOf(symbol) === 'public' && !OF_EVERY_OBJECT.has(symbol.name);
  if (owed) {
    c.breaking('member-added', path, 'new and required: callers do not supply it', null, after);
    return;
  }
  if (covered && isReceived(role)) return;
  const kind = isOptional(symbol) ? 'optional member added' : 'member added';
  c.minor('member-added', path, kind, null, after);
}
