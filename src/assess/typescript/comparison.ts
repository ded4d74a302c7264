/** The state of one comparison: the checker, what was found, what was already compared, and how much may still be done. */

import type { Finding } from '../../model/assessment.js';
import type { FindingCode } from '../../model/finding-codes.js';
import type { CompatibilityLevel } from '../../model/report.js';
import ts from '../compiler.cjs';
import { levelOf } from '../verdict.js';
import { DeclarationComparison } from './declaration-comparison.js';
import { DeclarationIdentity } from './declaration-identity.js';
import { ForeignNames } from './foreign-names.js';
import { areTwo } from './nominal.js';
import { PairsInProgress } from './pairs-in-progress.js';
import { Positions } from './positions.js';
import { BOTH, joined, type Role } from './roles.js';
import { Subclassing } from './subclassing.js';
import { isAssignable, isErrorType, isPlain } from './symbols.js';
import type { ToldPair } from './told-pairs.js';
import type { Meeting, Place } from './type-places.js';
import { TypeTexts } from './type-texts.js';
import type { Work } from './work.js';

/** Two types that could not be compared: where, and how they differ. */
interface UndecidedPair {
  readonly place: Place;
  readonly change: string;
}

/** A generic type that contains itself at another instantiation each time is followed so many times. */
const MAX_SAME_DECLARATION = 8;
/** Deeper than any interface that a person wrote; a guard against types made by types. */
const MAX_DEPTH = 120;

type Sink = Finding[];

/** The road of types, handed in so that this state knows nothing of what is done with it. */
type Compare = (c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place) => void;

/** `tell`: what changed, in words. `rank`: how severe it is. `same`: whether anything changed at all. */
type Mode = 'tell' | 'rank' | 'same';

/** Ends a comparison of which all that was asked is known. */
class Decided extends Error {}
/** There is a difference, where only that was asked. */
const DIFFERENT = new Decided();
/** Callers break, where only the rank was asked: nothing is worse, so that what is left to compare does not matter. */
const BROKEN = new Decided();

/** The name of what is exported, and of what a namespace exports that is. */
function nameIn(exported: ReadonlyMap<ts.Symbol, string>, symbol: ts.Symbol): string | undefined {
  const name = exported.get(symbol);
  if (name !== undefined) return name;
  const { parent } = symbol as { readonly parent?: ts.Symbol };
  if (parent?.exports?.get(symbol.escapedName) !== symbol || !(parent.flags & ts.SymbolFlags.Namespace))
    return undefined;
  const outer = nameIn(exported, parent);
  return outer === undefined ? undefined : `${outer}.${symbol.name}`;
}

/** What becomes of a pair of types. */
interface Visit {
  /** Compares it. */
  readonly work: () => void;
  /** Says of it what can be said where it is nested too deep to be compared. */
  readonly giveUp: () => void;
}

const NOWHERE: Place = { path: '', kind: 'type' };

/** The program of both versions, and its checker. */
interface Compared {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
}

export class Comparison {
  readonly checker: ts.TypeChecker;
  readonly identity: DeclarationIdentity;
  /** In which roles the earlier version's declarations are met, by the syntax of what it exports. */
  readonly positions: Positions;
  /** The roles in which each of the earlier version's declarations was met. */
  readonly met = new Map<ts.Symbol, Role>();
  /** Classes that callers can construct or extend: theirs are the library's own instances. */
  readonly exportedClasses = new Set<ts.Symbol>();
  /** The names under which the earlier version exports its declarations. */
  readonly exportNames = new Map<ts.Symbol, string>();
  /** What the later version exports under the names of each of the earlier version's declarations. */
  readonly namesakes = new Map<ts.Symbol, Set<ts.Symbol>>();
  /** Which of the earlier version's classes callers can extend. */
  readonly subclassing: Subclassing;
  /** The later version's type parameters that callers do not know of, and what stands where they are left out. */
  readonly standIns = new Map<ts.Type, ts.Type>();
  /** Types of which it has been told what they extend from elsewhere. */
  readonly basesCompared = new Set<ts.Type>();
  /** What an operator should know that is of no level. */
  readonly notes: string[] = [];
  /** What names stand for that come from packages which are not there. */
  readonly foreign: ForeignNames;
  private readonly compare: Compare;
  private readonly work: Work;
  private readonly ids = new Map<ts.Type, number>();
  private readonly typeParameters = new Map<ts.Type, Set<ts.Type>>();
  private readonly namespaces = new Map<ts.Symbol, Set<ts.Symbol>>();
  /** Types in the language's notation. */
  readonly texts: TypeTexts;
  private readonly assignability = new Map<string, boolean>();
  private mode: Mode = 'tell';
  private sink: Sink = [];
  private readonly doubts = new WeakMap<Finding, UndecidedPair>();
  private readonly pairs = new PairsInProgress();
  private readonly stack: { readonly before: ts.Symbol; readonly after: ts.Symbol }[] = [];

