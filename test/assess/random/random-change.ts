/** A random change to a module: a type replaced, a member or parameter added, gone or otherwise, a declaration of another kind. */

import {
  type Alias,
  type Class,
  type ClassMember,
  type Declaration,
  type Element,
  type Func,
  type Interface,
  type Member,
  type Module,
  type Signature,
  type Spot,
  spotsOfModule,
  type Type,
  type TypeParameter,
  word,
} from './model.js';
import { type Chance, nameableOf, randomSignature, randomType, TEMPLATES } from './random-module.js';

/** False where nothing of the kind can be done to what was chosen. */
type Attempt = (chance: Chance, module: Module) => boolean;

/** A type that names nothing but the first declaration: wherever it is put, that has been declared. */
function newType(chance: Chance, module: Module, depth: number): Type {
  const first = module.declarations[0];
  const name = first === undefined ? null : nameableOf(first);
  return randomType(chance, name === null || name.typeParameters.length > 0 ? [] : [name], depth);
}

function addedElement(chance: Chance, module: Module): Element {
  const rest = chance.of(0.4);
  return { type: newType(chance, module, 2), optional: !rest, rest };
}

const TYPE_CHANGES: readonly ((spot: Spot, chance: Chance, module: Module) => Type | null)[] = [
  (_, chance, module) => newType(chance, module, 1),
  ({ type }, chance, module) => ({ kind: 'union', parts: [type, newType(chance, module, 2)] }),
  ({ type }) => ({ kind: 'union', parts: [type, word('undefined')] }),
  ({ type }) => ({ kind: 'array', of: type, readonly: false }),
  ({ type }) => ({ kind: 'generic', name: 'Promise', args: [type] }),
  () => word('unknown'),
  ({ type }, chance) => {
    if (type.kind !== 'union') return null;
    const parts = type.parts.filter((_, index, all) => index !== chance.below(all.length));
    return parts.length === 1 ? (parts[0] ?? null) : parts.length === 0 ? null : { kind: 'union', parts };
  },
  ({ type }) => (type.kind === 'word' && type.text.startsWith("'") ? word('string') : null),
  ({ type }) => (type.kind === 'word' && type.text === 'string' ? word("'a' | 'b'") : null),
  ({ type }) => (type.kind === 'array' ? { ...type, readonly: !type.readonly } : null),
  ({ type }, chance) =>
    type.kind === 'object' ? { kind: 'generic', name: chance.pick(['Readonly', 'Partial']), args: [type] } : null,
  ({ type }, chance) => (type.kind === 'template' ? { kind: 'template', text: chance.pick(TEMPLATES) } : null),
  ({ type }, chance) => {
    if (type.kind !== 'overloads') return null;
    const { overloads } = type;
    const roll = chance.below(4);
    if (roll === 0) return { kind: 'overloads', overloads: [...overloads, randomSignature(chance, [], 1)] };
    if (roll === 1) return { kind: 'overloads', overloads: overloads.slice(1) };
    if (roll === 2) return { kind: 'overloads', overloads: overloads.slice(0, -1) };
    return { kind: 'overloads', overloads: [...overloads].reverse() };
  },
  ({ type }, chance, module) => {
    if (type.kind !== 'tuple') return null;
    const { elements } = type;
    if (chance.of(0.5)) return { kind: 'tuple', elements: [...elements, addedElement(chance, module)] };
    return elements.length > 1 ? { kind: 'tuple', elements: elements.slice(0, -1) } : null;
  },
];

const changeType: Attempt = (chance, module) => {
  const spots = spotsOfModule(module);
  if (spots.length === 0) return false;
  const spot = chance.pick(spots);
  const type = chance.pick(TYPE_CHANGES)(spot, chance, module);
  if (type === null) return false;
  spot.put(type);
  return true;
};

/** The lists of members, and whose they are. */
function memberLists(module: Module): { members: Member[]; owner: Declaration | null }[] {
  const own = module.declarations.flatMap((owner) =>
    owner.kind === 'interface' || owner.kind === 'class' ? [{ members: owner.members as Member[], owner }] : [],
  );
  const inside = spotsOfModule(module).flatMap(({ type }) =>
    type.kind === 'object' ? [{ members: type.members, owner: null }] : [],
  );
  return [...own, ...inside];
}

