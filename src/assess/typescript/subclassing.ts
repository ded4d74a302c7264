/** Which of the earlier version's classes callers can extend. */

import ts from '../compiler.cjs';
import { resolved } from './symbols.js';

/** True where only the class itself can construct it, so that nothing outside of its file extends it. */
function isClosed(node: ts.ClassLikeDeclaration): boolean {
  const constructors = node.members.filter(ts.isConstructorDeclaration);
  return constructors.some((member) => ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private);
}

/** Knows the classes that are exported, the classes that those extend, and those that a type asks for by `typeof`. */
export class Subclassing {
  private readonly checker: ts.TypeChecker;
  private readonly exported: ReadonlySet<ts.Symbol>;
  private readonly asked: ReadonlySet<ts.Symbol>;
  private bases: ReadonlySet<ts.Symbol> | null = null;

  constructor(checker: ts.TypeChecker, exported: ReadonlySet<ts.Symbol>, asked: ReadonlySet<ts.Symbol>) {
    this.checker = checker;
    this.exported = exported;
    this.asked = asked;
  }

  /** False only where it is sure. */
  canExtend(node: ts.ClassLikeDeclaration): boolean {
    if (isClosed(node)) return false;
    // What a function in a source returns is not written anywhere.
    if (!node.getSourceFile().isDeclarationFile) return true;
    const symbol = node.name === undefined ? undefined : this.checker.getSymbolAtLocation(node.name);
    if (symbol === undefined) return true;
    this.bases ??= this.basesOf(this.exported);
    return this.bases.has(symbol) || this.asked.has(symbol);
  }

  /** The classes, and what they extend. */
  private basesOf(classes: ReadonlySet<ts.Symbol>): ReadonlySet<ts.Symbol> {
    const found = new Set(classes);
    for (const symbol of found) {
      for (const node of symbol.declarations ?? []) {
        const clauses = ts.isClassLike(node) ? (node.heritageClauses ?? []) : [];
        for (const { token, types } of clauses) {
          if (token !== ts.SyntaxKind.ExtendsKeyword) continue;
          for (const { expression } of types) {
            const base = this.checker.getSymbolAtLocation(expression);
            if (base !== undefined) found.add(resolved(this.checker, base));
          }
        }
      }
    }
    return found;
  }
}
