/** Random modules over a small vocabulary, so that their parts meet often. */

import { seededRandom } from '../../crash/seeded-random.mjs';
import {
  type Alias,
  type Class,
  type ClassMember,
  type Declaration,
  type Element,
  type Interface,
  type Member,
  type Module,
  type Namespace,
  type Parameter,
  type Signature,
  type Type,
  type TypeParameter,
  word,
} from './model.js';

/** Chance, from a seed. */
export class Chance {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  of(probability: number): boolean {
    return this.next() < probability;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  times<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index));
  }
}

const COMMON = ['string', 'number', 'boolean'].map(word);
const WORDS = [...COMMON, ...['null', 'undefined', 'Date', 'unknown'].map(word)];
const LITERALS = ["'a'", "'b'", "'c'", '1', '2', 'true', 'false'].map(word);
// biome-ignore lint/suspicious/noTemplateCurlyInString: these are types of TypeScript
const TEXTS = ['`a${string}`', '`${number}px`', '`x-${string}-y`'].map(word);
const MEMBERS = ['a', 'b', 'c', 'd', 'id', 'next', 'on'];

/** A function of any key of a type and what is under it. */
export const OF_ANY_KEY = '<K extends keyof T>(key: K, value: T[K]) => T[K]';

/** What aliases make of their type parameter. */
export const TEMPLATES = [
  '{ [K in keyof T]?: T[K] }',
  '{ [K in keyof T]-?: T[K] }',
  '{ readonly [K in keyof T]: T[K] }',
  '{ [K in keyof T]: (value: T[K]) => void }',
  '{ [K in keyof T]: T[K] | null }',
  "{ [K in keyof T as K extends 'id' ? never : K]: T[K] }",
  'T[keyof T]',
  'T extends { a: string } ? 1 : 2',
  'T extends { a?: unknown } ? T : never',
  '(keyof T)[]',
  OF_ANY_KEY,
  'Partial<T>',
  'Required<T>',
  "Omit<T, 'a'>",
  'T & { extra: 1 }',
  '{ value: T; next: T | null }',
  '(value: T) => boolean',
  'Promise<T>',
  '{ -readonly [K in keyof T]: T[K] }',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is a type of TypeScript
  '{ [K in keyof T as `on${Capitalize<K & string>}`]: (value: T[K]) => void }',
  '{ [K in keyof T as T[K] extends string ? K : never]: T[K] }',
  '(handlers: { [K in keyof T]?: (value: T[K]) => void }) => void',
  '(handlers: { [K in keyof T]: (value: T[K]) => void }) => void',
  '<K extends keyof T>(...keys: K[]) => Pick<T, K>',
  'Record<keyof T, boolean>',
  "Pick<T, Extract<keyof T, 'a' | 'b'>>",
  'T extends { a: infer U } ? U : never',
  'Exclude<T[keyof T], null>',
  'Readonly<Partial<T>>',
];

/** What can be named where something is declared. */
export interface Nameable {
  readonly name: string;
  readonly typeParameters: readonly TypeParameter[];
  /** The properties, of an object type that takes no arguments. */
  readonly keys: readonly string[] | null;
  readonly is: 'interface' | 'class' | 'template' | 'other';
}

const ref = (name: string, args: Type[] = []): Type => ({ kind: 'ref', name, args });

