/**
 * Whether a declaration of one version is the other version's, down to everything it names: the cheap and exact way
 * to know that nothing changed. Types are not computed, so a thousand pages of unchanged generics cost no more than
 * reading them, and what cannot be computed (a dependency that is not there) is still known to be the same.
 */

import ts from '../compiler.cjs';
import { foreignReference } from './foreign-reference.js';
import { foreignName, isPrivate, isUnresolved, resolved, returnTypeNode, typeNode } from './symbols.js';

/** A comparison of two declarations; what they name is decided by whoever explores. */
interface LocalComparison {
  readonly pairs: [ts.Symbol, ts.Symbol][];
  /** True where a type parameter of the surroundings is named. */
  outer: boolean;
  /** True where what a name stands for decides more than itself: `keyof Options`, `typeof make()`, another name. */
  computed: boolean;
}

/** What is known of two nodes. */
interface NodeEquality {
  readonly equal: boolean;
  /** True where the nodes name type parameters that are declared outside of them, each the other's counterpart. */
  readonly outer: boolean;
  /** True where they are the same but for what changed in the declarations that they name. */
  readonly alike: boolean;
  /** True where that is told where those are declared: callers can name them, and nothing is computed from them here. */
  readonly parallel: boolean;
}

const DIFFERENT: NodeEquality = { equal: false, outer: false, alike: false, parallel: false };

/** A pair of declarations that was met. */
interface Pair {
  different: boolean;
  /** True where the two declarations themselves differ, and not just what they name. */
  changed: boolean;
  /** True where they are written otherwise; `forgiven` where that turned out to mean the same. */
  rewritten: boolean;
  forgiven: boolean;
  readonly before: ts.Symbol;
  readonly after: ts.Symbol;
  readonly dependants: Pair[];
}

/** Of more than this many, so much has changed that there is little to gain. */
const MAX_FORGIVEN = 500;

function newPair(before: ts.Symbol, after: ts.Symbol): Pair {
  return { different: false, changed: false, rewritten: false, forgiven: false, before, after, dependants: [] };
}

/** How two declarations relate: `parallel` ones differ in nothing but what changed in others that they name. */
export type Relation = 'equal' | 'parallel' | 'different';

/** A declaration that names another, and whether it differs by itself as well. */
export interface Naming {
  readonly symbol: ts.Symbol;
  readonly changed: boolean;
}

/** A pair of declarations that differ by themselves, and what names them. */
interface ChangedPair {
  readonly before: ts.Symbol;
  readonly after: ts.Symbol;
  /** The earlier declarations that name it, nearest first; beyond one that callers can name, none. */
  readonly namedBy: readonly Naming[];
}

/** Types that are computed from others, so that a change of those is not told where they are declared. */
const COMPUTING: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ConditionalType,
  ts.SyntaxKind.IndexedAccessType,
  ts.SyntaxKind.MappedType,
  ts.SyntaxKind.TemplateLiteralType,
  ts.SyntaxKind.CallExpression,
  ts.SyntaxKind.NewExpression,
  ts.SyntaxKind.PropertyAccessExpression,
  ts.SyntaxKind.ObjectLiteralExpression,
  ts.SyntaxKind.PropertyAssignment,
  ts.SyntaxKind.ShorthandPropertyAssignment,
  ts.SyntaxKind.BinaryExpression,
]);

function computes(node: ts.Node): boolean {
  if (ts.isTypeOperatorNode(node)) return node.operator === ts.SyntaxKind.KeyOfKeyword;
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && typeNode(node) === undefined) return true;
  if (isDottedName(node)) return false;
  return COMPUTING.has(node.kind) || (ts.isFunctionLike(node) && hasBody(node) && !saysItsTypes(node));
}

/** `[Symbol.hasInstance]` and `extends ns.Base` name what they name, and compute nothing from it. */
function isDottedName(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node)) return false;
  const { parent } = node;
  return ts.isComputedPropertyName(parent) || ts.isExpressionWithTypeArguments(parent) || isDottedName(parent);
}

function hasBody(node: ts.Node): boolean {
  return (node as { readonly body?: ts.Node }).body !== undefined;
}

/** Modifiers that say how something is exported or emitted, and not what it is. */
const PLACE_MODIFIERS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.ExportKeyword,
  ts.SyntaxKind.DefaultKeyword,
  ts.SyntaxKind.DeclareKeyword,
  ts.SyntaxKind.PublicKeyword,
]);

/** Declared names whose spelling callers do not see. */
function bindsSilently(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isParameter(parent) || ts.isTypeParameterDeclaration(parent)) && parent.name === node;
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    if (PLACE_MODIFIERS.has(child.kind)) return;
    if (ts.isClassElement(child) && isPrivate(child) && !ts.isConstructorDeclaration(child)) return;
    children.push(child);
  });
  return node.flags & ts.NodeFlags.JavaScriptFile ? [...children, ...documentedTypes(node)] : children;
}

