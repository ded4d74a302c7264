/** What a module exports, and what each of its names can be taken for. */

import ts from '../compiler.cjs';
import { nextAlias, resolved } from './symbols.js';

/** The name under which `export =` hands over the module itself. */
const WHOLE = 'module.exports';

/** What a value is beside a namespace of its name. */
export const NOT_NAMESPACE =
  ts.SymbolFlags.Function | ts.SymbolFlags.Class | ts.SymbolFlags.Variable | ts.SymbolFlags.Property;

/** Everything that the module of a file exports. */
export function exportsOf(checker: ts.TypeChecker, file: ts.SourceFile): Map<string, ts.Symbol> {
  const module = checker.getSymbolAtLocation(file);
  const table = new Map<string, ts.Symbol>();
  if (module === undefined) return table;
  const assigned = module.exports?.get('export=' as ts.__String);
  if (assigned !== undefined) {
    for (const symbol of handedOver(checker, assigned)) table.set(symbol === assigned ? WHOLE : symbol.name, symbol);
    return table;
  }
  for (const symbol of checker.getExportsOfModule(module)) table.set(symbol.name, symbol);
  for (const name of ambiguousNames(checker, file, module)) table.delete(name);
  return table;
}

/** Names that several `export *` bring in, each from elsewhere: the language exports none of them. */
function ambiguousNames(checker: ts.TypeChecker, file: ts.SourceFile, module: ts.Symbol): string[] {
  const starred = file.statements.filter(ts.isExportDeclaration).filter((node) => node.exportClause === undefined);
  if (starred.length < 2) return [];
  const origins = new Map<string, Set<ts.Symbol>>();
  for (const { moduleSpecifier } of starred) {
    const target = moduleSpecifier === undefined ? undefined : checker.getSymbolAtLocation(moduleSpecifier);
    if (target === undefined) continue;
    for (const symbol of checker.getExportsOfModule(target)) {
      const known = origins.get(symbol.name) ?? new Set();
      origins.set(symbol.name, known.add(resolved(checker, symbol)));
    }
  }
  const own = (name: string): boolean => module.exports?.has(ts.escapeLeadingUnderscores(name)) === true;
  return [...origins].filter(([name, symbols]) => symbols.size > 1 && !own(name)).map(([name]) => name);
}

/** What `export =` or `module.exports =` hands over: a namespace's or an object's members, or the one thing that it is. */
function handedOver(checker: ts.TypeChecker, assigned: ts.Symbol): readonly ts.Symbol[] {
  const whole = resolved(checker, assigned);
  const members = namespaceMembers(checker, whole);
  if (!(whole.flags & NOT_NAMESPACE)) return whole.flags & ts.SymbolFlags.Namespace ? members : [assigned];
  const type = checker.getTypeOfSymbol(whole);
  const kinds = [ts.SignatureKind.Call, ts.SignatureKind.Construct];
  const isCalled = kinds.some((kind) => checker.getSignaturesOfType(type, kind).length > 0);
  const isObject = (type.flags & ts.TypeFlags.Object) !== 0 && type.symbol?.flags & ts.SymbolFlags.ObjectLiteral;
  if (isCalled || !isObject) return [assigned, ...members];
  return checker.getPropertiesOfType(type);
}

export function namespaceMembers(checker: ts.TypeChecker, symbol: ts.Symbol): readonly ts.Symbol[] {
  if (!(symbol.flags & ts.SymbolFlags.Namespace)) return [];
  const members = checker.getExportsOfModule(symbol);
  // A class has its static members there too, which are members of its value.
  const own = ts.SymbolFlags.ClassMember | ts.SymbolFlags.Prototype;
  return symbol.flags & ts.SymbolFlags.Class ? members.filter(({ flags }) => !(flags & own)) : members;
}

export function isValue(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  if (!(resolved(checker, symbol).flags & ts.SymbolFlags.Value)) return false;
  return !isTypeOnly(checker, symbol);
}

/** True where an `export type` or `import type` stands between the name and the value. */
function isTypeOnly(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  const seen = new Set<ts.Symbol>();
  for (let at = symbol; at.flags & ts.SymbolFlags.Alias && !seen.has(at); ) {
    seen.add(at);
    if (at.declarations?.some((node) => ts.isTypeOnlyImportOrExportDeclaration(node))) return true;
    const next = nextAlias(checker, at);
    if (next === undefined) return false;
    at = next;
  }
  return false;
}

export function isType(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  return (resolved(checker, symbol).flags & ts.SymbolFlags.Type) !== 0;
}

export function isNamespace(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  return (resolved(checker, symbol).flags & ts.SymbolFlags.Namespace) !== 0;
}
