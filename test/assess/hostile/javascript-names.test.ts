/** Exports and fields by names that JavaScript has uses for. */

import { describe, expect, test } from 'vitest';
import { DTS, type Files, judge, OTHER } from './judge.js';

describe('names that JavaScript has uses for', () => {
  const NAMES = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'prototype',
    '__defineGetter__',
    'then',
    'default_',
    '__esModule',
    '___x',
  ];

  test.each(NAMES)('%s', async (name) => {
    const level = async (from: Files, to: Files): Promise<string> => (await judge(from, to)).level;
    const dts = (text: string): Files => ({ 'index.d.ts': `${text}\nexport {};` });
    const value = (type: string): Files => dts(`export declare const ${name}: ${type}; export declare const other: 1;`);
    expect(await level(value('string'), dts('export declare const other: 1;'))).toBe('BREAKING');
    expect(await level(value('string'), value('number'))).toBe('BREAKING');
    expect(await level(dts('export declare const other: 1;'), value('string'))).toBe('MINOR_CHANGE');
    const property = (type: string): Files => dts(`export declare const o: { '${name}': ${type}; x: 1 };`);
    expect(await level(property('string'), property('number'))).toBe('BREAKING');
    expect(await level(property('string'), dts('export declare const o: { x: 1 };'))).toBe('BREAKING');
    const type = (is: string): Files =>
      dts(`export interface ${name} { a: ${is} } export declare function f(): ${name};`);
    expect(await level(type('string'), type('number'))).toBe('BREAKING');
    const js = (text: string): Files => ({ 'index.mjs': `export const other = 1;${text}` });
    expect(await level(js(`export const ${name} = 1;`), js(''))).toBe('BREAKING');
    const file = (text: string): Files => ({ 'index.d.ts': `export * from './${name}.js';`, [`${name}.d.ts`]: text });
    expect(await level(file(DTS), file(OTHER))).toBe('BREAKING');
    const folder = (text: string): Files => ({
      'index.d.ts': `export * from './${name}/index.js';`,
      [`${name}/index.d.ts`]: text,
    });
    expect(await level(folder(DTS), folder(OTHER))).toBe('BREAKING');
    const exports = (rest: string): Files => ({
      'package.json': `{"exports":{".":"./index.js"${rest}}}`,
      'index.js': '',
      'index.d.ts': DTS,
    });
    expect(await level(exports(`,"./${name}":"./index.js"`), exports(''))).toBe('BREAKING');
  });

  test.each([
    '{"__proto__":{"main":"../x","exports":"/etc/passwd"},"main":"index.js"}',
    '{"exports":{"__proto__":"./x.js"}}',
    '{"exports":{".":{"__proto__":"./x.js","constructor":"./y.js","types":"./index.d.ts"}}}',
    '{"constructor":1,"toString":2,"main":{"toString":null}}',
    '[]',
    '"x"',
    'null',
    '{',
    '',
    '{"exports":[[[[["./index.d.ts"]]]]]}',
    `{"exports":${'{"import":'.repeat(5_000)}"./index.js"${'}'.repeat(5_000)}}`,
    `${'['.repeat(50_000)}`,
  ])('package.json is %.60s', async (text) => {
    await judge({ 'package.json': text, 'index.d.ts': DTS }, { 'package.json': text, 'index.d.ts': OTHER });
    await judge({ 'package.json': text, 'index.d.ts': DTS }, { 'index.d.ts': DTS });
    await judge({ 'index.d.ts': DTS }, { 'package.json': text, 'index.d.ts': DTS });
    await judge({ 'package.json': text }, { 'package.json': `${text} ` });
  });
});