/** In JavaScript, types stand in comments. */
function documentedTypes(node: ts.Node): ts.Node[] {
  if (!(ts.isParameter(node) || ts.isFunctionLike(node) || ts.isVariableDeclaration(node))) return [];
  const types = [ts.getJSDocType(node), ts.isParameter(node) ? undefined : ts.getJSDocReturnType(node)];
  const parameters = ts.isFunctionLike(node) ? ts.getJSDocTags(node).filter(ts.isJSDocTemplateTag) : [];
  return [...types.filter((type) => type !== undefined), ...parameters];
}

/** What a node says beside its kind and its children. */
function textOf(node: ts.Node): string | number | boolean {
  if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node)) {
    return node.text;
  }
  if (ts.isTypeOperatorNode(node)) return node.operator;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return node.operator;
  if (ts.isHeritageClause(node)) return node.token;
  if (ts.isVariableDeclarationList(node)) return node.flags & ts.NodeFlags.BlockScoped;
  if (ts.isModuleDeclaration(node)) return node.flags & ts.NodeFlags.GlobalAugmentation;
  if (ts.isJsxText(node)) return node.text;
  if (ts.isJSDocPropertyLikeTag(node)) return node.isBracketed;
  return ts.isImportTypeNode(node) ? node.isTypeOf : '';
}

/** True for a function that says its parameters' and its result's types: its body changes nothing for callers. */
function saysItsTypes(node: ts.Node): boolean {
  if (!ts.isFunctionLike(node) || ts.isTypeNode(node)) return false;
  if (returnTypeNode(node as ts.SignatureDeclaration) === undefined) {
    if (!ts.isConstructorDeclaration(node) && !ts.isSetAccessor(node)) return false;
  }
  return node.parameters.every((parameter) => typeNode(parameter as ts.ParameterDeclaration) !== undefined);
}

export class DeclarationIdentity {
  private readonly checker: ts.TypeChecker;
  /** Whether callers can name a declaration of the earlier version. */
  private readonly isExported: (symbol: ts.Symbol) => boolean;
  private readonly pairs = new Map<ts.Symbol, Map<ts.Symbol, Pair>>();
  private readonly nodes = new Map<ts.Node, Map<ts.Node, NodeEquality>>();
  private optimistic = false;
  private readonly computed = new Set<Pair>();
  private readonly queue: { pair: Pair; before: ts.Symbol; after: ts.Symbol }[] = [];

  constructor(checker: ts.TypeChecker, isExported: (symbol: ts.Symbol) => boolean) {
    this.checker = checker;
    this.isExported = isExported;
  }

  /** True where both mean the same to every caller. */
  equal(before: ts.Symbol, after: ts.Symbol): boolean {
    const pair = this.meet(before, after);
    this.explore();
    return this.holds(pair);
  }

  private holds(pair: Pair): boolean {
    return this.optimistic ? !pair.rewritten || pair.forgiven : !pair.different;
  }

  relation(before: ts.Symbol, after: ts.Symbol): Relation {
    if (this.equal(before, after)) return 'equal';
    return this.meet(before, after).changed ? 'different' : 'parallel';
  }

  /** Every pair that was met so far and differs by itself. */
  changedPairs(): ChangedPair[] {
    const changed = [...this.pairs.values()].flatMap((known) => [...known.values()].filter((pair) => pair.changed));
    return changed.map((pair) => {
      const namedBy = this.namersOf(pair).map((namer) => ({ symbol: namer.before, changed: namer.changed }));
      return { before: pair.before, after: pair.after, namedBy };
    });
  }

  /** Compares two nodes of declarations that are being compared themselves. */
  equalNodes(before: ts.Node, after: ts.Node): NodeEquality {
    let known = this.nodes.get(before);
    if (known === undefined) {
      known = new Map();
      this.nodes.set(before, known);
    }
    let answer = known.get(after);
    if (answer === undefined) {
      answer = this.decideNodes(before, after);
      known.set(after, answer);
    }
    return answer;
  }

  private decideNodes(before: ts.Node, after: ts.Node): NodeEquality {
    const local: LocalComparison = { pairs: [], outer: false, computed: false };
    const bound = new Map<ts.Symbol, ts.Symbol>();
    if (!this.compare(before, after, local, bound)) return DIFFERENT;
    const met = local.pairs.map(([a, b]) => this.meet(a, b));
    this.explore();
    const equal = met.every((pair) => this.holds(pair));
    const isToldThere = (pair: Pair): boolean => this.holds(pair) || this.isToldElsewhere(pair);
    const parallel = equal || (!local.computed && met.every(isToldThere));
    return { equal, outer: local.outer, alike: true, parallel };
  }

  /** A declaration that is not exported is told at the exports that name it; where those differ by themselves, it is not known to them. */
  private isToldElsewhere(pair: Pair): boolean {
    return this.isExported(pair.before) || this.namersOf(pair).some(({ before }) => this.isExported(before));
  }

  /** What names a pair, nearest first; beyond one that callers can name, none. */
  private namersOf(pair: Pair): Pair[] {
    const namers = new Set<Pair>(pair.dependants);
    for (const namer of namers) {
      if (!this.isExported(namer.before)) for (const next of namer.dependants) namers.add(next);
    }
    return [...namers];
  }

