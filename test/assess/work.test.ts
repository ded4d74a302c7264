/** The limit on work: what is found within it is the same on every machine, however busy. */

import ts from 'typescript';
import { afterEach, expect, test, vi } from 'vitest';
import { ModuleTree } from '../../src/assess/module/module-tree.js';
import { assessInterfaces } from '../../src/assess/typescript/assess-interfaces.js';
import { compareTypes } from '../../src/assess/typescript/compare-types.js';
import { Comparison } from '../../src/assess/typescript/comparison.js';
import { exportsOf } from '../../src/assess/typescript/module-exports.js';
import { createPairProgram } from '../../src/assess/typescript/paired-program.js';
import { OutOfWork, TooLarge, Work } from '../../src/assess/typescript/work.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const COUNT = 40;
const declarations = (field: string): ModuleTree => {
  const lines = Array.from(
    { length: COUNT },
    (_, n) => `export interface T${n} { ${field}: Map<string, { at${n}: number }>; next: T${(n + 1) % COUNT} }`,
  );
  return new ModuleTree(normalizeFiles({ 'index.d.ts': lines.join('\n') }));
};
const trees = { from: declarations('old'), to: declarations('renamed') };

function judged(work: number) {
  const { findings, outOfWork } = assessInterfaces(trees, [{ prefix: '', from: 'index.d.ts', to: 'index.d.ts' }], {
    work,
  });
  return { told: findings.map(({ code, path }) => `${code} ${path}`), outOfWork };
}

afterEach(() => vi.restoreAllMocks());

test('ends where the work is done, with what was found by then', () => {
  const whole = judged(1_000_000);
  expect(whole.outOfWork).toBe(false);
  expect(whole.told.length).toBeGreaterThanOrEqual(COUNT);
  const part = judged(200);
  expect(part.outOfWork).toBe(true);
  expect(part.told.length).toBeGreaterThan(0);
  expect(part.told.length).toBeLessThan(whole.told.length);
});

test('looks no further into alternatives that break callers already', () => {
  const kinds = (names: readonly [string, string], kind: string, more: string): ModuleTree => {
    const chain = Array.from(
      { length: COUNT },
      (_, n) => `interface T${n} { at${n}: number; ${more} next?: T${n + 1} }`,
    );
    const alternatives = names.map((name) => `interface ${name} { kind: ${kind}; chain: T0; ${name}: 1 }`);
    const text = `${chain.join('\n')}\ninterface T${COUNT} {}\n${alternatives.join('\n')}`;
    const code = `${text}\nexport declare function one(): ${names.join(' | ')};\nexport {};`;
    return new ModuleTree(normalizeFiles({ 'index.d.ts': code }));
  };
  const versions = { from: kinds(['A', 'B'], 'string', ''), to: kinds(['C', 'D'], 'number', 'added: 1;') };
  const entry = { prefix: '', from: 'index.d.ts', to: 'index.d.ts' };
  const { findings, outOfWork } = assessInterfaces(versions, [entry], { work: 200 });
  expect(findings.map(({ code, level, path }) => `${level} ${code} ${path}`)).toEqual([
    'BREAKING return-widened one()',
  ]);
  expect(outOfWork).toBe(false);
});

test('ranks a pair once, though it hangs on one in progress', () => {
  const names = Array.from({ length: 12 }, (_, n) => n);
  const version = (alternatives: string, type: string, more: string): ModuleTree => {
    const graph = names.map((n) => {
      const links = names.map((to) => `to${to}?: ${type}${to};`).join(' ');
      return `interface ${type}${n} { at${n}: number; ${more} ${links} }`;
    });
    const text = `${graph.join('\n')}\n${alternatives}\nexport {};`;
    return new ModuleTree(normalizeFiles({ 'index.d.ts': text }));
  };
  const versions = {
    from: version(
      'interface A { a: number; at: S0 } interface B { b: number } export declare function one(): A | B;',
      'S',
      '',
    ),
    to: version(
      'interface C { a: number; at: T0 } interface D { b: number; d: 1 } export declare function one(): C | D;',
      'T',
      'x: 1;',
    ),
  };
  const entry = { prefix: '', from: 'index.d.ts', to: 'index.d.ts' };
  const { findings, outOfWork } = assessInterfaces(versions, [entry], { work: 10_000 });
  expect(outOfWork).toBe(false);
  expect(findings.map(({ code, level, path }) => `${level} ${code} ${path}`)).toEqual([
    'MINOR_CHANGE return-narrowed one()',
  ]);
});

