/** The first line of a caller: what it imports, under which names. */

import ts from '../compiler.cjs';
import { resolved } from '../typescript/symbols.js';
import { isIdentifier, literal } from './quoted-names.js';

/** What an entry exports, as the comparison has it. */
export type Exports = ReadonlyMap<string, ts.Symbol>;

/** The name under which the comparison has what `export =` hands over. */
const WHOLE = 'module.exports';

/** Words that no import can be named by. */
function isReserved(name: string): boolean {
  const kind = ts.createScanner(ts.ScriptTarget.ESNext, true, ts.LanguageVariant.Standard, name).scan();
  return kind >= ts.SyntaxKind.FirstReservedWord && kind <= ts.SyntaxKind.LastFutureReservedWord;
}

/** The name that a declaration gives to what is exported under another one. */
function declaredName(symbol: ts.Symbol | undefined): string {
  const node = symbol?.valueDeclaration ?? symbol?.declarations?.[0];
  const name = node === undefined ? undefined : ts.getNameOfDeclaration(node);
  return name !== undefined && ts.isIdentifier(name) ? name.text : '';
}

/** The exports by what they stand for: a declaration is named by the first that leads to it. */
export function namesOf(checker: ts.TypeChecker, exports: Exports): ReadonlyMap<ts.Symbol, string> {
  const names = new Map<ts.Symbol, string>();
  for (const [name, symbol] of exports) {
    const target = resolved(checker, symbol);
    if (!names.has(target)) names.set(target, name);
  }
  return names;
}

/** Collects what the second line names. */
export class Imports {
  private readonly exports: Exports;
  private readonly specifier: string;
  /** Export names, and whether each is used as a value. */
  private readonly used = new Map<string, boolean>();

  constructor(exports: Exports, specifier: string) {
    this.exports = exports;
    this.specifier = specifier;
  }

  /** The local name of an export, which is imported from now on. */
  use(name: string, as: 'value' | 'type'): string {
    this.used.set(name, as === 'value' || this.used.get(name) === true);
    return this.local(name);
  }

  /** True for a name that the caller's own declarations have to keep clear of. */
  has(local: string): boolean {
    return [...this.used.keys()].some((name) => this.local(name) === local);
  }

  private local(name: string): string {
    if (isIdentifier(name) && !isReserved(name)) return name;
    const declared = this.isWhole(name) ? declaredName(this.exports.get(name)) : '';
    return isIdentifier(declared) && !isReserved(declared) ? declared : 'theExport';
  }

  private isWhole(name: string): boolean {
    return name === WHOLE || name === 'default';
  }

  private clause(name: string, typed: boolean): string {
    const local = this.local(name);
    const type = typed && this.used.get(name) === false ? 'type ' : '';
    if (local === name) return `${type}${name}`;
    return `${type}${isIdentifier(name) ? name : literal(name)} as ${local}`;
  }

  /** The line for what the second one names in the end: a type may have been written and left out. */
  line(second: string): string {
    const words = new Set(second.split(/[^\p{ID_Continue}$]+/u));
    const imported = [...this.used.keys()].filter((name) => words.has(this.local(name)));
    const names = imported.sort((a, b) => Number(this.used.get(b)) - Number(this.used.get(a)));
    const allTypes = names.every((name) => this.used.get(name) === false);
    const whole = names.filter((name) => this.isWhole(name));
    const others = names.filter((name) => !this.isWhole(name));
    const [first] = whole;
    const braces = others.length === 0 ? '' : `{ ${others.map((name) => this.clause(name, !allTypes)).join(', ')} }`;
    const clauses = [...(first === undefined ? [] : [this.local(first)]), ...(braces === '' ? [] : [braces])];
    return `import ${allTypes ? 'type ' : ''}${clauses.join(', ')} from ${literal(this.specifier)};`;
  }
}
