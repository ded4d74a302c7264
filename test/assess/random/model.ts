/** Small modules of declarations, as values that can be printed, changed and called. */

/** A type as it is written. */
export type Type =
  | { kind: 'word'; text: string }
  | { kind: 'ref'; name: string; args: Type[] }
  | { kind: 'union' | 'intersection'; parts: Type[] }
  | { kind: 'array'; of: Type; readonly: boolean }
  | { kind: 'tuple'; elements: Element[] }
  | { kind: 'object'; members: Member[] }
  | { kind: 'map'; of: Type }
  | ({ kind: 'function' } & Signature)
  /** An object that can be called in several ways. */
  | { kind: 'overloads'; overloads: Signature[] }
  | { kind: 'generic'; name: string; args: Type[] }
  | { kind: 'keyof'; of: Type }
  | { kind: 'index'; of: Type; key: string }
  /** The body of an alias that computes something of its type parameter `T`. */
  | { kind: 'template'; text: string };

export interface Element {
  type: Type;
  optional: boolean;
  rest: boolean;
}

export interface Parameter {
  name: string;
  type: Type;
  optional: boolean;
  rest: boolean;
}

export interface TypeParameter {
  name: string;
  bound: Type | null;
  fallback: Type | null;
}

export interface Signature {
  typeParameters: TypeParameter[];
  parameters: Parameter[];
  result: Type;
}

/** A property, or a method where its type is a function's. */
export interface Member {
  name: string;
  type: Type;
  optional: boolean;
  readonly: boolean;
  method: boolean;
}

export interface ClassMember extends Member {
  static: boolean;
  protected: boolean;
  accessor: boolean;
}

interface Named {
  name: string;
  exported: boolean;
}

export type Interface = Named & {
  kind: 'interface';
  typeParameters: TypeParameter[];
  base: string | null;
  /** Any other key may be there as well. */
  open: boolean;
  members: Member[];
};
export type Alias = Named & { kind: 'alias'; typeParameters: TypeParameter[]; type: Type };
export type Func = Named & { kind: 'function'; overloads: Signature[] };
export type Const = Named & { kind: 'const'; type: Type };
export type Class = Named & {
  kind: 'class';
  typeParameters: TypeParameter[];
  base: string | null;
  abstract: boolean;
  /** With a private member, no look-alike fits. */
  nominal: boolean;
  constructorParameters: Parameter[] | null;
  members: ClassMember[];
};
export type Enum = Named & { kind: 'enum'; constant: boolean; members: { name: string; value: string }[] };
/** What stands beside a function or a class under its name. */
export type Namespace = Named & { kind: 'namespace'; members: { name: string; type: Type }[] };
export type Declaration = Interface | Alias | Func | Const | Class | Enum | Namespace;

export interface Module {
  declarations: Declaration[];
}

export const word = (text: string): Type => ({ kind: 'word', text });

/** What a name is written as; undefined where it is itself. */
export type Naming = (ref: { name: string; args: Type[] }) => string | undefined;

const ITSELF: Naming = () => undefined;

function inside(type: Type, naming: Naming): string {
  const text = printType(type, naming);
  return ['word', 'object', 'map', 'tuple', 'generic', 'overloads'].includes(type.kind) ? text : `(${text})`;
}

export function printParameters(parameters: readonly Parameter[], naming: Naming = ITSELF): string {
  return parameters
    .map(({ name, type, optional, rest }) => {
      return `${rest ? '...' : ''}${name}${optional ? '?' : ''}: ${printType(type, naming)}`;
    })
    .join(', ');
}

function printTypeParameters(list: readonly TypeParameter[], naming: Naming = ITSELF): string {
  if (list.length === 0) return '';
  const one = ({ name, bound, fallback }: TypeParameter): string =>
    `${name}${bound ? ` extends ${printType(bound, naming)}` : ''}${fallback ? ` = ${printType(fallback, naming)}` : ''}`;
  return `<${list.map(one).join(', ')}>`;
}

