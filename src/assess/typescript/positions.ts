/** In which roles callers meet each declaration, read from the syntax of what is exported. */

import ts from '../compiler.cjs';
import { isKeyOf } from './declaration-nodes.js';
import { OF_MEMBERS, OF_PARAMETERS } from './library-aliases.js';
import {
  BOTH,
  composedUses,
  flipped,
  joined,
  PARTS,
  type Part,
  RECEIVED,
  type Role,
  SUPPLIED,
  UNUSED,
  type Uses,
  withUse,
} from './roles.js';
import { isOfLibrary, isPrivate, isUnresolved, ownDeclaration, resolved, typeParametersOf } from './symbols.js';

/** A declaration that is still to be followed, and how callers meet it. */
type Queued = [symbol: ts.Symbol, role: Role, part: Part];

const ONCE: Uses = { ...UNUSED, whole: RECEIVED };

/** What a mapped type does to each member: `?` makes it optional, `-?` required; else it is as it was. */
type Modifier = 'optional' | 'required' | 'kept';

const MODIFIERS: Readonly<Record<string, Modifier>> = { Partial: 'optional', Required: 'required' };

function modifierOf({ questionToken, nameType }: ts.MappedTypeNode): Modifier {
  if (questionToken === undefined) return nameType !== undefined && readsValues(nameType) ? 'optional' : 'kept';
  return questionToken.kind === ts.SyntaxKind.MinusToken ? 'required' : 'optional';
}

/** True for `as T[K] extends … ? K : never`: which members are left hangs on what is under them. */
function readsValues(node: ts.Node): boolean {
  return ts.isIndexedAccessTypeNode(node) || ts.forEachChild(node, (child) => readsValues(child) || undefined) === true;
}

/** How callers meet what a type that they meet in a role is mapped over: they name its members, and supply those that it asks for. */
function usesOfMapped(modifier: Modifier, role: Role): Uses {
  return {
    ...UNUSED,
    names: role,
    keys: modifier === 'required' ? flipped(role) : 0,
    each: modifier === 'kept' ? role : 0,
  };
}

/**
 * How callers meet what fills in a type of the library's that they meet in a role. A list or a map holds it. `Partial<Options>` is compared member by
 * member wherever it stands; at `Options` it is told what becomes of them, and that a key is gone, which callers name in either role.
 */
function usesInLibrary({ name }: ts.Symbol, index: number, role: Role, isHidden: boolean): Uses {
  if (OF_PARAMETERS.has(name)) return composedUses({ ...UNUSED, whole: SUPPLIED }, role);
  if (isHidden && OF_MEMBERS.has(name)) {
    return index === 0
      ? { ...usesOfMapped(MODIFIERS[name] ?? 'kept', role), values: role }
      : { ...UNUSED, whole: SUPPLIED };
  }
  if (isHidden && name === 'Record' && index === 0) return { ...UNUSED, whole: SUPPLIED };
  // Callers can name it, or it is made of several: it is met as a whole.
  return composedUses(ONCE, role);
}

/** What of a class is met: itself, with its constructor, or an instance, which was constructed before. */
type Side = 'class' | 'instance';

/** What was found in generic declarations: how each of them has its type parameters. */
type Inside = Readonly<Record<Side, Map<ts.Symbol, ReadonlyMap<ts.Symbol, Uses>>>>;

/** Follows exported values down to every declaration that they name, and remembers in which roles each is met. */
export class Positions {
  /** What `typeof` names: of a class, the class itself. */
  readonly asked = new Set<ts.Symbol>();
  private readonly checker: ts.TypeChecker;
  /** Whether callers can name a declaration. */
  private readonly isExported: (symbol: ts.Symbol) => boolean;
  private readonly handedOut = new Set<ts.Symbol>();
  private readonly uses = new Map<ts.Symbol, Uses>();
  private readonly parameters = new Map<ts.Symbol, Uses>();
  private readonly inside: Inside;
  private readonly side: Side;

  constructor(
    checker: ts.TypeChecker,
    isExported: (symbol: ts.Symbol) => boolean,
    inside: Inside = { class: new Map(), instance: new Map() },
    side: Side = 'class',
  ) {
    this.inside = inside;
    this.side = side;
    this.isExported = isExported;
    this.checker = checker;
  }

  /** Follows a declaration that callers meet in a role: a value that they receive, if nothing else is said. */
  follow(symbol: ts.Symbol, role: Role = RECEIVED): void {
    this.visitSymbol(symbol, role);
  }

  /** Says that all exported values have been followed, and what comes is there to be named. */
  endValues(): void {
    for (const [symbol, { whole }] of this.uses) if (whole === RECEIVED) this.handedOut.add(symbol);
  }

  /** True for what exported values hand to callers, and ask none of them for. */
  isHandedOut(symbol: ts.Symbol): boolean {
    return this.handedOut.has(symbol);
  }

  /** In which roles a declaration is met as a whole. */
  roleOf(symbol: ts.Symbol): Role {
    return this.usesOf(symbol).whole;
  }

