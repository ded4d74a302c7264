/** What the names of a version's files stand for in packages that are not there. */

import ts from '../compiler.cjs';

/** The names that a file imports, and where from: `t` is `@babel/types:*`. */
function importsOf(file: ts.SourceFile): [name: string, from: string][] {
  return file.statements.flatMap((node): [string, string][] => {
    if (ts.isImportEqualsDeclaration(node)) {
      const { moduleReference: target, name } = node;
      if (!ts.isExternalModuleReference(target) || !ts.isStringLiteral(target.expression)) return [];
      return [[name.text, `${target.expression.text}:=`]];
    }
    if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return [];
    const { text } = node.moduleSpecifier;
    const { name, namedBindings } = node.importClause ?? {};
    const named: [string, string][] = name === undefined ? [] : [[name.text, `${text}:default`]];
    if (namedBindings === undefined) return named;
    if (ts.isNamespaceImport(namedBindings)) return [...named, [namedBindings.name.text, `${text}:*`]];
    const parts = namedBindings.elements.map((part): [string, string] => [
      part.name.text,
      `${text}:${(part.propertyName ?? part.name).text}`,
    ]);
    return [...named, ...parts];
  });
}

/** Knows which names stand for one thing wherever they are used, in both versions. */
export class ForeignNames {
  private readonly files: readonly ts.SourceFile[];
  private origins: ReadonlyMap<string, ReadonlySet<string>> | null = null;

  constructor(files: readonly ts.SourceFile[]) {
    this.files = files;
  }

  /** True for a type that the checker knows by nothing but its name, where that is the same type wherever it is named. */
  isOneThing(type: ts.Type): boolean {
    if (type.aliasSymbol === undefined) return false;
    let root = type.aliasSymbol;
    for (let parent = parentOf(root); parent !== undefined; parent = parentOf(root)) root = parent;
    this.origins ??= originsIn(this.files);
    return (this.origins.get(root.name)?.size ?? 0) <= 1;
  }
}

function parentOf(symbol: ts.Symbol): ts.Symbol | undefined {
  return (symbol as { readonly parent?: ts.Symbol }).parent;
}

function originsIn(files: readonly ts.SourceFile[]): Map<string, Set<string>> {
  const origins = new Map<string, Set<string>>();
  for (const [name, from] of files.flatMap(importsOf)) {
    const known = origins.get(name) ?? new Set();
    origins.set(name, known.add(from));
  }
  return origins;
}