/** A type over what can be named. */
export function randomType(chance: Chance, names: readonly Nameable[], depth = 0): Type {
  const inner = (): Type => randomType(chance, names, depth + 1);
  const roll = chance.below(100);
  if (depth > 2 || roll < 30) return simpleType(chance);
  if (roll < 45 && names.length > 0) return randomRef(chance, names, depth);
  if (roll < 57) return { kind: 'union', parts: chance.times(2 + chance.below(2), inner) };
  if (roll < 62) return { kind: 'array', of: inner(), readonly: chance.of(0.3) };
  if (roll < 67) return { kind: 'tuple', elements: randomElements(chance, inner) };
  if (roll < 80) return randomObject(chance, names, depth);
  if (roll < 87) return { kind: 'function', ...randomSignature(chance, names, depth) };
  if (roll < 89) return { kind: 'overloads', overloads: chance.times(2, () => randomSignature(chance, names, depth)) };
  if (roll < 92) {
    const name = chance.pick(['Promise', 'Set', 'Iterable', 'ReadonlySet', 'PromiseLike']);
    return { kind: 'generic', name, args: [inner()] };
  }
  if (roll < 94) {
    const keys: Type = chance.of(0.5) ? word('string') : word("'a' | 'b'");
    return { kind: 'generic', name: chance.pick(['Record', 'Map', 'ReadonlyMap']), args: [keys, inner()] };
  }
  if (roll < 95) {
    const object = (rename: string): Type => {
      const members = randomMembers(chance, names, depth, 1 + chance.below(2));
      return { kind: 'object', members: members.map((one) => ({ ...one, name: `${one.name}${rename}` })) };
    };
    return { kind: 'intersection', parts: [object(''), object('2')] };
  }
  if (roll < 96) return chance.pick(TEXTS);
  return randomComputed(chance, names, depth);
}

function simpleType(chance: Chance): Type {
  if (chance.of(0.4)) return chance.pick(LITERALS);
  return chance.pick(chance.of(0.8) ? COMMON : WORDS);
}

function randomRef(chance: Chance, names: readonly Nameable[], depth: number): Type {
  const { name, typeParameters } = chance.pick(names);
  const needed = typeParameters.filter(({ fallback }) => fallback === null).length;
  const given = chance.of(0.5) ? typeParameters.length : needed;
  return ref(
    name,
    chance.times(given, () => randomType(chance, names, Math.max(depth + 1, 2))),
  );
}

function randomComputed(chance: Chance, names: readonly Nameable[], depth: number): Type {
  const objects = names.filter(({ keys }) => keys !== null);
  if (objects.length === 0) return randomObject(chance, names, depth);
  const { name, keys } = chance.pick(objects);
  const roll = chance.below(5);
  if (roll === 0) return { kind: 'keyof', of: ref(name) };
  if (roll === 1 && keys !== null && keys.length > 0) return { kind: 'index', of: ref(name), key: chance.pick(keys) };
  return { kind: 'generic', name: chance.pick(['Partial', 'Readonly', 'Required']), args: [ref(name)] };
}

function randomElements(chance: Chance, inner: () => Type): Element[] {
  let optional = false;
  const elements = chance.times(1 + chance.below(3), (): Element => {
    optional ||= chance.of(0.2);
    return { type: inner(), optional, rest: false };
  });
  return chance.of(0.2) ? [...elements, { type: inner(), optional: false, rest: true }] : elements;
}

function randomObject(chance: Chance, names: readonly Nameable[], depth: number): Type {
  if (chance.of(0.06)) return { kind: 'map', of: randomType(chance, names, depth + 1) };
  return { kind: 'object', members: randomMembers(chance, names, depth, 1 + chance.below(3)) };
}

function randomMembers(chance: Chance, names: readonly Nameable[], depth: number, count: number): Member[] {
  const wanted = new Set(chance.times(count, () => chance.pick(MEMBERS)));
  return [...wanted].map((name) => {
    const method = chance.of(0.2);
    const type: Type = method
      ? { kind: 'function', ...randomSignature(chance, names, depth + 1) }
      : randomType(chance, names, depth + 1);
    return { name, type, optional: chance.of(0.3), readonly: !method && chance.of(0.25), method };
  });
}

function randomParameters(chance: Chance, type: () => Type): Parameter[] {
  let optional = false;
  const parameters: Parameter[] = chance.times(chance.below(3), (index) => {
    optional ||= chance.of(0.25);
    return { name: `p${index}`, type: type(), optional, rest: false };
  });
  if (chance.of(0.1)) {
    const list: Type = { kind: 'array', of: type(), readonly: false };
    parameters.push({ name: 'rest', type: list, optional: false, rest: true });
  }
  return parameters;
}

