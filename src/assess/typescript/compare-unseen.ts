/**
 * Types that are computed from what is not in the module: `Omit<Missing, 'a'>`, `keyof Missing`, `[missing.key]: string`. The checker takes
 * what it does not find for `any`, and computes the same from each `any`: what these come to is not known, so that only how they are
 * written can be held against each other.
 */

import ts from '../compiler.cjs';
import { originOf } from './compare-foreign.js';
import { exportersOf } from './compare-hidden.js';
import type { Comparison } from './comparison.js';
import { isKeyOf, leftmost } from './declaration-nodes.js';
import { isErrorType, isOfLibrary, isUnresolved, resolved } from './symbols.js';

/** What is computed from the unseen in a declaration, by the place in it. */
type Computed = ReadonlyMap<string, readonly ts.Node[]>;

/** A member, parameter or variable by its name; of parameters, which callers do not name, by the place in the list. */
function stepOf(node: ts.Node): string | null {
  if (ts.isParameter(node)) return `(${node.parent.parameters.indexOf(node)})`;
  const isMember = ts.isTypeElement(node) || ts.isClassElement(node) || ts.isEnumMember(node);
  if (!isMember || node.name === undefined) return null;
  return ts.isComputedPropertyName(node.name) ? '[]' : `.${node.name.getText()}`;
}

/** True for either type of `A extends B ? …`. */
function isAsked(node: ts.Node): boolean {
  const { parent } = node;
  return ts.isConditionalTypeNode(parent) && (node === parent.checkType || node === parent.extendsType);
}

function isProperty(node: ts.Node): node is ts.PropertySignature | ts.PropertyDeclaration {
  return ts.isPropertySignature(node) || ts.isPropertyDeclaration(node);
}

export class Unseen {
  private readonly c: Comparison;
  /** Own declarations by whether something in what they stand for is not seen, and is computed from there. */
  private readonly known = new Map<ts.Symbol, { readonly touched: boolean; readonly computed: boolean }>();

  constructor(c: Comparison) {
    this.c = c;
  }

  /** True where both compute the same from what is not seen, wherever both compute at all. */
  isSame(before: ts.Symbol, after: ts.Symbol): boolean {
    const [from, to] = [this.of(before), this.of(after)];
    return [...new Set([...from.keys(), ...to.keys()])].every((place) => {
      const [as, bs] = [from.get(place), to.get(place)];
      // What only one of them has is there to be compared: it was added or is gone.
      return as === undefined || bs === undefined || this.areAlike(as, bs);
    });
  }

  private areAlike(as: readonly ts.Node[], bs: readonly ts.Node[]): boolean {
    const left = new Set(bs);
    return (
      as.length === bs.length &&
      as.every((a) => {
        const found = [...left].find((b) => this.readsAlike(a, b));
        return found !== undefined && left.delete(found);
      })
    );
  }

  /** What changed in the module's own declarations that are named is told there. */
  private readsAlike(a: ts.Node, b: ts.Node): boolean {
    if (a.kind !== b.kind) return this.areSameReference(a, b);
    const { equal, alike } = this.c.identity.equalNodes(a, b);
    return equal || (alike && a.getText() === b.getText()) || this.areSameProperties(a, b);
  }

  /** Of a property whose name is not seen, what it holds is seen nevertheless, most often. */
  private areSameProperties(a: ts.Node, b: ts.Node): boolean {
    if (!isProperty(a) || !isProperty(b) || a.type === undefined || b.type === undefined) return false;
    const [from, to] = [a, b].map((node) =>
      [node.modifiers ?? [], node.questionToken ?? []].flat().map(({ kind }) => kind),
    );
    if (String(from) !== String(to) || !this.c.identity.equalNodes(a.name, b.name).equal) return false;
    if (this.touches(a.type) || this.touches(b.type)) return false;
    return this.c.same(this.c.checker.getTypeFromTypeNode(a.type), this.c.checker.getTypeFromTypeNode(b.type));
  }

  /** `extends Given<T>` of an interface is `& Given<T>` of an alias. */
  private areSameReference(a: ts.Node, b: ts.Node): boolean {
    const [from, to] = [a, b].map((node) =>
      ts.isTypeReferenceNode(node)
        ? [node.typeName, ...(node.typeArguments ?? [])]
        : ts.isExpressionWithTypeArguments(node)
          ? [node.expression, ...(node.typeArguments ?? [])]
          : [],
    );
    if (from === undefined || to === undefined || from.length === 0 || from.length !== to.length) return false;
    return from.every((part, index) => this.c.identity.equalNodes(part, to[index] as ts.Node).equal);
  }

  /** Every place in the declarations of a symbol, with what is computed there; most often nothing. */
  private of(symbol: ts.Symbol): Computed {
    const found = new Map<string, ts.Node[]>([['', []]]);
    for (const node of symbol.declarations ?? []) {
      if (!ts.isSourceFile(node) && !ts.isModuleDeclaration(node)) this.collect(node, '', found);
    }
    return found;
  }

