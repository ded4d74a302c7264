/** Modules that name files outside of themselves: none of them is read. */

import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DTS, type Files, judge, OTHER } from './judge.js';
import { isLibrary, seen, watchFileSystem } from './watched-file-system.js';

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
