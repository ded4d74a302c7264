/** package.json and the tree that it stands in, read without trust. */

import { describe, expect, test } from 'vitest';
import { schemasOf } from '../../src/assess/module/json-contracts.js';
import { readManifest, targetPath } from '../../src/assess/module/manifest.js';
import { formatOf } from '../../src/assess/module/module-format.js';
import { ModuleTree, normalPath } from '../../src/assess/module/module-tree.js';
import { type FileContent, normalizeFiles } from '../../src/model/module-files.js';

const treeOf = (files: Record<string, FileContent>) => new ModuleTree(normalizeFiles(files));
const link = (data: string) => ({ data, mode: '120000' as const });

describe('a module tree', () => {
  test.each([
    ['a/b.js', 'a/b.js'],
    ['./a//b/../c.js', 'a/c.js'],
    ['.', ''],
    ['', ''],
    ['..', null],
    ['a/../../b', null],
    ['/etc/passwd', null],
    ['a\\b', null],
    ['a\0b', null],
  ])('the normal form of %j is %j', (path, normal) => {
    expect(normalPath(path)).toBe(normal);
  });

  test('follows links inside the module, to files and folders, in the middle of a path', () => {
    const tree = treeOf({ 'lib/a.js': 'A', now: link('lib'), 'x/y.js': link('../now/a.js'), 'b.js': 'B' });
    expect(tree.read('now/a.js')).toBe('A');
    expect(tree.read('x/y.js')).toBe('A');
    expect(tree.realPath('x/y.js')).toBe('lib/a.js');
    expect(tree.realPath('now')).toBe('lib');
    expect(tree.folderExists('now')).toBe(true);
    expect(tree.exists('now')).toBe(false);
    expect(tree.exists('b.js/c')).toBe(false);
    expect(tree.list('')).toEqual({ files: ['b.js'], folders: ['lib', 'now', 'x'] });
    expect(tree.list('now')).toEqual({ files: ['a.js'], folders: [] });
    expect(tree.list('nowhere')).toEqual({ files: [], folders: [] });
    expect(tree.paths()).toEqual(['b.js', 'lib/a.js', 'now/a.js', 'x/y.js']);
  });

  test('ends at its root, whatever a link says', () => {
    // Not by way of normalizeFiles, which refuses such links: the tree must hold by itself.
    const file = (text: string, mode: '100644' | '120000') => ({ data: Buffer.from(text), mode });
    const tree = new ModuleTree(
      new Map([
        ['out', file('../../etc', '120000')],
        ['abs', file('/etc/passwd', '120000')],
        ['loop', file('loop', '120000')],
        ['self', file('.', '120000')],
        ['a.js', file('A', '100644')],
        // Where a link out of the module would lead if its root were the file system's.
        ['etc/passwd', file('mine', '100644')],
      ]),
    );
    for (const path of ['out/passwd', 'out', 'abs', 'loop', 'loop/x', '../a.js', '/a.js', 'self/../../a.js']) {
      expect([path, tree.read(path), tree.realPath(path)]).toEqual([path, null, null]);
    }
    expect(tree.read('self/self/a.js')).toBe('A');
    expect(tree.read(`${'self/'.repeat(40)}a.js`)).toBe('A');
    expect(tree.read(`${'self/'.repeat(41)}a.js`)).toBeNull();
    expect(tree.paths()).toEqual(['a.js', 'etc/passwd']);
  });

  test('decodes UTF-8 and, by their marks, UTF-16', () => {
    const text = 'export const é = "ü€";';
    const le = Buffer.from(`\uFEFF${text}`, 'utf16le');
    const tree = treeOf({
      '8': text,
      bom: `\uFEFF${text}`,
      le,
      be: Buffer.from(le).swap16(),
      bad: Buffer.from([0xff, 0x41]),
    });
    for (const path of ['8', 'bom', 'le', 'be']) expect(tree.read(path)).toBe(text);
    expect(tree.read('bad')).toBe('\uFFFDA');
  });
});

