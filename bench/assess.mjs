// The assessor's timings, as ratios against TypeScript itself on the same pair in the same run, the two sides taking turns.
//
// The peer is what somebody without the assessor would do: install both versions beside each other, and have a caller that
// assigns the one to the other checked. Cold, that is `tsc` in a process of its own against the command line in one. Warm,
// it is `ts.createProgram` in this process, the standard library parsed already, against an engine that is running. Either
// way the peer answers yes or no and finds the first difference; its options let it do as little as it can.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAssessor, normalizeFiles } from 'git-lineage';
import ts from 'typescript';
import { install, largerInputs, smallInputs } from './assess-inputs.mjs';
import { median, quantile, seconds } from './statistics.mjs';

const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const CLI = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
/** How many of the small pairs are measured cold, where each costs seconds. */
const COLD_PAIRS = 4;
const SMALL_GOAL_MS = 60;
const PEER_GOAL = 2;

/** @typedef {import('./assess-inputs.mjs').Input} Input */
/** @param {Input} input */
function filesOf({ before, after }) {
  return { fromFiles: normalizeFiles(before), toFiles: normalizeFiles(after) };
}

/** @param {Input} input @returns {ts.CompilerOptions} */
function peerOptions({ dom }) {
  return {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
    lib: dom ? ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'] : ['lib.esnext.d.ts'],
  };
}

/** @type {Map<string, ts.SourceFile | undefined>} */
const parsedLibraries = new Map();

/** What a process that has TypeScript loaded already would do. @param {Input} input @param {string} caller */
function checkInProcess(input, caller) {
  const options = peerOptions(input);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) => {
    if (!/\/typescript\/lib\/lib\.[^/]*$/.test(name)) return read(name, version);
    if (!parsedLibraries.has(name)) parsedLibraries.set(name, read(name, version));
    return parsedLibraries.get(name);
  };
  const program = ts.createProgram([caller], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(caller));
}

/** Runs a script of Node's to its end; its standard error ends with the most memory that it held. @param {string} script @param {string[]} args @param {string} cwd */
function runToEnd(script, args, cwd) {
  const report = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\n"+process.resourceUsage().maxRSS))`;
  const done = spawnSync(process.execPath, ['--import', report, script, ...args], { cwd, encoding: 'utf8' });
  return { status: done.status, megabytes: Number(done.stderr.trim().split('\n').at(-1)) / 1024 };
}

/** `tsc` in a process of its own; the most memory that it held, in megabytes. @param {Input} input @param {string} caller */
function spawnTsc({ dom }, caller) {
  const flags = '--noEmit --strict --skipLibCheck --target esnext --module esnext --moduleResolution bundler';
  const lib = dom ? 'esnext,dom,dom.iterable' : 'esnext';
  return runToEnd(TSC, [...flags.split(' '), '--lib', lib, 'caller.ts'], dirname(caller)).megabytes;
}

/** The command line in a process of its own, its engine in another. @param {string} caller */
function spawnAssess(caller) {
  const modules = join(dirname(caller), 'node_modules');
  const { status } = runToEnd(CLI, ['assess', '--files', 'before', 'after'], modules);
  if (status !== 0) throw new Error(`git-lineage assess ended with exit code ${status}`);
}

