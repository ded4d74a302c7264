/** In which roles callers meet each declaration, read from the syntax of what is exported. */

import ts from '../compiler.cjs';
import { BOTH, flipped, joined, RECEIVED, type Role, SUPPLIED } from './roles.js';
import { isOfLibrary, isPrivate, isUnresolved, resolved, typeParametersOf } from './symbols.js';

/** Follows exported values down to every declaration that they name, and remembers in which roles each is met. */
export class Positions {
  readonly roles = new Map<ts.Symbol, Role>();
  /** What `typeof` names: of a class, the class itself. */
  readonly asked = new Set<ts.Symbol>();
  private readonly checker: ts.TypeChecker;
  private readonly parameters = new Map<ts.Symbol, Role>();
  private readonly inside: Map<ts.Symbol, ReadonlyMap<ts.Symbol, Role>>;

  constructor(checker: ts.TypeChecker, inside = new Map<ts.Symbol, ReadonlyMap<ts.Symbol, Role>>()) {
    this.inside = inside;
    this.checker = checker;
  }

  /** Follows a declaration that callers meet in a role: a value that they receive, if nothing else is said. */
  follow(symbol: ts.Symbol, role: Role = RECEIVED): void {
    this.visitSymbol(symbol, role);
  }

  /** In which roles a class or interface that callers receive has one of its own type parameters. */
  rolesOfParameter(owner: ts.Symbol, parameter: ts.Symbol | undefined): Role {
    if (parameter === undefined) return BOTH;
    const inside = this.inside.get(owner) ?? this.lookInside(owner);
    return inside.get(parameter) ?? 0;
  }

  private lookInside(owner: ts.Symbol): ReadonlyMap<ts.Symbol, Role> {
    // Inside itself it is taken for what it will turn out to be in most cases.
    this.inside.set(owner, new Map(typeParametersOf(this.checker, owner).map(({ symbol }) => [symbol, RECEIVED])));
    const own = new Positions(this.checker, this.inside);
    own.visitSymbol(owner, RECEIVED);
    this.inside.set(owner, own.parameters);
    return own.parameters;
  }

  private visitSymbol(named: ts.Symbol, role: Role): void {
    const queue: [ts.Symbol, Role][] = [[named, role]];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const symbol = resolved(this.checker, next[0]);
      if (symbol.flags & ts.SymbolFlags.TypeParameter) {
        this.parameters.set(symbol, joined(this.parameters.get(symbol) ?? 0, next[1]));
        continue;
      }
      if (isUnresolved(symbol) || isOfLibrary(symbol)) continue;
      const before = this.roles.get(symbol) ?? 0;
      const now = joined(before, next[1]);
      if (now === before) continue;
      this.roles.set(symbol, now);
      if (symbol.declarations?.some(ts.isSourceFile)) queue.push(...this.valuesOf(symbol, next[1]));
      for (const node of symbol.declarations ?? []) {
        if (!ts.isSourceFile(node)) this.visitChildren(node, next[1], queue);
      }
    }
  }

  /** The types in a module are there to be named; that it is handed over hands none of them to anybody. */
  private valuesOf(module: ts.Symbol, role: Role): [ts.Symbol, Role][] {
    return this.checker.getExportsOfModule(module).flatMap((member): [ts.Symbol, Role][] => {
      const { flags } = resolved(this.checker, member);
      return flags & ts.SymbolFlags.Value && !(flags & ts.SymbolFlags.Enum) ? [[member, role]] : [];
    });
  }

  private visitChildren(node: ts.Node, role: Role, queue: [ts.Symbol, Role][]): void {
    ts.forEachChild(node, (child) => this.visit(child, role, queue));
    const documented = ts.isParameter(node) || ts.isVariableDeclaration(node) ? ts.getJSDocType(node) : undefined;
    if (documented !== undefined && node.flags & ts.NodeFlags.JavaScriptFile) this.visit(documented, role, queue);
  }

  private visit(node: ts.Node, role: Role, queue: [ts.Symbol, Role][]): void {
    if (ts.isBlock(node) || ts.isExportSpecifier(node) || ts.isExportAssignment(node)) return;
    if (ts.isClassElement(node) && isPrivate(node) && !ts.isConstructorDeclaration(node)) return;
    if (ts.isTypeReferenceNode(node)) {
      this.refer(node.typeName, role, queue);
      this.visitArguments(node.typeName, node.typeArguments ?? [], role, queue);
      return;
    }
    if (ts.isExpressionWithTypeArguments(node)) this.refer(node.expression, role, queue);
    else if (ts.isTypeQueryNode(node)) this.ask(node.exprName, role, queue);
    else if (ts.isImportTypeNode(node) && node.qualifier !== undefined) this.refer(node.qualifier, role, queue);
    // What a type parameter may stand for is chosen by callers, as an argument is.
    const isGiven = ts.isParameter(node) || ts.isTypeParameterDeclaration(node) || ts.isSetAccessor(node);
    this.visitChildren(node, isGiven ? flipped(role) : role, queue);
  }

  /** What a generic declaration is filled in with is met as the type parameter is inside of it. */
  private visitArguments(name: ts.Node, args: readonly ts.TypeNode[], role: Role, queue: [ts.Symbol, Role][]): void {
    if (args.length === 0) return;
    const named = this.checker.getSymbolAtLocation(name);
    const owner = named === undefined ? undefined : resolved(this.checker, named);
    const parameters = owner === undefined || isOfLibrary(owner) ? [] : typeParametersOf(this.checker, owner);
    args.forEach((arg, index) => {
      const parameter = parameters[index]?.symbol;
      const used = owner === undefined || parameter === undefined ? RECEIVED : this.rolesOfParameter(owner, parameter);
      const inside = joined(used & RECEIVED ? role : 0, used & SUPPLIED ? flipped(role) : 0);
      if (inside !== 0) this.visit(arg, inside, queue);
    });
  }

  private ask(name: ts.Node, role: Role, queue: [ts.Symbol, Role][]): void {
    const symbol = this.checker.getSymbolAtLocation(name);
    if (symbol !== undefined) this.asked.add(resolved(this.checker, symbol));
    this.refer(name, role, queue);
  }

  private refer(name: ts.Node, role: Role, queue: [ts.Symbol, Role][]): void {
    const symbol = this.checker.getSymbolAtLocation(name);
    if (symbol !== undefined) queue.push([symbol, role]);
  }
}
