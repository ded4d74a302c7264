/** Two declarations of which it is asked whether they say the same: what they name is noted, and decided by whoever asks. */

import ts from '../compiler.cjs';
import {
  bindsSilently,
  childrenOf,
  computes,
  entityOf,
  hasPrivateMember,
  isBlockScoped,
  isWithinOwnDeclaration,
  leftmost,
  saysItsTypes,
  textOf,
} from './declaration-nodes.js';
import { foreignReference } from './foreign-reference.js';
import { ASKS_FOR_ALL, OF_MEMBERS } from './library-aliases.js';
import { foreignName, isOfLibrary, isUnresolved, ownDeclaration, resolved } from './symbols.js';
import { Turnings } from './turning.js';

/** A comparison of two declarations; what they name is decided by whoever asks. */
interface LocalComparison {
  readonly pairs: [ts.Symbol, ts.Symbol][];
  /** True where a type parameter of the surroundings is named. */
  outer: boolean;
  /** True where what a name stands for decides more than itself: `keyof Options`, `typeof make()`, another name. */
  computed: boolean;
}

/** True for two declarations that callers know by their names, and that are not one: each is exported beside the other. */
type AreTwo = (before: ts.Symbol, after: ts.Symbol) => boolean;

/** True for a declaration of the earlier version of whose members all that is met is told where it is declared. */
type IsTold = (symbol: ts.Symbol) => boolean;

export class DeclarationComparison {
  private readonly checker: ts.TypeChecker;
  readonly turnings: Turnings;
  private readonly isTold: IsTold;
  private readonly areTwo: AreTwo;

  constructor(checker: ts.TypeChecker, isTold: IsTold, areTwo: AreTwo) {
    this.checker = checker;
    this.areTwo = areTwo;
    this.isTold = isTold;
    this.turnings = new Turnings(checker);
  }

  /** What hangs on what the declarations of two symbols name; null where they differ by themselves. */
  ofSymbols(before: ts.Symbol, after: ts.Symbol): LocalComparison | null {
    const local: LocalComparison = { pairs: [], outer: false, computed: false };
    return this.compareSymbols(before, after, local) ? local : null;
  }

  /** The same of two nodes inside of declarations. */
  ofNodes(before: ts.Node, after: ts.Node): LocalComparison | null {
    const local: LocalComparison = { pairs: [], outer: false, computed: false };
    return this.compare(before, after, local, new Map()) ? local : null;
  }

  private compareSymbols(before: ts.Symbol, after: ts.Symbol, local: LocalComparison): boolean {
    if (isUnresolved(before) || isUnresolved(after) || this.areTwo(before, after)) return false;
    if (before.flags & ts.SymbolFlags.TypeParameter || after.flags & ts.SymbolFlags.TypeParameter) return false;
    const [as, bs] = [before, after].map((symbol) => this.declarationsOf(symbol));
    if (as === undefined || bs === undefined || as.length === 0 || as.length !== bs.length) return false;
    const isModule = (symbol: ts.Symbol): boolean =>
      (symbol.declarations ?? []).some((node) => ts.isSourceFile(node) || ts.isModuleDeclaration(node));
    if (isModule(before) !== isModule(after)) return false;
    if (isModule(before) && !this.compareMembers(before, after, local)) return false;
    return as.every((a, index) => {
      const b = bs[index];
      return b !== undefined && this.compareDeclarations(a, b, local);
    });
  }

  private declarationsOf(symbol: ts.Symbol): ts.Node[] {
    return (symbol.declarations ?? []).map((node) => {
      if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return node.parent;
      return node;
    });
  }

  /** The exports of a module or namespace, which may stand in any order and in any file. */
  private compareMembers(before: ts.Symbol, after: ts.Symbol, local: LocalComparison): boolean {
    const [as, bs] = [before, after].map((symbol) => this.checker.getExportsOfModule(symbol));
    if (as === undefined || bs === undefined || as.length !== bs.length) return false;
    const byName = new Map(bs.map((symbol) => [symbol.escapedName, symbol]));
    return as.every((a) => {
      const b = byName.get(a.escapedName);
      return b !== undefined && this.refer(a, b, local);
    });
  }