/** The most memory that the processes below this one have held together, in megabytes; null where nobody says. */
function engineMegabytes() {
  try {
    const tasks = readdirSync('/proc/self/task');
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
    const peaks = children.map((pid) => /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return peaks.reduce((sum, peak) => sum + Number(peak ?? 0), 0) / 1024;
  } catch {
    return null;
  }
}

/** @param {number} value */
const inMs = (value) => `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms`;
/** @param {number | null} value */
const inMb = (value) => (value === null ? 'not known here' : `${value.toFixed(0)} MB`);

/** @param {number[]} list */
const spread = (list) => `${inMs(median(list))} (p90 ${inMs(quantile(list, 0.9))})`;

/** @param {boolean} met */
const said = (met) => (met ? 'met' : 'NOT MET');

/** Seconds, round by round, of everything that is held against something else. */
class Turns {
  /** The command line in a process of its own. @type {number[]} */
  commandLine = [];
  /** A new assessor and its engine, from nothing. @type {number[]} */
  cold = [];
  /** An engine that is running. @type {number[]} */
  warm = [];
  /** `tsc` in a process of its own. @type {number[]} */
  tsc = [];
  /** A program made in this process. @type {number[]} */
  program = [];
  /** Megabytes of each `tsc`. @type {number[]} */
  tscMegabytes = [];

  /** @param {'commandLine' | 'cold' | 'warm'} ours @param {'tsc' | 'program'} peer */
  ratio(ours, peer) {
    return median(this[ours].map((value, i) => value / (this[peer][i] ?? Number.NaN)));
  }

  /** @param {number | null} megabytes */
  print(megabytes) {
    const against = (/** @type {'commandLine' | 'cold'} */ ours) =>
      `${spread(this[ours])}, ratio ${this.ratio(ours, 'tsc').toFixed(2)}`;
    console.log(`  tsc: ${spread(this.tsc)}`);
    console.log(`  cold: ${against('cold')}; with the command line's own process ${against('commandLine')}`);
    const ratio = this.ratio('warm', 'program').toFixed(2);
    console.log(`  warm: ${spread(this.warm)}; createProgram ${spread(this.program)}, ratio ${ratio}`);
    console.log(`  peak memory: engine ${inMb(megabytes)}; tsc ${inMb(Math.max(...this.tscMegabytes))}`);
    console.log(`  goal, cold under ${PEER_GOAL} x tsc: ${said(this.ratio('cold', 'tsc') < PEER_GOAL)}`);
    const warm = median(this.warm) < PEER_GOAL * median(this.tsc);
    console.log(`  goal, warm under ${PEER_GOAL} x tsc: ${said(warm)}`);
  }
}

/** The first answer of an engine that did not run. @param {Input} input */
async function assessCold(input) {
  // Limits of its own, so that it shares no engine with another assessor.
  const assessor = createAssessor({ cache: false, memoryLimitMb: 1_025 });
  try {
    await assessor.assessFiles(filesOf(input));
  } finally {
    await assessor.close();
  }
}

/** One round more of everything that takes a process of its own. @param {Turns} turns @param {Input} input @param {string} caller */
async function coldTurn(turns, input, caller) {
  turns.commandLine.push(await seconds(() => spawnAssess(caller)));
  turns.tsc.push(await seconds(() => turns.tscMegabytes.push(spawnTsc(input, caller))));
  turns.cold.push(await seconds(() => assessCold(input)));
}

/** @param {Turns} turns @param {import('git-lineage').FileAssessor} assessor @param {Input} input @param {string} caller */
async function warmTurn(turns, assessor, input, caller) {
  const files = filesOf(input);
  turns.warm.push(await seconds(() => assessor.assessFiles(files)));
  turns.program.push(await seconds(() => checkInProcess(input, caller)));
}

/** @param {Input[]} inputs @param {string} folder @param {number} rounds */
async function benchSmall(inputs, folder, rounds) {
  const turns = new Turns();
  const assessor = createAssessor({ cache: false });
  const callers = inputs.map((input, i) => install(input, join(folder, `small-${i}`)));
  const unmeasured = new Turns();
  for (const [i, input] of inputs.entries()) await warmTurn(unmeasured, assessor, input, callers[i] ?? '');
  for (let round = 0; round < rounds; round++) {
    for (const [i, input] of inputs.entries()) await warmTurn(turns, assessor, input, callers[i] ?? '');
  }
  const megabytes = engineMegabytes();
  await assessor.close();
  for (let round = 0; round < rounds; round++) {
    for (const [i, input] of inputs.slice(0, COLD_PAIRS).entries()) await coldTurn(turns, input, callers[i] ?? '');
  }
  console.log(`small modules, ${inputs.length} pairs (cold: ${COLD_PAIRS})`);
  turns.print(megabytes);
  console.log(`  goal, warm median under ${SMALL_GOAL_MS} ms: ${said(median(turns.warm) * 1000 < SMALL_GOAL_MS)}\n`);
}

/** @param {Input} input @param {string} folder @param {number} rounds */
async function benchLarger(input, folder, rounds) {
  const caller = install(input, folder);
  const turns = new Turns();
  const assessor = createAssessor({ cache: false });
  const { level, limit } = await assessor.assessFiles(filesOf(input));
  checkInProcess(input, caller);
  for (let round = 0; round < rounds; round++) await warmTurn(turns, assessor, input, caller);
  const megabytes = engineMegabytes();
  await assessor.close();
  for (let round = 0; round < rounds; round++) await coldTurn(turns, input, caller);
  console.log(`${input.name}: ${level}${limit === null ? '' : `, cut short by the ${limit} limit`}`);
  turns.print(megabytes);
  console.log('');
}

/** The second ask, by the same assessor and by one that finds the folder of another. @param {Input} input @param {string} folder @param {number} rounds */
async function benchCached(input, folder, rounds) {
  const files = filesOf(input);
  const assessor = createAssessor({ cacheDir: folder });
  const first = await seconds(() => assessor.assessFiles(files));
  const again = [];
  const elsewhere = [];
  for (let round = 0; round < rounds; round++) {
    again.push(await seconds(() => assessor.assessFiles(files)));
    const another = createAssessor({ cacheDir: folder });
    elsewhere.push(await seconds(() => another.assessFiles(files)));
    await another.close();
  }
  await assessor.close();
  console.log(`the second ask, ${input.name}: first ${inMs(first)}`);
  console.log(`  same assessor ${inMs(median(again))}; another one with the same folder ${inMs(median(elsewhere))}`);
}

/** @param {{ rounds: number }} options */
export async function benchAssess({ rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-bench-'));
  try {
    console.log(`assessments, ${rounds} rounds; node ${process.version}, typescript ${ts.version}\n`);
    const [small, larger] = [smallInputs(), largerInputs()];
    await benchSmall(small, folder, rounds);
    for (const [i, input] of larger.entries()) await benchLarger(input, join(folder, `larger-${i}`), rounds);
    for (const [i, input] of [small[0], larger[1]].entries()) {
      if (input !== undefined) await benchCached(input, join(folder, `cache-${i}`), rounds);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
