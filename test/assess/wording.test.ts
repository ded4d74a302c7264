/** What an operator reads beside a level: notes on what only augmentation sees, and the package that a doubt is about. */

import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import type { Assessment } from '../../src/model/assessment.js';
import { normalizeFiles } from '../../src/model/module-files.js';

function assess(before: string, after: string): Promise<Assessment> {
  const files = (text: string) => normalizeFiles(new Map([['index.d.ts', text]]));
  return assessFiles({ fromFiles: files(before), toFiles: files(after) });
}

test('an interface that became an alias of the same shape is noted, and no level', async () => {
  const { level, rationale } = await assess(
    'export interface Size { width: number }\nexport declare function size(): Size;',
    'export type Size = { width: number };\nexport declare function size(): Size;',
  );
  expect(level).toBe('COMPATIBLE');
  expect(rationale).toContain('Note: Size is no interface any more');
});

test.each([
  ['string', 'number'],
  ['string[]', 'number[]'],
  ["'a' | 'b'", "'b'"],
  ['Promise<string>', 'Promise<number>'],
])('each function and method that took %s and takes %s is told', async (was, is) => {
  const text = (type: string) => `
    export declare function plan(name: ${type}): void;
    export declare function check(name: ${type}): void;
    export declare class Box { put(value: ${type}): void; take(value: ${type}): void }`;
  const { level, findings, rationale } = await assess(text(was), text(is));
  expect(level).toBe('BREAKING');
  for (const path of ['plan(name)', 'check(name)', 'Box#put(value)', 'Box#take(value)']) {
    expect(findings.filter((finding) => finding.path.startsWith(path))).toHaveLength(1);
    expect(rationale).toContain(`- ${path}`);
  }
});

test.each([
  ['a result', "import { A, B } from 'dep';\nexport declare function f(): ", 'A;', 'B;', 'has a type from dep,'],
  ['a member', "import { A, B } from 'dep';\nexport interface O { a: ", 'A }', 'B }', 'has a type from dep,'],
  [
    'what a promise holds',
    "import { A, B } from 'dep';\nexport declare function f(): Promise<",
    'A>;',
    'B>;',
    'from dep,',
  ],
  [
    'a base',
    "import { A, B } from 'dep';\nexport declare class C extends ",
    'A {}',
    'B {}',
    'extends something else from dep,',
  ],
  ['an export', 'export { A } from ', "'dep';", "'other';", 'comes from other, and came from dep'],
])('a doubt about %s names the package', async (_, text, was, is, words) => {
  const { level, rationale } = await assess(`${text}${was}`, `${text}${is}`);
  expect(level).toBe('UNKNOWN');
  expect(rationale).toContain(words);
});

test('what a base from a namespace gained is told there, and not once more where a class extends it', async () => {
  const module = (member: string): string =>
    `declare namespace N { class Base<T> { v: T; ${member} } }\nexport declare class A extends N.Base<string> { x: 1 }\nexport {};`;
  const { findings } = await assess(module(''), module('w?: T'));
  expect(findings.map(({ path }) => path)).toEqual(['A > Base#w']);
});

test('a result that is more than an exported type now is told of the function, not of the type', async () => {
  const { findings } = await assess(
    'export interface Row { n: number }\nexport declare function find(): Row;',
    'export interface Row { n: number }\nexport declare function find(): Row | undefined;',
  );
  expect(findings.map(({ path }) => path)).toEqual(['find()']);
});