export function randomSignature(
  chance: Chance,
  names: readonly Nameable[],
  depth: number,
  mayBeGeneric = false,
): Signature {
  const typeParameters = mayBeGeneric && chance.of(0.25) ? [typeParameter(chance, names)] : [];
  const known = [...names, ...typeParameters.map(asNameable)];
  const type = (): Type =>
    typeParameters.length > 0 && chance.of(0.5) ? ref('T') : randomType(chance, known, depth + 1);
  const parameters = randomParameters(chance, type);
  return { typeParameters, parameters, result: chance.of(0.2) ? word('void') : type() };
}

function typeParameter(chance: Chance, names: readonly Nameable[]): TypeParameter {
  const objects = names.filter(({ keys }) => keys !== null);
  if (objects.length > 0 && chance.of(0.2))
    return { name: 'T', bound: { kind: 'keyof', of: ref(chance.pick(objects).name) }, fallback: null };
  return { name: 'T', bound: chance.of(0.3) ? randomType(chance, names, 2) : null, fallback: null };
}

function asNameable({ name }: TypeParameter): Nameable {
  return { name, typeParameters: [], keys: null, is: 'other' };
}

/** The properties that can be read of an object type that takes no arguments. */
function keysOf(members: readonly Member[], typeParameters: readonly TypeParameter[]): string[] | null {
  return typeParameters.length > 0 ? null : members.filter(({ method }) => !method).map(({ name }) => name);
}

/** What a declaration is to those after it; null for one that is no type. */
export function nameableOf(declaration: Declaration): Nameable | null {
  const { name } = declaration;
  switch (declaration.kind) {
    case 'interface': {
      const { typeParameters, members } = declaration;
      const isComputed = members.some(({ type }) => type.kind === 'template');
      return { name, typeParameters, keys: keysOf(members, typeParameters), is: isComputed ? 'template' : 'interface' };
    }
    case 'alias': {
      const { typeParameters, type } = declaration;
      const keys = type.kind === 'object' ? keysOf(type.members, typeParameters) : null;
      return { name, typeParameters, keys, is: type.kind === 'template' ? 'template' : 'other' };
    }
    case 'class':
      return { name, typeParameters: declaration.typeParameters, keys: null, is: 'class' };
    case 'enum':
      return { name, typeParameters: [], keys: null, is: 'other' };
    default:
      return null;
  }
}

function randomInterface(chance: Chance, names: readonly Nameable[], name: string): Interface {
  const typeParameters = chance.of(0.2) ? [typeParameter(chance, names)] : [];
  const bases = names.filter((one) => one.is === 'interface' && one.typeParameters.length === 0);
  const base = bases.length > 0 && chance.of(0.25) ? chance.pick(bases).name : null;
  const known = [...names, ...typeParameters.map(asNameable)];
  const members = randomMembers(chance, known, 0, 1 + chance.below(4));
  const open = base === null && chance.of(0.08);
  return { kind: 'interface', name, exported: chance.of(0.8), typeParameters, base, open, members };
}

function randomAlias(chance: Chance, names: readonly Nameable[], name: string): Alias {
  const typeParameters = chance.of(0.25) ? [typeParameter(chance, names)] : [];
  const type = randomType(chance, [...names, ...typeParameters.map(asNameable)]);
  return { kind: 'alias', name, exported: chance.of(0.8), typeParameters, type };
}

function randomClass(chance: Chance, names: readonly Nameable[], name: string): Class {
  const typeParameters = chance.of(0.15) ? [typeParameter(chance, names)] : [];
  const known = [...names, ...typeParameters.map(asNameable)];
  const bases = names.filter((one) => one.is === 'class' && one.typeParameters.length === 0);
  const members = randomMembers(chance, known, 0, 1 + chance.below(3)).map((drawn): ClassMember => {
    const member = chance.of(0.15) ? chained(drawn) : drawn;
    const optional = !member.method && member.optional;
    return {
      ...member,
      optional,
      static: typeParameters.length === 0 && chance.of(0.15),
      protected: chance.of(0.1),
      accessor: !member.method && !optional && chance.of(0.15),
    };
  });
  return {
    kind: 'class',
    name,
    exported: true,
    typeParameters,
    base: bases.length > 0 && chance.of(0.3) ? chance.pick(bases).name : null,
    abstract: chance.of(0.12),
    nominal: chance.of(0.15),
    constructorParameters: chance.of(0.7) ? randomParameters(chance, () => randomType(chance, known, 1)) : null,
    members,
  };
}