  constructor({ checker, program }: Compared, work: Work, compare: Compare) {
    this.foreign = new ForeignNames(program.getSourceFiles());
    this.compare = compare;
    this.checker = checker;
    this.texts = new TypeTexts(checker);
    const isExported = (symbol: ts.Symbol): boolean => this.exportNameOf(symbol) !== undefined;
    this.positions = new Positions(checker, isExported);
    const isTold = (symbol: ts.Symbol): boolean => this.positions.isToldWhole(symbol);
    const areNoPair = (before: ts.Symbol, after: ts.Symbol): boolean => areTwo(this.namesakes, before, after);
    const declarations = new DeclarationComparison(checker, isTold, areNoPair);
    this.identity = new DeclarationIdentity(declarations, isExported);
    this.subclassing = new Subclassing(checker, this.exportedClasses, this.positions.asked);
    this.work = work;
  }

  /** The name by which callers reach a declaration of the earlier version; undefined where they cannot. */
  exportNameOf(symbol: ts.Symbol): string | undefined {
    return nameIn(this.exportNames, symbol);
  }

  get findings(): readonly Finding[] {
    return this.sink;
  }

  add(finding: Finding): void {
    if (this.mode === 'same') throw DIFFERENT;
    if (this.mode === 'rank' && finding.level === 'BREAKING') throw BROKEN;
    this.sink.push(finding);
  }

  breaking(code: FindingCode, path: string, message: string, before: string | null, after: string | null): void {
    this.add({ code, level: 'BREAKING', path, before, after, message });
  }

  minor(code: FindingCode, path: string, message: string, before: string | null, after: string | null): void {
    this.add({ code, level: 'MINOR_CHANGE', path, before, after, message });
  }

  unknown(code: FindingCode, path: string, message: string, before: string | null, after: string | null): void {
    this.add({ code, level: 'UNKNOWN', path, before, after, message });
  }

  /**
   * Says of two types that they cannot be compared. `change` is what there is to say of them where whatever they are a part
   * of can be compared all the same.
   */
  undecided(place: Place, change: string, before: string, after: string, because = ''): void {
    const message = `${change}${because}`;
    const finding: Finding = { code: 'not-comparable', level: 'UNKNOWN', path: place.path, before, after, message };
    this.doubts.set(finding, { place, change });
    this.add(finding);
  }

  /** What `undecided` was told of a finding; undefined for any other finding. */
  doubtOf(finding: Finding): UndecidedPair | undefined {
    return this.doubts.get(finding);
  }

  /** What `work` finds, kept apart from what is found otherwise. */
  trial(work: () => void): readonly Finding[] {
    const { sink } = this;
    const found: Sink = [];
    this.sink = found;
    this.pairs.told.begin(found);
    try {
      work();
      return found;
    } finally {
      this.sink = sink;
      this.pairs.told.end();
    }
  }

  /** Takes over what a trial found. Where that is all of it, what was told in the trial has been told: each signature is a trial, and they lead to one another. */
  accept(findings: readonly Finding[]): void {
    for (const finding of findings) this.add(finding);
    this.pairs.told.accept(findings);
  }

  /** How severe what `work` finds is. */
  rank(work: () => void): CompatibilityLevel {
    try {
      return this.in('rank', () => levelOf(this.trial(work)));
    } catch (error) {
      if (error === BROKEN) return 'BREAKING';
      throw error;
    }
  }

  /** True where callers cannot tell the two apart, in whatever role. */
  same(a: ts.Type, b: ts.Type, nodes: Place['nodes'] = []): boolean {
    if ((a === b && !isErrorType(a)) || this.arePaired(a, b)) return true;
    try {
      this.in('same', () => this.compare(this, a, b, BOTH, { ...NOWHERE, nodes }));
      return true;
    } catch (error) {
      if (error === DIFFERENT) return false;
      throw error;
    }
  }

  /** Finds what changed from `a` to `b`, in the role that callers give them at `place`: every comparison of parts comes back here. */
  compareTypes(a: ts.Type, b: ts.Type, role: Role, place: Place): void {
    this.compare(this, a, b, role, place);
  }

  /** Takes back the differences of declarations that are only written otherwise. */
  forgive(meansTheSame: (before: ts.Symbol, after: ts.Symbol) => boolean): void {
    this.identity.forgive(meansTheSame);
    // What was found equal while all other declarations counted for equal is not known to be.
    this.pairs.forgetSame();
  }

  private in<T>(mode: Mode, work: () => T): T {
    const outer = this.mode;
    this.mode = mode;
    try {
      return work();
    } finally {
      this.mode = outer;
    }
  }

