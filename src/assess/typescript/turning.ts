/** Generic declarations by whether a harmless change of what fills them in may do harm. */

import ts from '../compiler.cjs';
import { isKeyOf } from './declaration-nodes.js';
import { ASKS_FOR_ALL, OF_MEMBERS } from './library-aliases.js';
import { isOfLibrary, resolved } from './symbols.js';

/**
 * How a generic declaration hangs on what fills it in, from the least: on nothing but what that is; mapped over its keys (`Partial<T>`), so that it
 * is told where that is declared, unless callers cannot name it; made of the keys themselves (`keyof T`, `T[keyof T]`); on what it fits
 * (`T extends …`), or on each of its keys being there (`Required<T>`, `{ [K in keyof T]-?: … }`, `{ [K in Names]: … }`).
 */
const TURNINGS = ['none', 'mapped', 'keys', 'any'] as const;
type Turning = (typeof TURNINGS)[number];

function more(one: Turning, other: Turning): Turning {
  return TURNINGS.indexOf(one) < TURNINGS.indexOf(other) ? other : one;
}

function ofMapped({ questionToken, typeParameter: { constraint } }: ts.MappedTypeNode): Turning {
  if (questionToken !== undefined) return questionToken.kind === ts.SyntaxKind.MinusToken ? 'any' : 'mapped';
  return constraint !== undefined && !isKeyOf(constraint) ? 'any' : 'mapped';
}

/** What a node says of it by itself. */
function ofNode(node: ts.Node): Turning {
  if (ts.isConditionalTypeNode(node)) return 'any';
  if (ts.isMappedTypeNode(node)) return ofMapped(node);
  // The keys that a type is mapped over are said of by that.
  return isKeyOf(node) && !ts.isMappedTypeNode(node.parent.parent) ? 'keys' : 'none';
}

export class Turnings {
  private readonly checker: ts.TypeChecker;
  private readonly known = new Map<ts.Symbol, Turning>();

  constructor(checker: ts.TypeChecker) {
    this.checker = checker;
  }

  of(symbol: ts.Symbol): Turning {
    const known = this.known.get(symbol);
    if (known !== undefined) return known;
    // Inside itself it adds nothing.
    this.known.set(symbol, 'none');
    const found = (symbol.declarations ?? []).map((node) => this.ofDeclaration(node)).reduce(more, 'none');
    this.known.set(symbol, found);
    return found;
  }

  private ofDeclaration(node: ts.Declaration): Turning {
    if (!ts.isTypeAliasDeclaration(node) && !ts.isInterfaceDeclaration(node) && !ts.isClassLike(node)) return 'none';
    const own = new Set((node.typeParameters ?? []).map(({ name }) => name.text));
    return own.size === 0 ? 'none' : this.inside(node, own);
  }

  /** The most that is said of the type parameters of these names in a node. */
  private inside(node: ts.Node, own: ReadonlySet<string>): Turning {
    let found = mentions(node, own) ? more(ofNode(node), this.ofReference(node, own)) : 'none';
    ts.forEachChild(node, (child) => {
      if (found === 'any') return;
      found = more(found, this.inside(child, own));
    });
    return found;
  }

  /** What is said by what a node names and fills in with them. */
  private ofReference(node: ts.Node, own: ReadonlySet<string>): Turning {
    const isReference = ts.isTypeReferenceNode(node);
    if (!isReference && !ts.isExpressionWithTypeArguments(node)) return 'none';
    if (node.typeArguments?.some((arg) => mentions(arg, own)) !== true) return 'none';
    const named = this.checker.getSymbolAtLocation(isReference ? node.typeName : node.expression);
    if (named === undefined) return 'none';
    const symbol = resolved(this.checker, named);
    if (!isOfLibrary(symbol)) return this.of(symbol);
    if (ASKS_FOR_ALL.has(symbol.name)) return 'any';
    return OF_MEMBERS.has(symbol.name) ? 'mapped' : 'none';
  }
}

function mentions(node: ts.Node, names: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(node)) return names.has(node.text);
  return ts.forEachChild(node, (child) => mentions(child, names) || undefined) === true;
}
