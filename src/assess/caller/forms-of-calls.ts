/** What a caller can do with a function, method or constructor, as the second line of its code. */

import ts from '../compiler.cjs';
import { isOfLibrary, isOptional } from '../typescript/symbols.js';
import type { Draft, View } from './draft.js';
import type { Form } from './forms-of-exports.js';
import { isIdentifier } from './quoted-names.js';
import { demand, type Parameter, Unwritable } from './write-type.js';

/** `(text: string | undefined): string => { check(text); return text; }`, and `(text: boolean): true` where it only has to be true. */
export const asserts: Form = (d) => {
  const { text, type } = d.member('outside');
  const [signature] = type.getCallSignatures();
  const predicate = signature === undefined ? undefined : d.checker.getTypePredicateOfSignature(signature);
  if (signature === undefined || predicate?.kind !== ts.TypePredicateKind.AssertsIdentifier) throw new Unwritable();
  const declared = d.types.declareParameters(signature.getTypeParameters() ?? []);
  const { names } = d.types.parameters(signature);
  const argument = names[predicate.parameterIndex]?.name;
  const passed = names.map(({ name }) => name).join(', ');
  const isOnly = predicate.type === undefined;
  const narrowed = predicate.type === undefined ? 'true' : d.types.write(predicate.type);
  const given = names.map((one) => (isOnly && one.name === argument ? `${one.name}: boolean` : one.text)).join(', ');
  return `export const use = ${declared}(${given}): ${narrowed} => { ${text}(${passed}); return ${argument}; };`;
};

/** `(value: Slot): { value: string } | null => value.isFull() ? value : null`, where the call says what the object is. */
export const narrowsObject: Form = (d) => {
  const before = d.isOfInstance ? d.declare() : '';
  const { text, type, holder } = d.member('outside');
  const [signature] = type.getCallSignatures();
  const predicate = signature === undefined ? undefined : d.checker.getTypePredicateOfSignature(signature);
  if (signature === undefined || predicate?.kind !== ts.TypePredicateKind.This) throw new Unwritable();
  const { names } = d.types.parameters(signature);
  const is = `${text}(${names.map(({ name }) => name).join(', ')}) ? ${holder} : null`;
  return d.statement(
    'outside',
    before,
    names.map((one) => one.text),
    `: ${d.types.write(predicate.type)} | null`,
    { is },
  );
};

/** How a call is written. */
interface CallForm {
  readonly view?: View;
  /** Which of the ways to call, in the order declared; the last one where there are not as many. */
  readonly overload?: number;
  /** The result is asked to be what it was. */
  readonly result?: boolean;
  /** What may be left out is. */
  readonly least?: boolean;
  /** Type arguments are named. */
  readonly typed?: boolean;
  /** The result is asked to be an object of any keys. */
  readonly record?: boolean;
  /** A member of the result is read that nobody declared. */
  readonly key?: boolean;
  /** An object that is passed is written there and then. */
  readonly literal?: boolean;
  /** A callback takes all that it may be handed. */
  readonly callbacks?: boolean;
  /** A callback is written there and then, without types. */
  readonly untyped?: boolean;
  /** The same, and what it takes is asked to be what it was. */
  readonly asked?: boolean;
  /** What is passed is described by its members, and not by the name of its type, which stands for whatever it is by now. */
  readonly writtenOut?: boolean;
  /** What may be anything is a number, then a text, and so on. */
  readonly apart?: boolean;
}

