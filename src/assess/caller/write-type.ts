/** Types of the earlier version in a caller's words: what is exported by its name, everything else written out. */

import ts from '../compiler.cjs';
import { isErrorType, isOfLibrary, isOptional, isReadonly, memberName, visibilityOf } from '../typescript/symbols.js';
import type { Imports } from './import-line.js';
import { isIdentifier, keyOf, literal } from './quoted-names.js';

/** Thrown where a type cannot be written by a caller, or not in a line. */
export class Unwritable extends Error {}

/** @throws Unwritable where a form has nothing to say */
export function demand(condition: boolean): void {
  if (!condition) throw new Unwritable();
}

const MAX_DEPTH = 6;
/** Parts of all types of a caller: what is larger is no line. */
const MAX_PARTS = 120;
const MAX_MEMBERS = 12;

const UNDEFINED = ts.TypeFlags.Undefined;

function isUndefined(type: ts.Type): boolean {
  return (type.flags & UNDEFINED) !== 0;
}

/** Writes types for one caller; the names that it uses are imported. */
export class TypeWriter {
  readonly checker: ts.TypeChecker;
  private readonly names: ReadonlyMap<ts.Symbol, string>;
  private readonly imports: Imports;
  /** Type parameters that the caller declares itself, or that stand around what is written. */
  private readonly scope = new Set<ts.Symbol>();
  /** Names that the caller has given away already. */
  readonly taken = new Set<string>();
  private depth = 0;
  private parts = 0;
  /** What `this` is in the place that the caller is written for. */
  thisType = '';

  constructor(checker: ts.TypeChecker, names: ReadonlyMap<ts.Symbol, string>, imports: Imports) {
    this.checker = checker;
    this.names = names;
    this.imports = imports;
  }

  /** The type by its name where it has one. @throws Unwritable */
  write(type: ts.Type): string {
    return this.type(type, true);
  }

  /** The type written out, whatever it is called: what it was, not what it is by now. @throws Unwritable */
  writeOut(type: ts.Type): string {
    return this.type(type, false);
  }

  /** The name of an export, or of a member of an exported namespace. Null where callers cannot name it. */
  nameOf(symbol: ts.Symbol, as: 'value' | 'type'): string | null {
    const name = this.names.get(symbol);
    if (name !== undefined) return this.imports.use(name, as);
    const parent = (symbol as { readonly parent?: ts.Symbol }).parent;
    if (parent === undefined || !(parent.flags & (ts.SymbolFlags.Namespace | ts.SymbolFlags.Enum))) return null;
    if (parent.flags & ts.SymbolFlags.ValueModule && parent.name.startsWith('"')) return null;
    const outer = this.nameOf(parent, as);
    return outer !== null && isIdentifier(symbol.name) ? `${outer}.${symbol.name}` : null;
  }

  /** `<T extends string, U>`, or nothing; the parameters can be named from then on. @throws Unwritable */
  declareParameters(parameters: readonly ts.Type[], keepDefaults = false): string {
    for (const { symbol } of parameters) this.scope.add(symbol);
    if (parameters.length === 0) return '';
    const written = parameters.map((parameter) => {
      const constraint = parameter.getConstraint();
      const bound = constraint === undefined ? '' : ` extends ${this.write(constraint)}`;
      const standard = keepDefaults ? parameter.getDefault() : undefined;
      return `${this.identifier(parameter.symbol.name)}${bound}${standard === undefined ? '' : ` = ${this.write(standard)}`}`;
    });
    return `<${written.join(', ')}>`;
  }

  /** `(a: string, b?: number)` with the names. @throws Unwritable */
  parameters(signature: ts.Signature): { readonly text: string; readonly names: readonly Parameter[] } {
    const names = signature.parameters.map((symbol, index) => this.parameter(signature, symbol, index));
    return { text: names.map(({ text }) => text).join(', '), names };
  }

