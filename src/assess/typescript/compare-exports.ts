/** The names that two versions of an entry export, each as a value, as a type, as a namespace. */

import ts from '../compiler.cjs';
import { compareEnumSymbols } from './compare-enums.js';
import { compareExtension, noteMerging } from './compare-extension.js';
import { compareKeyed } from './compare-keyed.js';
import { compareObjects } from './compare-objects.js';
import { compareTypeParameterLists } from './compare-type-parameters.js';
import type { Comparison } from './comparison.js';
import type { Naming } from './declaration-identity.js';
import { BOTH, isInPart, isSupplied, joined, RECEIVED, type Role, SUPPLIED, type Uses, withUse } from './roles.js';
import { foreignName, isUnresolved, nextAlias, resolved, typeParametersOf } from './symbols.js';
import { isTree } from './tree-types.js';
import { isNominal } from './type-kinds.js';

/** What a caller can take from an entry. */
type ExportTable = ReadonlyMap<string, ts.Symbol>;

/** A pair of declarations exported under one name. */
export interface ExportPair {
  readonly path: string;
  /** The same without what stands for the entry. */
  readonly name: string;
  readonly before: ts.Symbol;
  readonly after: ts.Symbol;
}

/** The name under which `export =` hands over the module itself. */
const WHOLE = 'module.exports';

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
  const own = ts.SymbolFlags.Function | ts.SymbolFlags.Class | ts.SymbolFlags.Variable | ts.SymbolFlags.Property;
  if (!(whole.flags & own)) return whole.flags & ts.SymbolFlags.Namespace ? members : [assigned];
  const type = checker.getTypeOfSymbol(whole);
  const kinds = [ts.SignatureKind.Call, ts.SignatureKind.Construct];
  const isCalled = kinds.some((kind) => checker.getSignaturesOfType(type, kind).length > 0);
  const isObject = (type.flags & ts.TypeFlags.Object) !== 0 && type.symbol?.flags & ts.SymbolFlags.ObjectLiteral;
  if (isCalled || !isObject) return [assigned, ...members];
  return checker.getPropertiesOfType(type);
}

function namespaceMembers(checker: ts.TypeChecker, symbol: ts.Symbol): readonly ts.Symbol[] {
  if (!(symbol.flags & ts.SymbolFlags.Namespace)) return [];
  const members = checker.getExportsOfModule(symbol);
  // A class has its static members there too, which are members of its value.
  const own = ts.SymbolFlags.ClassMember | ts.SymbolFlags.Prototype;
  return symbol.flags & ts.SymbolFlags.Class ? members.filter(({ flags }) => !(flags & own)) : members;
}

