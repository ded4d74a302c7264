/** The parameters of a signature, as arguments meet them. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { isOptional, typeNode } from './symbols.js';
import { withoutUndefined } from './type-kinds.js';
import type { Place } from './type-places.js';

export interface Parameter {
  readonly name: string;
  readonly type: ts.Type;
  readonly optional: boolean;
  readonly rest: boolean;
  /** The type as it is written. */
  readonly node: ts.TypeNode | undefined;
}

function isOptionalParameter(symbol: ts.Symbol): boolean {
  const node = symbol.valueDeclaration;
  if (node === undefined) return isOptional(symbol);
  if (!ts.isParameter(node)) return false;
  if (node.questionToken !== undefined || node.initializer !== undefined) return true;
  return ts
    .getJSDocParameterTags(node)
    .some((tag) => tag.isBracketed || tag.typeExpression?.type.kind === ts.SyntaxKind.JSDocOptionalType);
}

/** The parameters as arguments meet them: a rest parameter that is a tuple is its elements. */
export function parametersOf(c: Comparison, signature: ts.Signature): Parameter[] {
  return signature.getParameters().flatMap((symbol): Parameter[] => {
    const type = c.checker.getTypeOfSymbol(symbol);
    const node = symbol.valueDeclaration;
    const rest = node !== undefined && ts.isParameter(node) && node.dotDotDotToken !== undefined;
    const { name } = symbol;
    const written = node !== undefined && ts.isParameter(node) ? typeNode(node) : undefined;
    if (!rest) {
      const optional = isOptionalParameter(symbol);
      return [{ name, type: optional ? withoutUndefined(c, type) : type, optional, rest, node: written }];
    }
    if (!c.checker.isTupleType(type)) return [{ name, type, optional: true, rest, node: written }];
    const reference = type as ts.TupleTypeReference;
    return c.checker.getTypeArguments(reference).map((element, index) => {
      const flags = reference.target.elementFlags[index] ?? ts.ElementFlags.Required;
      const optional = (flags & ts.ElementFlags.Required) === 0;
      return {
        name: `${name}[${index}]`,
        type: optional ? withoutUndefined(c, element) : element,
        optional,
        rest: (flags & ts.ElementFlags.Variable) !== 0,
        node: undefined,
      };
    });
  });
}

/** True where the compiler holds the parameters of implementations against its own both ways (checker.ts, compareSignaturesRelated). */
export function isMethod({ declaration }: ts.Signature): boolean {
  return declaration !== undefined && (ts.isMethodSignature(declaration) || ts.isMethodDeclaration(declaration));
}

/** What an argument at this place is taken as; null where none is taken. */
export function parameterAt(c: Comparison, parameters: readonly Parameter[], index: number): Parameter | null {
  const own = parameters[index];
  if (own !== undefined && !own.rest) return own;
  const rest = parameters.find((parameter) => parameter.rest);
  if (rest === undefined) return null;
  const element = c.checker.getIndexTypeOfType(rest.type, ts.IndexKind.Number);
  return element === undefined ? rest : { ...rest, type: element };
}

/** How few and how many arguments are taken. */
export function arityOf(parameters: readonly Parameter[]): { readonly least: number; readonly most: number } {
  const required = parameters.map(({ optional, rest }) => !optional && !rest).lastIndexOf(true);
  const isOpen = parameters.some(({ rest }) => rest);
  return { least: required + 1, most: isOpen ? Number.POSITIVE_INFINITY : parameters.length };
}

/** The path of an argument: `open(path)`, of `open` or `open()`. */
export function argumentPath(place: Place, name: string): string {
  const called = place.path.endsWith('()') ? place.path.slice(0, -2) : place.path;
  return `${called}(${name})`;
}
