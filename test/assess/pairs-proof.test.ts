/** Proves the level of every pair in `fixtures/assess/pairs` with TypeScript and, where only a run differs, with Node. */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINDING_CODES } from '../../src/model/finding-codes.js';
import { type Checked, checkMounts, installedFiles } from './caller-program.js';

const PAIRS = join(import.meta.dirname, '../../fixtures/assess/pairs');
const LEVELS = ['COMPATIBLE', 'MINOR_CHANGE', 'BREAKING', 'UNKNOWN'] as const;
/** So that folders which are lost are missed. */
const LEAST_PAIRS = 480;

type Files = ReadonlyMap<string, string>;
type Side = 'a' | 'b';

interface Pair {
  readonly name: string;
  readonly a: Files;
  readonly b: Files;
  readonly expected: {
    readonly level: (typeof LEVELS)[number];
    readonly why: string;
    readonly codes: readonly string[];
  };
  /** Everything beside `a/` and `b/`. */
  readonly beside: Files;
}

const pairs = readdirSync(PAIRS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => readPair(entry.name));

/** `caller.ts`: compiles against a, not against b. A caller in CommonJS ends in `.cts`. */
const BREAKS = /^caller\.[cm]?ts$/;
/** `callers/*.ts`: compile against both. */
const HOLDS = /^callers\/[a-z-]+\.[cm]?ts$/;
/** `uses-new.ts`: compiles against b only. */
const USES_NEW = /^uses-new\.[cm]?ts$/;

let checked: ReadonlyMap<string, Checked>;
let runs: string;

beforeAll(async () => {
  checked = checkMounts(
    pairs.flatMap((pair) =>
      (['a', 'b'] as const).map((side) => ({
        folder: `/${pair.name}/${side}`,
        module: pair[side],
        callers: new Map([...pair.beside].filter(([path]) => /\.[cm]?ts$/.test(path))),
      })),
    ),
  );
  runs = await mkdtemp(join(tmpdir(), 'pairs-proof-'));
});

afterAll(() => rm(runs, { recursive: true, force: true }));

test('there are pairs enough, of each level', () => {
  expect(pairs.length).toBeGreaterThanOrEqual(LEAST_PAIRS);
  for (const level of LEVELS) expect(pairs.filter((pair) => pair.expected.level === level).length).toBeGreaterThan(9);
});