function isValue(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
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

function isType(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  return (resolved(checker, symbol).flags & ts.SymbolFlags.Type) !== 0;
}

function isNamespace(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  return (resolved(checker, symbol).flags & ts.SymbolFlags.Namespace) !== 0;
}

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

/** Values as callers receive them; of a namespace's members each is compared by itself. */
function compareValues(c: Comparison, before: ts.Symbol, after: ts.Symbol, path: string): void {
  if (before.flags & ts.SymbolFlags.Enum && after.flags & ts.SymbolFlags.Enum) return;
  const both = before.flags & after.flags;
  const namespace = both & ts.SymbolFlags.ValueModule;
  const own = ts.SymbolFlags.Function | ts.SymbolFlags.Class | ts.SymbolFlags.Variable | ts.SymbolFlags.Property;
  if (namespace && !(both & own)) return;
  const [a, b] = [before, after].map((symbol) => valueType(c, symbol));
  if (a !== undefined && b !== undefined) c.compareTypes(a, b, RECEIVED, { path, kind: 'type' });
}

/** What a value is. In JavaScript nobody promised the literal that a constant happens to be. */
function valueType(c: Comparison, symbol: ts.Symbol): ts.Type {
  const type = c.checker.getTypeOfSymbol(symbol);
  const node = symbol.valueDeclaration;
  const untyped =
    node !== undefined &&
    (node.flags & ts.NodeFlags.JavaScriptFile) !== 0 &&
    !(ts.isVariableDeclaration(node) && ts.getJSDocType(node) !== undefined);
  return untyped ? c.checker.getBaseTypeOfLiteralType(type) : type;
}

/** Compares an exported type in the roles in which callers meet it: in both, where no exported value says. */
export function compareExportedType(c: Comparison, { path, before, after }: ExportPair, met: Role): void {
  const isClass = (before.flags & ts.SymbolFlags.Class) !== 0;
  // A class that no value leads to is handed to nobody, and made by whoever calls it.
  const role = met !== 0 ? walked(c, before, met) : isClass ? RECEIVED : BOTH;
  if (before.flags & ts.SymbolFlags.Enum && after.flags & ts.SymbolFlags.Enum) {
    compareEnumSymbols(c, before, after, role, path);
    return;
  }
  const [as, bs] = [before, after].map((symbol) => typeParametersOf(c.checker, symbol));
  compareTypeParameterLists(c, as ?? [], bs ?? [], RECEIVED, { path, kind: 'type' }, false);
  const [a, b] = [before, after].map((symbol) => c.checker.getDeclaredTypeOfSymbol(symbol));
  if (a === undefined || b === undefined) return;
  if (isClass) {
    if (isSupplied(role)) compareNominality(c, a, b, path);
    compareInstances(c, a, b, isNominal(c, a) ? RECEIVED : joined(role, RECEIVED), path);
    return;
  }
  c.compareTypes(a, b, role, { path, kind: 'type', nodes: declarationsOf(before, after) });
}

/** Callers also read the trees that they supply: what builds one goes through it, or is handed it by others. */
function walked(c: Comparison, symbol: ts.Symbol, met: Role): Role {
  return met === SUPPLIED && isTree(c.checker, symbol) ? BOTH : met;
}

/** The one declaration of each, where there is no other. */
export function declarationsOf(before: ts.Symbol, after: ts.Symbol): readonly (ts.Node | undefined)[] {
  return [before, after].map(({ declarations = [] }) => (declarations.length === 1 ? declarations[0] : undefined));
}

/** A class without a private member takes anything of its shape; one that has its first takes nothing but itself. */
function compareNominality(c: Comparison, a: ts.Type, b: ts.Type, path: string): void {
  const [was, is] = [a, b].map((type) => isNominal(c, type));
  if (is && !was) {
    c.breaking(
      'class-nominal',
      path,
      'has a private member now: only its own instances fit, no look-alikes',
      null,
      null,
    );
  } else if (was && !is) {
    c.minor('class-nominal', path, 'has no private member any more: look-alikes fit', null, null);
  }
}

/** Instances of a class, whoever passes them on. */
function compareInstances(c: Comparison, a: ts.Type, b: ts.Type, role: Role, path: string): void {
  const work = (): void => compareObjects(c, a, b, role, { path, kind: 'type' });
  c.visit(a, b, role, { path, kind: 'type', own: path }, work, work);
}

/**
 * Compares declarations that changed and are not exported, but that exported ones name: in the roles in which callers
 * meet them there.
 */
export function compareHidden(c: Comparison): void {
  const seen = new Set<ts.Symbol>(c.exportNames.keys());
  for (let found = true; found; ) {
    found = false;
    for (const { before, after, namedBy } of c.identity.changedPairs()) {
      if (seen.has(before)) continue;
      seen.add(before);
      found = true;
      if (before.name !== after.name || c.exportNameOf(before) !== undefined) continue;
      for (const exporter of exportersOf(c, namedBy)) {
        compareHiddenAt(c, { path: `${exporter} > ${before.name}`, name: before.name, before, after });
      }
    }
  }
}

/** The exports at which it is told what changed in a declaration that they name; one that changed itself has told it. */
export function exportersOf(c: Comparison, namedBy: readonly Naming[]): string[] {
  const exporters = namedBy.flatMap(({ symbol, changed }) => {
    const name = c.exportNameOf(symbol);
    return name === undefined ? [] : [{ name, changed }];
  });
  const unchanged = exporters.filter(({ changed }) => !changed);
  return (unchanged.length > 0 ? unchanged : exporters.slice(0, 1)).map(({ name }) => name);
}

function compareHiddenAt(c: Comparison, pair: ExportPair): void {
  const uses = withUse(c.positions.usesOf(pair.before), 'whole', c.met.get(pair.before) ?? 0);
  if (uses.whole !== 0) compareHiddenPair(c, pair, uses.whole);
  else if (isInPart(uses)) compareHiddenKeys(c, pair, uses);
  else compareUnplaced(c, pair);
}

/** A declaration that callers can neither name nor supply: they name its keys, and meet what is under them. */
function compareHiddenKeys(c: Comparison, { path, before, after }: ExportPair, uses: Uses): void {
  c.pairTypeParameters(typeParametersOf(c.checker, before), typeParametersOf(c.checker, after));
  const [a, b] = [before, after].map((symbol) => c.checker.getDeclaredTypeOfSymbol(symbol));
  if (a !== undefined && b !== undefined) compareKeyed(c, a, b, uses, path);
}

function compareHiddenPair(c: Comparison, pair: ExportPair, role: Role): void {
  const { path, before, after } = pair;
  // A class that became an interface has no flag in common with it, and both are types.
  const areBoth = (flags: ts.SymbolFlags): boolean => (before.flags & flags) !== 0 && (after.flags & flags) !== 0;
  if (areBoth(ts.SymbolFlags.Value) && !(before.flags & ts.SymbolFlags.Enum)) compareValues(c, before, after, path);
  if (areBoth(ts.SymbolFlags.Type)) compareExportedType(c, pair, role);
}

/** A declaration from which exported types are computed: what its change does to them is not known, if it does harm at all. */
function compareUnplaced(c: Comparison, pair: ExportPair): void {
  const found = c.trial(() => compareHiddenPair(c, pair, BOTH));
  if (found.every(({ level }) => level !== 'BREAKING')) {
    c.accept(found);
    return;
  }
  const message = 'changed, and exported types are computed from it';
  c.unknown('not-comparable', pair.path, message, null, null);
}
