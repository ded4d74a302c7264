/** The interfaces of two versions, entry by entry, as TypeScript's checker understands them. */

import type { Finding, PartialAssessment } from '../../model/assessment.js';
import { moreSevere } from '../../model/report.js';
import { collectLargeHeap } from '../collect-garbage.js';
import ts from '../compiler.cjs';
import type { ModuleTree } from '../module/module-tree.js';
import { levelOf } from '../verdict.js';
import { expandAmbientEntries } from './ambient-modules.js';
import { compareAugmentations } from './compare-augmentations.js';
import { compareExportedType, declarationsOf, type ExportPair } from './compare-exported.js';
import { compareTables } from './compare-exports.js';
import { compareHidden } from './compare-hidden.js';
import { compareObjects } from './compare-objects.js';
import { compareTypes } from './compare-types.js';
import { compareUnseen, Unseen } from './compare-unseen.js';
import { Comparison } from './comparison.js';
import { exportsOf } from './module-exports.js';
import { modulePath, programPath, type Side } from './pair-files.js';
import type { PairRoots } from './pair-imports.js';
import { createPairProgram, type PairProgram } from './paired-program.js';
import { type Probe, probesOf, runProbes, type Undecided } from './probes.js';
import { BOTH, joined, type Role } from './roles.js';
import { resolved, typeParametersOf } from './symbols.js';
import { isWithin, type Place } from './type-places.js';
import type { TypedEntry } from './typed-entry.js';
import { OutOfWork, TooLarge, Work } from './work.js';

/** What the checker may do for a pair, in steps of `Work`; what it found by then stands. */
interface InterfaceLimits {
  readonly work: number;
}

interface InterfaceAssessment extends PartialAssessment {
  /** True where the work was done before every export was compared. */
  readonly outOfWork: boolean;
  /** Packages whose types the module builds on, and which are not in it. */
  readonly packages: readonly string[];
  /** What callers of the typed entries can be checked against; null where the work is nearly done. */
  readonly compared: ComparedEntries | null;
}

/** The program of both versions, and where callers enter it. */
export interface ComparedEntries {
  readonly pair: PairProgram;
  /** Modules that an entry declares by name, and the files that stand for them. */
  readonly ambient: Readonly<Record<Side, ReadonlyMap<string, string>>>;
}

/** Compares the typed entries of two versions. */
export function assessInterfaces(
  versions: Readonly<Record<Side, ModuleTree>>,
  typed: readonly TypedEntry[],
  limits: InterfaceLimits,
): InterfaceAssessment {
  let found = compareOnce(versions, typed, new Work(limits.work));
  // A checker that was ended in the middle of a question is of no use: all is done again, and that question is not asked, nor any after it.
  while (found instanceof TooLarge) {
    const { questions } = found;
    collectLargeHeap();
    found = compareOnce(versions, typed, new Work(limits.work, questions));
  }
  return found;
}

/** The comparison with one checker, or the question that was too large for it. */
function compareOnce(
  versions: Readonly<Record<Side, ModuleTree>>,
  typed: readonly TypedEntry[],
  work: Work,
): InterfaceAssessment | TooLarge {
  const { trees, entries, ambient, findings: ofEntries } = expandAmbientEntries(versions, typed);
  const roots = { roots: { from: entries.map(({ from }) => from), to: entries.map(({ to }) => to) }, ambient };
  const pair = createPairProgram(trees, roots, work);
  const { packages } = pair;
  const c = new Comparison(pair, work, compareTypes);
  const found = (): Finding[] => [
    ...settled([...ofEntries, ...c.findings]),
    ...unresolvedFindings(pair),
    ...bundlerOnlyFindings(pair),
  ];
  try {
    const undecided = compareEntries(c, pair, entries);
    const findings = found();
    const compared = work.isNearlyDone() ? null : { pair, ambient };
    const probes = levelOf(findings) === 'UNKNOWN' ? probesOf(undecided) : [];
    const all = probes.length === 0 ? findings : probed(findings, trees, roots, entries, probes, work);
    return { findings: all, notes: c.notes, outOfWork: false, packages, compared };
  } catch (error) {
    if (error instanceof TooLarge) return error;
    if (!(error instanceof OutOfWork)) throw error;
    return { findings: found(), notes: c.notes, outOfWork: true, packages, compared: null };
  }
}