function printSignature({ typeParameters, parameters, result }: Signature, arrow: string, naming: Naming): string {
  const head = `${printTypeParameters(typeParameters, naming)}(${printParameters(parameters, naming)})`;
  return `${head}${arrow}${printType(result, naming)}`;
}

function printMember({ name, type, optional, readonly, method }: Member, naming: Naming): string {
  const mark = optional ? '?' : '';
  if (method && type.kind === 'function') return `${name}${mark}${printSignature(type, ': ', naming)};`;
  return `${readonly ? 'readonly ' : ''}${name}${mark}: ${printType(type, naming)};`;
}

function printElement({ type, optional, rest }: Element, naming: Naming): string {
  const text = printType(type, naming);
  if (rest) return `...(${text})[]`;
  return optional ? `(${text})?` : text;
}

export function printType(type: Type, naming: Naming = ITSELF): string {
  const show = (part: Type): string => printType(part, naming);
  const args = (list: readonly Type[]): string => (list.length === 0 ? '' : `<${list.map(show).join(', ')}>`);
  switch (type.kind) {
    case 'word':
      return type.text;
    case 'ref':
      return naming(type) ?? `${type.name}${args(type.args)}`;
    case 'union':
    case 'intersection':
      return type.parts.map((part) => inside(part, naming)).join(type.kind === 'union' ? ' | ' : ' & ');
    case 'array':
      return `${type.readonly ? 'readonly ' : ''}${inside(type.of, naming)}[]`;
    case 'tuple':
      return `[${type.elements.map((one) => printElement(one, naming)).join(', ')}]`;
    case 'object':
      return `{ ${type.members.map((member) => printMember(member, naming)).join(' ')} }`;
    case 'map':
      return `{ [key: string]: ${show(type.of)} }`;
    case 'function':
      return printSignature(type, ' => ', naming);
    case 'overloads':
      return `{ ${type.overloads.map((one) => `${printSignature(one, ': ', naming)};`).join(' ')} }`;
    case 'generic':
      return `${type.name}${args(type.args)}`;
    case 'keyof':
      return `keyof ${inside(type.of, naming)}`;
    case 'index':
      return `${inside(type.of, naming)}['${type.key}']`;
    case 'template':
      return type.text.replaceAll(/\bT\b/g, () => naming({ name: 'T', args: [] }) ?? 'T');
  }
}

function printClassMember(member: ClassMember): string {
  const modifiers = `${member.protected ? 'protected ' : ''}${member.static ? 'static ' : ''}`;
  if (!member.accessor) return `${modifiers}${printMember(member, ITSELF)}`;
  const type = printType(member.type);
  const setter = member.readonly ? '' : ` ${modifiers}set ${member.name}(value: ${type});`;
  return `${modifiers}get ${member.name}(): ${type};${setter}`;
}

function printDeclaration(declaration: Declaration): string {
  const head = declaration.exported ? 'export ' : '';
  const { name } = declaration;
  switch (declaration.kind) {
    case 'interface': {
      const base = declaration.base === null ? '' : ` extends ${declaration.base}`;
      const members = [
        ...declaration.members.map((member) => printMember(member, ITSELF)),
        ...(declaration.open ? ['[key: string]: unknown;'] : []),
      ].join(' ');
      return `${head}interface ${name}${printTypeParameters(declaration.typeParameters)}${base} { ${members} }`;
    }
    case 'alias':
      return `${head}type ${name}${printTypeParameters(declaration.typeParameters)} = ${printType(declaration.type)};`;
    case 'function':
      return declaration.overloads
        .map((overload) => `${head}declare function ${name}${printSignature(overload, ': ', ITSELF)};`)
        .join('\n');
    case 'const':
      return `${head}declare const ${name}: ${printType(declaration.type)};`;
    case 'enum':
      return `${head}declare ${declaration.constant ? 'const ' : ''}enum ${name} { ${declaration.members.map((one) => `${one.name} = ${one.value}`).join(', ')} }`;
    case 'namespace': {
      const members = declaration.members.map((one) => `const ${one.name}: ${printType(one.type)};`).join(' ');
      return `${head}declare namespace ${name} { ${members} }`;
    }
    case 'class': {
      const kind = `declare ${declaration.abstract ? 'abstract ' : ''}class`;
      const base = declaration.base === null ? '' : ` extends ${declaration.base}`;
      const own = declaration.constructorParameters;
      const made = own === null ? '' : `constructor(${printParameters(own)}); `;
      const members = `${declaration.nominal ? 'private hidden; ' : ''}${made}${declaration.members.map(printClassMember).join(' ')}`;
      return `${head}${kind} ${name}${printTypeParameters(declaration.typeParameters)}${base} { ${members} }`;
    }
  }
}