/** The member, as a method that hands back the object that it is called on; another stays what it is. */
function chained(member: Member): Member {
  if (!member.method || member.type.kind !== 'function') return member;
  return { ...member, optional: false, type: { ...member.type, result: word('this') } };
}

/** What stands beside a function or a class under its name. */
function randomNamespace(chance: Chance, names: readonly Nameable[], { name }: Declaration): Namespace {
  const members = ['extra', 'more'].slice(0, 1 + chance.below(2));
  return {
    kind: 'namespace',
    name,
    exported: true,
    members: members.map((member) => ({ name: member, type: randomType(chance, names, 1) })),
  };
}

/** An alias that computes something of its type parameter, or what is made with one. */
function randomTemplate(chance: Chance, names: readonly Nameable[], name: string): Declaration | null {
  const objects = names.filter(({ keys }) => keys !== null);
  const templates = names.filter(({ is }) => is === 'template');
  if (objects.length === 0) return null;
  if (templates.length === 0 || chance.of(0.3)) {
    const type: Type = { kind: 'template', text: chance.pick(TEMPLATES) };
    const typeParameters = [{ name: 'T', bound: null, fallback: null }];
    const exported = chance.of(0.85);
    if (chance.of(0.4)) {
      const member = { name: 'made', type, optional: chance.of(0.2), readonly: chance.of(0.2), method: false };
      const members = [member, ...randomMembers(chance, names, 0, chance.below(2))];
      return { kind: 'interface', name, exported, typeParameters, base: null, open: false, members };
    }
    return { kind: 'alias', name, exported, typeParameters, type };
  }
  const filled = ref(chance.pick(templates).name, [ref(chance.pick(objects).name)]);
  if (chance.of(0.5)) return { kind: 'const', name: `c${name}`, exported: true, type: filled };
  const parameters = [{ name: 'p0', type: filled, optional: chance.of(0.2), rest: false }];
  return {
    kind: 'function',
    name: `f${name}`,
    exported: true,
    overloads: [{ typeParameters: [], parameters, result: word('number') }],
  };
}

function randomDeclaration(chance: Chance, names: readonly Nameable[], name: string): Declaration {
  const template = chance.of(0.18) ? randomTemplate(chance, names, name) : null;
  if (template !== null) return template;
  const roll = chance.below(100);
  if (roll < 27) return randomInterface(chance, names, name);
  if (roll < 45) return randomAlias(chance, names, name);
  if (roll < 72) return randomFunction(chance, names, name);
  if (roll < 80) return { kind: 'const', name: `c${name}`, exported: true, type: randomType(chance, names) };
  if (roll < 92) return randomClass(chance, names, name);
  const text = chance.of(0.5);
  const members = ['X', 'Y', 'Z'].slice(0, 1 + chance.below(3)).map((member, index) => {
    return { name: member, value: text ? `'${member.toLowerCase()}'` : `${index}` };
  });
  return { kind: 'enum', name, exported: true, constant: chance.of(0.25), members };
}

function randomFunction(chance: Chance, names: readonly Nameable[], name: string): Declaration {
  const overloads = chance.times(chance.of(0.2) ? 2 : 1, () => randomSignature(chance, names, 0, true));
  return { kind: 'function', name: `f${name}`, exported: true, overloads };
}

/** A module in which each declaration names none but those before it. */
export function randomModule(chance: Chance): Module {
  const declarations: Declaration[] = [];
  const names: Nameable[] = [];
  for (const name of [...'ABCDEF'].slice(0, 2 + chance.below(4))) {
    const declaration = randomDeclaration(chance, names, name);
    declarations.push(declaration);
    const isMerged = declaration.kind === 'function' || declaration.kind === 'class';
    if (isMerged && chance.of(0.1)) declarations.push(randomNamespace(chance, names, declaration));
    const nameable = nameableOf(declaration);
    if (nameable !== null) names.push(nameable);
  }
  if (!declarations.some(({ kind }) => kind === 'function' || kind === 'const' || kind === 'class'))
    declarations.push(randomFunction(chance, names, 'Z'));
  return { declarations };
}