/** The exports of an entry in both versions. */
interface EntryTables {
  readonly entry: TypedEntry;
  readonly before: ReadonlyMap<string, ts.Symbol>;
  readonly after: ReadonlyMap<string, ts.Symbol>;
}

function tablesOf(c: Comparison, pair: PairProgram, entries: readonly TypedEntry[]): EntryTables[] {
  const tables = entries.flatMap((entry) => {
    const [from, to] = [pair.sourceFile('from', entry.from), pair.sourceFile('to', entry.to)];
    if (from === undefined || to === undefined || from === to) return [];
    return [{ entry, before: exportsOf(c.checker, from), after: exportsOf(c.checker, to) }];
  });
  for (const { entry, before, after } of tables) {
    for (const [name, symbol] of before) {
      const target = resolved(c.checker, symbol);
      if (!c.exportNames.has(target)) c.exportNames.set(target, `${entry.prefix}${name}`);
      for (const found of classesIn(c.checker, target)) c.exportedClasses.add(found);
      const other = after.get(name);
      if (other === undefined) continue;
      const namesakes = c.namesakes.get(target) ?? new Set();
      c.namesakes.set(target, namesakes.add(resolved(c.checker, other)));
    }
  }
  return tables;
}

/** The class, or those in a namespace, however deep. */
function classesIn(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol[] {
  const found = new Set([symbol]);
  // What is added while the set is walked is walked as well.
  for (const one of found) {
    if (!(one.flags & ts.SymbolFlags.Namespace) || one.flags & ts.SymbolFlags.Enum) continue;
    for (const member of checker.getExportsOfModule(one)) found.add(resolved(checker, member));
  }
  return [...found].filter(({ flags }) => flags & ts.SymbolFlags.Class);
}

function compareEntries(c: Comparison, pair: PairProgram, entries: readonly TypedEntry[]): Undecided[] {
  const tables = tablesOf(c, pair, entries);
  for (const symbol of c.exportNames.keys()) {
    // That an enum is there as a value does not hand its values to anybody.
    if (symbol.flags & ts.SymbolFlags.Value && !(symbol.flags & ts.SymbolFlags.Enum)) c.positions.follow(symbol);
  }
  for (const { before, after } of tables) {
    for (const [name, symbol] of before) {
      const other = after.get(name);
      if (other !== undefined) c.identity.equal(resolved(c.checker, symbol), resolved(c.checker, other));
    }
  }
  const unseen = new Unseen(c);
  c.forgive((before, after) => unseen.isSame(before, after) && meansTheSame(c, before, after));
  compareAugmentations(c, pair);
  reportSyntax(c, pair);
  const pending: { entry: TypedEntry; item: ExportPair }[] = [];
  for (const { entry, before, after } of tables) {
    for (const item of compareTables(c, before, after, entry.prefix)) pending.push({ entry, item });
  }
  c.positions.endValues();
  // What no exported value leads to is there for callers to name: whatever it leads to is met in both roles.
  for (const [symbol] of c.exportNames) {
    if (symbol.flags & ts.SymbolFlags.Type && c.positions.roleOf(symbol) === 0) c.positions.follow(symbol, BOTH);
  }
  const roleOf = ({ before }: ExportPair): Role => joined(c.positions.roleOf(before), c.met.get(before) ?? 0);
  for (const { item } of pending) compareExportedType(c, item, roleOf(item));
  compareHidden(c);
  compareUnseen(c, unseen);
  const open = c.findings.filter(({ code }) => code === 'not-comparable');
  return pending
    .filter(({ item }) => open.some((finding) => isWithin(finding.path, item.path)))
    .map(({ entry, item }) => undecidedOf(c, entry, item, roleOf(item)));
}

function undecidedOf(
  c: Comparison,
  entry: TypedEntry,
  { path, name, before, after }: ExportPair,
  role: Role,
): Undecided {
  const parameters = typeParametersOf(c.checker, before).length;
  return {
    path,
    name,
    fromFile: programPath('from', entry.from),
    toFile: programPath('to', entry.to),
    parameters,
    hasNewDefaults: typeParametersOf(c.checker, after).length > parameters,
    role: role === 0 ? BOTH : role,
    nodes: [...(before.declarations ?? []), ...(after.declarations ?? [])],
  };
}

/** A class or interface that is filled in, member by member: by its declaration it has been compared already. */
function compareFilled(c: Comparison, a: ts.Type, b: ts.Type, role: Role, place: Place): void {
  const named = ts.SymbolFlags.Class | ts.SymbolFlags.Interface;
  const isDeclared = (type: ts.Type): boolean => type.aliasSymbol === undefined && (type.symbol?.flags & named) !== 0;
  const work = (): void => compareObjects(c, a, b, role, place);
  if (isDeclared(a) && isDeclared(b)) c.visit(a, b, role, { ...place, own: place.path }, { work, giveUp: work });
  else c.compareTypes(a, b, role, place);
}

/** Puts in the place of what could not be compared what its fillings show. */
function probed(
  findings: readonly Finding[],
  trees: Readonly<Record<Side, ModuleTree>>,
  roots: PairRoots,
  entries: readonly TypedEntry[],
  probes: readonly Probe[],
  work: Work,
): Finding[] {
  const pair = createPairProgram(trees, roots, work, probes.map(({ line }) => line).join('\n'));
  const c = new Comparison(pair, work, compareTypes);
  tablesOf(c, pair, entries);
  if (pair.probe === undefined) return [...findings];
  const outcomes = runProbes(pair.checker, pair.program, pair.probe, probes, (before, after, role, path) =>
    c.trial(() => compareFilled(c, before, after, role, { path, kind: 'type' })),
  );
  return settled(
    findings.flatMap((finding) => {
      if (finding.code !== 'not-comparable') return [finding];
      const outcome = outcomes.find(({ of }) => isWithin(finding.path, of.path));
      if (outcome === undefined) return [finding];
      if (outcome.breaking !== null) return outcome.breaking;
      if (!outcome.same) return [finding];
      const message = 'is written otherwise now, and means the same for every type that was tried';
      return [{ ...finding, code: 'type-changed' as const, level: 'MINOR_CHANGE' as const, message }];
    }),
  );
}

/** Whether such a variable can be assigned is no matter of its type. */
function isVariableOfNamespace({ valueDeclaration: node }: ts.Symbol): boolean {
  return node !== undefined && ts.isVariableDeclaration(node) && ts.isModuleBlock(node.parent.parent.parent);
}

/** True where callers cannot tell two declarations apart that are written otherwise. */
function meansTheSame(c: Comparison, before: ts.Symbol, after: ts.Symbol): boolean {
  const shared = before.flags & after.flags;
  if ((before.flags ^ after.flags) & (ts.SymbolFlags.Value | ts.SymbolFlags.Namespace)) return false;
  if (shared & (ts.SymbolFlags.Namespace | ts.SymbolFlags.Class | ts.SymbolFlags.Alias)) return false;
  if (isVariableOfNamespace(before)) return false;
  if (shared & ts.SymbolFlags.Value) return c.same(c.checker.getTypeOfSymbol(before), c.checker.getTypeOfSymbol(after));
  if (typeParametersOf(c.checker, before).length + typeParametersOf(c.checker, after).length > 0) return false;
  const [a, b] = [before, after].map((symbol) => c.checker.getDeclaredTypeOfSymbol(symbol));
  return a !== undefined && b !== undefined && c.same(a, b, declarationsOf(before, after));
}

/** More would say nothing more. */
const MAX_SYNTAX_ERRORS = 5;

/** Files that cannot be read, of either version: what they declare is not known. */
function reportSyntax(c: Comparison, { program, isShared }: PairProgram): void {
  let left = MAX_SYNTAX_ERRORS;
  for (const file of program.getSourceFiles()) {
    const at = modulePath(file.fileName);
    if (at === null || isShared(at.path) || left === 0) continue;
    const [first] = program.getSyntacticDiagnostics(file);
    if (first === undefined) continue;
    left -= 1;
    const { line } = file.getLineAndCharacterOfPosition(first.start);
    const version = at.side === 'from' ? 'earlier' : 'later';
    const words = ts.flattenDiagnosticMessageText(first.messageText, ' ');
    c.unknown(
      'syntax-error',
      at.path,
      `line ${line + 1} of the ${version} version cannot be read: ${words}`,
      null,
      null,
    );
  }
}

/** Files that the module imports from itself and does not have: what they would export is not known. */
function unresolvedFindings(pair: PairProgram): Finding[] {
  const seen = new Set<string>();
  return pair.unresolved.flatMap(({ side, path, specifier }) => {
    const key = `${path}\0${specifier}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const message = `imports ${specifier}, which is not in the ${side === 'from' ? 'earlier' : 'later'} version`;
    return [{ code: 'unresolved-import', level: 'UNKNOWN', path, before: null, after: null, message } as const];
  });
}

/** True where a file exports all that another has: without that, the names themselves are gone. */
function isStarExport(file: ts.SourceFile | undefined, specifier: string): boolean {
  return (file?.statements ?? []).some(
    (statement) =>
      ts.isExportDeclaration(statement) &&
      statement.exportClause === undefined &&
      statement.moduleSpecifier !== undefined &&
      ts.isStringLiteral(statement.moduleSpecifier) &&
      statement.moduleSpecifier.text === specifier,
  );
}

/** What a bundler's caller still finds and Node's does not. A version that never had anything else loses nothing. */
function bundlerOnlyFindings(pair: PairProgram): Finding[] {
  const { bundlerOnly } = pair;
  const [was, is] = (['from', 'to'] as const).map((side) => bundlerOnly.filter((found) => found.side === side));
  if (was !== undefined && was.length > 0) return is?.length === 0 ? foundAgain(pair, was) : [];
  return bundlerOnly.map(({ path, specifier }): Finding => {
    const gone = isStarExport(pair.sourceFile('to', path), specifier);
    const message = `imports ${specifier}, which callers under Node's resolution do not find: an ES module has to name the file in full`;
    const [code, level] = gone
      ? (['export-removed', 'BREAKING'] as const)
      : (['unresolved-import', 'UNKNOWN'] as const);
    return { code, level, path, before: null, after: null, message };
  });
}

/** What Node's resolution finds now. Where all of a file was meant to be exported, nobody had any of it. */
function foundAgain(pair: PairProgram, imports: PairProgram['bundlerOnly']): Finding[] {
  if (imports.some(({ path, specifier }) => isStarExport(pair.sourceFile('from', path), specifier))) return [];
  return imports.map(({ path, specifier }) => {
    const message = `imports ${specifier}, which callers under Node's resolution did not find before: what was any has a type now`;
    return { code: 'unresolved-import', level: 'UNKNOWN', path, before: null, after: null, message };
  });
}

/** Each change once: the same one is met in several roles and by several roads. */
function settled(findings: readonly Finding[]): Finding[] {
  const best = new Map<string, Finding>();
  for (const finding of findings) {
    const key = [finding.path, finding.code, finding.before, finding.after].join('\0');
    const known = best.get(key);
    if (known === undefined || moreSevere(known.level, finding.level) !== known.level) best.set(key, finding);
  }
  return [...best.values()];
}
