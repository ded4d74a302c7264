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
import { normalizeFiles } from 'git-lineage';
import { createAssessor } from 'git-lineage/assess';
import ts from 'typescript';
import { install, largerInputs, smallInputs } from './assess-inputs.mjs';
import { median, quantile, seconds } from './statistics.mjs';
import { atMost, Table, timesAsMuch } from './table.mjs';

const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const CLI = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
/** How many of the small pairs are measured cold, where each costs seconds. */
const COLD_PAIRS = 4;
const SMALL_GOAL_MS = 60;
/** Against `tsc` in a process of its own, which reads both versions once. */
const GOALS = { warmMedian: 0.5, warmMost: 1, cold: 1.2, megabytes: 400 };

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
  }
}

/** What the pairs came to, one by one, beside `tsc` on the same pair. */
class Pairs {
  /** @type {Turns[]} */
  #turns = [];
  /** @type {number[]} */
  #megabytes = [];

  /** @param {Turns} turns @param {number | null} megabytes */
  add(turns, megabytes) {
    this.#turns.push(turns);
    if (megabytes !== null) this.#megabytes.push(megabytes);
  }

  print() {
    const table = new Table(`all ${this.#turns.length} pairs, each beside tsc --noEmit over both of its versions`);
    const peer = 'tsc';
    for (const { warm, cold, tsc } of this.#turns) {
      const theirs = median(tsc) * 1000;
      const ofWarm = { name: 'an engine that is running', unit: 'ms', peer, goal: timesAsMuch(GOALS.warmMedian) };
      table.note(ofWarm, median(warm) * 1000, theirs);
      const ofCold = { name: 'an engine from nothing', unit: 'ms', peer, goal: timesAsMuch(GOALS.cold) };
      table.note(ofCold, median(cold) * 1000, theirs);
    }
    const ratios = this.#turns.map(({ warm, tsc }) => median(warm) / median(tsc));
    const most = {
      name: 'an engine that is running, 90th percentile',
      unit: 'x tsc',
      peer,
      goal: atMost(GOALS.warmMost),
    };
    table.note(most, quantile(ratios, 0.9), Number.NaN);
    const memory = { name: 'memory of the engine, the most', unit: 'MB', peer, goal: atMost(GOALS.megabytes) };
    if (this.#megabytes.length > 0) table.note(memory, Math.max(...this.#megabytes), Number.NaN);
    table.print();
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

/** @param {Turns} turns @param {import('git-lineage/assess').FileAssessor} assessor @param {Input} input @param {string} caller */
async function warmTurn(turns, assessor, input, caller) {
  const files = filesOf(input);
  turns.warm.push(await seconds(() => assessor.assessFiles(files)));
  turns.program.push(await seconds(() => checkInProcess(input, caller)));
}

/** Those of several pairs as one. @param {Turns[]} each */
function together(each) {
  const all = new Turns();
  for (const turns of each) {
    for (const key of /** @type {const} */ (['commandLine', 'cold', 'warm', 'tsc', 'program', 'tscMegabytes'])) {
      all[key].push(...turns[key]);
    }
  }
  return all;
}

/** @param {Pairs} pairs @param {Input[]} inputs @param {string} folder @param {number} rounds */
async function benchSmall(pairs, inputs, folder, rounds) {
  const each = inputs.map(() => new Turns());
  const assessor = createAssessor({ cache: false });
  const callers = inputs.map((input, i) => install(input, join(folder, `small-${i}`)));
  for (const [i, input] of inputs.entries()) await warmTurn(new Turns(), assessor, input, callers[i] ?? '');
  for (let round = 0; round < rounds; round++) {
    for (const [i, input] of inputs.entries())
      await warmTurn(each[i] ?? new Turns(), assessor, input, callers[i] ?? '');
  }
  const megabytes = engineMegabytes();
  await assessor.close();
  const cold = each.slice(0, COLD_PAIRS);
  for (let round = 0; round < rounds; round++) {
    for (const [i, input] of inputs.slice(0, COLD_PAIRS).entries()) {
      await coldTurn(cold[i] ?? new Turns(), input, callers[i] ?? '');
    }
  }
  for (const turns of cold) pairs.add(turns, megabytes);
  const turns = together(each);
  console.log(`small modules, ${inputs.length} pairs (cold: ${COLD_PAIRS})`);
  turns.print(megabytes);
  console.log(`  goal, warm median under ${SMALL_GOAL_MS} ms: ${said(median(turns.warm) * 1000 < SMALL_GOAL_MS)}\n`);
}

/** @param {Pairs} pairs @param {Input} input @param {string} folder @param {number} rounds */
async function benchLarger(pairs, input, folder, rounds) {
  const caller = install(input, folder);
  const turns = new Turns();
  const assessor = createAssessor({ cache: false });
  const { level, limit } = await assessor.assessFiles(filesOf(input));
  checkInProcess(input, caller);
  for (let round = 0; round < rounds; round++) await warmTurn(turns, assessor, input, caller);
  const megabytes = engineMegabytes();
  await assessor.close();
  for (let round = 0; round < rounds; round++) await coldTurn(turns, input, caller);
  pairs.add(turns, megabytes);
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
    const pairs = new Pairs();
    await benchSmall(pairs, small, folder, rounds);
    for (const [i, input] of larger.entries()) await benchLarger(pairs, input, join(folder, `larger-${i}`), rounds);
    pairs.print();
    for (const [i, input] of [small[0], larger[1]].entries()) {
      if (input !== undefined) await benchCached(input, join(folder, `cache-${i}`), rounds);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
