/** Types that the checker or the walk gives up on. */

import { describe, expect, test } from 'vitest';
import { type Files, judge, nested, STOPS, times } from './judge.js';

describe('types that the checker or the walk gives up on are not called the same', () => {
  const dts = (text: string): Files => ({ 'index.d.ts': `${text}\nexport {};` });
  const counting =
    "type D<T, N extends number, A extends unknown[] = []> = A['length'] extends N ? T : D<{ x: T; y: T[] }, N, [...A, T]>;";
  const endless = 'type E<T> = T extends string ? E<Uppercase<T> & string> | E<[T]> : { v: T; n: E<{ in: T }> };';
  const letters = times(60, (i) => `'a${i}'`, '|');

  test.each<[string, Files, Files]>([
    [
      'a counter',
      dts(`${counting} export declare const v: D<string, 45>;`),
      dts(`${counting} export declare const v: D<number, 46>;`),
    ],
    [
      'a plain counter that goes too far',
      dts(`${counting.replace('{ x: T; y: T[] }', 'T')} export declare const v: D<string, 1001>;`),
      dts(`${counting.replace('{ x: T; y: T[] }', 'T')} export declare const v: D<number, 1001>;`),
    ],
    ['names that are not there', dts('export declare const v: Nope;'), dts('export declare const v: Nada;')],
    [
      'a module that exports itself',
      dts("export * as self from './index.js'; export declare const q: 1;"),
      dts("export * as self from './index.js'; export declare const q: 2;"),
    ],
    [
      'a change 4 arrays deep',
      dts('export declare const v: string[][][][];'),
      dts('export declare const v: number[][][][];'),
    ],
    [
      'a counter that is an argument',
      dts(`${counting} export declare function f(v: D<string, 45>): void;`),
      dts(`${counting} export declare function f(v: D<number, 46>): void;`),
    ],
    [
      'a type without end',
      dts(`${endless} export declare const v: E<'a'>;`),
      dts(`${endless} export declare const v: E<'b'>;`),
    ],
    [
      'a union too large to write out',
      dts(`type U = ${letters}; export declare function f(x: \`\${U}\${U}\${U}\`): void;`),
      dts(`type U = ${letters.replace("'a7'", "'b7'")}; export declare function f(x: \`\${U}\${U}\${U}\`): void;`),
    ],
    [
      'a union too large, and then a plain one',
      dts(`type U = ${letters}; export declare function f(): \`\${U}\${U}\${U}\`;`),
      dts('export declare function f(): number;'),
    ],
    ['a type that is itself', dts('type X = X; export declare const v: X;'), dts('export declare const v: string;')],
    [
      'a plain type, and then one that is itself',
      dts('export declare const v: string;'),
      dts('type X = X; export declare const v: X;'),
    ],
    [
      'types that are each other',
      dts('type X = Y | 1; type Y = X | 2; export declare const v: X;'),
      dts('type X = Y | 3; type Y = X | 4; export declare const v: X;'),
    ],
    [
      'an interface that extends itself',
      dts('export interface X extends X { a: string }'),
      dts('export interface X extends X { a: number }'),
    ],
    [
      'a class that extends itself',
      dts('export declare class X extends X { a: string }'),
      dts('export declare class X extends X { a: number }'),
    ],
    [
      'variables of each other’s types',
      dts('export declare const a: typeof b; export declare const b: typeof a;'),
      dts('export declare const a: string; export declare const b: string;'),
    ],
    [
      'mutually recursive generics',
      dts(
        'interface P<T> { v: T; n: Q<T[]> } interface Q<T> { v: T; n: P<{ t: T }> } export declare const v: P<string>;',
      ),
      dts(
        'interface P<T> { v: T; n: Q<T[]> } interface Q<T> { v: T; n: P<{ t: T }> } export declare const v: P<number>;',
      ),
    ],
    [
      'a change deep in generics',
      dts(
        'interface P<T> { n: Q<T[]> } interface Q<T> { n: P<{ t: T }>; v: T extends unknown[][] ? string : 1 } export declare const v: P<string>;',
      ),
      dts(
        'interface P<T> { n: Q<T[]> } interface Q<T> { n: P<{ t: T }>; v: T extends unknown[][] ? number : 1 } export declare const v: P<string>;',
      ),
    ],
    [
      'a change 20 deep',
      dts(`export declare const v: ${nested(20, 'string')};`),
      dts(`export declare const v: ${nested(20, 'number')};`),
    ],
    [
      'a change 80 deep',
      dts(`export declare const v: ${nested(80, 'string')};`),
      dts(`export declare const v: ${nested(80, 'number')};`),
    ],
    [
      'a change 300 deep',
      dts(`export declare const v: ${nested(300, 'string')};`),
      dts(`export declare const v: ${nested(300, 'number')};`),
    ],
    [
      'a change 80 deep in an argument',
      dts(`export declare function f(v: ${nested(80, 'string')}): void;`),
      dts(`export declare function f(v: ${nested(80, 'number')}): void;`),
    ],
    [
      'a change 80 functions deep',
      dts(`export declare const v: ${nested(80, 'string', '() => ', '')};`),
      dts(`export declare const v: ${nested(80, 'number', '() => ', '')};`),
    ],
    [
      'a change 10 boxes deep',
      dts(
        `interface Box<T> { get(): T; set(v: T): void } export declare const v: ${nested(10, 'string', 'Box<', '>')};`,
      ),
      dts(
        `interface Box<T> { get(): T; set(v: T): void } export declare const v: ${nested(10, 'number', 'Box<', '>')};`,
      ),
    ],
    [
      'a change 80 boxes deep',
      dts(
        `interface Box<T> { get(): T; set(v: T): void } export declare const v: ${nested(80, 'string', 'Box<', '>')};`,
      ),
      dts(
        `interface Box<T> { get(): T; set(v: T): void } export declare const v: ${nested(80, 'number', 'Box<', '>')};`,
      ),
    ],
    [
      'a change 80 arrays deep',
      dts(`export declare const v: string${'[]'.repeat(80)};`),
      dts(`export declare const v: number${'[]'.repeat(80)};`),
    ],
    [
      'a change 10 promises deep',
      dts(`export declare const v: ${nested(10, 'string', 'Promise<', '>')};`),
      dts(`export declare const v: ${nested(10, 'number', 'Promise<', '>')};`),
    ],
    [
      'a change at the end of 100 interfaces',
      dts(
        `${times(100, (i) => `interface I${i} { n: I${i + 1} }`)} interface I100 { v: string } export declare const v: I0;`,
      ),
      dts(
        `${times(100, (i) => `interface I${i} { n: I${i + 1} }`)} interface I100 { v: number } export declare const v: I0;`,
      ),
    ],
    [
      'a change at the end of 100 renamed interfaces',
      dts(
        `${times(100, (i) => `interface I${i} { n: I${i + 1} }`)} interface I100 { v: string } export declare const v: I0;`,
      ),
      dts(
        `${times(100, (i) => `interface J${i} { n: J${i + 1} }`)} interface J100 { v: number } export declare const v: J0;`,
      ),
    ],
    [
      'a change at the end of 500 namespaces',
      dts(`export ${nested(500, 'const v: string;', 'namespace N { export ', ' }').replace(/^/, 'declare ')}`),
      dts(`export ${nested(500, 'const v: number;', 'namespace N { export ', ' }').replace(/^/, 'declare ')}`),
    ],
    [
      'a change in the last of 100 overloads',
      dts(times(100, (i) => `export declare function f(a: ${i}): ${i};`)),
      dts(times(100, (i) => `export declare function f(a: ${i}): ${i === 99 ? -1 : i};`)),
    ],
    [
      'a change in a union of 5,000',
      dts(`export declare function f(a: ${times(5_000, (i) => `'v${i}'`, '|')}): void;`),
      dts(`export declare function f(a: ${times(5_000, (i) => `'v${i === 4_999 ? 'x' : i}'`, '|')}): void;`),
    ],
    [
      'a change in a union of 500 objects',
      dts(`export declare function f(a: ${times(500, (i) => `{ kind: ${i}; v: string }`, '|')}): void;`),
      dts(
        `export declare function f(a: ${times(500, (i) => `{ kind: ${i}; v: ${i === 499 ? 'number' : 'string'} }`, '|')}): void;`,
      ),
    ],
    [
      'a tuple of 2,000',
      dts(`export declare const v: [${times(2_000, (i) => `${i}`, ',')}];`),
      dts(`export declare const v: [${times(2_000, (i) => `${i === 1_999 ? -1 : i}`, ',')}];`),
    ],
    [
      'one of 3,000 members',
      dts(`export interface I { ${times(3_000, (i) => `m${i}: string;`)} } export declare const v: I;`),
      dts(
        `export interface I { ${times(3_000, (i) => `m${i}: ${i === 2_999 ? 'number' : 'string'};`)} } export declare const v: I;`,
      ),
    ],
  ])('%s', async (_, from, to) => {
    const { level, rationale } = await judge(from, to);
    expect(STOPS, rationale).toContain(level);
    await judge(to, from);
  });
});
