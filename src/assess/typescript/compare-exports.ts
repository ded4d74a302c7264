/** The names that two versions of an entry export, each as a value, as a type, as a namespace. */

import ts from '../compiler.cjs';
import { compareValues, type ExportPair } from './compare-exported.js';
import { compareExtension, noteMerging } from './compare-extension.js';
import type { Comparison } from './comparison.js';
import { isNamespace, isType, isValue, namespaceMembers } from './module-exports.js';
import { foreignName, isUnresolved, resolved } from './symbols.js';

/** What a caller can take from an entry. */
type ExportTable = ReadonlyMap<string, ts.Symbol>;

function describe(c: Comparison, symbol: ts.Symbol): string {
  const target = resolved(c.checker, symbol);
  if (target.flags & ts.SymbolFlags.Class) return `class ${target.name}`;
  if (target.flags & ts.SymbolFlags.Enum) return `enum ${target.name}`;
  if (target.flags & ts.SymbolFlags.Interface) return `interface ${target.name}`;
  if (target.flags & ts.SymbolFlags.TypeAlias) return `type ${target.name}`;
  if (target.flags & ts.SymbolFlags.ValueModule) return `namespace ${symbol.name}`;
  if (target.flags & ts.SymbolFlags.Value) return c.show(c.checker.getTypeOfSymbol(target));
  return target.name;
}

/** Compares tables of exports and returns the pairs whose types are still to be compared, once every value has been. */
export function compareTables(
  c: Comparison,
  before: ExportTable,
  after: ExportTable,
  prefix: string,
  writable = false,
): ExportPair[] {
  const pairs: ExportPair[] = [];
  const nested = prefix.endsWith('.');
  const what = nested ? 'member' : 'export';
  for (const [name, from] of before) {
    const path = `${prefix}${name}`;
    const to = after.get(name);
    if (to === undefined)
      c.breaking(nested ? 'member-removed' : 'export-removed', path, `${what} removed`, describe(c, from), null);
    else pairs.push(...compareExport(c, from, to, path, writable));
  }
  for (const [name, to] of after) {
    if (!before.has(name))
      c.minor(nested ? 'member-added' : 'export-added', `${prefix}${name}`, `${what} added`, null, describe(c, to));
  }
  return pairs;
}

function compareExport(c: Comparison, from: ts.Symbol, to: ts.Symbol, path: string, writable: boolean): ExportPair[] {
  const [before, after] = [resolved(c.checker, from), resolved(c.checker, to)];
  if (compareUnresolved(c, from, to, path)) return [];
  compareKinds(c, from, to, path);
  noteMerging(c, before, after, path);
  const relation = before === after ? 'equal' : c.identity.relation(before, after);
  const namespaces = isNamespace(c.checker, from) && isNamespace(c.checker, to);
  if (relation !== 'equal') compareExtension(c, before, after, path);
  if (relation === 'equal' || (relation === 'parallel' && !namespaces)) return [];
  const value = isValue(c.checker, from) && isValue(c.checker, to);
  const pairs: ExportPair[] = [];
  if (namespaces && !(before.flags & ts.SymbolFlags.Enum) && c.enterNamespace(before, after)) {
    const tables = [before, after].map(
      (symbol) => new Map(namespaceMembers(c.checker, symbol).map((s) => [s.name, s])),
    );
    pairs.push(
      ...compareTables(c, tables[0] ?? new Map(), tables[1] ?? new Map(), `${path}.`, isDeclaredNamespace(before)),
    );
  }
  if (value && writable && isLet(before) && !isLet(after)) {
    c.breaking('member-readonly', path, 'constant now, callers could assign it', null, null);
  }
  if (value) compareValues(c, before, after, path);
  if (isType(c.checker, from) && isType(c.checker, to))
    pairs.push({ path, name: path.replace(/^.*: /, ''), before, after });
  return pairs;
}

/** Whether a name still is a value, a type, a namespace. What either was is put into words only where one of these changed: an unchanged value may have a type without end. */
function compareKinds(c: Comparison, from: ts.Symbol, to: ts.Symbol, path: string): void {
  const words = (): readonly [string, string] => [describe(c, from), describe(c, to)];
  const typesIn = (symbol: ts.Symbol): boolean =>
    namespaceMembers(c.checker, resolved(c.checker, symbol)).some((member) => isType(c.checker, member));
  if (isValue(c.checker, from) && !isValue(c.checker, to)) {
    c.breaking('export-type-only', path, 'only a type now, was a value as well', ...words());
  } else if (!isValue(c.checker, from) && isValue(c.checker, to) && isType(c.checker, from) && isType(c.checker, to)) {
    c.minor('export-kind-changed', path, 'a value as well now, was only a type', ...words());
  }
  if (isType(c.checker, from) && !isType(c.checker, to)) {
    c.breaking('export-kind-changed', path, 'no longer names a type', ...words());
  } else if (isNamespace(c.checker, from) && !isNamespace(c.checker, to) && typesIn(from)) {
    c.breaking('export-kind-changed', path, 'no longer a namespace with types in it', ...words());
  }
}

/** True for `namespace x {}`, whose variables can be assigned from outside; those of a module cannot. */
function isDeclaredNamespace(symbol: ts.Symbol): boolean {
  return symbol.declarations?.some(ts.isModuleDeclaration) === true;
}

function isLet(symbol: ts.Symbol): boolean {
  const node = symbol.valueDeclaration;
  return node !== undefined && ts.isVariableDeclaration(node) && !(ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const);
}

/** Exports of what is not in the module. True where that is all that can be said. */
function compareUnresolved(c: Comparison, from: ts.Symbol, to: ts.Symbol, path: string): boolean {
  const [before, after] = [from, to].map((symbol) => isUnresolved(resolved(c.checker, symbol)));
  if (!before && !after) return false;
  if (before && after && c.identity.declarations.sameImport(from, to)) return true;
  const origins = [from, to].map((symbol) => foreignName(c.checker, symbol)?.specifier ?? null);
  const [was, is] = origins.map((origin) => origin ?? 'the module itself');
  const source = was === is ? was : `${is}, and came from ${was}`;
  const [a, b] = origins;
  c.unknown(
    'unresolved-import',
    path,
    `comes from ${source}: what is not in the module is not seen`,
    a ?? null,
    b ?? null,
  );
  return true;
}
