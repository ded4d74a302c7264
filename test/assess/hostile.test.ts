/** Modules that mean harm: each has an answer, none is answered with a harmless level for nothing, nothing outside is read. */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { createAssessor, type FileAssessor } from '../../src/assess/assessor.js';
import { parseAssessment } from '../../src/assess/parse-assessment.js';
import type { Assessment } from '../../src/model/assessment.js';
import type { ModuleFile, NormalizedFiles } from '../../src/model/module-files.js';
import { isPrintableText } from '../../src/model/printable.js';
import type { CompatibilityLevel } from '../../src/model/report.js';

type Content = string | Uint8Array | { readonly link: string };
type Files = Readonly<Record<string, Content>>;

/** Files as no ledger would take them: a store is asked to keep links inside, an engine must not rely on it. */
function unchecked(files: Files | ReadonlyMap<string, Content>): NormalizedFiles {
  const entries: [string, Content][] = files instanceof Map ? [...files] : Object.entries(files);
  return new Map(
    entries.map(([path, content]): [string, ModuleFile] => {
      if (typeof content === 'string') return [path, { data: Buffer.from(content), mode: '100644' }];
      if (content instanceof Uint8Array) return [path, { data: content, mode: '100644' }];
      return [path, { data: Buffer.from(content.link), mode: '120000' }];
    }),
  );
}

/** What a line of the rationale has at most, and lines. */
const MAX_BYTES = 40 * 1024;

function checkAnswer(answer: Assessment): void {
  expect(parseAssessment(structuredClone(answer))).toEqual(answer);
  expect(answer.rationale.split('\n').length).toBeLessThanOrEqual(40);
  expect(isPrintableText(answer.rationale, MAX_BYTES), JSON.stringify(answer.rationale)).toBe(true);
}

/** Where the engine may look: declarations that it brings along, and that a module can neither name nor change. */
const here = createRequire(import.meta.url);
const LIBRARIES = [
  `${dirname(here.resolve('typescript'))}/lib.`,
  `${dirname(here.resolve('@types/node/package.json'))}/`,
  `${dirname(createRequire(here.resolve('@types/node/package.json')).resolve('undici-types/package.json'))}/`,
];

/** Every function of `fs` that takes a path first and looks there. */
const LOOKS = [
  'accessSync',
  'access',
  'existsSync',
  'lstatSync',
  'lstat',
  'openSync',
  'open',
  'opendirSync',
  'opendir',
  'readFileSync',
  'readFile',
  'readdirSync',
  'readdir',
  'readlinkSync',
  'readlink',
  'realpathSync',
  'realpath',
  'statSync',
  'stat',
  'createReadStream',
  'watch',
  'watchFile',
] as const;
const LOOKS_LATER = [
  'access',
  'lstat',
  'open',
  'opendir',
  'readFile',
  'readdir',
  'readlink',
  'realpath',
  'stat',
] as const;
const WRITES = [
  'writeFileSync',
  'mkdirSync',
  'writeFile',
  'mkdir',
  'rmSync',
  'unlinkSync',
  'renameSync',
  'symlinkSync',
] as const;

const seen: string[] = [];

/** Notes every path that this process looks at: TypeScript and Node's own libraries call these functions by these objects. */
function watchFileSystem(): void {
  for (const [owner, names] of [
    [fs, [...LOOKS, ...WRITES]],
    [fs.promises, LOOKS_LATER],
  ] as const) {
    for (const name of names) {
      const target = owner as unknown as Record<string, (...args: unknown[]) => unknown>;
      const original = target[name];
      if (original === undefined) throw new Error(`node:fs has no ${name}`);
      vi.spyOn(target, name).mockImplementation(function (this: unknown, ...args) {
        seen.push(`${name} ${String(args[0])}`);
        return original.apply(this, args);
      });
    }
  }
}

function isLibrary(look: string): boolean {
  const [name = '', path = ''] = look.split(' ');
  const allowed = LIBRARIES.some((library) => path.startsWith(library)) && path.endsWith('.d.ts');
  return allowed && !path.includes('..') && /^(?:readFile|open)Sync$/.test(name);
}

