/** Two declarations under one name, as a value and as a type. */

import ts from '../compiler.cjs';
import { compareEnumSymbols } from './compare-enums.js';
import { compareObjects } from './compare-objects.js';
import { compareTypeParameterLists } from './compare-type-parameters.js';
import type { Comparison } from './comparison.js';
import { NOT_NAMESPACE } from './module-exports.js';
import { BOTH, isSupplied, joined, RECEIVED, type Role, SUPPLIED } from './roles.js';
import { typeParametersOf } from './symbols.js';
import { isTree } from './tree-types.js';
import { isNominal } from './type-kinds.js';

/** A pair of declarations exported under one name. */
export interface ExportPair {
  readonly path: string;
  /** The same without what stands for the entry. */
  readonly name: string;
  readonly before: ts.Symbol;
  readonly after: ts.Symbol;
}

/** Values as callers receive them; of a namespace's members each is compared by itself. */
export function compareValues(c: Comparison, before: ts.Symbol, after: ts.Symbol, path: string): void {
  if (before.flags & ts.SymbolFlags.Enum && after.flags & ts.SymbolFlags.Enum) return;
  const both = before.flags & after.flags;
  const namespace = both & ts.SymbolFlags.ValueModule;
  if (namespace && !(both & NOT_NAMESPACE)) return;
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
  c.visit(a, b, role, { path, kind: 'type', own: path }, { work, giveUp: work });
}