  private compareDeclarations(before: ts.Node, after: ts.Node, local: LocalComparison): boolean {
    if (ts.isSourceFile(before) || ts.isModuleDeclaration(before)) return before.kind === after.kind;
    if (before.kind !== after.kind || textOf(before) !== textOf(after)) return false;
    if (computes(before)) local.computed = true;
    const bound = new Map<ts.Symbol, ts.Symbol>();
    // Of `{ name }` the name is all there is.
    const name = (node: ts.Node): ts.Node | undefined =>
      ts.isShorthandPropertyAssignment(node) ? undefined : (node as { readonly name?: ts.Node }).name;
    if (ts.isClassLike(before) && hasPrivateMember(before) !== hasPrivateMember(after as ts.ClassLikeDeclaration))
      return false;
    // `const` and `let` are said by the list around the declaration.
    if (ts.isVariableDeclaration(before) && isBlockScoped(before) !== isBlockScoped(after)) return false;
    return this.compareChildren(before, after, local, bound, name);
  }

  /**
   * A name with arguments, for something by which a harmless change of what they name may do harm, or the other way round: `Required<Options>`,
   * `Record<Locale, string>`; and `Partial<Options>`, where callers cannot name the options themselves.
   */
  private isComputedReference(node: ts.Node): boolean {
    const isReference = ts.isTypeReferenceNode(node);
    if (!isReference && !ts.isExpressionWithTypeArguments(node)) return false;
    const { typeArguments: args = [] } = node;
    if (args.length === 0) return false;
    const named = this.checker.getSymbolAtLocation(isReference ? node.typeName : node.expression);
    const symbol = named === undefined ? undefined : resolved(this.checker, named);
    if (symbol === undefined) return false;
    if (!isOfLibrary(symbol)) return this.turnsOn(symbol, args);
    if (!(symbol.flags & ts.SymbolFlags.TypeAlias)) return false;
    if (ASKS_FOR_ALL.has(symbol.name)) return true;
    const made = OF_MEMBERS.has(symbol.name) && args[0] !== undefined ? ownDeclaration(this.checker, args[0]) : null;
    return made !== null && !this.isTold(made);
  }

  private turnsOn(generic: ts.Symbol, args: readonly ts.TypeNode[]): boolean {
    const named = args.map((arg) => ownDeclaration(this.checker, arg)).filter((symbol) => symbol !== null);
    if (named.length === 0) return false;
    const turning = this.turnings.of(generic);
    if (turning !== 'mapped') return turning !== 'none';
    return named.some((symbol) => !this.isTold(symbol));
  }

  /** Notes that the answer hangs on these two; false where they plainly differ. */
  private refer(a: ts.Symbol, b: ts.Symbol, local: LocalComparison): boolean {
    const [before, after] = [resolved(this.checker, a), resolved(this.checker, b)];
    if (before === after && !isUnresolved(before)) return true;
    if (isUnresolved(before) || isUnresolved(after)) {
      if (!(isUnresolved(before) && isUnresolved(after))) return false;
      return this.sameImport(a, b);
    }
    // Another name for it is no sign that it is what became of it.
    if (before.name !== after.name || this.areTwo(before, after)) local.computed = true;
    local.pairs.push([before, after]);
    return true;
  }

