/** What a symbol stands for, in the checker's terms and in a caller's. */

import ts from '../compiler.cjs';
import { isLibraryFile } from './library-files.js';

/** The symbol at the end of a chain of imports and re-exports. */
export function resolved(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** True for the symbol that the checker hands out where it found nothing. */
export function isUnresolved(symbol: ts.Symbol): boolean {
  return symbol.escapedName === 'unknown' && symbol.declarations === undefined;
}

/** Where an import leads that the checker could not follow: the module's specifier, and the name imported from it. */
export function importedName(symbol: ts.Symbol): { readonly specifier: string; readonly name: string } | null {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return null;
  const clause = ts.findAncestor(
    declaration,
    (node): node is ts.ImportDeclaration | ts.ExportDeclaration | ts.ImportEqualsDeclaration =>
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isImportEqualsDeclaration(node),
  );
  if (clause === undefined) return null;
  const literal = ts.isImportEqualsDeclaration(clause)
    ? ts.isExternalModuleReference(clause.moduleReference) && clause.moduleReference.expression
    : clause.moduleSpecifier;
  if (!literal || !ts.isStringLiteral(literal)) return null;
  if (ts.isImportSpecifier(declaration) || ts.isExportSpecifier(declaration)) {
    return { specifier: literal.text, name: (declaration.propertyName ?? declaration.name).text };
  }
  return { specifier: literal.text, name: ts.isImportClause(declaration) ? 'default' : '*' };
}

/**
 * The same of a name that is handed on within the module: an import that a file exports by its local name, and what one
 * file exports of another's. A relative specifier is told only where nothing is found beyond it.
 */
export function foreignName(
  checker: ts.TypeChecker,
  symbol: ts.Symbol,
): { readonly specifier: string; readonly name: string } | null {
  const seen = new Set<ts.Symbol>();
  let last: ReturnType<typeof importedName> = null;
  for (let at: ts.Symbol | undefined = symbol; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    last = importedName(at) ?? last;
    if (last !== null && !/^[./#]/.test(last.specifier)) return last;
    at = nextAlias(checker, at);
  }
  return last;
}

/** What an alias stands for, one step along the chain of imports and re-exports. */
export function nextAlias(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol | undefined {
  if (!(symbol.flags & ts.SymbolFlags.Alias)) return undefined;
  type Internal = { getImmediateAliasedSymbol?: (symbol: ts.Symbol) => ts.Symbol | undefined };
  return (checker as Internal).getImmediateAliasedSymbol?.(symbol);
}

/** True where a caller cannot reach the member: `private` or `#name`. */
export function isPrivate(node: ts.Node): boolean {
  if (ts.canHaveModifiers(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)) {
    return true;
  }
  const { name } = node as { readonly name?: ts.Node };
  return name !== undefined && ts.isPrivateIdentifier(name);
}

/** The type that a function says it returns, in its own syntax or in a comment. */
export function returnTypeNode(node: ts.SignatureDeclaration): ts.TypeNode | undefined {
  return node.type ?? ts.getJSDocReturnType(node);
}

/** The type that a parameter, variable or property says it has, in its own syntax or in a comment. */
export function typeNode(node: ts.ParameterDeclaration | ts.VariableDeclaration): ts.TypeNode | undefined {
  return node.type ?? ts.getJSDocType(node);
}

/** Types that have no members of their own. */
export const PRIMITIVE =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.ESSymbolLike |
  ts.TypeFlags.VoidLike |
  ts.TypeFlags.Null |
  ts.TypeFlags.Never;

/**
 * As the checker's `isTypeAssignableTo`. It holds a type against the parts of an intersection in their order: a primitive part, which takes
 * nothing to decide, is asked first, since any other may take hundreds of megabytes.
 */
export function isAssignable(checker: ts.TypeChecker, source: ts.Type, target: ts.Type): boolean {
  const parts = target.isIntersection() ? target.types.filter(({ flags }) => flags & PRIMITIVE) : [];
  return [...parts, target].every((type) => checker.isTypeAssignableTo(source, type));
}

/** True for what every program has: the standard library, which both versions share. */
export function isOfLibrary(symbol: ts.Symbol): boolean {
  return symbol.declarations?.some((node) => isLibraryFile(node.getSourceFile().fileName)) === true;
}

/** The module's own declaration that a type is the name of; null for any other type, and for a type parameter. */
export function ownDeclaration(checker: ts.TypeChecker, node: ts.TypeNode): ts.Symbol | null {
  const named = ts.isTypeReferenceNode(node) ? checker.getSymbolAtLocation(node.typeName) : undefined;
  if (named === undefined) return null;
  const symbol = resolved(checker, named);
  return symbol.flags & ts.SymbolFlags.TypeParameter || isOfLibrary(symbol) ? null : symbol;
}

/** The part of `CheckFlags` that tells how a property came to be; TypeScript keeps it to itself (checker.ts, 6.0). */
const INSTANTIATED = 1;
const READONLY = 8;

/** How a property came to be that no declaration has as it is: mapped, of a union, of a generic type filled in. */
function checkFlagsOf(symbol: ts.Symbol): number {
  const { links } = symbol as { readonly links?: { readonly checkFlags?: number } };
  return symbol.flags & ts.SymbolFlags.Transient ? (links?.checkFlags ?? 0) : 0;
}

/** True where the symbol means exactly what its declarations say, type parameters included. */
export function isAsDeclared(symbol: ts.Symbol): boolean {
  return checkFlagsOf(symbol) === 0;
}

/** True where it means what its declarations say once type parameters are filled in. */
export function isInstantiated(symbol: ts.Symbol): boolean {
  return checkFlagsOf(symbol) === INSTANTIATED;
}

/** True for a member that may be missing. */
export function isOptional(symbol: ts.Symbol): boolean {
  return (symbol.flags & ts.SymbolFlags.Optional) !== 0;
}

/** True where a caller may read it and not write it. */
export function isReadonly(symbol: ts.Symbol): boolean {
  if (checkFlagsOf(symbol) & READONLY) return true;
  const declarations = symbol.declarations ?? [];
  if (symbol.flags & ts.SymbolFlags.Accessor) return !(symbol.flags & ts.SymbolFlags.SetAccessor);
  return declarations.some(
    (node) => ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Readonly || isConstDeclaration(node),
  );
}

function isConstDeclaration(node: ts.Declaration): boolean {
  return ts.isEnumMember(node) || ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
}

/** `public` where nothing is said. */
export function visibilityOf(symbol: ts.Symbol): 'public' | 'protected' | 'private' {
  for (const node of symbol.declarations ?? []) {
    if (isPrivate(node)) return 'private';
    const flags = ts.getCombinedModifierFlags(node);
    if (flags & ts.ModifierFlags.Private) return 'private';
    if (flags & ts.ModifierFlags.Protected) return 'protected';
  }
  return 'public';
}

/** True where subclasses have to implement it. */
export function isAbstract(symbol: ts.Symbol): boolean {
  return symbol.declarations?.some((node) => ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Abstract) === true;
}

/** True for a member that a class declares, among them or as a parameter of its constructor. */
export function isOfClass(symbol: ts.Symbol): boolean {
  return symbol.declarations?.some((node) => ts.isClassLike(node.parent) || isParameterProperty(node)) === true;
}

function isParameterProperty(node: ts.Node): boolean {
  return ts.isParameter(node) && ts.isConstructorDeclaration(node.parent);
}

/** A member's name as a caller writes it; `[Symbol.iterator]` and `[brand]` for symbols, whichever version they are of. */
export function memberName(symbol: ts.Symbol): string {
  const unique = /^__@(.*)@\d+$/.exec(String(symbol.escapedName));
  return unique === null ? ts.unescapeLeadingUnderscores(symbol.escapedName) : `[${unique[1]}]`;
}

/** The type parameters that a class, interface or type alias declares, in order; a merged one's of any of its parts. */
export function typeParametersOf(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Type[] {
  return typeParameterNodes(symbol).map((node) => checker.getTypeAtLocation(node));
}

function typeParameterNodes(symbol: ts.Symbol): readonly ts.TypeParameterDeclaration[] {
  for (const node of symbol.declarations ?? []) {
    if (
      !(
        ts.isClassLike(node) ||
        ts.isInterfaceDeclaration(node) ||
        ts.isTypeAliasDeclaration(node) ||
        ts.isJSDocTypedefTag(node)
      )
    )
      continue;
    const parameters = ts.getEffectiveTypeParameterDeclarations(node as ts.DeclarationWithTypeParameters);
    if (parameters.length > 0) return parameters;
  }
  return [];
}

/** True for what the checker makes of a name that it could not find: it looks like `any` and means nothing. */
export function isErrorType(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Any) !== 0 && (type as { intrinsicName?: string }).intrinsicName === 'error';
}

/** True for primitives, and for alternatives and library types that hold nothing else, under no name of the module's. */
export function isPlain(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.flags & PRIMITIVE) return true;
  if (type.aliasSymbol !== undefined) return false;
  if (type.isUnion()) return type.types.every((part) => isPlain(checker, part));
  const symbol = type.symbol as ts.Symbol | undefined;
  const isReference = (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference;
  if (!(type.flags & ts.TypeFlags.Object) || !isReference || symbol === undefined || !isOfLibrary(symbol)) return false;
  return checker.getTypeArguments(type as ts.TypeReference).every((part) => part === type || isPlain(checker, part));
}