const DTS = 'export declare function f(a: string): string;\n';
const OTHER = 'export declare function f(a: number): number;\n';

async function judge(from: Files | Map<string, Content>, to: Files | Map<string, Content>): Promise<Assessment> {
  const answer = await assessFiles({ fromFiles: unchecked(from), toFiles: unchecked(to) });
  checkAnswer(answer);
  return answer;
}

/** Not a level that lets the new version pass. */
const STOPS: readonly CompatibilityLevel[] = ['BREAKING', 'UNKNOWN'];

describe('nothing outside the module is read', () => {
  beforeAll(async () => {
    // What is loaded with the first pair is the engine itself.
    await judge({ 'index.d.ts': DTS }, { 'index.d.ts': OTHER });
    watchFileSystem();
  });
  afterAll(() => vi.restoreAllMocks());

  const manifest = (fields: object): string => JSON.stringify({ name: 'm', ...fields });
  const pointing = (fields: object): Files => ({ 'package.json': manifest(fields), 'index.d.ts': DTS });
  const importing = (text: string): Files => ({ 'index.d.ts': `${text}\n${DTS}` });

  test('the watch sees what there is to see', () => {
    seen.length = 0;
    fs.readFileSync('/etc/hosts');
    expect(seen).toContain('readFileSync /etc/hosts');
  });

  test.each<[string, Files]>([
    ['main', pointing({ main: '../../etc/passwd' })],
    ['an absolute main', pointing({ main: '/etc/passwd' })],
    ['a main that is a URL', pointing({ main: 'file:///etc/passwd' })],
    ['types', pointing({ types: '../../../etc/passwd', typings: '/etc/passwd' })],
    ['exports', pointing({ exports: '../x.js' })],
    ['exports by condition', pointing({ exports: { '.': { types: '../../x.d.ts', default: '/etc/passwd' } } })],
    ['exports by pattern', pointing({ exports: { './*': '../../etc/*', './a/*': './*/../../../../etc/passwd' } })],
    ['exports into node_modules', pointing({ exports: './node_modules/typescript/lib/typescript.js' })],
    [
      'imports',
      {
        ...pointing({ imports: { '#x': '/etc/passwd', '#y/*': '../../*' } }),
        'index.d.ts': `export * from '#x'; export * from '#y/etc/hosts'; ${DTS}`,
      },
    ],
    [
      'typesVersions',
      pointing({ types: './index.d.ts', typesVersions: { '*': { '*': ['../../../etc/*', '/etc/*'] } } }),
    ],
    ['a package.json that is a link', { 'package.json': { link: '/etc/passwd' }, 'index.d.ts': DTS }],
    ['an absolute link', { 'index.d.ts': { link: '/etc/passwd' } }],
    ['a link upwards', { 'index.d.ts': { link: '../../../../../../etc/passwd' } }],
    ['a link to a folder above', { lib: { link: '..' }, 'index.d.ts': `export * from './lib/x.js'; ${DTS}` }],
    [
      'links in a circle',
      { 'index.d.ts': { link: 'a.d.ts' }, 'a.d.ts': { link: 'index.d.ts' }, 'b.d.ts': { link: 'b.d.ts' } },
    ],
    [
      'folders in a circle',
      { 'index.d.ts': `export * from './a/a/a/a/index.js'; ${DTS}`, a: { link: '.' }, 'b/c': { link: '../b' } },
    ],
    [
      'a chain of links',
      Object.fromEntries([
        ...Array.from({ length: 60 }, (_, i) => [`l${i}.d.ts`, { link: `l${i + 1}.d.ts` }]),
        ['l60.d.ts', DTS],
        ['index.d.ts', { link: 'l0.d.ts' }],
      ]) as Files,
    ],
    ['a link to nothing', { 'index.d.ts': { link: '' }, 'x.d.ts': { link: 'no/such' } }],
    [
      'a tsconfig.json',
      {
        'index.d.ts': DTS,
        'tsconfig.json':
          '{"extends":"/etc/passwd","compilerOptions":{"typeRoots":["/etc","../.."],"types":["*"],"plugins":[{"name":"../evil"}],"paths":{"*":["/etc/*"]},"rootDirs":["/"]},"references":[{"path":"/"}]}',
      },
    ],
    ['reference path', importing('/// <reference path="/etc/passwd" />')],
    ['reference path, upwards', importing('/// <reference path="../../../../../etc/passwd" />')],
    ['reference path, a folder', importing('/// <reference path="/etc" />')],
    [
      'reference types',
      importing(
        '/// <reference types="node" />\n/// <reference types="../../../etc" />\n/// <reference types="/etc/passwd" />',
      ),
    ],
    [
      'reference lib',
      importing(
        '/// <reference lib="dom" />\n/// <reference lib="../../../../etc/passwd" />\n/// <reference lib="/etc/passwd" />',
      ),
    ],
    ['amd-dependency', importing('/// <amd-dependency path="/etc/passwd" />\n/// <amd-module name="x" />')],
    ['an absolute import', importing("import x from '/etc/hosts'; export { x };")],
    ['an import upwards', importing("import '../../../../../../etc/passwd'; export * from '../../../etc/hosts';")],
    [
      'an import by URL',
      importing("import x from 'file:///etc/hosts'; export { x }; export * from 'https://example.org/x.js';"),
    ],
    [
      'an import of everything there is',
      importing(
        "export * as a from 'node:fs'; export * as b from 'typescript'; export * as c from 'vitest'; export * as d from '.'; export * as e from '..'; export * as f from '/';",
      ),
    ],
    [
      'import types',
      importing("export type P = import('/etc/passwd').X; export type Q = typeof import('../../../etc/hosts');"),
    ],
    [
      'require',
      {
        'package.json': manifest({ main: 'index.js' }),
        'index.js':
          "module.exports = require('/etc/passwd'); exports.x = require('../../../../etc/hosts'); require('./x' + y);",
      },
    ],
    [
      'JSDoc imports',
      {
        'index.js':
          "/** @import { X } from '/etc/passwd' */\n/** @typedef {import('../../../etc/hosts').Y} Y */\n/** @param {X} a @param {import('/etc/hosts').Z} b */\nexport function f(a, b) { return a }\n",
      },
    ],
    [
      'JSON',
      {
        'index.d.ts':
          "import data from '/etc/os-release.json'; import d2 from '../../../package.json'; export { data, d2 };",
      },
    ],
    [
      'the engine’s own names',
      importing(
        "/// <reference path=\"/typescript/../package.json\" />\n/// <reference path=\"/types/node/../../../package.json\" />\nexport * as a from '/typescript/typescript.js'; export * as b from '/types/node/../../typescript/lib/typescript.js'; import c from '/types/undici-types/package.json'; export { c };",
      ),
    ],
    [
      'a source map',
      {
        'index.d.ts': `${DTS}//# sourceMappingURL=../../../../etc/passwd\n`,
        'index.d.ts.map': '{"sources":["/etc/passwd"]}',
      },
    ],
    [
      'a schema that refers outside',
      {
        'a.schema.json':
          '{"$ref":"file:///etc/passwd","$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"$ref":"../../etc/hosts#/x"}}}',
      },
    ],
  ])('%s', async (_, files) => {
    seen.length = 0;
    const changed: Files = {
      ...files,
      'index.d.ts': typeof files['index.d.ts'] === 'string' ? files['index.d.ts'].replace(DTS, OTHER) : OTHER,
    };
    for (const [from, to] of [
      [files, changed],
      [changed, files],
      [files, { ...files, 'more.txt': '' }],
    ] as const)
      await judge(from, to);
    await judge({ 'index.d.ts': DTS }, files);
    await judge(files, { 'index.d.ts': DTS });
    expect(seen.filter((look) => !isLibrary(look))).toEqual([]);
  });
});

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

function times(count: number, line: (index: number) => string, between = '\n'): string {
  return Array.from({ length: count }, (_, index) => line(index)).join(between);
}

/** One type inside another, `depth` times. */
function nested(depth: number, core: string, open = '{ a: ', close = ' }'): string {
  return `${open.repeat(depth)}${core}${close.repeat(depth)}`;
}

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