const addMember: Attempt = (chance, module) => {
  const lists = memberLists(module);
  if (lists.length === 0) return false;
  const { members, owner } = chance.pick(lists);
  const name = ['zz', 'yy'].find((one) => !members.some((member) => member.name === one));
  if (name === undefined) return false;
  const member = { name, type: newType(chance, module, 2), optional: chance.of(0.5), readonly: false, method: false };
  const inClass: ClassMember = { ...member, static: false, protected: false, accessor: false };
  members.push(owner?.kind === 'class' ? inClass : member);
  return true;
};

const changeMember: Attempt = (chance, module) => {
  const lists = memberLists(module).filter(({ members }) => members.length > 0);
  if (lists.length === 0) return false;
  const { members, owner } = chance.pick(lists);
  const member = chance.pick(members);
  const inClass = owner?.kind === 'class';
  const roll = chance.below(5);
  if (roll === 0) {
    if (members.length === 1 && !inClass) return false;
    members.splice(members.indexOf(member), 1);
  } else if (roll === 1) {
    if (inClass && (member.method || (member as ClassMember).accessor)) return false;
    member.optional = !member.optional;
  } else if (roll === 2) {
    if (member.method) return false;
    member.readonly = !member.readonly;
  } else if (roll === 3) {
    if (member.type.kind !== 'function' || member.readonly || (inClass && (member as ClassMember).accessor))
      return false;
    member.method = !member.method;
    if (inClass) member.optional = false;
  } else {
    return inClass && changeClassMember(chance, member as ClassMember, owner.name);
  }
  return true;
};

function changeClassMember(chance: Chance, member: ClassMember, owner: string): boolean {
  const roll = chance.below(4);
  if (roll === 3) {
    if (!member.method || member.static || member.type.kind !== 'function') return false;
    const isThis = member.type.result.kind === 'word' && member.type.result.text === 'this';
    member.type.result = isThis ? { kind: 'ref', name: owner, args: [] } : word('this');
  } else if (roll === 0) member.static = !member.static;
  else if (roll === 1) member.protected = !member.protected;
  else if (member.method || member.optional) return false;
  else member.accessor = !member.accessor;
  return true;
}

function signaturesOf(module: Module): { signature: Signature; ofConstructor: boolean }[] {
  const declared = module.declarations.flatMap((one) => {
    if (one.kind === 'function') return one.overloads.map((signature) => ({ signature, ofConstructor: false }));
    if (one.kind !== 'class' || one.constructorParameters === null) return [];
    const signature = { typeParameters: [], parameters: one.constructorParameters, result: word('void') };
    return [{ signature, ofConstructor: true }];
  });
  const methods = memberLists(module).flatMap(({ members }) => members.map(({ type }) => type));
  const inside = [...spotsOfModule(module).map(({ type }) => type), ...methods];
  const functions = new Set(inside.filter((type) => type.kind === 'function'));
  return [...declared, ...[...functions].map((signature) => ({ signature, ofConstructor: false }))];
}

const changeParameters: Attempt = (chance, module) => {
  const all = signaturesOf(module);
  if (all.length === 0) return false;
  const { signature, ofConstructor } = chance.pick(all);
  const { parameters } = signature;
  const last = parameters.at(-1);
  const roll = chance.below(6);
  if (roll === 0) {
    if (last?.rest) return false;
    const optional = chance.of(0.5) || last?.optional === true;
    parameters.push({ name: 'added', type: newType(chance, module, 2), optional, rest: false });
  } else if (roll === 1) {
    if (last === undefined) return false;
    parameters.pop();
  } else if (roll === 2) {
    if (last === undefined || last.rest) return false;
    last.optional = !last.optional;
    return last.optional || !parameters.slice(0, -1).some(({ optional }) => optional);
  } else if (roll === 3) {
    if (last?.rest) return false;
    const type: Type = { kind: 'array', of: newType(chance, module, 2), readonly: false };
    parameters.push({ name: 'more', type, optional: false, rest: true });
  } else if (roll === 4) {
    const chosen = parameters.find(({ rest }) => !rest);
    if (ofConstructor || signature.typeParameters.length > 0 || chosen === undefined) return false;
    signature.typeParameters.push({ name: 'U', bound: null, fallback: null });
    chosen.type = { kind: 'ref', name: 'U', args: [] };
  } else {
    if (parameters.length < 2 || parameters.some(({ optional, rest }) => optional || rest)) return false;
    parameters.reverse();
  }
  return true;
};