describe.each(pairs.map((pair) => [pair.name, pair] as const))('%s', (_, pair) => {
  const { level } = pair.expected;

  test('is well formed', () => {
    expect(pair.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(Object.keys(pair.expected).sort()).toEqual(['codes', 'level', 'why']);
    expect(LEVELS).toContain(level);
    expect(pair.expected.why).toMatch(/^[A-Z`].*\.$/);
    for (const code of pair.expected.codes) expect(FINDING_CODES).toContain(code);
    if (level === 'COMPATIBLE') expect(pair.expected.codes).toEqual([]);
    expect(pair.a.size).toBeGreaterThan(0);
    expect(pair.b.size).toBeGreaterThan(0);
    expect([...pair.a]).not.toEqual([...pair.b]);
    expect([...pair.beside.keys()].filter((path) => !isPart(path))).toEqual([]);
    expect(proofIsMissing(pair)).toBe(null);
  });

  test('its modules compile', () => {
    for (const side of ['a', 'b'] as const) {
      const said = [...at(pair, side).module].flatMap(([path, all]) => all.map((one) => `${side}/${path}: ${one}`));
      expect(said.filter((one) => !isThePoint(one, level))).toEqual([]);
    }
  });

  for (const path of pair.beside.keys()) {
    if (BREAKS.test(path)) {
      test(`${path} compiles against a, not against b`, () => {
        expect(at(pair, 'a').callers.get(path)).toEqual([]);
        expect(at(pair, 'b').callers.get(path)).not.toEqual([]);
      });
    }
    if (HOLDS.test(path)) {
      test(`${path} compiles against both`, () => {
        expect(at(pair, 'a').callers.get(path)).toEqual([]);
        expect(at(pair, 'b').callers.get(path)).toEqual([]);
      });
    }
    if (USES_NEW.test(path)) {
      test(`${path} compiles against b, not against a`, () => {
        expect(at(pair, 'b').callers.get(path)).toEqual([]);
        expect(at(pair, 'a').callers.get(path)).not.toEqual([]);
      });
    }
  }

  if (pair.beside.has('run.mjs')) {
    test('a run against a succeeds, and one against b differs', async () => {
      const [before, after] = await Promise.all([run(pair, 'a'), run(pair, 'b')]);
      expect(before).toMatchObject({ exit: 0 });
      expect(after).not.toEqual(before);
    });
  }
});

function readPair(name: string): Pair {
  const files = new Map<string, string>();
  for (const entry of readdirSync(join(PAIRS, name), { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(join(PAIRS, name).length + 1), readFileSync(path, 'utf8'));
  }
  const under = (folder: string): Files =>
    new Map(
      [...files].filter(([path]) => path.startsWith(folder)).map(([path, text]) => [path.slice(folder.length), text]),
    );
  const expected = files.get('expected.json');
  if (expected === undefined) throw new Error(`${name} has no expected.json`);
  return {
    name,
    a: under('a/'),
    b: under('b/'),
    expected: JSON.parse(expected) as Pair['expected'],
    beside: new Map([...files].filter(([path]) => !/^[ab]\//.test(path))),
  };
}

/** An import that is not there may be what a pair is about, and a result type left out what is unknown. */
function isThePoint(complaint: string, level: string): boolean {
  return /TS(?:2307|2834|2835):/.test(complaint) || (level === 'UNKNOWN' && /TS7010:/.test(complaint));
}

function isPart(path: string): boolean {
  return path === 'expected.json' || path === 'run.mjs' || BREAKS.test(path) || HOLDS.test(path) || USES_NEW.test(path);
}

/** What the pair lacks to prove its level, or has against it. A schema has no caller that a compiler could check. */
function proofIsMissing({ a, b, beside, expected: { level } }: Pair): string | null {
  const paths = [...beside.keys()];
  const breaks = paths.some((path) => BREAKS.test(path) || path === 'run.mjs');
  const holds = paths.some((path) => HOLDS.test(path));
  const usesNew = paths.some((path) => USES_NEW.test(path));
  if (level === 'UNKNOWN') return breaks || holds || usesNew ? 'what is unknown has no proof' : null;
  if ([...a.keys(), ...b.keys()].every((path) => path.endsWith('.schema.json'))) return null;
  if (level === 'BREAKING') return breaks ? null : 'no caller breaks';
  if (breaks) return 'a caller breaks';
  if (!holds) return 'no caller is shown to hold';
  if (level === 'COMPATIBLE') return usesNew ? 'something is new' : null;
  return usesNew ? null : 'nothing is shown to be new';
}

function at(pair: Pair, side: Side): Checked {
  const found = checked.get(`/${pair.name}/${side}`);
  if (found === undefined) throw new Error(`${pair.name}/${side} was not checked`);
  return found;
}

/** Runs `run.mjs` beside one version, installed as `node_modules/the-module`: the only place where a pair's code is executed. */
async function run(pair: Pair, side: Side): Promise<{ exit: unknown; said: string }> {
  const folder = join(runs, pair.name, side);
  for (const [path, text] of installedFiles(pair[side])) {
    const target = join(folder, 'node_modules/the-module', path.replace(/(?<!\.d)\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, /(?<!\.d)\.ts$/.test(path) ? transpile(text) : text);
  }
  await writeFile(join(folder, 'run.mjs'), pair.beside.get('run.mjs') ?? '');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['run.mjs'], { cwd: folder, timeout: 20_000 });
    return { exit: 0, said: stdout };
  } catch (failed) {
    const { code, stdout } = failed as { code: unknown; stdout: string };
    return { exit: code, said: stdout };
  }
}

function transpile(source: string): string {
  return ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  }).outputText;
}
