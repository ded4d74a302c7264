/**
 * Callers of a module, each a file that uses one thing of it in one way. The types that a caller counts on are written out as the earlier version
 * has them, and not by the names that stand for them, so that they stay what they were.
 */

import {
  type Alias,
  type Class,
  type ClassMember,
  type Const,
  type Declaration,
  type Func,
  type Interface,
  type Member,
  type Module,
  type Namespace,
  type Naming,
  type Parameter,
  printParameters,
  printType,
  type Signature,
  spotsOfModule,
  type Type,
  type TypeParameter,
  word,
} from './model.js';
import { OF_ANY_KEY } from './random-module.js';

/** What nothing is said of in a call: the compiler takes it for what is asked for. */
const ANY = 'null!';

/** Results that an override has to give again. Of an object, whatever it gained may be missing: that is no break to the assessor. */
function isPlain(type: Type): boolean {
  return type.kind === 'word' || (type.kind === 'union' && type.parts.every(isPlain));
}

class Callers {
  readonly files = new Map<string, string>();
  private readonly declarations: ReadonlyMap<string, Declaration>;
  private readonly module: Module;

  constructor(module: Module) {
    this.module = module;
    const types = module.declarations.filter(({ kind }) => kind !== 'namespace');
    this.declarations = new Map(types.map((one) => [one.name, one]));
  }

  add(name: string, text: string): void {
    this.files.set(`${name.replaceAll(/[^\w#]+/g, '-')}.ts`, `import * as m from 'the-module';\n${text}\n`);
  }

  /** What a name stands for in the earlier version. A class or an enum is known by its name alone. */
  naming(filled: ReadonlyMap<string, string> = new Map()): Naming {
    const naming: Naming = ({ name, args }) => {
      const own = filled.get(name);
      if (own !== undefined) return own;
      const declaration = this.declarations.get(name);
      if (declaration === undefined) return undefined;
      const given = args.map((arg) => printType(arg, naming));
      const listed = this.keyByKey(declaration, args, naming);
      if (listed !== null) return listed;
      if (declaration.kind === 'interface' || declaration.kind === 'alias') {
        const parameters = declaration.typeParameters;
        const known = new Map(parameters.map((one, index) => [one.name, given[index] ?? this.standIn(one)]));
        return `(${this.structure(declaration, this.naming(known))})`;
      }
      return `m.${name}${given.length > 0 ? `<${given.join(', ')}>` : ''}`;
    };
    return naming;
  }

  /**
   * A function of any key of a type that callers cannot name, as one function for each key: the compiler holds the generic ones of two types
   * against each other by the whole of the types, which nobody has of a hidden one. Null for any other type.
   */
  private keyByKey(declaration: Declaration, [arg]: readonly Type[], naming: Naming): string | null {
    if (declaration.kind !== 'alias' || declaration.type.kind !== 'template') return null;
    const named = arg?.kind === 'ref' ? this.declarations.get(arg.name) : undefined;
    if (declaration.type.text !== OF_ANY_KEY || arg === undefined || named === undefined || named.exported) return null;
    const members = this.objectMembers(arg) ?? [];
    const functions = members.map(({ name }) => {
      const value = `(${printType(arg, naming)})['${name}']`;
      return `((key: '${name}', value: ${value}) => ${value})`;
    });
    return functions.length === 0 ? null : `(${functions.join(' & ')})`;
  }

  private standIn({ fallback }: TypeParameter): string {
    return fallback === null ? 'unknown' : printType(fallback, this.naming());
  }