describe('a manifest', () => {
  test('says where callers enter and what they need', () => {
    const text = JSON.stringify({
      name: 'm',
      version: '1.2.3',
      type: 'module',
      main: './lib/../main.js',
      typings: 'main.d.ts',
      engines: { node: '>=20', npm: 7 },
      peerDependencies: { react: '^18', vue: '^3' },
      peerDependenciesMeta: { vue: { optional: true }, react: { optional: 'yes' } },
      os: ['linux', 5],
      cpu: '!arm',
    });
    const { manifest, problems } = readManifest(treeOf({ 'package.json': `\uFEFF${text}` }));
    expect(problems).toEqual([]);
    expect(manifest).toMatchObject({
      name: 'm',
      version: '1.2.3',
      type: 'module',
      main: 'main.js',
      types: 'main.d.ts',
    });
    expect({ ...manifest?.engines }).toEqual({ node: '>=20' });
    expect([...(manifest?.optionalPeers ?? [])]).toEqual(['vue']);
    expect([manifest?.os, manifest?.cpu]).toEqual([['linux'], ['!arm']]);
  });

  test.each(['{', '', 'null', '[]', '"x"', '5'])('of %j is none, with a problem', (text) => {
    const { manifest, problems } = readManifest(treeOf({ 'package.json': text }));
    expect(manifest).toBeNull();
    expect(problems).toMatchObject([{ code: 'syntax-error', path: 'package.json' }]);
  });

  test('reads wrong shapes as absent, and __proto__ as a key', () => {
    const text = '{"main":{},"type":"wasm","engines":[],"peerDependenciesMeta":7,"os":{},"__proto__":{"name":"evil"}}';
    const { manifest } = readManifest(treeOf({ 'package.json': text }));
    expect(manifest).toMatchObject({ main: null, type: null, name: null, os: null });
    const proto = readManifest(treeOf({ 'package.json': '{"engines":{"__proto__":"x","node":"1"}}' })).manifest;
    expect(Object.keys(proto?.engines ?? {}).sort()).toEqual(['__proto__', 'node']);
  });

  test('that points outside points nowhere, and says so', () => {
    const { manifest, problems } = readManifest(
      treeOf({ 'package.json': '{"main":"../x","types":"/etc/x.d.ts","exports":{"./a":["./../x","./ok.js"]}}' }),
    );
    expect(manifest).toMatchObject({ main: null, types: null });
    expect(problems.map((problem) => problem.code)).toEqual(['points-outside', 'points-outside', 'points-outside']);
  });

  test.each([
    ['./a.js', 'a.js'],
    ['./a%20b.js', 'a b.js'],
    ['./%', '%'],
    ['./a/../b', null],
    ['./a/%2E%2e/b', null],
    ['./a/node_modules/b', null],
    ['a.js', null],
    ['/a.js', null],
    ['../a.js', null],
    ['./a\\..\\b', null],
  ])('an exports target %j leads to %j', (target, path) => {
    expect(targetPath(target)).toBe(path);
  });
});

describe('the format of a file', () => {
  const files = {
    'package.json': '{"type":"module"}',
    'a.js': '',
    'cjs/package.json': '{}',
    'cjs/a.js': 'exports.a = 1',
    'cjs/esm.js': 'export const a = 1',
    'cjs/meta.js': 'console.log(import.meta.url)',
    'cjs/dynamic.js': 'import("x").then(exports)',
    'cjs/broken.js': '}{ export',
  };

  test.each([
    ['a.js', 'module'],
    ['a.d.ts', 'module'],
    ['a.cjs', 'commonjs'],
    ['cjs/a.mts', 'module'],
    ['cjs/a.js', 'commonjs'],
    ['cjs/esm.js', 'module'],
    ['cjs/meta.js', 'module'],
    ['cjs/dynamic.js', 'commonjs'],
    ['cjs/broken.js', 'commonjs'],
    ['a.json', 'json'],
    ['a.wasm', 'other'],
  ])('%s is %s', (path, format) => {
    expect(formatOf(treeOf(files), path)).toBe(format);
  });
});

describe('schemas', () => {
  test('are found by name, by dialect, and in manifests of tools', () => {
    const tool = (name: string) => ({ name, inputSchema: { type: 'object' }, outputSchema: { type: 'string' } });
    const { schemas: found } = schemasOf(
      treeOf({
        'package.json': '{"inputSchema":{}}',
        'plan.schema.json': '{}',
        'yes.schema.json': 'true',
        'config.json': '{"$schema":"https://json-schema.org/draft/2020-12/schema"}',
        'schemas/results/a.schema.json': '{}',
        'planRequest.schema.json': '{}',
        'in/request-response.schema.json': '{}',
        'other.json': '{"$schema":"https://example.org/x"}',
        'bad.schema.json': '{',
        'tools.json': JSON.stringify({ tools: [tool('b/c'), tool('twice'), tool('twice')] }),
      }),
    );
    expect(found.map((s) => `${s.path} ${s.pointer} ${s.label} ${s.direction}`).sort()).toEqual([
      'config.json   input',
      'in/request-response.schema.json   both',
      'plan.schema.json   both',
      'planRequest.schema.json   input',
      'schemas/results/a.schema.json   output',
      'tools.json /tools/0/inputSchema /tools/b~1c/inputSchema input',
      'tools.json /tools/0/outputSchema /tools/b~1c/outputSchema output',
      'tools.json /tools/1/inputSchema /tools/1/inputSchema input',
      'tools.json /tools/1/outputSchema /tools/1/outputSchema output',
      'tools.json /tools/2/inputSchema /tools/2/inputSchema input',
      'tools.json /tools/2/outputSchema /tools/2/outputSchema output',
      'yes.schema.json   both',
    ]);
  });
});
