/** A change that several declarations have is told at each that callers can name. */

import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { MAX_FINDINGS } from '../../src/model/assessment.js';
import { normalizeFiles } from '../../src/model/module-files.js';

async function judge(from: string, to: string) {
  const [fromFiles, toFiles] = [from, to].map((text) => normalizeFiles({ 'index.d.ts': text }));
  return assessFiles({ fromFiles: fromFiles ?? new Map(), toFiles: toFiles ?? new Map() });
}

async function told(from: string, to: string): Promise<string[]> {
  const { findings } = await judge(from, to);
  return findings.map(({ code, path }) => `${code} ${path}`).sort();
}

const two = (parameter: string, result: string): string =>
  `export declare function a(x: ${parameter}): ${result};
   export declare class B { m(x: ${parameter}): ${result} }`;

test.each([
  ['parameters', two('string', 'void'), two('number', 'void'), ['param-narrowed a(x)', 'param-narrowed B#m(x)']],
  ['results', two('1', '"p"'), two('1', '"p" | "q"'), ['return-widened a()', 'return-widened B#m()']],
  [
    'parameters of one function',
    'export declare function a(x: string, y: string): void;',
    'export declare function a(x: number, y: number): void;',
    ['param-narrowed a(x)', 'param-narrowed a(y)'],
  ],
  [
    'members of one interface, in the words of members, and a result in those of results',
    'export interface X { p: string; q: string } export declare function x(): string; export declare const y: X;',
    'export interface X { p: number; q: number } export declare function x(): number; export declare const y: X;',
    ['return-widened x()', 'type-changed X.p', 'type-changed X.q'],
  ],
  [
    'what promises hold',
    two('1', 'Promise<1>'),
    two('1', 'Promise<2>'),
    ['return-widened a()', 'return-widened B#m()'],
  ],
])('the same change of two %s', async (_, from, to, expected) => {
  expect(await told(from, to)).toEqual(expect.arrayContaining(expected));
});

test('what fills in a generic declaration is told where it is filled in', async () => {
  const box = 'export interface Box<T> { value: T }';
  expect(await told(`${box} ${two('1', 'Box<string>')}`, `${box} ${two('1', 'Box<number>')}`)).toEqual([
    'return-widened B#m()<>',
    'return-widened a()<>',
  ]);
});

test('what is exported is told at its own name alone', async () => {
  const options = (more: string): string => `export interface O { ${more} } ${two('O', 'void')}`;
  expect(await told(options('d?: 1'), options('d: 1'))).toEqual(['member-required O.d']);
});

test('what is not exported is told at each export that names it', async () => {
  const hidden = (more: string, rest = ''): string =>
    `export {}; interface O { ${more} } export interface P { o: O }
     export declare function a(x: O${rest}): void; export declare function b(x: O${rest}): void;
     export declare function c(x: P): void;`;
  expect(await told(hidden('d?: 1'), hidden('d: 1'))).toEqual([
    'member-required P > O.d',
    'member-required a > O.d',
    'member-required b > O.d',
  ]);
  const changed = await told(hidden('d?: 1'), hidden('d: 1', ', y?: 1').replace('{ o: O }', '{ o: O; q?: 1 }'));
  expect(changed.filter((line) => line.startsWith('member-required'))).toEqual([
    'member-required P.o.d',
    'member-required a(x).d',
    'member-required b(x).d',
  ]);
});

test('a change that very many have is told as often as is handed on', async () => {
  const many = (type: string): string =>
    Array.from({ length: MAX_FINDINGS + 200 }, (_, n) => `export declare function f${n}(x: ${type}): void;`).join('\n');
  const { findings, omitted } = await judge(many('string'), many('number'));
  expect(findings).toHaveLength(MAX_FINDINGS);
  expect(omitted).toBe(1);
});