  structure(declaration: Interface | Alias, naming: Naming): string {
    if (declaration.kind === 'alias') return printType(declaration.type, naming);
    const written = printType({ kind: 'object', members: this.membersOf(declaration) }, naming);
    return declaration.open ? written.replace(/ }$/, ' [key: string]: unknown; }') : written;
  }

  membersOf({ base, members }: Interface): Member[] {
    const inherited = base === null ? undefined : this.declarations.get(base);
    if (inherited?.kind !== 'interface') return members;
    const own = new Set(members.map(({ name }) => name));
    return [...this.membersOf(inherited).filter(({ name }) => !own.has(name)), ...members];
  }

  /** The members of an object type, whether it is written out or named; null for any other. */
  private objectMembers(type: Type): Member[] | null {
    if (type.kind === 'object') return type.members;
    const named = type.kind === 'ref' ? this.declarations.get(type.name) : undefined;
    if (named?.kind === 'interface' && named.typeParameters.length === 0) return this.membersOf(named);
    if (named?.kind === 'alias' && named.typeParameters.length === 0 && named.type.kind === 'object')
      return named.type.members;
    return null;
  }

  private literal(members: readonly Member[], naming: Naming): string {
    return `{ ${members.map(({ name, type }) => `${name}: ${ANY} as ${printType(type, naming)}`).join(', ')} }`;
  }

  /** Calls with all arguments, and with no more than it needs; a result of `void` is nobody's. */
  calls(name: string, callee: string, signature: Signature, result: string, naming = this.naming()): void {
    const { typeParameters, parameters } = signature;
    const needed = parameters.filter(({ optional, rest }) => !optional && !rest);
    const bounds = typeParameters.map(
      (one) => `${one.name}${one.bound ? ` extends ${printType(one.bound, naming)}` : ''}`,
    );
    const own = bounds.length > 0 ? `<${bounds.join(', ')}>` : '';
    const lists = needed.length < parameters.length ? [parameters, needed] : [parameters];
    for (const [index, list] of lists.entries()) {
      const how = `${name} ${index === 0 ? 'all' : 'few'}`;
      const given = list.map((one) => `${one.rest ? '...' : ''}${one.name}`).join(', ');
      const required = printParameters(
        list.map((one) => ({ ...one, optional: false })),
        naming,
      );
      this.add(how, `export const use = ${own}(${required}): ${result} => ${callee}(${given});`);
      if (own === '') this.callsInPlace(how, callee, list, result, naming);
    }
  }

  /** Calls with objects and functions that are written where they are passed. */
  private callsInPlace(how: string, callee: string, list: readonly Parameter[], result: string, naming: Naming): void {
    for (const [at, { name, type }] of list.entries()) {
      const pass = (argument: string): string => {
        const args = list.map((one, index) => {
          if (index === at) return argument;
          return `${one.rest ? '...' : ''}${ANY} as ${printType(one.type, naming)}`;
        });
        return `export const use: ${result} = ${callee}(${args.join(', ')});`;
      };
      const members = this.objectMembers(type);
      if (members !== null) {
        this.add(`${how} ${name} written`, pass(this.literal(members, naming)));
        const needed = members.filter(({ optional }) => !optional);
        this.add(`${how} ${name} needed`, pass(this.literal(needed, naming)));
      }
      if (type.kind === 'function' && type.typeParameters.length === 0)
        this.add(`${how} ${name} callback`, pass(this.callback(type, naming)));
    }
  }

  /** A function whose parameters get their types from where it is written. */
  private callback({ parameters, result }: Signature, naming: Naming): string {
    const names = parameters.map(({ name, rest }) => `${rest ? '...' : ''}${name}`).join(', ');
    const reads = parameters.map(({ name, type, optional }) => {
      const read = printType(type, naming);
      return `const ${name}_: ${optional ? `(${read}) | undefined` : read} = ${name};`;
    });
    return `(${names}) => { ${reads.join(' ')} return ${ANY} as ${printType(result, naming)}; }`;
  }

  resultOf({ result }: Signature, naming: Naming): string {
    return result.kind === 'word' && result.text === 'void' ? 'unknown' : printType(result, naming);
  }

  /** Declarations to which an exported value leads: how callers meet those is seen at the values. */
  reached(): ReadonlySet<string> {
    const reached = new Set<Declaration>();
    const reach = (declaration: Declaration): void => {
      if (reached.has(declaration)) return;
      reached.add(declaration);
      const names = spotsOfModule({ declarations: [declaration] }).flatMap(({ type }) =>
        type.kind === 'ref' ? [type.name] : type.kind === 'keyof' || type.kind === 'index' ? refsIn(type.of) : [],
      );
      const base = declaration.kind === 'interface' || declaration.kind === 'class' ? declaration.base : null;
      for (const name of base === null ? names : [...names, base]) {
        const named = this.declarations.get(name);
        if (named !== undefined) reach(named);
      }
    };
    for (const one of this.module.declarations)
      if (['function', 'const', 'class', 'namespace'].includes(one.kind)) reach(one);
    return new Set([...reached].map(({ name }) => name));
  }
}