/** A module as a file of declarations. Nothing of it is exported but what says so. */
export function printModule({ declarations }: Module): string {
  return `${declarations.map(printDeclaration).join('\n')}\nexport {};\n`;
}

/** A type with the way to put another one in its place. */
export interface Spot {
  type: Type;
  put(type: Type): void;
}

/** What a rest parameter is stays a list. */
function spotsOfParameter(one: Parameter): Spot[] {
  return spotsOf(one.type, (type) => {
    if (!one.rest) one.type = type;
  });
}

function spotsOfSignature({ typeParameters, parameters, result }: Signature, put: (type: Type) => void): Spot[] {
  return [
    ...typeParameters.flatMap((one) =>
      one.bound
        ? spotsOf(one.bound, (type) => {
            one.bound = type;
          })
        : [],
    ),
    ...parameters.flatMap(spotsOfParameter),
    ...spotsOf(result, put),
  ];
}

function spotsOfMember(member: Member): Spot[] {
  const { type } = member;
  if (member.method && type.kind === 'function')
    return spotsOfSignature(type, (result) => {
      type.result = result;
    });
  return spotsOf(type, (other) => {
    member.type = other;
  });
}

/** A type and all that it is made of. */
function spotsOf(type: Type, put: (type: Type) => void): Spot[] {
  const list = (parts: Type[]): Spot[] =>
    parts.flatMap((part, i) =>
      spotsOf(part, (other) => {
        parts[i] = other;
      }),
    );
  const inner = (): Spot[] => {
    switch (type.kind) {
      case 'ref':
      case 'generic':
        return list(type.args);
      case 'union':
      case 'intersection':
        return list(type.parts);
      case 'array':
      case 'map':
        return spotsOf(type.of, (other) => {
          type.of = other;
        });
      case 'tuple':
        return type.elements.flatMap((one) =>
          spotsOf(one.type, (other) => {
            one.type = other;
          }),
        );
      case 'object':
        return type.members.flatMap(spotsOfMember);
      case 'function':
        return spotsOfSignature(type, (result) => {
          type.result = result;
        });
      case 'overloads':
        return type.overloads.flatMap((overload) =>
          spotsOfSignature(overload, (result) => {
            overload.result = result;
          }),
        );
      default:
        return [];
    }
  };
  return [{ type, put }, ...inner()];
}

function spotsOfDeclaration(one: Declaration): Spot[] {
  switch (one.kind) {
    case 'interface':
      return one.members.flatMap(spotsOfMember);
    case 'class':
      return [...one.members.flatMap(spotsOfMember), ...(one.constructorParameters ?? []).flatMap(spotsOfParameter)];
    case 'alias':
    case 'const':
      return spotsOf(one.type, (type) => {
        one.type = type;
      });
    case 'function':
      return one.overloads.flatMap((overload) =>
        spotsOfSignature(overload, (type) => {
          overload.result = type;
        }),
      );
    case 'namespace':
      return one.members.flatMap((member) =>
        spotsOf(member.type, (type) => {
          member.type = type;
        }),
      );
    case 'enum':
      return [];
  }
}

/** Every type of a module. */
export function spotsOfModule({ declarations }: Module): Spot[] {
  return declarations.flatMap(spotsOfDeclaration);
}
