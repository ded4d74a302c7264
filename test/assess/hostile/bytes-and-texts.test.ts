/** Files whose bytes are no text, and texts that are not what they look like. */

import { describe, expect, test } from 'vitest';
import type { CompatibilityLevel } from '../../../src/model/report.js';
import { DTS, type Files, judge, OTHER, STOPS } from './judge.js';

describe('bytes that are no text, and texts that say little', () => {
  const utf16 = (text: string): Uint8Array => Buffer.from(`\ufeff${text}`, 'utf16le');
  const utf16be = (text: string): Uint8Array => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();

  test.each<[string, Files, Files, readonly CompatibilityLevel[]]>([
    [
      'invalid UTF-8',
      { 'index.d.ts': DTS },
      { 'index.d.ts': Buffer.concat([Buffer.from([0xff, 0xc0, 0x80]), Buffer.from(DTS)]) },
      STOPS,
    ],
    [
      'invalid UTF-8 in a name',
      { 'index.d.ts': DTS },
      {
        'index.d.ts': Buffer.concat([
          Buffer.from('export declare const '),
          Buffer.from([0xc3, 0x28]),
          Buffer.from(': 1;'),
        ]),
      },
      STOPS,
    ],
    ['NUL bytes', { 'index.d.ts': DTS }, { 'index.d.ts': `\0\0${OTHER}\0` }, STOPS],
    ['UTF-16, unchanged', { 'index.d.ts': DTS }, { 'index.d.ts': utf16(DTS) }, ['COMPATIBLE']],
    ['UTF-16, the other way round', { 'index.d.ts': utf16(DTS) }, { 'index.d.ts': utf16be(OTHER) }, ['BREAKING']],
    ['UTF-16 without its mark', { 'index.d.ts': DTS }, { 'index.d.ts': Buffer.from(DTS, 'utf16le') }, STOPS],
    ['UTF-16 of odd length', { 'index.d.ts': DTS }, { 'index.d.ts': utf16(DTS).subarray(0, 31) }, STOPS],
    [
      'UTF-16 in package.json',
      { 'index.d.ts': DTS, 'package.json': '{}' },
      { 'index.d.ts': OTHER, 'package.json': utf16('{"main":"x.js"}') },
      STOPS,
    ],
    ['an empty file now', { 'index.d.ts': DTS }, { 'index.d.ts': '' }, STOPS],
    // How an empty file is to be loaded nobody knows.
    ['no empty file any more', { 'index.d.ts': '' }, { 'index.d.ts': DTS }, ['MINOR_CHANGE', 'UNKNOWN', 'BREAKING']],
    ['an empty module now', { 'index.d.ts': DTS }, {}, STOPS],
    ['no empty module any more', {}, { 'index.d.ts': DTS }, ['MINOR_CHANGE', 'UNKNOWN']],
    [
      'only package.json',
      { 'package.json': '{"name":"m"}', 'index.d.ts': DTS },
      { 'package.json': '{"name":"m"}' },
      STOPS,
    ],
    ['only package.json, twice', { 'package.json': '{"name":"m"}' }, { 'package.json': '{"name":"n"}' }, ['UNKNOWN']],
    [
      'a syntax error now',
      { 'index.d.ts': DTS },
      { 'index.d.ts': 'export declare function f(a: string: string;' },
      STOPS,
    ],
    [
      'a syntax error in a file that is imported',
      { 'index.d.ts': "export * from './x.js';", 'x.d.ts': DTS },
      { 'index.d.ts': "export * from './x.js';", 'x.d.ts': `${DTS} export declare const {{{` },
      STOPS,
    ],
    [
      'no syntax error any more',
      { 'index.d.ts': 'export declare function f(a: string: string;' },
      { 'index.d.ts': DTS },
      STOPS,
    ],
    [
      'syntax errors twice',
      { 'index.d.ts': 'export declare function f(a: string: string;' },
      { 'index.d.ts': 'export declare function f(b: string: string;' },
      STOPS,
    ],
    [
      'a conflict that was committed',
      { 'index.d.ts': DTS },
      { 'index.d.ts': `<<<<<<< HEAD\n${DTS}=======\n${OTHER}>>>>>>> x\n` },
      STOPS,
    ],
    [
      'a syntax error in code',
      { 'index.mjs': 'export function f() {}' },
      { 'index.mjs': 'export function f( {' },
      STOPS,
    ],
    [
      'escapes in names',
      { 'index.d.ts': 'export declare const \\u0061b\\u0063: string;' },
      { 'index.d.ts': 'export declare const abc: string;' },
      ['COMPATIBLE'],
    ],
    [
      'names of all scripts',
      {
        'index.d.ts':
          'export declare const ünï: string; export declare const 变量: 1; export declare const 𝒳: 2; export declare const a\u200db: 3;',
      },
      { 'index.d.ts': 'export declare const ünï: number;' },
      ['BREAKING'],
    ],
    [
      'names that look alike',
      { 'index.d.ts': 'export declare const caf\u00e9: 1;' },
      { 'index.d.ts': 'export declare const cafe\u0301: 1;' },
      ['BREAKING'],
    ],
    [
      'names that reverse what follows',
      {
        'index.d.ts':
          "export declare const o: { '\u202eevil\u2066': string; '\u200bgone': 1; '\\u202e': 2; '\\n': 3; '\\0': 4; '\u2060\ufeff': 5; '\\ud800': 6 };",
      },
      { 'index.d.ts': 'export declare const o: {};' },
      ['BREAKING'],
    ],
    [
      'names that end a terminal line',
      { 'index.d.ts': "export declare const o: { '\\u001b[2J\\u0007': string; '\\r\\n- harmless': 1 };" },
      { 'index.d.ts': "export declare const o: { '\\u001b[2J\\u0007': number };" },
      ['BREAKING'],
    ],
    [
      'a name that is cut inside a character',
      { 'index.d.ts': `export declare const o: { '${'😀'.repeat(300)}': 1; 'x${'😀'.repeat(300)}': 1 };` },
      { 'index.d.ts': 'export declare const o: {};' },
      ['BREAKING'],
    ],
    [
      'types that are cut inside a character',
      { 'index.d.ts': `export declare const o: '${'😀'.repeat(300)}' | 'x${'😀'.repeat(300)}';` },
      { 'index.d.ts': `export declare const o: 'y${'😀'.repeat(300)}';` },
      ['BREAKING'],
    ],
    ['a file with such a name', { 'a\u202eb\u200b.d.ts': DTS, 'b.d.ts': DTS }, { 'b.d.ts': DTS }, STOPS],
    [
      'a subpath with such a name',
      {
        'package.json': '{"exports":{".":"./index.js","./\u202e\u200b":"./index.js"}}',
        'index.js': '',
        'index.d.ts': DTS,
      },
      { 'package.json': '{"exports":{".":"./index.js"}}', 'index.js': '', 'index.d.ts': DTS },
      ['BREAKING'],
    ],
    [
      'an import with such a name',
      { 'index.d.ts': DTS },
      { 'index.d.ts': "export * from './\u202e\u200b.js';" },
      STOPS,
    ],
    [
      'a version with such a name',
      { 'package.json': '{"version":"1.0.0\u202e","engines":{"node":">=18\u200b"}}', 'index.d.ts': DTS },
      {
        'package.json': '{"version":"1.0.1\u200b\u202e","engines":{"node":">=20\u200b"},"main":"\u200bx"}',
        'index.d.ts': OTHER,
      },
      ['BREAKING'],
    ],
    [
      'very long names',
      {
        'index.d.ts': `export declare const ${'a'.repeat(100_000)}: string; export interface ${'I'.repeat(100_000)} { x: 1 }`,
      },
      {
        'index.d.ts': `export declare const ${'a'.repeat(100_000)}: number; export interface ${'I'.repeat(100_000)} { y: 1 }`,
      },
      ['BREAKING'],
    ],
  ])('%s', async (_, from, to, allowed) => {
    const { level, rationale } = await judge(from, to);
    expect(allowed, rationale).toContain(level);
    await judge(to, from);
  });
});
