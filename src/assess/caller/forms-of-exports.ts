/** What a caller can do with an export, as the second line of its code. Each form is what was there, written down; none is believed unchecked. */

import ts from '../compiler.cjs';
import { memberName } from '../typescript/symbols.js';
import type { Draft } from './draft.js';
import { literal } from './quoted-names.js';
import { demand, Unwritable } from './write-type.js';

/** Writes the second line, and thereby imports what it names. @throws Unwritable */
export type Form = (draft: Draft) => string;

/** `export const use = plan;` */
export const namesValue: Form = (d) => {
  demand(d.isValue);
  return `export const use = ${d.value()};`;
};

/** `export type Use = Options;` */
export const namesType: Form = (d) => {
  demand(d.isType);
  return `export type Use${d.declare([], true)} = ${d.type()};`;
};

/** `export { tools };`, of what is neither. */
export const handsOn: Form = (d) => {
  demand(d.root.names.length === 1);
  return `export { ${d.type()} };`;
};

/** `export interface Use extends Row {}` */
export const extendsInterface: Form = (d) => {
  demand(d.isType && !d.isClass);
  return `export interface Use${d.declare()} extends ${d.type()} {}`;
};

/** `export abstract class Use extends Shape {}` */
export const extendsClass: Form = (d) => {
  demand(d.isValue);
  return `export abstract class Use${d.declare()} extends ${d.type('value')} {}`;
};

/** `(value: { id: string }): Task => value`: what callers have, as they wrote it, where the type is asked for. */
export const supplies: Form = (d) => {
  demand(d.isType);
  const declared = d.declare();
  d.types.thisType = d.type();
  return `export const use = ${declared}(value: ${d.types.writeOut(d.declaredType())}): ${d.type()} => value;`;
};

/** `(value: { other: 1 }): Options => value`: what has no member of the type's, where nothing was asked for. */
export const suppliesOthers: Form = (d) => {
  demand(d.isType && !d.isClass);
  return `export const use = ${d.declare()}(value: { other: 1 }): ${d.type()} => value;`;
};

/** `(value: Task): { id: string } => value`: what callers get, where they ask for what it was. */
export const receives: Form = (d) => {
  demand(d.isType);
  const declared = d.declare();
  d.types.thisType = d.type();
  return `export const use = ${declared}(value: ${d.type()}): ${d.types.writeOut(d.declaredType())} => value;`;
};

/** `(value: Row): Record<string, unknown> => value` */
export const asRecord: Form = (d) => {
  demand(d.isType);
  const declared = d.declare();
  return `export const use = ${declared}(value: ${d.type()}): Record<string, unknown> => value;`;
};

/** `export const use: 1 = Code.Fail;` */
export const isStillConstant: Form = (d) => {
  const { valueDeclaration } = d.root.symbol;
  demand(valueDeclaration !== undefined && ts.isEnumMember(valueDeclaration));
  const constant = d.checker.getConstantValue(valueDeclaration as ts.EnumMember);
  if (constant === undefined) throw new Unwritable();
  return `export const use: ${typeof constant === 'string' ? literal(constant) : constant} = ${d.value()};`;
};

/** `(key: keyof typeof routes): 'home' | 'about' => key` */
export const keysAre: Form = (d) => {
  demand(d.isValue && !d.isOfInstance && d.root.steps.length === 1);
  const names = d.checker.getPropertiesOfType(d.valueType()).map(memberName);
  demand(names.length <= 12 && !names.some((name) => name.startsWith('[')));
  return `export const use = (key: keyof typeof ${d.value()}): ${names.map(literal).join(' | ')} => key;`;
};

/** `(value: Box): Box<string> => value`: what stood for a parameter that is left out. */
export const filledIn: Form = (d) => {
  const name = d.type('type').replace(/<.*$/s, '');
  const defaults = (d.declaredType() as ts.InterfaceType).typeParameters ?? d.declaredType().aliasTypeArguments ?? [];
  demand(defaults.length > 0);
  const args = defaults.map((parameter) => {
    const standard = parameter.getDefault();
    if (standard === undefined) throw new Unwritable();
    return d.types.write(standard);
  });
  return `export const use = (value: ${name}): ${name}<${args.join(', ')}> => value;`;
};

/** `export const use: (text: string) => number = size;` */
export const isStill: Form = (d) => {
  demand(d.isValue && !d.isClass);
  return `export const use: ${d.types.writeOut(d.valueType())} = ${d.value()};`;
};

/** `(value: Headers) => value['any key']`, of an index signature. */
export const readsKey: Form = (d) => {
  const [holder, declared] = [d.isValue ? d.value() : 'value', d.isValue ? '' : d.declare()];
  const given = d.isValue ? '' : `value: ${d.type()}`;
  return `export const use = ${declared}(${given}) => ${holder}['any key'];`;
};

/** `() => { registry['any key'] = registry['any key']; }` */
export const writesKey: Form = (d) => {
  const [holder, declared] = [d.isValue ? d.value() : 'value', d.isValue ? '' : d.declare()];
  const given = d.isValue ? '' : `value: ${d.type()}`;
  return `export const use = ${declared}(${given}) => { ${holder}['any key'] = ${holder}['any key']; };`;
};