/** `(tasks: Task[], limit?: number): Plan => plan(tasks, limit)` */
export function calls(isNew: boolean, how: CallForm = {}): Form {
  return (d) => {
    const { view = 'outside', overload = 0 } = how;
    // The names are in scope before the types that name them are written.
    const before = d.isOfInstance ? d.declare() : '';
    const { text, type } = d.member(view);
    const present = d.checker.getNonNullableType(type);
    const signature = (isNew ? present.getConstructSignatures() : present.getCallSignatures())[overload];
    if (signature === undefined) throw new Unwritable();
    const generic = signature.getTypeParameters() ?? [];
    const declared = joined(before, d.types.declareParameters(generic));
    const shown = passedTo(d, signature, how);
    const passed = shown.map((one) => one.passed).join(', ');
    const callee = `${isNew ? 'new ' : ''}${text}${present === type ? '' : '!'}${how.typed ? named(generic) : ''}`;
    const is = `${callee}(${passed})${how.key ? "['any key']" : ''}`;
    const given = shown.map((one) => one.text).filter((one) => one !== '');
    return d.statement(view, declared, given, resultOf(d, signature, how), { is });
  };
}

function named(generic: readonly ts.Type[]): string {
  demand(generic.length > 0);
  return `<${generic.map(({ symbol }) => symbol.name).join(', ')}>`;
}

function resultOf(d: Draft, signature: ts.Signature, { record, result }: CallForm): string {
  if (record) return ': Record<string, unknown>';
  return result ? `: ${d.types.write(signature.getReturnType())}` : '';
}

function passedTo(d: Draft, signature: ts.Signature, how: CallForm): Shown[] {
  const { least, literal, callbacks, untyped, asked, writtenOut, apart } = how;
  const { names } = d.types.parameters(signature);
  const parameters = names.filter(({ isOptional, isRest }) => !(least && (isOptional || isRest)));
  if (literal) return parameters.map((one, at) => inPlace(d, signature, one, at));
  if (untyped) return parameters.map((one, at) => writtenUntyped(d, signature, one, at));
  if (asked) return parameters.map((one, at) => writtenAsking(d, signature, one, at));
  if (callbacks) return parameters.map((one, at) => takingAll(d, signature, one, at));
  if (writtenOut) return parameters.map((one, at) => describedByMembers(d, signature, one, at));
  return apart ? parameters.map((one, at) => anything(d, signature, one, at)) : parameters.map(plainly);
}

/** What is declared of the parameter at a place, without null and undefined. */
function typeAt(d: Draft, signature: ts.Signature, at: number): ts.Type | undefined {
  const symbol = signature.parameters[at];
  return symbol === undefined ? undefined : d.checker.getNonNullableType(d.checker.getTypeOfSymbol(symbol));
}

/** `form: { fields: { host: string } }`, for a `Form<Options>`. */
function describedByMembers(d: Draft, signature: ts.Signature, parameter: Parameter, at: number): Shown {
  const type = typeAt(d, signature, at);
  if (type === undefined || parameter.isRest || !(type.flags & ts.TypeFlags.Object)) return plainly(parameter);
  return { text: `${parameter.name}: ${d.types.writeOut(type)}`, passed: parameter.name };
}

/** `visit: (item: string, index: number | undefined) => void`: a callback that leaves out nothing, and takes two of what may be many. */
function takingAll(d: Draft, signature: ts.Signature, parameter: Parameter, at: number): Shown {
  const type = typeAt(d, signature, at);
  const [callback, ...more] = type?.getCallSignatures() ?? [];
  if (callback === undefined || more.length > 0) return plainly(parameter);
  const taken = callback.parameters.flatMap((symbol, index) => {
    const [written] = d.types.parameters(callback).names.slice(index);
    const given = d.checker.getTypeOfSymbol(symbol);
    if (written?.isRest !== true) return [`${written?.name}: ${d.types.write(given)}`];
    const [element] = d.checker.getTypeArguments(given as ts.TypeReference);
    if (element === undefined) throw new Unwritable();
    const one = element.flags & ts.TypeFlags.Any ? 'unknown' : d.types.write(element);
    return [`${written.name}1: ${one}`, `${written.name}2: ${one}`];
  });
  return { text: `${parameter.name}: (${taken.join(', ')}) => ${d.types.result(callback)}`, passed: parameter.name };
}