  /** Compares a pair of types, unless that has been done, is being done, or can be told from what has been done. */
  visit(a: ts.Type, b: ts.Type, role: Role, met: Meeting, { work, giveUp }: Visit): void {
    const key = `${this.idOf(a)}:${this.idOf(b)}:${role}`;
    if (this.pairs.isSame(key) || this.isKnown(key, a, met) || this.pairs.assumeSame(key)) return;
    this.pairs.begin(key);
    const { sink } = this;
    const before = sink.length;
    let found = true;
    let level: CompatibilityLevel | null = null;
    try {
      this.within(a.aliasSymbol ?? a.symbol, b.aliasSymbol ?? b.symbol, work, giveUp);
      found = sink.length > before;
      // What is told leaves out what has been told, so that it is no rank.
      if (this.mode === 'rank') level = levelOf(sink.slice(before));
    } catch (error) {
      found = error instanceof Decided;
      if (error === BROKEN) level = 'BREAKING';
      throw error;
    } finally {
      const isTold = this.mode === 'tell';
      if (found) this.pairs.endChanged(key, met, { findings: sink.slice(before), level, isTold });
      else this.pairs.endSame(key, isTold);
    }
  }

  /** True where an earlier comparison has the answer. */
  private isKnown(key: string, a: ts.Type, met: Meeting): boolean {
    if (this.mode === 'same') {
      if (this.pairs.isChanged(key)) throw DIFFERENT;
      return false;
    }
    if (this.mode === 'rank') {
      const level = this.pairs.rankOf(key);
      if (level === null) return false;
      this.add({ code: 'type-changed', level, path: '', before: null, after: null, message: '' });
      return true;
    }
    const told = this.pairs.toldOf(key, met);
    if (told === undefined) return false;
    if (told !== null) this.retell(told, met, isPlain(this.checker, a));
    return true;
  }

  /** Tells of a pair at another path what was told of it. */
  private retell(told: ToldPair, met: Meeting, isPlain: boolean): void {
    for (const { finding, again, path } of this.pairs.told.again(told, met, isPlain)) {
      const doubt = this.doubts.get(finding);
      if (doubt !== undefined)
        this.doubts.set(again, { ...doubt, place: { ...doubt.place, path: path(doubt.place.path) } });
      this.add(again);
    }
  }

  idOf(type: ts.Type): number {
    let id = this.ids.get(type);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(type, id);
    }
    return id;
  }

  /** Lets the type parameters of two declarations stand for each other, by their place. */
  pairTypeParameters(as: readonly ts.Type[], bs: readonly ts.Type[]): void {
    as.forEach((a, index) => {
      const b = bs[index];
      if (b === undefined) return;
      const known = this.typeParameters.get(a) ?? new Set();
      known.add(b);
      this.typeParameters.set(a, known);
    });
  }

  arePaired(a: ts.Type, b: ts.Type): boolean {
    return this.typeParameters.get(a)?.has(b) === true;
  }

  /** Goes one level deeper, unless the pair of declarations is inside itself too often. */
  private within(
    before: ts.Symbol | undefined,
    after: ts.Symbol | undefined,
    work: () => void,
    giveUp: () => void,
  ): void {
    this.work.step();
    const named = before !== undefined && after !== undefined;
    const same = this.stack.filter((pair) => pair.before === before && pair.after === after).length;
    if (this.pairs.depth > MAX_DEPTH || (named && same >= MAX_SAME_DECLARATION)) {
      giveUp();
      return;
    }
    if (!named) {
      work();
      return;
    }
    this.stack.push({ before, after });
    try {
      work();
    } finally {
      this.stack.pop();
    }
  }

  /** True the first time: a namespace may contain itself. */
  enterNamespace(before: ts.Symbol, after: ts.Symbol): boolean {
    const known = this.namespaces.get(before) ?? new Set();
    this.namespaces.set(before, known);
    return !known.has(after) && known.add(after) !== undefined;
  }

  meet(symbol: ts.Symbol, role: Role): void {
    if (this.mode !== 'tell') return;
    this.met.set(symbol, joined(this.met.get(symbol) ?? 0, role));
  }

  /**
   * What the checker says to a question that the comparison can do without; null where it would not end. Only for questions of which each asks
   * the checker once.
   */
  ask<T>(question: () => T): T | null {
    return this.work.ask(question);
  }

  /** Whether a value of `source` may stand where `target` is asked for. */
  assignable(source: ts.Type, target: ts.Type): boolean {
    const key = `${this.idOf(source)}>${this.idOf(target)}`;
    let answer = this.assignability.get(key);
    if (answer === undefined) {
      this.work.step();
      answer = isAssignable(this.checker, source, target);
      this.assignability.set(key, answer);
    }
    return answer;
  }

  /** True where nobody reads what is said of a change. */
  get isQuiet(): boolean {
    return this.mode !== 'tell';
  }

  /** A type in the language's notation, in one line, shortened; empty where nobody reads it. */
  show(type: ts.Type): string {
    if (this.mode !== 'tell') return '';
    return this.texts.show(type);
  }
}