  /** True for what callers can name, and meet as a whole in each role in which something mapped over it has its members: all is told where it is declared. */
  isToldWhole(symbol: ts.Symbol): boolean {
    const { whole, each, values } = this.usesOf(symbol);
    const isCovered = whole === 0 || joined(whole, joined(each, values)) === whole;
    return isCovered && this.isExported(symbol);
  }

  usesOf(symbol: ts.Symbol): Uses {
    return this.uses.get(symbol) ?? UNUSED;
  }

  /** In which roles a class or interface that callers receive has one of its own type parameters. */
  usesOfParameter(owner: ts.Symbol, parameter: ts.Symbol | undefined, side: Side = 'instance'): Uses {
    if (parameter === undefined) return { ...UNUSED, whole: BOTH };
    const inside = this.inside[side].get(owner) ?? this.lookInside(owner, side);
    return inside.get(parameter) ?? UNUSED;
  }

  private lookInside(owner: ts.Symbol, side: Side): ReadonlyMap<ts.Symbol, Uses> {
    const known = this.inside[side];
    // Inside itself it is taken for what it will turn out to be in most cases.
    known.set(owner, new Map(typeParametersOf(this.checker, owner).map(({ symbol }) => [symbol, ONCE])));
    const own = new Positions(this.checker, this.isExported, this.inside, side);
    own.visitSymbol(owner, RECEIVED);
    known.set(owner, own.parameters);
    return own.parameters;
  }

