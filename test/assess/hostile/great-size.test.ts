/** Modules of great size, through the engine’s own process. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAssessor, type FileAssessor } from '../../../src/assess/assessor.js';
import { checkAnswer, type Files, nested, STOPS, times, unchecked } from './judge.js';

describe('modules of great size, through the engine’s own process', () => {
  let assessor: FileAssessor;
  beforeAll(() => {
    // Long enough for most of these on any machine; what takes longer is judged by names.
    assessor = createAssessor({ cache: false, timeLimitMs: 2_000 });
  });
  afterAll(() => assessor.close());

  const MINIFIED = 'var a=function(b,c){return b/c+"x".replace(/a[/]b/g,`y`)};'.repeat(175_000);
  const many = (count: number, line: (i: number) => string): string => times(count, line);
  const files = (count: number, changed: string): Files =>
    Object.fromEntries([
      ['index.d.ts', many(count, (i) => `export * from './f${i}.js';`)],
      ...Array.from(
        { length: count },
        (_, i) => [`f${i}.d.ts`, `export declare const v${i}: ${i === count - 1 ? changed : 'string'};`] as const,
      ),
    ]);
  const subpaths = (count: number, changed: string): Files =>
    Object.fromEntries([
      [
        'package.json',
        JSON.stringify({
          type: 'module',
          exports: Object.fromEntries(Array.from({ length: count }, (_, i) => [`./s${i}`, `./s${i}.js`])),
        }),
      ],
      ...Array.from({ length: count }, (_, i) => [`s${i}.js`, 'export const v = 1;'] as const),
      ...Array.from(
        { length: count },
        (_, i) => [`s${i}.d.ts`, `export declare const v: ${i === count - 1 ? changed : 'string'};`] as const,
      ),
    ]);
  const deep = (core: string, depth: number): Files => ({
    'index.d.ts': `export declare const v: ${nested(depth, core)};`,
  });

  test.each<[string, Files, Files]>([
    ['10 MB of minified code', { 'index.cjs': `exports.z=1;${MINIFIED}` }, { 'index.cjs': `exports.y=1;${MINIFIED}` }],
    [
      '10 MB of minified code in an ES module',
      { 'index.mjs': `export const z=1;${MINIFIED}` },
      { 'index.mjs': `export const y=1;${MINIFIED}` },
    ],
    [
      '10,000 exports',
      {
        'index.d.ts': many(10_000, (i) => `export declare function f${i}(a: string, b?: { x: ${i} }): Promise<${i}>;`),
      },
      { 'index.d.ts': many(9_999, (i) => `export declare function f${i}(a: string, b?: { x: ${i} }): Promise<${i}>;`) },
    ],
    [
      '10,000 exports that changed',
      { 'index.d.ts': many(10_000, (i) => `export declare function f${i}(a: string): ${i};`) },
      { 'index.d.ts': many(10_000, (i) => `export declare function f${i}(a: number): ${i};`) },
    ],
    [
      '10,000 exports of code',
      { 'index.mjs': many(10_000, (i) => `export const a${i}=1;`) },
      { 'index.mjs': many(9_999, (i) => `export const a${i}=1;`) },
    ],
    ['objects 20,000 deep', deep('string', 20_000), deep('number', 20_000)],
    ['objects 1,000 deep', deep('string', 1_000), deep('number', 1_000)],
    [
      '20,000 brackets',
      { 'index.mjs': `export const a=${'['.repeat(20_000)}${']'.repeat(20_000)};export const b=1;` },
      { 'index.mjs': `export const a=${'['.repeat(20_000)}${']'.repeat(20_000)};` },
    ],
    [
      '1,000 overloads',
      { 'index.d.ts': many(1_000, (i) => `export declare function f(a: ${i}): ${i};`) },
      { 'index.d.ts': many(1_000, (i) => `export declare function f(a: ${i}): ${i === 999 ? -1 : i};`) },
    ],
    ['5,000 files', files(5_000, 'string'), files(5_000, 'number')],
    ['2,000 subpaths', subpaths(2_000, 'string'), subpaths(2_000, 'number')],
  ])('%s', async (_, from, to) => {
    const answer = await assessor.assessFiles({ fromFiles: unchecked(from), toFiles: unchecked(to) });
    checkAnswer(answer);
    expect(STOPS, answer.rationale).toContain(answer.level);
  });
});