  /** The result, or what is said of an argument. @throws Unwritable */
  result(signature: ts.Signature): string {
    const predicate = this.checker.getTypePredicateOfSignature(signature);
    if (predicate === undefined) return this.write(signature.getReturnType());
    const { kind, parameterName = 'this', type } = predicate;
    const asserts = kind === ts.TypePredicateKind.AssertsThis || kind === ts.TypePredicateKind.AssertsIdentifier;
    const is = type === undefined ? '' : ` is ${this.write(type)}`;
    return `${asserts ? 'asserts ' : ''}${this.identifier(parameterName)}${is}`;
  }

  private parameter(signature: ts.Signature, symbol: ts.Symbol, index: number): Parameter {
    const node = symbol.valueDeclaration;
    const declared = node !== undefined && ts.isParameter(node) ? node : undefined;
    const isRest = declared?.dotDotDotToken !== undefined && index === signature.parameters.length - 1;
    const isOptional = !isRest && declared !== undefined && this.checker.isOptionalParameter(declared);
    const plain = isIdentifier(symbol.name) ? symbol.name : `given${index}`;
    const name = this.imports.has(plain) || this.taken.has(plain) ? `${plain}Given` : plain;
    const type = this.checker.getTypeOfSymbol(symbol);
    // What takes anything takes this, and what takes less does not.
    const written =
      type.flags & ts.TypeFlags.Any ? 'unknown' : isOptional ? this.withoutUndefined(type) : this.write(type);
    return { name, isRest, isOptional, text: `${isRest ? '...' : ''}${name}${isOptional ? '?' : ''}: ${written}` };
  }

  private withoutUndefined(type: ts.Type): string {
    if (!type.isUnion()) return this.write(type);
    return this.union(type, true, false);
  }

  private identifier(name: string): string {
    if (!isIdentifier(name)) throw new Unwritable();
    return name;
  }

  /** `named`: false where its own name would only stand for whatever it is by now. */
  private type(type: ts.Type, named: boolean): string {
    this.parts += 1;
    if (this.depth >= MAX_DEPTH || this.parts > MAX_PARTS) throw new Unwritable();
    this.depth += 1;
    try {
      return this.parted(type, named);
    } finally {
      this.depth -= 1;
    }
  }

  private parted(type: ts.Type, named: boolean): string {
    // Of what is not in the module any type may be handed in or out.
    if (isErrorType(type)) return 'any';
    if (named && type.aliasSymbol !== undefined) {
      const name = this.nameOf(type.aliasSymbol, 'type');
      if (name !== null) return `${name}${this.args(type.aliasTypeArguments ?? [])}`;
    }
    const simple = this.simple(type);
    if (simple !== null) return simple;
    if (type.isUnion()) return this.union(type, named, true);
    if (type.isIntersection()) return type.types.map((part) => this.part(part)).join(' & ');
    if (type.flags & ts.TypeFlags.Index) return `keyof ${this.part((type as ts.IndexType).type)}`;
    if (type.flags & ts.TypeFlags.IndexedAccess) {
      const { objectType, indexType } = type as ts.IndexedAccessType;
      return `${this.part(objectType)}[${this.write(indexType)}]`;
    }
    if (type.flags & ts.TypeFlags.TemplateLiteral) return this.template(type as ts.TemplateLiteralType);
    if (type.flags & ts.TypeFlags.Object) return this.object(type as ts.ObjectType, named);
    throw new Unwritable();
  }

  /** What has no parts. */
  private simple(type: ts.Type): string | null {
    if (type.flags & ts.TypeFlags.TypeParameter) return this.typeParameter(type as ts.TypeParameter);
    if (type.flags & ts.TypeFlags.EnumLike && type.symbol !== undefined) {
      const name = type.flags & ts.TypeFlags.Union ? null : this.nameOf(type.symbol, 'type');
      if (name !== null) return name;
    }
    if (type.isStringLiteral()) return literal(type.value);
    if (type.flags & ts.TypeFlags.UniqueESSymbol) {
      const name = this.nameOf(type.symbol, 'value');
      if (name === null) throw new Unwritable();
      return `typeof ${name}`;
    }
    const named =
      ts.TypeFlags.Any |
      ts.TypeFlags.Unknown |
      ts.TypeFlags.Never |
      ts.TypeFlags.Void |
      ts.TypeFlags.Undefined |
      ts.TypeFlags.Null |
      ts.TypeFlags.String |
      ts.TypeFlags.Number |
      ts.TypeFlags.BigInt |
      ts.TypeFlags.Boolean |
      ts.TypeFlags.BooleanLiteral |
      ts.TypeFlags.ESSymbol |
      ts.TypeFlags.NonPrimitive |
      ts.TypeFlags.NumberLiteral |
      ts.TypeFlags.BigIntLiteral;
    return type.flags & named && !(type.flags & ts.TypeFlags.EnumLike) ? this.checker.typeToString(type) : null;
  }

