/** A caller while it is written: what it imports, the types that it names, and the way from an export to the place of a change. */

import ts from '../compiler.cjs';
import { isPrivate, memberName, resolved, typeParametersOf } from '../typescript/symbols.js';
import type { FindingPath, Step } from './finding-path.js';
import { type Exports, Imports, namesOf } from './import-line.js';
import { isIdentifier, memberOf } from './quoted-names.js';
import { TypeWriter, Unwritable } from './write-type.js';

/** An export of the earlier version, or a member of an exported namespace, and the steps from there. */
export interface Root {
  readonly symbol: ts.Symbol;
  /** Names from the export down to it. */
  readonly names: readonly [string, ...string[]];
  readonly steps: readonly Step[];
}

/** The export that a path begins at, as far down as namespaces go; null where there is none. */
export function rootOf(checker: ts.TypeChecker, exports: Exports, path: FindingPath): Root | null {
  const found = exports.get(path.root);
  if (found === undefined) return null;
  let symbol = resolved(checker, found);
  const names: [string, ...string[]] = [path.root];
  const steps = [...path.steps];
  for (let [step] = steps; step?.kind === 'member'; [step] = steps) {
    if (!(symbol.flags & (ts.SymbolFlags.Namespace | ts.SymbolFlags.Enum))) break;
    const next = checker.getExportsOfModule(symbol).find(({ name }) => name === step?.name);
    const own = ts.SymbolFlags.ClassMember | ts.SymbolFlags.Prototype;
    if (next === undefined || next.flags & own || !isIdentifier(next.name)) break;
    symbol = resolved(checker, next);
    names.push(next.name);
    steps.shift();
  }
  return { symbol, names, steps };
}

/** A place in an expression of the caller's: an object and a member of it. */
export interface Member {
  /** The object, as an expression. */
  readonly holder: string;
  readonly symbol: ts.Symbol;
  readonly type: ts.Type;
  /** The member, as an expression. */
  readonly text: string;
}

/** From where a caller looks at an object: it has one, or it is a subclass. */
export type View = 'outside' | 'inside';

const CALL = new Set<Step['kind']>(['parameter', 'result']);

/** What one caller is made of. */
export class Draft {
  readonly checker: ts.TypeChecker;
  readonly root: Root;
  readonly imports: Imports;
  readonly types: TypeWriter;
  /** Parameters of the caller's own function, for what no import gives. */
  readonly given: string[] = [];
  private readonly own: readonly ts.Type[];

  constructor(checker: ts.TypeChecker, exports: Exports, specifier: string, root: Root) {
    this.checker = checker;
    this.root = root;
    this.imports = new Imports(exports, specifier);
    this.types = new TypeWriter(checker, namesOf(checker, exports), this.imports);
    this.own = typeParametersOf(checker, root.symbol);
  }

  get isValue(): boolean {
    return (this.root.symbol.flags & ts.SymbolFlags.Value) !== 0;
  }

  get isType(): boolean {
    return (this.root.symbol.flags & ts.SymbolFlags.Type) !== 0;
  }

  get isClass(): boolean {
    return (this.root.symbol.flags & ts.SymbolFlags.Class) !== 0;
  }

  /** The root as a value. */
  value(): string {
    const [name, ...more] = this.root.names;
    return [this.imports.use(name, 'value'), ...more].join('.');
  }

  /** The root as a type, filled in with the caller's own type parameters where it has any. */
  type(as: 'type' | 'value' = 'type'): string {
    const [name, ...more] = this.root.names;
    const args = this.own.map(({ symbol }) => symbol.name);
    const filled = args.length === 0 ? '' : `<${args.join(', ')}>`;
    return `${[this.imports.use(name, as), ...more].join('.')}${filled}`;
  }

  /** Type parameters of the caller's: those of the root, and `more`. @throws Unwritable */
  declare(more: readonly ts.Type[] = [], keepDefaults = false): string {
    return this.types.declareParameters([...this.own, ...more], keepDefaults);
  }

  /** The type that the root declares. */
  declaredType(): ts.Type {
    return this.checker.getDeclaredTypeOfSymbol(this.root.symbol);
  }

  valueType(): ts.Type {
    return this.checker.getTypeOfSymbol(this.root.symbol);
  }

  /** True where the way begins at an object of the root's type, and not at the root itself. */
  get isOfInstance(): boolean {
    return this.root.steps[0]?.kind === 'instance' || !this.isValue;
  }

  /** Members up to the first call on the way, or whatever else has no name. */
  private get way(): readonly Step[] {
    const end = this.root.steps.findIndex(({ kind }) => kind !== 'member' && kind !== 'instance');
    return end === -1 ? this.root.steps : this.root.steps.slice(0, end);
  }

  /** True where the change is in what is passed or handed back. */
  get isCall(): boolean {
    return this.root.steps.some(({ kind }) => CALL.has(kind));
  }

  /** The first step is a result: what comes after it is what callers receive. */
  get isResult(): boolean {
    return this.root.steps.find(({ kind }) => CALL.has(kind))?.kind === 'result';
  }

  /** Where the way ends or meets a call: an expression, with its object. @throws Unwritable */
  member(view: View): Member {
    const start = this.start(view);
    let { text, type } = start;
    let symbol = this.root.symbol;
    let holder = text;
    for (const { name } of this.way) {
      const present = this.checker.getNonNullableType(type);
      holder = present === type ? text : `${text}!`;
      const found = this.checker.getPropertiesOfType(present).find((property) => memberName(property) === name);
      // As it is declared: an object of the class has no `this` left in its members.
      const own =
        text === 'this' ? this.root.symbol.members?.get(found?.escapedName ?? ('' as ts.__String)) : undefined;
      if (found === undefined || found.declarations?.some(isPrivate)) throw new Unwritable();
      symbol = found;
      type = this.checker.getTypeOfSymbol(own ?? found);
      text = `${holder}${name.startsWith('[') ? this.types.symbolKey(name) : memberOf(name)}`;
    }
    return { holder, symbol, type, text };
  }

  private start(view: View): { readonly text: string; readonly type: ts.Type } {
    if (!this.isOfInstance) {
      if (view === 'inside') throw new Unwritable();
      return { text: this.value(), type: this.valueType() };
    }
    if (view === 'inside') {
      if (!this.isClass) throw new Unwritable();
      this.types.thisType = 'this';
      return { text: 'this', type: this.declaredType() };
    }
    this.types.thisType = this.type();
    this.given.push(`value: ${this.types.thisType}`);
    this.types.taken.add('value');
    return { text: 'value', type: this.declaredType() };
  }

  /** The caller's one statement: a function, or a method of a subclass. `body` is an expression, or a block's statement. */
  statement(view: View, declared: string, parameters: readonly string[], result: string, body: Body): string {
    const given = [...this.given, ...parameters].join(', ');
    const does = 'does' in body;
    if (view === 'inside') {
      const line = does ? body.does : `return ${body.is}`;
      return `export abstract class Use${declared} extends ${this.type('value')} { use(${given})${result} { ${line}; } }`;
    }
    return `export const use = ${declared}(${given})${result} => ${does ? `{ ${body.does}; }` : body.is};`;
  }
}

/** What the function has for a body. */
export type Body = { readonly is: string } | { readonly does: string };
