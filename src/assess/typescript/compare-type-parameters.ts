/** Lists of type parameters, as callers fill them in or let them be inferred. */

import ts from '../compiler.cjs';
import type { Comparison } from './comparison.js';
import { BOTH, flipped, RECEIVED, type Role } from './roles.js';
import { letDefaultsStand } from './type-parameter-defaults.js';
import type { Place } from './type-places.js';

function nameOf(type: ts.Type): string {
  return type.symbol.name;
}

/** Compares the lists and lets the type parameters at the same place stand for each other from here on. */
export function compareTypeParameterLists(
  c: Comparison,
  as: readonly ts.Type[],
  bs: readonly ts.Type[],
  role: Role,
  place: Place,
  isCalled: boolean,
): void {
  c.pairTypeParameters(as, bs);
  if (!isCalled) letDefaultsStand(c, as, bs);
  as.forEach((a, index) => {
    const b = bs[index];
    const path = `${place.path.replace(/\(\)$/, '')}<${nameOf(a)}>`;
    if (b === undefined) {
      c.breaking('type-param-removed', path, 'type parameter removed', nameOf(a), null);
      return;
    }
    const [from, to] = [a, b].map((type) => type.getConstraint() ?? c.checker.getUnknownType());
    // Callers choose what it stands for, as they choose an argument.
    if (from !== undefined && to !== undefined) {
      c.compareTypes(from, to, flipped(role) === 0 ? RECEIVED : flipped(role), { path, kind: 'constraint' });
    }
    compareDefaults(c, a, b, path);
    compareModifiers(c, a, b, path);
  });
  for (const b of bs.slice(as.length)) {
    const path = `${place.path.replace(/\(\)$/, '')}<${nameOf(b)}>`;
    if (as.length === 0 && isCalled) {
      c.minor('type-param-added', path, 'generic now: what it stands for is inferred', null, nameOf(b));
    } else if (b.getDefault() === undefined) {
      c.breaking(
        'type-param-added',
        path,
        'type parameter added: callers that name the others do not compile',
        null,
        nameOf(b),
      );
    } else c.minor('type-param-added', path, 'type parameter with a default added', null, nameOf(b));
  }
}

/** What a bare name stands for. */
function compareDefaults(c: Comparison, a: ts.Type, b: ts.Type, path: string): void {
  const [from, to] = [a.getDefault(), b.getDefault()];
  if (from === undefined && to === undefined) return;
  if (from === undefined) {
    c.minor('type-param-default', path, 'has a default now', null, to === undefined ? null : c.show(to));
  } else if (to === undefined) {
    c.breaking(
      'type-param-default',
      path,
      'has no default any more: callers that leave it out do not compile',
      c.show(from),
      null,
    );
  } else if (to.flags & ts.TypeFlags.Any && !(from.flags & ts.TypeFlags.Any)) {
    c.unknown(
      'any-introduced',
      path,
      `stands for any where it is left out, stood for ${c.show(from)}`,
      c.show(from),
      'any',
    );
  } else if (from.flags & ts.TypeFlags.Any && !(to.flags & ts.TypeFlags.Any)) {
    c.breaking('any-removed', path, `stands for ${c.show(to)} where it is left out, stood for any`, 'any', c.show(to));
  } else if (isWrittenParallel(c, a, b)) {
    // What changed in the declarations that it names decides: whoever leaves the argument out meets the default in any role.
    c.compareTypes(from, to, BOTH, { path, kind: 'default' });
  } else if (!c.same(from, to) && !c.texts.readAlike(from, to)) {
    c.breaking(
      'type-param-default',
      path,
      `stands for ${c.show(to)} where it is left out, stood for ${c.show(from)}`,
      c.show(from),
      c.show(to),
    );
  }
}

/** True where both defaults are written the same but for what changed in the declarations that they name. */
function isWrittenParallel(c: Comparison, a: ts.Type, b: ts.Type): boolean {
  const [from, to] = [a, b].map(({ symbol }) => symbol.declarations?.find(ts.isTypeParameterDeclaration)?.default);
  return from !== undefined && to !== undefined && c.identity.equalNodes(from, to).parallel;
}

function modifiersOf(type: ts.Type): ReadonlySet<ts.SyntaxKind> {
  const nodes = type.symbol.declarations?.filter(ts.isTypeParameterDeclaration) ?? [];
  return new Set(nodes.flatMap((node) => node.modifiers?.map(({ kind }) => kind) ?? []));
}

/** `const`, by which literals are inferred, and `in out`, by which one instantiation no longer fits another. */
function compareModifiers(c: Comparison, a: ts.Type, b: ts.Type, path: string): void {
  const [from, to] = [modifiersOf(a), modifiersOf(b)];
  const isConst = (modifiers: ReadonlySet<ts.SyntaxKind>): boolean => modifiers.has(ts.SyntaxKind.ConstKeyword);
  if (isConst(from) !== isConst(to)) {
    const message = isConst(to) ? 'is inferred as a constant now' : 'is no longer inferred as a constant';
    c.breaking('type-param-constraint', path, message, isConst(from) ? 'const' : null, isConst(to) ? 'const' : null);
  }
  const isInvariant = (modifiers: ReadonlySet<ts.SyntaxKind>): boolean =>
    modifiers.has(ts.SyntaxKind.InKeyword) && modifiers.has(ts.SyntaxKind.OutKeyword);
  // `in` or `out` alone is only allowed where it is so anyway.
  if (isInvariant(to) && !isInvariant(from)) {
    c.breaking('type-param-constraint', path, 'has to be the very same type now', null, 'in out');
  } else if (isInvariant(from) && !isInvariant(to)) {
    c.minor('type-param-constraint', path, 'need not be the very same type any more', 'in out', null);
  }
}