test('leaves it to its own comparison whether a new overload gives less, where the checker takes long for it', () => {
  const methods = Array.from(
    { length: 90 },
    (_, n) => `
      with${n}<K extends string>(k: K): Query<D, T | K, O & { w${n}: K }>;
      join${n}<K extends keyof D & string>(k: K): Query<D & { [P in K]: T }, T | K, O>;
      pick${n}<K extends T>(k: K): Query<Pick<D, K & keyof D>, K, [O, K]>;
      call${n}<R>(f: (q: this) => R): R;`,
  );
  const library = (member: string, overload: string): ModuleTree => {
    const text = `export interface Query<D, T, O> { ${methods.join('')} ${member} }
      ${overload}
      export declare function select<D, K extends keyof D & string>(d: D, k: K): Query<D, K, {}>;`;
    return new ModuleTree(normalizeFiles({ 'index.d.ts': text }));
  };
  const before = library('', '');
  const wider = 'export declare function select<D, K extends string>(d: D, k: K, and?: string): Query<D, K | 1, {}>;';
  const versions = { from: before, to: library('added(): Query<D, T, O>;', wider) };
  const entry = { prefix: '', from: 'index.d.ts', to: 'index.d.ts' };
  const { findings, outOfWork } = assessInterfaces(versions, [entry], { work: 60_000 });
  expect(outOfWork).toBe(false);
  expect(findings.map(({ code, level, path }) => `${level} ${code} ${path}`)).toContain(
    'BREAKING overload-reordered select',
  );
});

test('holds a type against a primitive part of an intersection, and against no other where that decides', () => {
  const text = `export interface Fill { color: string; at(fill: Fill): Fill }
    export type Both = Fill & string;
    export type Name = string & { readonly name: unique symbol };`;
  const tree = new ModuleTree(normalizeFiles({ 'index.d.ts': text }));
  const none = { from: new Map(), to: new Map() };
  const roots = { roots: { from: ['index.d.ts'], to: ['index.d.ts'] }, ambient: none };
  const work = new Work(1_000);
  const pair = createPairProgram({ from: tree, to: tree }, roots, work);
  const { checker } = pair;
  const file = pair.sourceFile('from', 'index.d.ts') as ts.SourceFile;
  const typeOf = (name: string): ts.Type =>
    checker.getDeclaredTypeOfSymbol(exportsOf(checker, file).get(name) as ts.Symbol);
  const asked = vi.spyOn(checker, 'isTypeAssignableTo');
  const c = new Comparison(pair, work, compareTypes);
  expect(c.assignable(typeOf('Fill'), typeOf('Both'))).toBe(false);
  expect(asked.mock.calls.map(([, target]) => checker.typeToString(target))).toEqual(['string']);
  expect(c.assignable(typeOf('Both'), typeOf('Both'))).toBe(true);
  expect(c.assignable(checker.getStringType(), typeOf('Name'))).toBe(false);
  expect(c.assignable(typeOf('Name'), checker.getStringType())).toBe(true);
});

test('finds the same where the clock runs a thousand times as fast', () => {
  const before = judged(200);
  const now = performance.now.bind(performance);
  const start = now();
  vi.spyOn(performance, 'now').mockImplementation(() => start + 1_000 * (now() - start));
  expect(judged(200)).toEqual(before);
});

test('leaves out a question that the checker would answer with types without end, and compares the rest', () => {
  const code = (kind: string, other: string): ModuleTree => {
    const text = `
      type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
      type Code<P extends string> = \`\${P}\${Digit}\${Digit}\${Digit}\${Digit}\`;
      export declare function encode<T>(of: T): T extends ${kind} ? Code<'a'> | Code<'b'> | Code<'c'> : never;
      export declare function other(): ${other};`;
    return new ModuleTree(normalizeFiles({ 'index.d.ts': text }));
  };
  const entry = { prefix: '', from: 'index.d.ts', to: 'index.d.ts' };
  const versions = { from: code('string', 'string'), to: code('number', 'number') };
  const { findings, outOfWork } = assessInterfaces(versions, [entry], { work: 1_000_000 });
  expect(outOfWork).toBe(false);
  expect(findings.map(({ code, level, path }) => `${level} ${code} ${path}`).sort()).toEqual([
    'BREAKING return-widened other()',
    'UNKNOWN not-comparable encode()',
  ]);
});