const WITH_DEFAULT: TypeParameter = { name: 'V', bound: null, fallback: word('string') };

function changeInterface(chance: Chance, module: Module, one: Interface): boolean {
  const roll = chance.below(4);
  if (roll === 3) one.open = !one.open;
  else if (roll === 0) {
    if (one.base !== null || one.open) return false;
    const { name, exported, typeParameters, members } = one;
    const alias: Alias = { kind: 'alias', name, exported, typeParameters, type: { kind: 'object', members } };
    module.declarations[module.declarations.indexOf(one)] = alias;
  } else if (roll === 1) one.typeParameters.push(WITH_DEFAULT);
  else if (one.base === null) return false;
  else one.base = null;
  return true;
}

function changeAlias(chance: Chance, module: Module, one: Alias): boolean {
  const { name, exported, typeParameters, type } = one;
  if (type.kind === 'object' && chance.of(0.5)) {
    const { members } = type;
    const written: Interface = { kind: 'interface', name, exported, typeParameters, base: null, open: false, members };
    module.declarations[module.declarations.indexOf(one)] = written;
  } else if (typeParameters.length === 0) typeParameters.push(WITH_DEFAULT);
  else for (const parameter of typeParameters) parameter.bound = parameter.bound ? null : newType(chance, module, 2);
  return true;
}

function changeFunction(chance: Chance, module: Module, { name, overloads }: Func, at: number): boolean {
  const roll = chance.below(4);
  const [first] = overloads;
  if (roll === 0) overloads.push(randomSignature(chance, [], 0, true));
  else if (roll === 3 && overloads.length === 1 && first !== undefined)
    module.declarations[at] = { kind: 'const', name, exported: true, type: { kind: 'function', ...first } };
  else if (overloads.length < 2) return false;
  else if (roll === 1) overloads.pop();
  else overloads.reverse();
  return true;
}

function changeClass(chance: Chance, one: Class): boolean {
  const roll = chance.below(5);
  if (roll === 0) one.abstract = !one.abstract;
  else if (roll === 1) one.nominal = !one.nominal;
  else if (roll === 2) one.constructorParameters = one.constructorParameters === null ? [] : null;
  else if (roll === 3) one.typeParameters.push(WITH_DEFAULT);
  else if (one.base === null) return false;
  else one.base = null;
  return true;
}

const changeDeclaration: Attempt = (chance, module) => {
  const one = chance.pick(module.declarations);
  switch (one.kind) {
    case 'interface':
      return changeInterface(chance, module, one);
    case 'alias':
      return changeAlias(chance, module, one);
    case 'function':
      return changeFunction(chance, module, one, module.declarations.indexOf(one));
    case 'class':
      return changeClass(chance, one);
    case 'enum': {
      const [first] = one.members;
      if (first === undefined) return false;
      if (chance.of(0.25)) one.constant = !one.constant;
      else if (chance.of(0.5)) one.members.push({ name: 'W', value: first.value.startsWith("'") ? "'w'" : '9' });
      else if (one.members.length > 1) one.members.pop();
      else return false;
      return true;
    }
    case 'namespace':
      if (one.members.length < 2 || chance.of(0.5))
        one.members.push({ name: 'added', type: newType(chance, module, 2) });
      else one.members.pop();
      return true;
    default:
      return false;
  }
};

/** As often as each is named. */
const ATTEMPTS = [
  changeType,
  changeType,
  changeType,
  addMember,
  changeMember,
  changeMember,
  changeParameters,
  changeDeclaration,
];

/** The module with one thing changed, or with two; null where nothing came to mind. */
export function changedModule(chance: Chance, module: Module): Module | null {
  const changed = structuredClone(module);
  let left = chance.of(0.2) ? 2 : 1;
  for (let tries = 0; tries < 30 && left > 0; tries += 1) {
    const before = structuredClone(changed);
    if (chance.pick(ATTEMPTS)(chance, changed)) left -= 1;
    else changed.declarations = before.declarations;
  }
  return left > 0 ? null : changed;
}
