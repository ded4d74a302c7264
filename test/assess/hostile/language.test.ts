/** Versions that declare what the language or the other version declares. */

import { describe, expect, test } from 'vitest';
import type { CompatibilityLevel } from '../../../src/model/report.js';
import { DTS, type Files, judge, OTHER, STOPS } from './judge.js';

describe('a version cannot speak for the language, or for the other one', () => {
  const first = { 'index.d.ts': DTS } as const;

  test.each<[string, Files, Files, readonly CompatibilityLevel[]]>([
    ...[
      'lib.d.ts',
      'lib.esnext.d.ts',
      'lib.es5.d.ts',
      'typescript/lib.esnext.d.ts',
      'node_modules/typescript/lib/lib.es5.d.ts',
      'node_modules/@types/node/index.d.ts',
      'from/index.d.ts',
      'to/index.d.ts',
      '../to/index.d.ts',
      '/to/index.d.ts',
    ].map((path): [string, Files, Files, readonly CompatibilityLevel[]] => [
      `a file called ${path}`,
      first,
      {
        'index.d.ts': OTHER,
        [path]:
          'declare global { type string = any; interface Array<T> { x: any } } interface String { a: any } interface Number { a: any }',
      },
      ['BREAKING'],
    ]),
    [
      'no default library',
      {
        'index.d.ts':
          '/// <reference no-default-lib="true" />\nexport declare const x: Promise<string>; export declare const y: string[];',
      },
      {
        'index.d.ts':
          '/// <reference no-default-lib="true" />\nexport declare const x: Promise<number>; export declare const y: number[];',
      },
      STOPS,
    ],
    [
      'no default library any more',
      { 'index.d.ts': 'export declare const x: Promise<string>; export declare const y: string[];' },
      {
        'index.d.ts':
          '/// <reference no-default-lib="true" />\nexport declare const x: Promise<number>; export declare const y: number[];',
      },
      STOPS,
    ],
    [
      'a library of its own',
      {
        'index.d.ts':
          '/// <reference no-default-lib="true" />\n/// <reference path="./l.d.ts" />\nexport declare const x: Promise<string>;',
        'l.d.ts':
          'interface Promise<T> {} interface Array<T> {} interface Object {} interface Function {} interface String {} interface Number {} interface Boolean {} interface RegExp {} interface IArguments {}',
      },
      {
        'index.d.ts':
          '/// <reference no-default-lib="true" />\n/// <reference path="./l.d.ts" />\nexport declare const x: Promise<number>;',
        'l.d.ts':
          'interface Promise<T> {} interface Array<T> {} interface Object {} interface Function {} interface String {} interface Number {} interface Boolean {} interface RegExp {} interface IArguments {}',
      },
      STOPS,
    ],
    [
      'reference lib for a library without promises',
      { 'index.d.ts': 'export declare const x: Promise<string>;' },
      { 'index.d.ts': '/// <reference lib="es5" />\nexport declare const x: Promise<number>;' },
      STOPS,
    ],
    ...[
      'interface Array<T> { length: any; [n: number]: any; concat: any }',
      'interface Promise<T> { then: any; catch: any }',
      'interface Object { x: any; toString: any }',
      'interface String { length: any }',
      'type Array<T> = any',
      'var Promise: any',
      'type Record<K, T> = any',
      'interface Function { call: any }',
      'namespace NodeJS { interface Process { x: 1 } }',
    ].map((text): [string, Files, Files, readonly CompatibilityLevel[]] => [
      `declare global { ${text} }`,
      { 'index.d.ts': 'export declare function f(a: string[]): Promise<Record<string, string>>;' },
      {
        'index.d.ts': `declare global { ${text} }\nexport declare function f(a: number[]): Promise<Record<string, number>>;`,
      },
      ['BREAKING'],
    ]),
    [
      'globals of both versions at once',
      { 'index.d.ts': 'declare global { interface Shared { a: string } }\nexport declare function f(): Shared;' },
      { 'index.d.ts': 'declare global { interface Shared { b: string } }\nexport declare function f(): Shared;' },
      STOPS,
    ],
    [
      'a global type that becomes another',
      { 'index.d.ts': 'declare global { type Shared = string }\nexport declare function f(): Shared;' },
      { 'index.d.ts': 'declare global { type Shared = number }\nexport declare function f(): Shared;' },
      STOPS,
    ],
    [
      'a global variable that becomes another',
      { 'index.d.ts': 'declare global { var shared: string }\nexport {};' },
      { 'index.d.ts': 'declare global { var shared: number }\nexport {};' },
      STOPS,
    ],
    [
      'globals of a script',
      {
        'index.d.ts': '/// <reference path="./g.d.ts" />\nexport declare function f(): Shared;',
        'g.d.ts': 'interface Shared { a: string }',
      },
      {
        'index.d.ts': '/// <reference path="./g.d.ts" />\nexport declare function f(): Shared;',
        'g.d.ts': 'interface Shared { b: string }',
      },
      STOPS,
    ],
    [
      'declare module of the other version',
      first,
      {
        'index.d.ts': `declare module '/from/index' { export function f(a: number): number }\ndeclare module '/from/index.d.ts' { export function f(a: number): number }\n${OTHER}`,
      },
      ['BREAKING'],
    ],
    ['an import of the other version', first, { 'index.d.ts': "export { f } from '/from/index.js';" }, STOPS],
    [
      'an import of the other version, upwards',
      first,
      { 'index.d.ts': "export { f } from '../from/index.js';" },
      STOPS,
    ],
    [
      'a reference to the other version',
      first,
      {
        'index.d.ts': `/// <reference path="/from/index.d.ts" />\n/// <reference path="../from/index.d.ts" />\n${OTHER}`,
      },
      ['BREAKING'],
    ],
    ['@ts-nocheck and @ts-ignore', first, { 'index.d.ts': `// @ts-nocheck\n// @ts-ignore\n${OTHER}` }, ['BREAKING']],
  ])('%s', async (_, from, to, allowed) => {
    const { level, rationale } = await judge(from, to);
    expect(allowed, rationale).toContain(level);
    await judge(to, from);
  });
});