/** `(count) => null!`: a callback whose parameters get their types from where it is written. */
function writtenUntyped(d: Draft, signature: ts.Signature, parameter: Parameter, at: number): Shown {
  const [callback] = typeAt(d, signature, at)?.getCallSignatures() ?? [];
  if (callback === undefined || callback.parameters.length === 0) return plainly(parameter);
  const taken = d.types.parameters(callback).names.map(({ name, isRest }) => `${isRest ? '...' : ''}${name}`);
  return { text: '', passed: `(${taken.join(', ')}) => null!` };
}

/** `(count) => { const given: [number] = [count]; return null!; }` */
function writtenAsking(d: Draft, signature: ts.Signature, parameter: Parameter, at: number): Shown {
  const [callback] = typeAt(d, signature, at)?.getCallSignatures() ?? [];
  const { names } = callback === undefined ? { names: [] } : d.types.parameters(callback);
  if (callback === undefined || names.length === 0 || names.some(({ isRest }) => isRest)) return plainly(parameter);
  const types = callback.parameters.map((symbol) => d.types.write(d.checker.getTypeOfSymbol(symbol)));
  const taken = names.map(({ name }) => name).join(', ');
  const body = `const given: [${types.join(', ')}] = [${taken}]; return null!;`;
  return { text: '', passed: `(${taken}) => { ${body} }` };
}

/** Two types that have nothing in common, and a value of each. */
const APART = [
  { type: 'number', value: '1' },
  { type: 'string', value: "'a'" },
] as const;

const ANYTHING = ts.TypeFlags.Any | ts.TypeFlags.Unknown;

/** `1` or `'a'` where anything is taken, both where any number of it is; and a callback that takes a number or a string where it may be handed anything. */
function anything(d: Draft, signature: ts.Signature, parameter: Parameter, at: number): Shown {
  const symbol = signature.parameters[at];
  const type = symbol === undefined ? undefined : d.checker.getTypeOfSymbol(symbol);
  if (type === undefined) return plainly(parameter);
  const one = APART[at % APART.length] ?? APART[0];
  if (type.flags & ANYTHING) return { text: '', passed: one.value };
  const element = parameter.isRest ? d.checker.getIndexTypeOfType(type, ts.IndexKind.Number) : undefined;
  if (element !== undefined && element.flags & ANYTHING)
    return { text: '', passed: APART.map(({ value }) => value).join(', ') };
  const [handed, ...more] = type.getCallSignatures()[0]?.parameters ?? [];
  return handed !== undefined && more.length === 0 && d.checker.getTypeOfSymbol(handed).flags & ANYTHING
    ? { text: '', passed: `(given: ${one.type}) => given` }
    : plainly(parameter);
}

/** A parameter of the caller's function, or several, and what is passed of it. */
interface Shown {
  readonly text: string;
  readonly passed: string;
}

function plainly({ name, isRest, text }: Parameter): Shown {
  return { text, passed: `${isRest ? '...' : ''}${name}` };
}

/** The object that is passed, of parameters that are its members: what is written in place may have no member too many. */
function inPlace(d: Draft, signature: ts.Signature, parameter: Parameter, at: number): Shown {
  const type = typeAt(d, signature, at);
  const isPlain =
    type !== undefined && (type.flags & ts.TypeFlags.Object) !== 0 && type.getCallSignatures().length === 0;
  if (!isPlain || isOfLibrary(type.symbol)) return plainly(parameter);
  const members = d.checker.getPropertiesOfType(type).filter((member) => !isOptional(member));
  if (members.length === 0 || members.length > 6 || !members.every(({ name }) => isIdentifier(name)))
    throw new Unwritable();
  const text = members
    .map((member) => `${member.name}: ${d.types.write(d.checker.getTypeOfSymbol(member))}`)
    .join(', ');
  return { text, passed: `{ ${members.map(({ name }) => name).join(', ')} }` };
}

function joined(a: string, b: string): string {
  return a === '' || b === '' ? `${a}${b}` : `${a.slice(0, -1)}, ${b.slice(1)}`;
}
