/** The exports of a declaration or TypeScript source, by its syntax alone. */

import ts from '../compiler.cjs';
import { namesOfModule } from './esm-names.js';
import type { FileNames, Reexport } from './file-names.js';
import { literalText, parsed } from './syntax-walk.js';

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

function* boundNames(name: ts.BindingName): Generator<string> {
  const pending: ts.BindingName[] = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (ts.isIdentifier(next)) yield next.text;
    else for (const element of next.elements) if (ts.isBindingElement(element)) pending.push(element.name);
  }
}

/** The names that a statement declares. */
function* declaredBy(statement: ts.Statement): Generator<string> {
  if (ts.isVariableStatement(statement)) {
    for (const declaration of statement.declarationList.declarations) yield* boundNames(declaration.name);
  } else if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement) ||
    ts.isImportEqualsDeclaration(statement)
  ) {
    if (statement.name !== undefined && ts.isIdentifier(statement.name)) yield statement.name.text;
  }
}

class DeclaredNames {
  readonly names = new Set<string>();
  readonly reexports: Reexport[] = [];
  exact = true;

  constructor(file: ts.SourceFile) {
    // TypeScript, setExportContextFlag: a declaration file without `export { }` or `export =` exports all that it declares.
    const listed = file.statements.some((s) => ts.isExportDeclaration(s) || ts.isExportAssignment(s));
    const all = file.isDeclarationFile && !listed;
    for (const statement of file.statements) {
      if (ts.isExportDeclaration(statement)) this.#list(statement);
      else if (ts.isExportAssignment(statement)) {
        if (statement.isExportEquals === true) this.exact = false;
        else this.names.add('default');
      } else this.#declaration(statement, all);
    }
  }

  #list(statement: ts.ExportDeclaration): void {
    const { exportClause } = statement;
    const from = literalText(statement.moduleSpecifier);
    if (exportClause === undefined) {
      if (from === null) this.exact = false;
      else this.reexports.push({ specifier: from, star: true });
    } else if (ts.isNamespaceExport(exportClause)) this.names.add(exportClause.name.text);
    else for (const element of exportClause.elements) this.names.add(element.name.text);
  }

  #declaration(statement: ts.Statement, all: boolean): void {
    const exported = hasModifier(statement, ts.SyntaxKind.ExportKeyword);
    if (exported && hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) this.names.add('default');
    else if (exported || (all && !isImport(statement))) for (const name of declaredBy(statement)) this.names.add(name);
  }
}

function isImport(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement);
}

/** The names that a declaration or TypeScript source exports, types included; null where it cannot be read. */
export function namesOfDeclaration(path: string, text: string): FileNames | null {
  const syntax = parsed(path, text);
  if (syntax === null) {
    const found = namesOfModule(text);
    return found === null ? null : { ...found, exact: false };
  }
  // A script's declarations are everybody's, not a module's exports.
  if (!ts.isExternalModule(syntax.file)) return { names: new Set(), reexports: [], exact: false };
  const { names, reexports, exact } = new DeclaredNames(syntax.file);
  return { names, reexports, exact: exact && syntax.wellFormed };
}
