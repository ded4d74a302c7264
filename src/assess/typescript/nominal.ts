/** Declarations that are themselves and nothing else, whatever is written in them: enums, unique symbols, classes with hidden members. */

import ts from '../compiler.cjs';
import { visibilityOf } from './symbols.js';

/** What the later version exports under the names of each of the earlier version's declarations. */
type Namesakes = ReadonlyMap<ts.Symbol, ReadonlySet<ts.Symbol>>;

function isUniqueSymbol(node: ts.Declaration): boolean {
  return ts.isVariableDeclaration(node) && node.type !== undefined && ts.isTypeOperatorNode(node.type);
}

function isNominal(symbol: ts.Symbol): boolean {
  if (symbol.flags & ts.SymbolFlags.Enum) return true;
  if (symbol.flags & ts.SymbolFlags.Class)
    return [...(symbol.members?.values() ?? [])].some((member) => visibilityOf(member) !== 'public');
  return symbol.declarations?.some(isUniqueSymbol) === true;
}

/** The declaration itself; of an enum's member, the enum. */
function ownerOf(symbol: ts.Symbol): ts.Symbol {
  const { parent } = symbol as { readonly parent?: ts.Symbol };
  return symbol.flags & ts.SymbolFlags.EnumMember && parent !== undefined ? parent : symbol;
}

/** True for two such declarations that callers know by their names, and that are not one: each has a name of its own. */
export function areTwo(namesakes: Namesakes, before: ts.Symbol, after: ts.Symbol): boolean {
  const [from, to] = [ownerOf(before), ownerOf(after)];
  const known = namesakes.get(from);
  return known !== undefined && from.name !== to.name && !known.has(to) && isNominal(from) && isNominal(to);
}