  private collect(node: ts.Node, outer: string, found: Map<string, ts.Node[]>): void {
    if (ts.isBlock(node)) return;
    const place = `${outer}${stepOf(node) ?? ''}`;
    if (!found.has(place)) found.set(place, []);
    if (this.isComputed(node)) found.get(place)?.push(node);
    else ts.forEachChild(node, (child) => this.collect(child, place, found));
  }

  /** True for what the checker computes from something that is not seen. */
  private isComputed(node: ts.Node): boolean {
    if (ts.isTypeElement(node) || ts.isClassElement(node)) {
      return node.name !== undefined && ts.isComputedPropertyName(node.name) && this.isUnknownName(node.name);
    }
    if (ts.isEnumMember(node)) return node.initializer !== undefined && this.touches(node.initializer);
    if (ts.isTypeOperatorNode(node)) return isKeyOf(node) && this.touches(node);
    if (ts.isIndexedAccessTypeNode(node) || ts.isTemplateLiteralTypeNode(node)) return this.touches(node);
    // Of a mapped type the keys, of a conditional one the question: what is said of each is compared.
    if (ts.isTypeParameterDeclaration(node)) return ts.isMappedTypeNode(node.parent) && this.touches(node);
    if (isAsked(node)) return this.touches(node);
    if (ts.isTypeReferenceNode(node)) return this.isComputedReference(node.typeName, node.typeArguments);
    if (ts.isExpressionWithTypeArguments(node)) return this.isComputedReference(node.expression, node.typeArguments);
    return false;
  }

  private isUnknownName({ expression }: ts.ComputedPropertyName): boolean {
    return isErrorType(this.c.checker.getTypeAtLocation(expression));
  }

  /** An alias, or a name that is not seen itself, filled in with what is not seen; and a declaration that stands for or extends something computed. */
  private isComputedReference(name: ts.Node, args: readonly ts.TypeNode[] = []): boolean {
    const named = this.c.checker.getSymbolAtLocation(name);
    const symbol = named === undefined ? undefined : resolved(this.c.checker, named);
    const isAlias = symbol === undefined || isUnresolved(symbol) || (symbol.flags & ts.SymbolFlags.TypeAlias) !== 0;
    if (!isAlias) return this.knownOf(symbol).computed;
    return args.some((arg) => this.touches(arg)) || (symbol !== undefined && this.knownOf(symbol).computed);
  }

  /** True where something in a node is not seen. */
  private touches(node: ts.Node): boolean {
    if (ts.isIdentifier(node)) {
      const named = this.c.checker.getSymbolAtLocation(node);
      if (named === undefined) return false;
      const symbol = resolved(this.c.checker, named);
      return isUnresolved(symbol) || this.knownOf(symbol).touched;
    }
    // No type is computed to know this: it may have no end.
    if (ts.isImportTypeNode(node) && this.isMissingImport(node)) return true;
    if (ts.isTypeReferenceNode(node) && this.isNowhere(node.typeName)) return true;
    return ts.forEachChild(node, (child) => this.touches(child) || undefined) === true;
  }

  /** True for a name that nothing declares or imports. */
  private isNowhere(name: ts.EntityName): boolean {
    return this.c.checker.getSymbolAtLocation(leftmost(name))?.declarations === undefined;
  }

  private isMissingImport({ argument }: ts.ImportTypeNode): boolean {
    return ts.isLiteralTypeNode(argument) && this.c.checker.getSymbolAtLocation(argument.literal) === undefined;
  }

  /** What is known of an own declaration: of an alias by what it stands for, of a class or interface by what it extends. */
  private knownOf(symbol: ts.Symbol): { readonly touched: boolean; readonly computed: boolean } {
    const known = this.known.get(symbol);
    if (known !== undefined) return known;
    // Inside itself it adds nothing.
    this.known.set(symbol, { touched: false, computed: false });
    if (isUnresolved(symbol) || isOfLibrary(symbol)) return { touched: false, computed: false };
    const found = new Map<string, ts.Node[]>();
    let touched = false;
    for (const node of symbol.declarations ?? []) {
      const parts = ts.isTypeAliasDeclaration(node)
        ? [node.type]
        : ts.isInterfaceDeclaration(node) || ts.isClassLike(node)
          ? (node.heritageClauses ?? []).filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
          : [];
      for (const part of parts) {
        touched ||= this.touches(part);
        this.collect(part, '', found);
      }
    }
    const answer = { touched, computed: [...found.values()].some((nodes) => nodes.length > 0) };
    this.known.set(symbol, answer);
    return answer;
  }
}

/** Says of what changed where it computes something else from what is not seen: no comparison of types can tell. */
export function compareUnseen(c: Comparison, unseen: Unseen): void {
  for (const { before, after, namedBy } of c.identity.changedPairs()) {
    if (before.name !== after.name || unseen.isSame(before, after)) continue;
    const own = c.exportNameOf(before);
    const paths = own === undefined ? exportersOf(c, namedBy).map((name) => `${name} > ${before.name}`) : [own];
    const origin = originOf(c, [...(before.declarations ?? []), ...(after.declarations ?? [])]);
    const message = `is computed otherwise now from ${origin ?? 'something'}, which is not in the module`;
    for (const path of paths) c.unknown('unresolved-import', path, message, null, null);
  }
}