  /** The pair's record; a settled equal one where they are one. */
  private meet(before: ts.Symbol, after: ts.Symbol): Pair {
    if (before === after) return newPair(before, after);
    let known = this.pairs.get(before);
    if (known === undefined) {
      known = new Map();
      this.pairs.set(before, known);
    }
    let pair = known.get(after);
    if (pair === undefined) {
      pair = newPair(before, after);
      known.set(after, pair);
      this.queue.push({ pair, before, after });
    }
    return pair;
  }

  /** Settles all that was met: assumes everything equal, and spreads what is not to whatever depends on it. */
  private explore(): void {
    const spread: Pair[] = [];
    for (let next = this.queue.pop(); next !== undefined; next = this.queue.pop()) {
      const { pair, before, after } = next;
      const local: LocalComparison = { pairs: [], outer: false, computed: false };
      if (!this.compareSymbols(before, after, local)) {
        pair.different = true;
        pair.changed = true;
        pair.rewritten = true;
        spread.push(pair);
        continue;
      }
      for (const [a, b] of local.pairs) {
        const needed = this.meet(a, b);
        needed.dependants.push(pair);
        if (needed.different && !pair.different) {
          pair.different = true;
          spread.push(pair);
        }
      }
      if (local.computed) this.computed.add(pair);
    }
    this.spread(spread);
  }

  /** Spreads a difference to whatever depends on it. */
  private spread(from: readonly Pair[]): void {
    const spread = [...from];
    for (let pair = spread.pop(); pair !== undefined; pair = spread.pop()) {
      for (const dependant of pair.dependants) {
        if (dependant.different) continue;
        dependant.different = true;
        spread.push(dependant);
      }
    }
    // What is computed from something that changed has changed itself.
    for (const pair of this.computed) if (pair.different) pair.changed = true;
  }

  /**
   * Asks of each declaration that is written otherwise whether it means the same, and takes back the differences that
   * hung on it. While that is asked, all other declarations count for equal: each answers for itself.
   */
  forgive(meansTheSame: (before: ts.Symbol, after: ts.Symbol) => boolean): void {
    const all = [...this.pairs.values()].flatMap((known) => [...known.values()]);
    const rewritten = all.filter((pair) => pair.rewritten && pair.before.name === pair.after.name);
    if (rewritten.length > MAX_FORGIVEN) return;
    this.optimistic = true;
    for (const pair of rewritten) pair.forgiven = meansTheSame(pair.before, pair.after);
    this.optimistic = false;
    this.nodes.clear();
    for (const known of this.pairs.values()) {
      for (const pair of known.values()) {
        pair.different = pair.rewritten && !pair.forgiven;
        pair.changed = pair.different;
      }
    }
    this.spread([...this.pairs.values()].flatMap((known) => [...known.values()].filter((pair) => pair.different)));
  }

  private compareSymbols(before: ts.Symbol, after: ts.Symbol, local: LocalComparison): boolean {
    if (isUnresolved(before) || isUnresolved(after)) return false;
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
    if (ts.isClassLike(before) && isNominal(before) !== isNominal(after as ts.ClassLikeDeclaration)) return false;
    // `const` and `let` are said by the list around the declaration.
    if (ts.isVariableDeclaration(before) && isBlockScoped(before) !== isBlockScoped(after)) return false;
    return this.compareChildren(before, after, local, bound, name);
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
    if (before.name !== after.name) local.computed = true;
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
    if (computes(a)) local.computed = true;
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

/** The dotted name that an `import x = a.b` stands for. */
function entityOf(symbol: ts.Symbol): ts.EntityName | null {
  const node = symbol.declarations?.find(ts.isImportEqualsDeclaration);
  if (node === undefined || ts.isExternalModuleReference(node.moduleReference)) return null;
  return node.moduleReference;
}

function leftmost(name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : leftmost(name.left);
}

function isBlockScoped(node: ts.Node): number {
  return node.parent.flags & ts.NodeFlags.BlockScoped;
}

/** True for a class with a private member of its own: nothing but its instances fits where it is asked for. */
function isNominal(node: ts.ClassLikeDeclaration): boolean {
  return node.members.some((member) => isPrivate(member) && !ts.isConstructorDeclaration(member));
}

/** True for the names of members and locals, which mean nothing but themselves. */
function isWithinOwnDeclaration(symbol: ts.Symbol, name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  if ((parent as { readonly name?: ts.Node }).name === name && !ts.isPropertyAccessExpression(parent)) return true;
  if (symbol.flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor)) return true;
  const local = ts.SymbolFlags.FunctionScopedVariable | ts.SymbolFlags.BlockScopedVariable;
  if (!(symbol.flags & local)) return false;
  const node = symbol.declarations?.[0];
  // Inside a body: the text of the body is compared as a whole.
  return node !== undefined && ts.findAncestor(node, ts.isFunctionLike) !== undefined;
}
