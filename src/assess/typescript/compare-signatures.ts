/** Calls and constructions: overloads matched to each other, never by their place in the list. */

import { type CompatibilityLevel, moreSevere } from '../../model/report.js';
import ts from '../compiler.cjs';
import { compareConstructed } from './compare-extension.js';
import { compareSignature, type SignatureOwners } from './compare-signature.js';
import type { Comparison } from './comparison.js';
import { asTried, isParallel, type Match, type Taker, takerOf } from './overload-choice.js';
import { isReceived, isSupplied, type Role } from './roles.js';
import type { Place } from './type-places.js';
import { shortened } from './type-texts.js';

function showSignature(c: Comparison, signature: ts.Signature, kind: ts.SignatureKind): string {
  if (c.isQuiet) return '';
  const flags = ts.TypeFormatFlags.WriteArrowStyleSignature | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
  return shortened(c.checker.signatureToString(signature, undefined, flags, kind));
}

/** `SignatureFlags.Abstract`; TypeScript keeps it to itself (checker.ts, 6.0). */
const ABSTRACT = 4;

/** A class without a constructor has its base's, or one that no declaration stands for: only the flag tells whose it is. */
function isAbstractConstruct(signature: ts.Signature): boolean {
  const { flags = 0 } = signature as { readonly flags?: number };
  return (flags & ABSTRACT) !== 0;
}

function constructorVisibility(signature: ts.Signature): 'public' | 'protected' | 'private' {
  const { declaration } = signature;
  if (declaration === undefined || !ts.isConstructorDeclaration(declaration)) return 'public';
  const flags = ts.getCombinedModifierFlags(declaration);
  if (flags & ts.ModifierFlags.Private) return 'private';
  return flags & ts.ModifierFlags.Protected ? 'protected' : 'public';
}

const ACCESS = { public: 0, protected: 1, private: 2 } as const;

/** May a caller still say `new`, and may a subclass still say `super()`? */
function compareConstruction(c: Comparison, from: ts.Signature, to: ts.Signature, role: Role, place: Place): void {
  const path = place.path.replace(/^new /, '');
  if (isReceived(role) && isAbstractConstruct(to) && !isAbstractConstruct(from)) {
    c.breaking('class-abstract', path, 'abstract now: callers cannot construct it', null, null);
  }
  if (!isReceived(role) && isAbstractConstruct(to) !== isAbstractConstruct(from)) {
    const code = place.kind === 'constraint' ? 'type-param-constraint' : 'class-abstract';
    if (isAbstractConstruct(to)) c.minor(code, path, 'takes abstract classes as well now', null, null);
    else c.breaking(code, path, 'takes no abstract class any more', null, null);
  } else if (isReceived(role) && isAbstractConstruct(from) && !isAbstractConstruct(to)) {
    c.minor('class-abstract', path, 'can be constructed now, was abstract', null, null);
  }
  const [was, is] = [constructorVisibility(from), constructorVisibility(to)];
  if (ACCESS[is] > ACCESS[was]) {
    c.breaking('constructor-hidden', path, `its constructor is ${is} now, was ${was}`, null, null);
  } else if (ACCESS[is] < ACCESS[was]) {
    c.minor('member-exposed', path, `its constructor is ${is} now, was ${was}`, null, null);
  }
}

/** Where signatures are compared, and in which role and by which kind of call callers meet them. */
interface SignaturePlace {
  readonly role: Role;
  readonly place: Place;
  readonly kind: ts.SignatureKind;
}

function compareOne(
  c: Comparison,
  from: ts.Signature,
  to: ts.Signature,
  { role, place, kind }: SignaturePlace,
  owners: SignatureOwners | null = null,
): void {
  if (kind === ts.SignatureKind.Construct) {
    compareConstruction(c, from, to, role, place);
    if (constructorVisibility(from) === 'private' || constructorVisibility(to) === 'private') return;
  }
  compareSignature(c, from, to, { role, place, owners });
}

const FEW_OVERLOADS = 16;

/** The overload of the later version that serves callers of `from` best. */
function bestMatch(c: Comparison, from: ts.Signature, overloads: Overloads): Match | null {
  const { bs } = overloads;
  const unchanged = bs.findIndex((candidate) => isParallel(c, from, candidate));
  if (unchanged !== -1) return { to: unchanged };
  let best: Match | null = null;
  let level: CompatibilityLevel = 'BREAKING';
  for (const [to, candidate] of bs.entries()) {
    const found = c.rank(() => compareOne(c, from, candidate, overloads));
    if (found !== level && moreSevere(found, level) === level) {
      best = { to };
      level = found;
    }
    if (found === 'COMPATIBLE') break;
  }
  return best;
}

/** The overloads of one declaration before and after, in the order in which calls try them. */
interface Overloads extends SignaturePlace {
  readonly as: readonly ts.Signature[];
  readonly bs: readonly ts.Signature[];
}