function refsIn(type: Type): string[] {
  return type.kind === 'ref' ? [type.name] : [];
}

/** Arguments that fit, and what each type parameter stands for with them. */
function filledIn(callers: Callers, list: readonly TypeParameter[]): { args: string; naming: Naming } {
  const given = new Map(list.map(({ name, bound }) => [name, bound ? printType(bound, callers.naming()) : 'string']));
  return { args: list.length === 0 ? '' : `<${[...given.values()].join(', ')}>`, naming: callers.naming(given) };
}

function addType(callers: Callers, declaration: Interface | Alias, isReached: boolean): void {
  const { name, typeParameters } = declaration;
  const { args, naming } = filledIn(callers, typeParameters);
  const type = `m.${name}${args}`;
  callers.add(`${name} named`, `export type Use = ${type};`);
  if (isReached) return;
  const written = callers.structure(declaration, naming);
  callers.add(`${name} received`, `declare const given: ${type};\nexport const use: ${written} = given;`);
  callers.add(`${name} supplied`, `declare const own: ${written};\nexport const use: ${type} = own;`);
  const members = membersOf(callers, declaration);
  if (members === null) return;
  const body = members.map((member) => implemented(member, naming)).join(' ');
  callers.add(`${name} implemented`, `export class Use implements ${type} { ${body} }`);
  callers.add(`${name} extended`, `export interface Use extends ${type} { further: 1 }`);
  for (const member of members) {
    if (member.readonly || member.method) continue;
    const value = `${ANY} as ${printType(member.type, naming)}`;
    callers.add(
      `${name} ${member.name} assigned`,
      `export const use = (it: ${type}) => { it.${member.name} = ${value}; };`,
    );
  }
}

function membersOf(callers: Callers, declaration: Interface | Alias): readonly Member[] | null {
  if (declaration.kind === 'interface') return callers.membersOf(declaration);
  return declaration.type.kind === 'object' ? declaration.type.members : null;
}

function implemented({ name, type, optional, readonly, method }: Member, naming: Naming): string {
  if (method && !optional && type.kind === 'function')
    return `${name}(${printParameters(type.parameters, naming)}): ${printType(type.result, naming)} { return ${ANY}; }`;
  const written = `${readonly ? 'readonly ' : ''}${name}${optional ? '?' : ''}: ${printType(type, naming)}`;
  return `${written}${optional ? '' : ` = ${ANY}`};`;
}

function addClass(callers: Callers, one: Class, chain: readonly Class[]): void {
  const { name, typeParameters } = one;
  const { args, naming } = filledIn(callers, typeParameters);
  const type = `m.${name}${args}`;
  callers.add(`${name} named`, `export type Use = ${type};`);
  callers.add(`${name} extended`, `export class Use extends ${type} { further = 1 }`);
  if (typeParameters.length === 0) {
    const parameters =
      chain.find(({ constructorParameters }) => constructorParameters !== null)?.constructorParameters ?? [];
    const kind = one.abstract ? 'abstract new' : 'new';
    const taken = printParameters(parameters, naming);
    callers.add(`${name} passed on`, `export const use: ${kind} (${taken}) => m.${name} = m.${name};`);
    const made: Signature = { typeParameters: [], parameters, result: word('void') };
    if (!one.abstract) callers.calls(`${name} new`, `new m.${name}`, made, `m.${name}`);
  }
  for (const member of one.members) addClassMember(callers, one, member, type, naming);
}

