/** By which names a file may reach what the library declares. Too many are found rather than too few. */

import ts from '../compiler.cjs';
import type { LibraryIndex } from './library-declarations.js';

/** Every name that the parser met in a file, members and what it declares itself among them. */
function identifiersOf(file: ts.SourceFile): ReadonlyMap<string, string> {
  return (file as unknown as { readonly identifiers: ReadonlyMap<string, string> }).identifiers;
}

/**
 * To print such a property, the checker looks through all globals for one of its interface's type, and makes the type of each. The name between
 * the words has a bound: without one, a long text in which `readonly` stands again and again is read to its end from each.
 */
const SYMBOL_OF_INTERFACE = /\breadonly\b[^;{}]{0,500}\bunique\s+symbol\b/;

/**
 * True for a file that may reach globals otherwise than by names: code without types, `this` at the top of a script, and symbols of an interface.
 * And for one that refers to library files: its program has them beside the ones whose declarations are known.
 */
export function mayNameAnything(file: ts.SourceFile): boolean {
  if (/\.[cm]?jsx?$/.test(file.fileName) || file.libReferenceDirectives.length > 0) return true;
  if (SYMBOL_OF_INTERFACE.test(file.text)) return true;
  return !ts.isExternalModule(file) && /\bthis\b/.test(file.text);
}

/** The names of library declarations that a file uses; a variable or function only where it is no name of something else. */
export function globalNamesIn(file: ts.SourceFile, index: LibraryIndex): string[] {
  const names = [...identifiersOf(file).keys()].filter((name) => index.has(name));
  const values = new Set(names.filter((name) => index.isValue(name)));
  // What a script declares is global itself, as is what `declare global` does.
  if (values.size === 0 || !ts.isExternalModule(file) || identifiersOf(file).has('global')) return names;
  const used = new Set<string>();
  const visit = (node: ts.Node, parent: ts.Node): void => {
    if (ts.isIdentifier(node) && values.has(node.text) && !isOwnName(node, parent)) used.add(node.text);
    ts.forEachChild(node, (child) => visit(child, node));
  };
  visit(file, file);
  return names.filter((name) => !values.has(name) || used.has(name));
}

/** True for the name of a member, parameter or type: what is declared there, or asked of an object. */
function isOwnName(node: ts.Identifier, parent: ts.Node): boolean {
  switch (parent.kind) {
    case ts.SyntaxKind.PropertySignature:
    case ts.SyntaxKind.PropertyDeclaration:
    case ts.SyntaxKind.PropertyAssignment:
    case ts.SyntaxKind.MethodSignature:
    case ts.SyntaxKind.MethodDeclaration:
    case ts.SyntaxKind.GetAccessor:
    case ts.SyntaxKind.SetAccessor:
    case ts.SyntaxKind.Parameter:
    case ts.SyntaxKind.EnumMember:
    case ts.SyntaxKind.NamedTupleMember:
    case ts.SyntaxKind.PropertyAccessExpression:
      return (parent as ts.NamedDeclaration).name === node;
    case ts.SyntaxKind.TypePredicate:
      return (parent as ts.TypePredicateNode).parameterName === node;
    case ts.SyntaxKind.QualifiedName:
      return (parent as ts.QualifiedName).right === node;
    default:
      return false;
  }
}
