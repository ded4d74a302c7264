/** Which declaration a name in a file means, without a checker. */

import ts from '../compiler.cjs';

/** A declared name: its cell in `Cells`. */
type Binding = string;

type Scope = Map<string, Binding>;

/** Names in the patterns of a declaration. */
export function* declaredNames(name: ts.BindingName): Generator<ts.Identifier> {
  if (ts.isIdentifier(name)) yield name;
  else for (const element of name.elements) if (!ts.isOmittedExpression(element)) yield* declaredNames(element.name);
}

function isFunctionScope(node: ts.Node): boolean {
  return (
    ts.isFunctionLike(node) || ts.isSourceFile(node) || ts.isClassStaticBlockDeclaration(node) || ts.isModuleBlock(node)
  );
}

function opensScope(node: ts.Node): boolean {
  return (
    isFunctionScope(node) ||
    ts.isBlock(node) ||
    ts.isCaseBlock(node) ||
    ts.isCatchClause(node) ||
    ts.isForStatement(node) ||
    ts.isForInStatement(node) ||
    ts.isForOfStatement(node) ||
    ts.isClassLike(node)
  );
}

/** The scopes of one file. */
export class Scopes {
  readonly #path: string;
  readonly #scopes = new Map<ts.Node, Scope>();
  #count = 0;

  constructor(path: string, file: ts.SourceFile) {
    this.#path = path;
    this.#collect(file);
  }

  /** The binding that a name means where `node` stands; null for a global. */
  resolve(node: ts.Node, name: string): Binding | null {
    for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) {
      const found = this.#scopes.get(at)?.get(name);
      if (found !== undefined) return found;
    }
    return null;
  }

  #declare(scope: ts.Node, name: string): void {
    const known = this.#scopes.get(scope) ?? new Map<string, Binding>();
    this.#scopes.set(scope, known);
    if (known.has(name)) return;
    this.#count += 1;
    known.set(name, `b:${this.#path}:${this.#count}`);
  }

  /** In sloppy code a function in a block is known around the block as well. */
  #declareHoisted(node: ts.Node, name: string): void {
    const block = this.#scopeOf(node, opensScope);
    this.#declare(block, name);
    const around = this.#scopeOf(node, isFunctionScope);
    const [known, binding] = [
      this.#scopes.get(around) ?? new Map<string, Binding>(),
      this.#scopes.get(block)?.get(name),
    ];
    this.#scopes.set(around, known);
    if (!known.has(name) && binding !== undefined) known.set(name, binding);
  }

  #scopeOf(node: ts.Node, test: (node: ts.Node) => boolean): ts.Node {
    let at = node.parent;
    while (!test(at)) at = at.parent;
    return at;
  }

  #collect(root: ts.Node): void {
    const pending: ts.Node[] = [root];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      this.#declarations(node);
      ts.forEachChild(node, (child) => {
        pending.push(child);
      });
    }
  }

  #declarations(node: ts.Node): void {
    if (ts.isVariableDeclaration(node)) {
      const list = node.parent;
      const lexical = ts.isCatchClause(list) || (list.flags & ts.NodeFlags.BlockScoped) !== 0;
      const scope = this.#scopeOf(node, lexical ? opensScope : isFunctionScope);
      for (const { text } of declaredNames(node.name)) this.#declare(scope, text);
    } else if (ts.isParameter(node)) {
      for (const { text } of declaredNames(node.name)) this.#declare(node.parent, text);
    } else if (ts.isFunctionExpression(node) || ts.isClassExpression(node)) {
      // The name of an expression is known inside of it alone; a parameter of the same name comes first.
      if (node.name !== undefined && this.#scopes.get(node)?.has(node.name.text) !== true)
        this.#declare(node, node.name.text);
    } else if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) {
      if (node.name !== undefined) this.#declareHoisted(node, node.name.text);
    } else if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)) {
      this.#declare(this.#scopeOf(node, opensScope), node.name.text);
    } else if (ts.isImportClause(node) && node.name !== undefined) {
      this.#declare(node.getSourceFile(), node.name.text);
    } else if (ts.isNamespaceImport(node) || ts.isImportSpecifier(node) || ts.isImportEqualsDeclaration(node)) {
      this.#declare(node.getSourceFile(), node.name.text);
    }
  }
}