function addClassMember(callers: Callers, owner: Class, member: ClassMember, type: string, naming: Naming): void {
  const { name, optional, readonly, method } = member;
  const at = `${owner.name} ${name}`;
  const read = `(${printType(member.type, naming)})${optional ? ' | undefined' : ''}`;
  const isVoid = member.type.kind === 'function' && printType(member.type.result) === 'void';
  if (member.protected) {
    if (member.static || isVoid) return;
    callers.add(`${at} protected`, `export class Use extends ${type} { further(): ${read} { return this.${name}; } }`);
    return;
  }
  if (member.static) {
    if (!isVoid) callers.add(`${at} static`, `export const use: ${read} = m.${owner.name}.${name};`);
    return;
  }
  if (!isVoid) callers.add(`${at} read`, `export const use = (it: ${type}): ${read} => it.${name};`);
  if (!method && !readonly)
    callers.add(`${at} assigned`, `export const use = (it: ${type}) => { it.${name} = it.${name}; };`);
  if (!method || member.type.kind !== 'function') return;
  const isThis = member.type.result.kind === 'word' && member.type.result.text === 'this';
  const handed = isThis ? type : callers.resultOf(member.type, naming);
  callers.calls(at, `(${ANY} as ${type}).${name}`, member.type, handed, naming);
  if (isThis) callers.add(`${at} chained`, chainedOn(owner.name, type, name));
  const { typeParameters, parameters, result } = member.type;
  if (typeParameters.length > 0 || !isPlain(result)) return;
  const head = `override ${name}(${printParameters(parameters, naming)}): ${printType(result, naming)}`;
  callers.add(`${at} overridden`, `export class Use extends ${type} { ${head} { return ${ANY}; } }`);
}

/** A subclass's own member, on what a method of the class hands back. */
function chainedOn(owner: string, type: string, method: string): string {
  const given = `...(${ANY} as Parameters<m.${owner}['${method}']>)`;
  return `export abstract class Use extends ${type} { further = 1; own(): number { return this.${method}(${given}).further; } }`;
}

function addValue(callers: Callers, one: Const | Func, naming: Naming): void {
  const callee = `m.${one.name}`;
  if (one.kind === 'const') {
    callers.add(`${one.name} read`, `export const use: ${printType(one.type, naming)} = ${callee};`);
    if (one.type.kind === 'overloads')
      for (const [at, overload] of one.type.overloads.entries())
        callers.calls(`${one.name} ${at}`, callee, overload, callers.resultOf(overload, naming));
    if (one.type.kind === 'function') callers.calls(one.name, callee, one.type, callers.resultOf(one.type, naming));
    return;
  }
  for (const [at, overload] of one.overloads.entries())
    callers.calls(`${one.name} ${at}`, callee, overload, callers.resultOf(overload, naming));
}

function addNamespace(callers: Callers, { name, members }: Namespace): void {
  for (const member of members) {
    const read = printType(member.type, callers.naming());
    callers.add(`${name} ${member.name} beside`, `export const use: ${read} = m.${name}.${member.name};`);
  }
}

/** A class and what it extends, nearest first. */
function chainOf(module: Module, one: Class): readonly Class[] {
  const base = module.declarations.find(({ name }) => name === one.base);
  return base?.kind === 'class' ? [one, ...chainOf(module, base)] : [one];
}

/** Files that use a module in every way that is known here, by their names. Some may not compile: what an override may be is not looked into. */
export function callersOf(module: Module): ReadonlyMap<string, string> {
  const callers = new Callers(module);
  const reached = callers.reached();
  for (const one of module.declarations) {
    if (!one.exported) continue;
    if (one.kind === 'interface' || one.kind === 'alias') addType(callers, one, reached.has(one.name));
    else if (one.kind === 'class') addClass(callers, one, chainOf(module, one));
    else if (one.kind === 'namespace') addNamespace(callers, one);
    else if (one.kind !== 'enum') addValue(callers, one, callers.naming());
    else {
      callers.add(`${one.name} whole`, `export const use = m.${one.name};`);
      for (const { name } of one.members)
        callers.add(`${one.name} ${name}`, `export const use: m.${one.name}.${name} = m.${one.name}.${name};`);
    }
  }
  return callers.files;
}