  private visitSymbol(named: ts.Symbol, first: Role): void {
    const queue: Queued[] = [[named, first, 'whole']];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [met, role, part] = next;
      const symbol = resolved(this.checker, met);
      if (symbol.flags & ts.SymbolFlags.TypeParameter) {
        this.parameters.set(symbol, withUse(this.parameters.get(symbol) ?? UNUSED, part, role));
        continue;
      }
      if (isUnresolved(symbol) || isOfLibrary(symbol)) continue;
      const before = this.usesOf(symbol);
      const now = withUse(before, part, role);
      if (now[part] === before[part]) continue;
      this.uses.set(symbol, now);
      if (part === 'whole') this.visitWhole(symbol, role, queue);
      else for (const node of symbol.declarations ?? []) this.visitPartOf(node, role, part, queue);
    }
  }

  private visitWhole(symbol: ts.Symbol, role: Role, queue: Queued[]): void {
    if (symbol.declarations?.some(ts.isSourceFile)) queue.push(...this.valuesOf(symbol, role));
    for (const node of symbol.declarations ?? []) {
      if (!ts.isSourceFile(node)) this.visitChildren(node, role, queue);
    }
  }

  /** The types in a module are there to be named; that it is handed over hands none of them to anybody. */
  private valuesOf(module: ts.Symbol, role: Role): Queued[] {
    return this.checker.getExportsOfModule(module).flatMap((member): Queued[] => {
      const { flags } = resolved(this.checker, member);
      return flags & ts.SymbolFlags.Value && !(flags & ts.SymbolFlags.Enum) ? [[member, role, 'whole']] : [];
    });
  }

  /** The keys of a declaration, or what is under them. */
  private visitPartOf(node: ts.Declaration, role: Role, part: Part, queue: Queued[]): void {
    if (ts.isTypeAliasDeclaration(node)) {
      this.visitPart(node.type, role, part, queue);
      return;
    }
    if (!ts.isInterfaceDeclaration(node)) {
      if (ts.isTypeParameterDeclaration(node)) return;
      this.visitChildren(node, role, queue);
      return;
    }
    for (const base of node.heritageClauses?.flatMap(({ types }) => [...types]) ?? []) {
      this.refer(base.expression, role, queue, part);
      this.visitArguments(base.expression, base.typeArguments ?? [], role, queue);
    }
    if (part === 'values') for (const member of node.members) this.visit(member, role, queue);
  }

  /** The keys of a type, or what is under them: what `keyof` and an index leave of it. */
  private visitPart(node: ts.TypeNode, role: Role, part: Part, queue: Queued[]): void {
    if (ts.isParenthesizedTypeNode(node)) this.visitPart(node.type, role, part, queue);
    else if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) {
      for (const type of node.types) this.visitPart(type, role, part, queue);
    } else if (ts.isTypeReferenceNode(node)) {
      this.refer(node.typeName, role, queue, part);
      this.visitArguments(node.typeName, node.typeArguments ?? [], role, queue);
    } else if (!ts.isTypeLiteralNode(node) || part === 'values') this.visit(node, role, queue);
  }

  private visitChildren(node: ts.Node, role: Role, queue: Queued[]): void {
    ts.forEachChild(node, (child) => this.visit(child, role, queue));
    const documented = ts.isParameter(node) || ts.isVariableDeclaration(node) ? ts.getJSDocType(node) : undefined;
    if (documented !== undefined && node.flags & ts.NodeFlags.JavaScriptFile) this.visit(documented, role, queue);
  }

  private visit(node: ts.Node, role: Role, queue: Queued[]): void {
    if (ts.isBlock(node) || ts.isExportSpecifier(node) || ts.isExportAssignment(node)) return;
    if (ts.isClassElement(node) && isPrivate(node) && !ts.isConstructorDeclaration(node)) return;
    if (ts.isConstructorDeclaration(node) && this.side === 'instance') return;
    if (this.visitNamed(node, role, queue) || this.visitComputed(node, role, queue)) return;
    if (ts.isTypeQueryNode(node)) this.ask(node.exprName, role, queue);
    else if (ts.isImportTypeNode(node) && node.qualifier !== undefined) this.refer(node.qualifier, role, queue);
    // What a type parameter may stand for is chosen by callers, as an argument is.
    const isGiven = ts.isParameter(node) || ts.isTypeParameterDeclaration(node) || ts.isSetAccessor(node);
    const own = isGiven ? flipped(role) : role;
    this.visitChildren(node, this.isFilledIn(node) ? joined(own, SUPPLIED) : own, queue);
  }

  /** True for a type parameter of what callers can name, and fill in as they like, in whatever role they meet it. */
  private isFilledIn(node: ts.Node): boolean {
    if (!ts.isTypeParameterDeclaration(node)) return false;
    const { parent } = node;
    const isNamed = ts.isTypeAliasDeclaration(parent) || ts.isInterfaceDeclaration(parent) || ts.isClassLike(parent);
    const symbol = isNamed && parent.name !== undefined ? this.checker.getSymbolAtLocation(parent.name) : undefined;
    return symbol !== undefined && this.isExported(symbol);
  }

  /** A declaration by its name, and what it is filled in with. True where it is one. */
  private visitNamed(node: ts.Node, role: Role, queue: Queued[]): boolean {
    const isReference = ts.isTypeReferenceNode(node);
    if (!isReference && !ts.isExpressionWithTypeArguments(node)) return false;
    const name = isReference ? node.typeName : node.expression;
    this.refer(name, role, queue);
    // What extends a class has its constructor as well.
    this.visitArguments(name, node.typeArguments ?? [], role, queue, isReference ? 'instance' : this.side);
    if (!isReference) this.visitChildren(node.expression, role, queue);
    return true;
  }

  /** `keyof T`, `T[K]`, and a type mapped over the keys of another. True where it is one. */
  private visitComputed(node: ts.Node, role: Role, queue: Queued[]): boolean {
    if (isKeyOf(node)) {
      this.visitPart(node.type, role, 'keys', queue);
      return true;
    }
    if (ts.isIndexedAccessTypeNode(node)) {
      this.visitPart(node.objectType, role, 'values', queue);
      this.visit(node.indexType, role, queue);
      return true;
    }
    if (!ts.isMappedTypeNode(node)) return false;
    this.visitMapped(node, role, queue);
    return true;
  }

  private visitMapped(node: ts.MappedTypeNode, role: Role, queue: Queued[]): void {
    const { constraint } = node.typeParameter;
    if (constraint !== undefined && isKeyOf(constraint)) {
      this.visitParts(constraint.type, usesOfMapped(modifierOf(node), role), queue);
    } else if (constraint !== undefined) this.visit(constraint, SUPPLIED, queue);
    for (const child of [node.nameType, node.type]) if (child !== undefined) this.visit(child, role, queue);
  }

  /** What a generic declaration is filled in with is met as the type parameter is inside of it. */
  private visitArguments(
    name: ts.Node,
    args: readonly ts.TypeNode[],
    role: Role,
    queue: Queued[],
    side: Side = 'instance',
  ): void {
    if (args.length === 0) return;
    const named = this.checker.getSymbolAtLocation(name);
    const owner = named === undefined ? undefined : resolved(this.checker, named);
    const parameters = owner === undefined || isOfLibrary(owner) ? [] : typeParametersOf(this.checker, owner);
    args.forEach((arg, index) => {
      const parameter = parameters[index]?.symbol;
      const uses =
        owner !== undefined && isOfLibrary(owner)
          ? usesInLibrary(owner, index, role, this.isHidden(arg))
          : composedUses(owner && parameter ? this.usesOfParameter(owner, parameter, side) : ONCE, role);
      this.visitParts(arg, uses, queue);
    });
  }

  private visitParts(node: ts.TypeNode, uses: Uses, queue: Queued[]): void {
    for (const part of PARTS) {
      if (uses[part] === 0) continue;
      if (part === 'whole') this.visit(node, uses[part], queue);
      else this.visitPart(node, uses[part], part, queue);
    }
  }

  /** True for the name of a declaration of the module's that callers cannot name. */
  private isHidden(node: ts.TypeNode): boolean {
    const declared = ownDeclaration(this.checker, node);
    return declared !== null && !this.isExported(declared);
  }

  private ask(name: ts.Node, role: Role, queue: Queued[]): void {
    const symbol = this.checker.getSymbolAtLocation(name);
    if (symbol !== undefined) this.asked.add(resolved(this.checker, symbol));
    this.refer(name, role, queue);
  }

  private refer(name: ts.Node, role: Role, queue: Queued[], part: Part = 'whole'): void {
    const symbol = this.checker.getSymbolAtLocation(name);
    if (symbol !== undefined) queue.push([symbol, role, part]);
  }
}
