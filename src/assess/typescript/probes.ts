/**
 * Generic types that cannot be held against each other as they are, filled in and computed: one filling in which
 * callers are worse off is proof enough that they can be.
 */

import type { Finding } from '../../model/assessment.js';
import ts from '../compiler.cjs';
import type { Role } from './roles.js';

/** An exported generic type of which the comparison could not say what changed. */
export interface Undecided {
  /** Where its findings stand. */
  readonly path: string;
  /** How the exports lead to it: `ns.Name`. */
  readonly name: string;
  readonly fromFile: string;
  readonly toFile: string;
  readonly parameters: number;
  /** True where the later version's has more parameters, with defaults: left out, they decide what it means. */
  readonly hasNewDefaults: boolean;
  readonly role: Role;
  /** The nodes that declare it, from which literals worth trying are taken. */
  readonly nodes: readonly ts.Node[];
}

/** Types that tell most conditional and mapped types apart. */
const SAMPLES = [
  'string',
  'number',
  '"a" | "b"',
  '{ a: string; b?: number }',
  '{ readonly c: boolean; d(): void }',
  'string[]',
  'readonly [number, string]',
  '(x: string) => number',
  'Promise<Promise<string>>',
  'Map<string, { a: number }>',
  'ReadonlySet<string>',
  'Date',
  '{ a: { b: Map<string, 1> } }',
  'string | undefined',
  'null',
  'never',
  'unknown',
] as const;

/** For a second parameter that is a key of the first. */
const KEYED = ['{ a: string; b?: number }', '"a"'] as const;

const MAX_LITERALS = 8;
const MAX_UNDECIDED = 40;

function literalsIn(nodes: readonly ts.Node[]): string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isLiteralTypeNode(node) && (ts.isStringLiteral(node.literal) || ts.isNumericLiteral(node.literal))) {
      found.add(ts.isStringLiteral(node.literal) ? JSON.stringify(node.literal.text) : node.literal.text);
    }
    ts.forEachChild(node, visit);
  };
  for (const node of nodes) visit(node);
  return [...found].slice(0, MAX_LITERALS);
}

/** One filling of one type: a line of the probe's text. */
export interface Probe {
  readonly of: Undecided;
  readonly alias: string;
  readonly filling: string;
  readonly line: string;
}

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

function isAskable({ name, parameters, hasNewDefaults }: Undecided): boolean {
  return (parameters > 0 || hasNewDefaults) && NAME.test(name);
}

/** The probes of all, a line each. */
export function probesOf(undecided: readonly Undecided[]): Probe[] {
  const askable = undecided.filter((of) => isAskable(of)).slice(0, MAX_UNDECIDED);
  const probes: Probe[] = [];
  for (const of of askable) {
    const samples = [...SAMPLES, ...literalsIn(of.nodes)];
    const fillings = samples.map((sample) => Array.from({ length: of.parameters }, () => sample).join(', '));
    // Without parameters there is one way to name it.
    if (of.parameters === 0) fillings.length = 1;
    if (of.parameters === 2) fillings.push(KEYED.join(', '));
    for (const filling of fillings) {
      const alias = `P${probes.length}`;
      const at = (file: string): string =>
        `import(${JSON.stringify(file)}).${of.name}${filling === '' ? '' : `<${filling}>`}`;
      const line = `export type ${alias} = { before: ${at(of.fromFile)}; after: ${at(of.toFile)} };`;
      probes.push({ of, alias, filling, line });
    }
  }
  return probes;
}

/** What the probes of one type found. */
interface ProbeOutcome {
  readonly of: Undecided;
  /** The changes in one filling that breaks callers. */
  readonly breaking: readonly Finding[] | null;
  /** True where no filling made any difference. */
  readonly same: boolean;
}

/** So many fillings have to be valid before their agreement means something. */
const ENOUGH = 4;

/** Runs the probes in the program that has their text. `compare` says what changed between two computed types. */
export function runProbes(
  checker: ts.TypeChecker,
  program: ts.Program,
  file: ts.SourceFile,
  probes: readonly Probe[],
  compare: (before: ts.Type, after: ts.Type, role: Role, path: string) => readonly Finding[],
): ProbeOutcome[] {
  const module = checker.getSymbolAtLocation(file);
  const aliases = new Map(
    (module === undefined ? [] : checker.getExportsOfModule(module)).map((symbol) => [symbol.name, symbol]),
  );
  // A filling that the constraints refuse is nobody's.
  const refused = new Set(
    program.getSemanticDiagnostics(file).map(({ start = 0 }) => file.getLineAndCharacterOfPosition(start).line),
  );
  const outcomes = new Map<Undecided, { breaking: readonly Finding[] | null; differ: boolean; valid: number }>();
  probes.forEach(({ of, alias, filling }, line) => {
    const outcome = outcomes.get(of) ?? { breaking: null, differ: false, valid: 0 };
    outcomes.set(of, outcome);
    const symbol = aliases.get(alias);
    if (refused.has(line) || symbol === undefined || outcome.breaking !== null) return;
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const [before, after] = ['before', 'after'].map((name) => checker.getPropertyOfType(type, name));
    if (before === undefined || after === undefined) return;
    outcome.valid += 1;
    const found = compare(checker.getTypeOfSymbol(before), checker.getTypeOfSymbol(after), of.role, of.path);
    outcome.differ ||= found.length > 0;
    const breaking = found.filter(({ level }) => level === 'BREAKING');
    if (breaking.length > 0) {
      outcome.breaking = breaking.map((finding) => ({
        ...finding,
        message: `${filling === '' ? '' : `with ${filling}: `}${finding.message}`,
      }));
    }
  });
  return [...outcomes].map(([of, { breaking, differ, valid }]) => ({
    of,
    breaking,
    same: !differ && valid >= (of.parameters === 0 ? 1 : ENOUGH),
  }));
}