  /** Not there, on either side: the same name of the same package is the same; a file that is missing is not known. */
  sameImport(a: ts.Symbol, b: ts.Symbol): boolean {
    const [entityA, entityB] = [entityOf(a), entityOf(b)];
    if (entityA !== null && entityB !== null) {
      // `import x = dependency.x`
      const [rootA, rootB] = [entityA, entityB].map((name) => this.checker.getSymbolAtLocation(leftmost(name)));
      return (
        entityA.getText() === entityB.getText() &&
        rootA !== undefined &&
        rootB !== undefined &&
        this.sameImport(rootA, rootB)
      );
    }
    const [from, to] = [a, b].map((symbol) => foreignName(this.checker, symbol) ?? null);
    if (from === undefined || to === undefined) return false;
    if (from === null || to === null || /^[./#]/.test(from.specifier)) return false;
    return from.specifier === to.specifier && from.name === to.name;
  }

  private compare(a: ts.Node, b: ts.Node, local: LocalComparison, bound: Map<ts.Symbol, ts.Symbol>): boolean {
    if (a.kind !== b.kind) return this.compareForeign(a, b, local, bound);
    if (computes(a) || this.isComputedReference(a)) local.computed = true;
    if (ts.isIdentifier(a) && ts.isIdentifier(b)) return this.compareIdentifiers(a, b, local, bound);
    if (ts.isQualifiedName(a) && ts.isQualifiedName(b))
      return this.compareQualified(a, b, a.right, b.right, local, bound);
    if (ts.isPropertyAccessExpression(a) && ts.isPropertyAccessExpression(b)) {
      return this.compareQualified(a, b, a.name, b.name, local, bound);
    }
    if (ts.isImportTypeNode(a) && ts.isImportTypeNode(b)) return this.compareImportTypes(a, b, local, bound);
    if (textOf(a) !== textOf(b) || !this.compareLoaded(a, b, local)) return false;
    if (ts.isPrivateIdentifier(a)) return a.text === (b as ts.PrivateIdentifier).text;
    if (ts.isUnionTypeNode(a) || ts.isIntersectionTypeNode(a)) {
      return this.compareUnordered(a.types, (b as ts.UnionTypeNode).types, local, bound);
    }
    return this.compareChildren(a, b, local, bound);
  }

  /** A type of a package that is not there, spelled in two ways: by an import, by a namespace, in place. */
  private compareForeign(a: ts.Node, b: ts.Node, local: LocalComparison, bound: Map<ts.Symbol, ts.Symbol>): boolean {
    const [from, to] = [foreignReference(this.checker, a), foreignReference(this.checker, b)];
    if (from === null || to === null || from.name !== to.name || from.args.length !== to.args.length) return false;
    return from.args.every((type, index) => this.compare(type, to.args[index] as ts.Node, local, bound));
  }

  /** Alternatives may stand in any order: each is found among the others, first at its own place. */
  private compareUnordered(
    as: readonly ts.Node[],
    bs: readonly ts.Node[],
    local: LocalComparison,
    bound: Map<ts.Symbol, ts.Symbol>,
  ): boolean {
    if (as.length !== bs.length) return false;
    const left = new Set(bs);
    return as.every((a, index) => {
      const isSame = (b: ts.Node): boolean => {
        const tried: LocalComparison = { pairs: [], outer: false, computed: false };
        const inside = new Map(bound);
        if (a.kind !== b.kind || !this.compare(a, b, tried, inside)) return false;
        // Two references of one form are told apart by what they name.
        if (!tried.pairs.every(([from, to]) => from.name === to.name)) return false;
        // What is inferred in an alternative is named in what follows.
        for (const [from, to] of inside) bound.set(from, to);
        local.pairs.push(...tried.pairs);
        local.outer ||= tried.outer;
        local.computed ||= tried.computed;
        return true;
      };
      const inPlace = bs[index];
      if (inPlace !== undefined && left.has(inPlace) && isSame(inPlace)) return left.delete(inPlace);
      for (const b of left) if (b !== inPlace && isSame(b)) return left.delete(b);
      return false;
    });
  }

  private compareChildren(
    a: ts.Node,
    b: ts.Node,
    local: LocalComparison,
    bound: Map<ts.Symbol, ts.Symbol>,
    skipped?: (node: ts.Node) => ts.Node | undefined,
  ): boolean {
    const [as, bs] = [a, b].map((node) => {
      const skip = new Set([
        skipped?.(node),
        saysItsTypes(node) ? (node as ts.FunctionLikeDeclaration).body : undefined,
      ]);
      return childrenOf(node).filter((child) => !skip.has(child));
    });
    if (as === undefined || bs === undefined || as.length !== bs.length) return false;
    return as.every((child, index) => {
      const other = bs[index];
      return other !== undefined && this.compare(child, other, local, bound);
    });
  }

  /** `ns.Name`: what is named counts, not what else the namespace has. */
  private compareQualified(
    a: ts.Node,
    b: ts.Node,
    nameA: ts.MemberName,
    nameB: ts.MemberName,
    local: LocalComparison,
    bound: Map<ts.Symbol, ts.Symbol>,
  ): boolean {
    const [from, to] = [nameA, nameB].map((name) => this.checker.getSymbolAtLocation(name));
    const isMember = (symbol: ts.Symbol): boolean =>
      (symbol.flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) !== 0;
    if (from === undefined || to === undefined || isMember(from) || isMember(to)) {
      return this.compareChildren(a, b, local, bound);
    }
    return this.refer(from, to, local);
  }

  private compareImportTypes(
    a: ts.ImportTypeNode,
    b: ts.ImportTypeNode,
    local: LocalComparison,
    bound: Map<ts.Symbol, ts.Symbol>,
  ): boolean {
    if (a.isTypeOf !== b.isTypeOf) return false;
    const [as, bs] = [a.typeArguments ?? [], b.typeArguments ?? []];
    if (as.length !== bs.length) return false;
    const [from, to] = [a, b].map((node) => {
      const symbol = this.checker.getSymbolAtLocation(node.qualifier ?? node.argument);
      return symbol === undefined || isUnresolved(symbol) ? undefined : symbol;
    });
    const named =
      from === undefined || to === undefined
        ? from === to &&
          a.argument.getText() === b.argument.getText() &&
          a.qualifier?.getText() === b.qualifier?.getText()
        : this.refer(from, to, local);
    return named && as.every((type, index) => this.compare(type, bs[index] as ts.Node, local, bound));
  }

  private compareIdentifiers(
    a: ts.Identifier,
    b: ts.Identifier,
    local: LocalComparison,
    bound: Map<ts.Symbol, ts.Symbol>,
  ): boolean {
    const [from, to] = [this.symbolAt(a), this.symbolAt(b)];
    if (bindsSilently(a) && bindsSilently(b)) {
      if (from !== undefined && to !== undefined) bound.set(from, to);
      return true;
    }
    if (from === undefined || to === undefined) return from === to && a.text === b.text;
    if (bound.has(from)) return bound.get(from) === to;
    if (isWithinOwnDeclaration(from, a)) return a.text === b.text;
    if (from.flags & ts.SymbolFlags.TypeParameter && to.flags & ts.SymbolFlags.TypeParameter) {
      local.outer = true;
      return this.correspond(from, to);
    }
    return this.refer(from, to, local);
  }

  /** What a name stands for; of `{ name }`, the value and not the property. */
  private symbolAt(node: ts.Identifier): ts.Symbol | undefined {
    return ts.isShorthandPropertyAssignment(node.parent)
      ? this.checker.getShorthandAssignmentValueSymbol(node.parent)
      : this.checker.getSymbolAtLocation(node);
  }

  /** `require('./impl')`: the file's name is the same, and what is in it may not be. */
  private compareLoaded(a: ts.Node, b: ts.Node, local: LocalComparison): boolean {
    if (!ts.isStringLiteral(a) || !ts.isCallExpression(a.parent) || !ts.isStringLiteral(b)) return true;
    const [from, to] = [this.checker.getSymbolAtLocation(a), this.checker.getSymbolAtLocation(b)];
    return from === undefined || to === undefined ? from === to : this.refer(from, to, local);
  }

  /** Type parameters of the surroundings correspond by their place in the list. */
  private correspond(from: ts.Symbol, to: ts.Symbol): boolean {
    const place = (symbol: ts.Symbol): number => {
      const node = symbol.declarations?.[0];
      const owner = node?.parent as { readonly typeParameters?: readonly ts.Node[] } | undefined;
      return node === undefined || owner?.typeParameters === undefined ? -1 : owner.typeParameters.indexOf(node);
    };
    return place(from) !== -1 && place(from) === place(to);
  }
}
