/** What a caller can do with a member of an object or class, as the second line of its code. */

import ts from '../compiler.cjs';
import { isAbstract, isReadonly, memberName, visibilityOf } from '../typescript/symbols.js';
import type { Draft, View } from './draft.js';
import type { Form } from './forms-of-exports.js';
import { keyOf, literal } from './quoted-names.js';
import { demand, Unwritable } from './write-type.js';

/** `(value: Box) => value.size` */
export function reads(view: View): Form {
  return (d) => {
    const declared = d.isOfInstance ? d.declare() : '';
    return d.statement(view, declared, [], '', { is: d.member(view).text });
  };
}

/** `(value: Box): number => value.size` */
export function readsAs(view: View): Form {
  return (d) => {
    const declared = d.isOfInstance ? d.declare() : '';
    const { text, type } = d.member(view);
    return d.statement(view, declared, [], `: ${d.types.write(type)}`, { is: text });
  };
}

/** `(): Record<string, unknown> => totals()` and `(value: A): Record<string, unknown> => value.b` */
export const readsRecord: Form = (d) => {
  const declared = d.isOfInstance ? d.declare() : '';
  return d.statement('outside', declared, [], ': Record<string, unknown>', { is: d.member('outside').text });
};

/** `(value: Box, given: number) => { value.size = given; }` */
export function writes(view: View): Form {
  return (d) => {
    const declared = d.isOfInstance ? d.declare() : '';
    const { text, type, symbol } = d.member(view);
    demand(!isReadonly(symbol));
    return d.statement(view, declared, [`given: ${d.types.write(writtenType(d, symbol) ?? type)}`], '', {
      does: `${text} = given`,
    });
  };
}

/** What a setter takes, which may be more than its getter gives. */
function writtenType(d: Draft, symbol: ts.Symbol): ts.Type | undefined {
  const [given] = symbol.declarations?.find(ts.isSetAccessorDeclaration)?.parameters ?? [];
  return given === undefined ? undefined : d.checker.getTypeAtLocation(given);
}

/** `(value: Box) => { value.size = value.size; }` */
export function writesBack(view: View): Form {
  return (d) => {
    const declared = d.isOfInstance ? d.declare() : '';
    const { text } = d.member(view);
    return d.statement(view, declared, [], '', { does: `${text} = ${text}` });
  };
}

/** What a subclass has in the place of a member, as it was declared. */
function overriding(d: Draft, symbol: ts.Symbol, as: ts.SymbolFlags = symbol.flags): string {
  const name = memberName(symbol);
  const key = name.startsWith('[') ? d.types.symbolKey(name) : keyOf(name);
  const modifiers = `${visibilityOf(symbol) === 'protected' ? 'protected ' : ''}override `;
  const type = d.checker.getTypeOfSymbol(symbol);
  if (as & ts.SymbolFlags.Method) {
    const [signature, ...more] = type.getCallSignatures();
    if (signature === undefined || more.length > 0) throw new Unwritable();
    const declared = d.types.declareParameters(signature.getTypeParameters() ?? []);
    const { text } = d.types.parameters(signature);
    return `${modifiers}${key}${declared}(${text}): ${d.types.result(signature)} { return null!; }`;
  }
  const written = d.types.write(type);
  if (!(as & ts.SymbolFlags.Accessor)) {
    return `${modifiers}${isReadonly(symbol) ? 'readonly ' : ''}${key}: ${written} = null!;`;
  }
  const setter = as & ts.SymbolFlags.SetAccessor ? ` ${modifiers}set ${key}(given: ${written}) {}` : '';
  return `${modifiers}get ${key}(): ${written} { return null!; }${setter}`;
}

/** `export abstract class Use extends Box { override size(): number { return null!; } }`, in the kind it is of or another. */
export function overrides(as?: ts.SymbolFlags): Form {
  return (d) => {
    demand(d.isClass && d.isOfInstance);
    const declared = d.declare();
    const { symbol } = d.member('inside');
    return `export abstract class Use${declared} extends ${d.type('value')} { ${overriding(d, symbol, as)} }`;
  };
}

/** `(value: Omit<Sink, 'write'> & { write(chunk: string): void }): Sink => value`: an implementation that takes less than it may be handed. */
export const takesLess: Form = (d) => {
  demand(d.isType && !d.isClass && d.root.steps.length === 1);
  const declared = d.declare();
  const own = d.type();
  const [step] = d.root.steps;
  const method = d.checker.getPropertiesOfType(d.declaredType()).find((found) => memberName(found) === step?.name);
  const [signature, ...more] = method === undefined ? [] : d.checker.getTypeOfSymbol(method).getCallSignatures();
  if (step === undefined || signature === undefined || more.length > 0) throw new Unwritable();
  const { names } = d.types.parameters(signature);
  const less = signature.parameters.map((symbol, at) => {
    const type = d.checker.getTypeOfSymbol(symbol);
    const [first] = type.isUnion() ? type.types : [];
    return first === undefined ? names[at]?.text : `${names[at]?.name}: ${d.types.write(first)}`;
  });
  const written = `${keyOf(step.name)}(${less.join(', ')}): ${d.types.result(signature)}`;
  return `export const use = ${declared}(value: Omit<${own}, ${literal(step.name)}> & { ${written} }): ${own} => value;`;
};

/** Of a property that has to be implemented a getter may take the place. */
export const overridesByGetter: Form = overrides(ts.SymbolFlags.GetAccessor);

/** `export class Use extends Shape { override area(): number { return null!; } }`: all that had to be implemented. */
export const implementsAll: Form = (d) => {
  demand(d.isClass);
  const declared = d.declare();
  d.types.thisType = 'this';
  const members = d.checker
    .getPropertiesOfType(d.declaredType())
    .filter(isAbstract)
    .map((symbol) => overriding(d, symbol));
  return `export class Use${declared} extends ${d.type('value')} {${members.map((text) => ` ${text}`).join('')} }`;
};