  private typeParameter(type: ts.TypeParameter): string {
    const isThis = (type as { readonly isThisType?: boolean }).isThisType === true;
    if (isThis && this.thisType !== '') return this.thisType;
    if (isThis || !this.scope.has(type.symbol)) throw new Unwritable();
    return this.identifier(type.symbol.name);
  }

  private union(type: ts.UnionType, named: boolean, withUndefined: boolean): string {
    const isEnum = type.flags & ts.TypeFlags.EnumLike && type.symbol !== undefined;
    const name = isEnum && named ? this.nameOf(type.symbol, 'type') : null;
    if (name !== null) return name;
    const parts = type.types.filter((part) => withUndefined || !isUndefined(part));
    if (parts.length > MAX_MEMBERS) throw new Unwritable();
    const written = new Set<string>();
    const booleans = parts.filter(({ flags }) => flags & ts.TypeFlags.BooleanLiteral);
    for (const part of parts) {
      written.add(booleans.length === 2 && booleans.includes(part) ? 'boolean' : this.part(part));
    }
    // As a person would: what is always there comes first.
    const last = ['null', 'undefined'].filter((word) => written.delete(word));
    return [...written, ...last].join(' | ');
  }

  /** A type that something stands beside. */
  private part(type: ts.Type): string {
    const written = this.type(type, true);
    return /=>| \| | & |^keyof /.test(written) && !/^[{[]/.test(written) ? `(${written})` : written;
  }

  private template({ texts, types }: ts.TemplateLiteralType): string {
    const [first = '', ...rest] = texts;
    if (texts.some((text) => !/^[\w ./@:#-]*$/.test(text))) throw new Unwritable();
    return `\`${first}${rest.map((text, i) => `\${${this.write(types[i] as ts.Type)}}${text}`).join('')}\``;
  }

  /** Type arguments; those that stand there anyway are left out. */
  private args(types: readonly ts.Type[], parameters: readonly ts.Type[] = []): string {
    let count = types.length;
    while (count > 0 && parameters[count - 1]?.getDefault() === types[count - 1]) count -= 1;
    const written = types.slice(0, count).map((type) => this.write(type));
    return count === 0 ? '' : `<${written.join(', ')}>`;
  }

  private object(type: ts.ObjectType, named: boolean): string {
    const { checker } = this;
    if (checker.isTupleType(type)) return this.tuple(type as ts.TupleTypeReference);
    const isReference = (type.objectFlags & ts.ObjectFlags.Reference) !== 0;
    const args = isReference ? checker.getTypeArguments(type as ts.TypeReference) : [];
    const [item] = args;
    if (checker.isArrayType(type) && item !== undefined) {
      const isConstant = type.symbol.name === 'ReadonlyArray';
      return `${isConstant ? 'readonly ' : ''}${this.part(item)}[]`;
    }
    const parameters = isReference ? ((type as ts.TypeReference).target.typeParameters ?? []) : [];
    if (type.objectFlags & (ts.ObjectFlags.ClassOrInterface | ts.ObjectFlags.Reference)) {
      const name = isOfLibrary(type.symbol)
        ? this.libraryName(type.symbol)
        : named
          ? this.nameOf(type.symbol, 'type')
          : null;
      if (name !== null) return `${name}${this.args(args.slice(0, parameters.length), parameters)}`;
    } else if (type.symbol?.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.ValueModule | ts.SymbolFlags.Enum)) {
      const name = isOfLibrary(type.symbol)
        ? this.libraryName(type.symbol)
        : named
          ? this.nameOf(type.symbol, 'value')
          : null;
      if (name !== null) return `typeof ${name}`;
    }
    return this.members(type);
  }

  private libraryName(symbol: ts.Symbol): string {
    const name = this.checker.getFullyQualifiedName(symbol);
    if (!/^[\w$.]+$/.test(name)) throw new Unwritable();
    return name;
  }

  private tuple(type: ts.TupleTypeReference): string {
    const { elementFlags, readonly } = type.target;
    const elements = this.checker.getTypeArguments(type).map((element, index) => {
      const flags = elementFlags[index] ?? ts.ElementFlags.Required;
      if (flags & ts.ElementFlags.Rest) return `...${this.part(element)}[]`;
      if (flags & ts.ElementFlags.Variadic) return `...${this.part(element)}`;
      return flags & ts.ElementFlags.Optional ? `(${this.withoutUndefined(element)})?` : this.write(element);
    });
    return `${readonly ? 'readonly ' : ''}[${elements.join(', ')}]`;
  }

  private members(type: ts.ObjectType): string {
    const { checker } = this;
    const [calls, constructs] = [type.getCallSignatures(), type.getConstructSignatures()];
    const indexes = checker.getIndexInfosOfType(type);
    const properties = checker
      .getPropertiesOfType(type)
      .filter((property) => visibilityOf(property) === 'public' && !(property.flags & ts.SymbolFlags.Prototype));
    if (properties.length + calls.length + constructs.length + indexes.length > MAX_MEMBERS) throw new Unwritable();
    if (properties.length + indexes.length === 0 && calls.length + constructs.length === 1) {
      return `${constructs.length === 1 ? 'new ' : ''}${this.signature(calls[0] ?? (constructs[0] as ts.Signature), ' => ')}`;
    }
    const written = [
      ...calls.map((call) => this.signature(call, ': ')),
      ...constructs.map((construct) => `new ${this.signature(construct, ': ')}`),
      ...indexes.map(
        (info) => `${info.isReadonly ? 'readonly ' : ''}[key: ${this.write(info.keyType)}]: ${this.write(info.type)}`,
      ),
      ...properties.map((property) => this.property(property)),
    ];
    return written.length === 0 ? '{}' : `{ ${written.join('; ')} }`;
  }

  private property(property: ts.Symbol): string {
    const name = memberName(property);
    const type = this.checker.getTypeOfSymbol(property);
    const mayBeMissing = isOptional(property);
    const key = name.startsWith('[') ? this.symbolKey(name) : keyOf(name);
    const calls = type.getCallSignatures();
    if (property.flags & ts.SymbolFlags.Method && !mayBeMissing && calls.length > 0) {
      return calls.map((call) => `${key}${this.signature(call, ': ')}`).join('; ');
    }
    const readonly = isReadonly(property) ? 'readonly ' : '';
    const written = mayBeMissing && type.isUnion() ? this.union(type, true, false) : this.write(type);
    return `${readonly}${key}${mayBeMissing ? '?' : ''}: ${written}`;
  }

  /** `[Symbol.iterator]`, or the key that an export is. @throws Unwritable */
  symbolKey(name: string): string {
    const inside = name.slice(1, -1);
    if (inside in Symbol) return `[Symbol.${inside}]`;
    const found = [...this.names].find(([symbol]) => symbol.name === inside);
    const local = found === undefined ? null : this.nameOf(found[0], 'value');
    if (local === null) throw new Unwritable();
    return `[${local}]`;
  }

  private signature(signature: ts.Signature, arrow: string): string {
    const declared = this.declareParameters(signature.getTypeParameters() ?? [], true);
    return `${declared}(${this.parameters(signature).text})${arrow}${this.result(signature)}`;
  }
}

/** A parameter as it is declared, and what it is called by. */
export interface Parameter {
  readonly name: string;
  readonly isRest: boolean;
  readonly isOptional: boolean;
  readonly text: string;
}