/** The overload that serves the calls of each one from before; null where none does. */
function servedBy(c: Comparison, overloads: Overloads): readonly (Match | null)[] {
  const { as, bs } = overloads;
  const byText = new Map(bs.map((to, index) => [c.checker.signatureToString(to), index]));
  return as.map((from) => {
    // What reads alike is the same but for what changed where it is declared; with many overloads, trying takes long.
    const alike = as.length > FEW_OVERLOADS ? byText.get(c.checker.signatureToString(from)) : undefined;
    return alike !== undefined ? { to: alike } : bestMatch(c, from, overloads);
  });
}

/** Compares each overload from before with what serves its calls, or tells that nothing does. Returns which were paired. */
function comparePaired(c: Comparison, overloads: Overloads, served: readonly (Match | null)[]): ReadonlySet<number> {
  const { as, bs, place, kind } = overloads;
  const used = new Set<number>();
  const matched = new Set(served.map((match) => match?.to));
  // Where as many are left on either side, each became the one at its place: what changed says more than that it is gone.
  const left = bs.map((_, index) => index).filter((index) => !matched.has(index));
  const lost = served.filter((match) => match === null).length;
  const became = left.length === lost ? left : [];
  for (const [at, from] of as.entries()) {
    const match = served[at] ?? null;
    const index = match === null ? became.shift() : match.to;
    const to = index === undefined ? undefined : bs[index];
    if (index === undefined || to === undefined) {
      const shown = showSignature(c, from, kind);
      c.breaking('overload-removed', place.path, `no longer callable as ${shown}`, shown, null);
      continue;
    }
    used.add(index);
    compareOne(c, from, to, overloads);
  }
  return used;
}

/** Tells of the overloads that were not there before. */
function tellAdded(c: Comparison, { bs, place, kind }: Overloads, used: ReadonlySet<number>, breaks: boolean): void {
  for (const [index, to] of bs.entries()) {
    if (used.has(index)) continue;
    const shown = showSignature(c, to, kind);
    if (breaks) c.breaking('overload-added', place.path, `has to be callable as ${shown} too`, null, shown);
    else c.minor('overload-added', place.path, `callable as ${shown} too`, null, shown);
  }
}

function compareOverloads(c: Comparison, a: ts.Type, b: ts.Type, at: SignaturePlace): void {
  const { role, place, kind } = at;
  const [as, bs] = [asTried(c.checker.getSignaturesOfType(a, kind)), asTried(c.checker.getSignaturesOfType(b, kind))];
  const overloads = { as, bs, ...at };
  const served = servedBy(c, overloads);
  const used = comparePaired(c, overloads, served);
  // What callers have written may do for an overload that it does not know of.
  const isAdded = used.size < bs.length;
  tellAdded(c, overloads, used, isAdded && isSupplied(role) && !c.assignable(a, b));
  const taker = isReceived(role) ? takerOf(c, { as, bs, served }) : null;
  if (taker === null) return;
  const { signature, how, level } = taker;
  const shown = showSignature(c, signature, kind);
  const message = takerMessage(how, shown);
  if (level === 'BREAKING') c.breaking('overload-reordered', place.path, message, null, shown);
  else c.unknown('overload-reordered', place.path, `${message}: what that gives them is not known`, null, shown);
}

function takerMessage(how: Taker['how'], shown: string): string {
  if (how === 'written') return `functions written in a call get their parameters from ${shown} now`;
  if (how === 'moved') return `${shown} is tried earlier now: calls may take it before the one they took`;
  return `calls may take ${how === 'new' ? 'the new ' : ''}${shown} before the one they took`;
}

/** Compares how two types can be called, or constructed. */
export function compareSignatures(c: Comparison, a: ts.Type, b: ts.Type, at: SignaturePlace): void {
  const { role, kind } = at;
  const [as, bs] = [a, b].map((type) => c.checker.getSignaturesOfType(type, kind));
  if (as === undefined || bs === undefined || (as.length === 0 && bs.length === 0)) return;
  const construct = kind === ts.SignatureKind.Construct;
  const { path } = at.place;
  const place: Place = construct && !path.startsWith('new ') ? { ...at.place, path: `new ${path}` } : at.place;
  const [from, to] = [as[0], bs[0]];
  if (from === undefined) {
    const shown = showSignature(c, to as ts.Signature, kind);
    if (isSupplied(role)) c.breaking('not-callable', place.path, `has to be callable as ${shown} now`, null, shown);
    else c.minor('call-added', place.path, `callable as ${shown} now`, null, shown);
    return;
  }
  if (to === undefined) {
    const shown = showSignature(c, from, kind);
    if (isReceived(role))
      c.breaking(
        'not-callable',
        place.path,
        construct ? 'no longer a class to construct' : 'no longer a function',
        shown,
        null,
      );
    else c.minor('not-callable', place.path, 'need not be callable any more', shown, null);
    return;
  }
  if (construct && isReceived(role)) compareConstructed(c, a, b, path);
  if (as.length === 1 && bs.length === 1) compareOne(c, from, to, { role, place, kind }, { before: a, after: b });
  else compareOverloads(c, a, b, { role, place, kind });
}
