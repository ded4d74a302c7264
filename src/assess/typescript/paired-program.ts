/** One program over both versions, so that the types of either can be held against the other's by one checker. */

import type ts from '../compiler.cjs';
import type { ModuleTree } from '../module/module-tree.js';
import { NODE_TYPES } from './library-files.js';
import { callerName, PairCallers, type Specifiers } from './pair-callers.js';
import { PairFiles, PROBE, programPath, type SharedFiles, type Side } from './pair-files.js';
import { BROWSER_LIB, LIB, PairHost } from './pair-host.js';
import { type Import, PairImports, type PairRoots } from './pair-imports.js';
import type { Work } from './work.js';

/** The program of a pair, and what is known of the files in it. */
export interface PairProgram {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The source of a version's file; the earlier version's where both are the same down to the last import. */
  sourceFile(side: Side, path: string): ts.SourceFile | undefined;
  /** Specifiers of packages that are not in the module. */
  readonly packages: readonly string[];
  /** The probe, where there is one. */
  readonly probe: ts.SourceFile | undefined;
  /** True for a path whose file is the same in both versions, down to the last import. */
  isShared(path: string): boolean;
  /** Imports of files of the module itself that it does not have, in the order met: `./impl.js in index.d.ts`. */
  readonly unresolved: readonly Import[];
  /** Imports that a bundler resolves, and Node and a caller's TypeScript under `node16` do not: `./impl` in an ES module. */
  readonly bundlerOnly: readonly Import[];
  /** The same files with callers beside each version, which import by `specifiers`. */
  withCallers(texts: readonly string[], specifiers: Specifiers): CallerTrials;
}

/** Callers that can be compiled against either version. */
interface CallerTrials {
  /** What the compiler says first of a caller beside a version; null where it compiles. */
  complaint(side: Side, index: number): ts.Diagnostic | null;
  /** Instantiations of types so far. */
  work(): number;
}

/**
 * Makes the program, and its checker, whose work counts from now on. `probe` is a text that imports from its roots by the names that they have in the program.
 */
export function createPairProgram(
  trees: Readonly<Record<Side, ModuleTree>>,
  paths: PairRoots,
  work: Work,
  probe: string | null = null,
): PairProgram {
  const files = new PairFiles(trees);
  const callers = new PairCallers();
  const imports = new PairImports(files, paths, callers);
  const { shared, unresolved, bundlerOnly, packages } = imports;
  const host = new PairHost(files, imports, callers, probe);
  const rootNames = rootNamesOf(paths, shared, probe !== null);
  let lib = LIB;
  let program = host.createProgram(rootNames, lib);
  if (host.usesNode) rootNames.push(NODE_TYPES);
  // Parsing is shared with the first try, and the checker is made only below.
  if (host.usesBrowser || host.usesNode) {
    lib = BROWSER_LIB;
    program = host.createProgram(rootNames, lib);
  }
  const withCallers = (texts: readonly string[], specifiers: Specifiers): CallerTrials => {
    rootNames.push(...callers.add(texts, specifiers));
    const trials = host.createProgram(rootNames, lib);
    return {
      complaint: (side, index) => firstComplaint(trials, callerName(side, index)),
      work: () => trials.getInstantiationCount(),
    };
  };
  return {
    program,
    checker: work.checkerOf(program),
    isShared: (path) => shared.has(path),
    sourceFile: (side, path) => program.getSourceFile(shared.unified(programPath(side, path))),
    unresolved,
    bundlerOnly,
    probe: program.getSourceFile(PROBE),
    packages: [...packages].sort(),
    withCallers,
  };
}

/** The files that the program starts from; one that both versions have is there once. */
function rootNamesOf({ roots }: PairRoots, shared: SharedFiles, hasProbe: boolean): string[] {
  const names = [
    ...roots.from.map((path) => programPath('from', path)),
    ...roots.to.map((path) => shared.unified(programPath('to', path))),
    ...(hasProbe ? [PROBE] : []),
  ];
  return [...new Set(names)];
}

/** What the compiler says first of a file; null where it compiles. */
function firstComplaint(program: ts.Program, name: string): ts.Diagnostic | null {
  const file = program.getSourceFile(name);
  if (file === undefined) throw new Error(`${name} is not in the program`);
  const [first = null] = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return first;
}