test('a type without end that did not change takes no work from the rest', () => {
  const version = (rest: string): ModuleTree => {
    const text = `
      export type Counted<T extends 1[] = []> = T['length'] extends 2000 ? T : Counted<[...T, 1]>;
      export declare const counted: Counted;
      ${rest}`;
    return new ModuleTree(normalizeFiles({ 'index.d.ts': text }));
  };
  const entry = { prefix: '', from: 'index.d.ts', to: 'index.d.ts' };
  const versions = { from: version('export declare function shut(): void;'), to: version('') };
  const { findings, outOfWork } = assessInterfaces(versions, [entry], { work: 400_000 });
  expect(outOfWork).toBe(false);
  expect(findings.map(({ code, level, path }) => `${level} ${code} ${path}`)).toEqual(['BREAKING export-removed shut']);
});

/** A program of one file, and the type of that name in it. */
function declared(work: Work, name: string, text: string): () => ts.Type {
  const file = ts.createSourceFile('/a.ts', text, ts.ScriptTarget.ESNext);
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost({}),
    getSourceFile: (path) => (path === '/a.ts' ? file : undefined),
  };
  const checker = work.checkerOf(ts.createProgram(['/a.ts'], { noLib: true }, host));
  return () => {
    const symbol = checker.getSymbolsInScope(file, ts.SymbolFlags.TypeAlias).find((one) => one.name === name);
    return checker.getDeclaredTypeOfSymbol(symbol as ts.Symbol);
  };
}

const MANY = `
  type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
  type Four = \`\${Digit}\${Digit}\${Digit}\${Digit}\`;
  type Many = \`a\${Four}\` | \`b\${Four}\` | \`c\${Four}\`;`;

test('ends in the middle of a question, and asks another checker only what came before', () => {
  const first = new Work(1_000_000);
  const [few, many] = [declared(first, 'Digit', MANY), declared(first, 'Many', MANY)];
  expect(first.ask(few)?.isUnion()).toBe(true);
  let error: unknown = null;
  try {
    first.ask(many);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(TooLarge);
  expect(error).toMatchObject({ questions: 1 });
  const second = new Work(1_000_000, 1);
  expect(second.ask(declared(second, 'Digit', MANY))?.isUnion()).toBe(true);
  expect(second.ask(declared(second, 'Digit', MANY))).toBe(null);
});

test('ends what is no question where all checkers together make too many types', () => {
  const work = new Work(1_000_000);
  const texts = Array.from({ length: 15 }, (_, n) => MANY.replaceAll('`a', `\`a${n}`));
  expect(() => {
    for (const text of texts) declared(work, 'Many', text)();
  }).toThrow(OutOfWork);
});

/** Classes of which each hands out all others, filled in with itself, as schema builders do. */
function builders(context: string): ModuleTree {
  const names = Array.from({ length: 12 }, (_, n) => `Kind${n}`);
  const text = `
    export ${context}
    export type Out<B extends Base<any>> = B['out'];
    export declare class Base<T> {
      readonly out: T;
      refine(check: (value: Out<this>, context: Context) => void): this;
      ${names.map((name) => `as${name}(): ${name}<this>;`).join('\n')}
    }
    ${names.map((name) => `export declare class ${name}<B extends Base<any>> extends Base<Out<B>> { readonly of: B }`).join('\n')}`;
  return new ModuleTree(normalizeFiles({ 'index.d.ts': text }));
}

test('follows a change once, and not again on every road that leads to it', () => {
  const versions = {
    from: builders('type Context = { add(issue: string): void };'),
    to: builders('interface Context { add(issue: string): void }'),
  };
  const entry = { prefix: '', from: 'index.d.ts', to: 'index.d.ts' };
  const { findings, outOfWork } = assessInterfaces(versions, [entry], { work: 20_000 });
  expect(outOfWork).toBe(false);
  const breaking = findings.filter(({ level }) => level === 'BREAKING');
  expect(breaking.map(({ path }) => path)).toEqual(['Context']);
});
