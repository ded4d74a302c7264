/** Names without a checker: what is exported, whether that is all, and what a missing name proves. */

import { describe, expect, test } from 'vitest';
import { entriesOf } from '../../src/assess/module/entries.js';
import { ModuleTree } from '../../src/assess/module/module-tree.js';
import { compareNames } from '../../src/assess/names/compare-names.js';
import { exportNames } from '../../src/assess/names/export-names.js';
import { type FileContent, normalizeFiles } from '../../src/model/module-files.js';

type Files = Record<string, FileContent>;

const treeOf = (files: Files) => new ModuleTree(normalizeFiles(files));

/** The names of the first entry, sorted, with `…` where there may be more; null where they cannot be read. */
function namesOf(files: Files, entry?: string): string | null {
  const tree = treeOf(files);
  const [first] = entriesOf(tree, entry === undefined ? {} : { entry });
  const found = first === undefined ? null : exportNames(tree, first);
  return found === null ? null : [...found.names].sort().join(' ') + (found.exact ? '' : ' …');
}

describe('ES modules', () => {
  test.each<[string, Files, string | null]>([
    [
      'every form',
      {
        'index.mjs': 'export const a=1,b=2; export default 1; export {a as c}; export function f(){}; export class K{}',
      },
      'K a b c default f',
    ],
    ['from elsewhere', { 'index.mjs': 'export {x, y as z} from "far"; export * as ns from "far"' }, 'ns x z'],
    [
      'a star inside',
      { 'index.mjs': 'export * from "./b.mjs"; export const a=1', 'b.mjs': 'export const b=1; export default 2' },
      'a b',
    ],
    ['a star outside', { 'index.mjs': 'export * from "far"; export const a=1' }, 'a …'],
    ['a star to nowhere', { 'index.mjs': 'export * from "./gone.mjs"; export const a=1' }, 'a …'],
    ['a star out of the module', { 'index.mjs': 'export * from "../../x.mjs"; export const a=1' }, 'a …'],
    [
      'a circle',
      {
        'index.mjs': 'export * from "./b.mjs"; export const a=1',
        'b.mjs': 'export * from "./index.mjs"; export const b=1',
      },
      'a b',
    ],
    ['a star of CommonJS', { 'index.mjs': 'export * from "./b.cjs"', 'b.cjs': 'exports.b=1' }, 'b'],
    [
      'a text that only looks so',
      { 'index.mjs': 'export const s = "export const no=1"; /* export const no2=1 */' },
      's',
    ],
    ['no syntax at all', { 'index.mjs': 'export {{{' }, null],
  ])('%s', (_, files, names) => {
    expect(namesOf(files)).toBe(names);
  });
});

describe('CommonJS', () => {
  test.each<[string, string, string]>([
    ['assignments', 'exports.a=1; module.exports.b=2; exports["c d"]=3;', 'a b c d default'],
    ['a literal', 'const b=1; module.exports={a:1,b,"c":f(2),d(){}}', 'a b c d default'],
    ['a literal with a spread', 'module.exports={a:1,...rest}', 'a default …'],
    ['a literal with a computed name', 'module.exports={[k]:1,a}', 'a default …'],
    ['a literal with a prototype', 'module.exports={__proto__:null,a:1}', 'a default'],
    ['a literal that inherits', 'module.exports={__proto__:b,a:1}', 'a default …'],
    ['definitions', 'Object.defineProperty(exports,"a",{get(){return 1}})', 'a default'],
    [
      'TypeScript',
      '"use strict";var __x=(this&&this.__x)||function(o){return o};Object.defineProperty(exports,"__esModule",{value:true});exports.b=exports.a=void 0;exports.a=1;exports.b=(0,exports.a)',
      'a b default',
    ],
    ['esbuild', 'var s={};module.exports=__toCommonJS(s);0&&(module.exports={a,b})', 'a b default'],
    ['something opaque', 'module.exports=make(); ', 'default …'],
    ['a function with members', 'function f(){} module.exports=f; module.exports.a=1', 'a default …'],
    ['a computed name', 'exports.a=1; exports[k]=2', 'a default …'],
    ['an alias', 'const e=exports; e.b=1; exports.a=1', 'a default …'],
    ['an alias in a class', 'class A{e=exports} exports.a=1', 'a default …'],
    ['a helper that exports', 'exports.a=1; add(exports)', 'a default …'],
    ['assign', 'exports.a=1; Object.assign(exports,x)', 'a default …'],
    ['this', 'exports.a=1; this.b=1', 'a default …'],
    ['this, handed on', '(function(){this.b=1}).call(this); exports.a=1', 'a default …'],
    ['this of a function', 'exports.a=function(){this.b=1}', 'a default'],
    ['eval', 'exports.a=1; eval(x)', 'a default …'],
    ['destructuring', '({x:exports.b}=y); exports.a=1', 'a default …'],
    ['a write that reads first', 'exports.a=1; exports.b++; ', 'a default …'],
    ['a delete', 'exports.a=1; delete exports.a', 'a default …'],
    ['a wrapper of its own', 'exports.a=1; (function(module,exports){exports.b=1})({},{})', 'a b default …'],
    ['a loop over keys', 'Object.keys(x).forEach(function(k){exports[k]=x[k]})', 'default …'],
    ['module as a value', 'exports.a=1; patch(module)', 'a default …'],
    [
      'questions',
      'exports.a=1; if(require.main===module)run(); if(typeof exports==="object"&&typeof module!=="undefined")go(); log(module.id)',
      'a default',
    ],
    ['a syntax error', 'exports.a=1; function(', 'a default …'],
  ])('%s', (_, text, names) => {
    expect(namesOf({ 'index.cjs': text })).toBe(names);
  });

  test('re-exports inside the module are followed', () => {
    expect(namesOf({ 'index.cjs': 'module.exports=require("./lib")', 'lib/index.js': 'exports.a=1' })).toBe(
      'a default',
    );
    expect(namesOf({ 'index.cjs': 'module.exports={...require("./b"),a:1}', 'b.js': 'exports.b=1' })).toBe(
      'a b default',
    );
    expect(namesOf({ 'index.cjs': 'module.exports=require("far")' })).toBe('default …');
    const star = 'var __exportStar=(this&&this.__exportStar)||function(m,exports){for(var p in m)exports[p]=m[p]};';
    const b = 'exports.default=1;exports.b=1';
    expect(namesOf({ 'index.cjs': `${star}__exportStar(require("./b"),exports);exports.a=1`, 'b.js': b })).toBe(
      'a b default',
    );
  });
});

describe('declarations and TypeScript', () => {
  test.each<[string, Files, string | null]>([
    [
      'every form',
      {
        'index.d.ts':
          'export declare const a:1,{b,c:[d]}:any; export interface I{} export type T=1; export enum E{} export namespace N{} export default class{}; declare const hid:1; export {hid as seen}',
      },
      'E I N T a b d default seen',
    ],
    [
      'all that is declared, where nothing is listed',
      { 'index.d.ts': 'export interface A{} interface B{} import x from "y"; declare function f():void' },
      'A B f',
    ],
    ['only what is listed', { 'index.d.ts': 'interface B{} export interface A{} export {}' }, 'A'],
    ['a source hides what it does not export', { 'index.ts': 'export interface A{} interface B{}' }, 'A'],
    [
      'a star inside, by the name of the code',
      { 'index.d.ts': 'export * from "./b.js"; export * as q from "./b"', 'b.d.ts': 'export declare const b:1' },
      'b q',
    ],
    ['a star outside', { 'index.d.ts': 'export * from "far"' }, ' …'],
    ['export =', { 'index.d.ts': 'declare const x:1; export = x' }, ' …'],
    ['a script', { 'index.d.ts': 'declare const x:1' }, ' …'],
    ['a syntax error', { 'index.d.ts': 'export declare const a:1; export declare const b: {{{' }, 'a b …'],
    [
      'a reference out of the module',
      { 'index.d.ts': '/// <reference path="/etc/passwd" />\nexport * from "/etc/passwd"; export declare const a:1' },
      'a …',
    ],
  ])('%s', (_, files, names) => {
    expect(namesOf(files)).toBe(names);
  });
});

describe('two versions', () => {
  const WHY = { code: 'limit-reached', message: 'the comparison took longer than 15 s' } as const;
  const compared = (from: Files, to: Files) => {
    const [a, b] = [treeOf(from), treeOf(to)];
    const pairs = entriesOf(a).flatMap((old) => {
      const now = entriesOf(b).find((e) => e.subpath === old.subpath && e.condition === old.condition);
      return now === undefined ? [] : [{ before: old, after: now }];
    });
    return compareNames(a, b, pairs, WHY).map((f) => `${f.level} ${f.code} ${f.path} | ${f.message}`);
  };
  const REST = `UNKNOWN limit-reached  | ${WHY.message}; only the names of exports were compared`;

  test('a name that is gone is BREAKING, once; the rest is UNKNOWN', () => {
    expect(compared({ 'index.cjs': 'exports.a=1;exports.b=1' }, { 'index.cjs': 'exports.a=2' })).toEqual([
      'BREAKING export-removed b | no longer exported',
      REST,
    ]);
    expect(compared({ 'index.js': 'export const a=1' }, { 'index.js': 'export const a=2,b=1' })).toEqual([REST]);
  });

  test('a name that may still be there is not called gone', () => {
    for (const to of [
      'module.exports=make()',
      'exports.a=1;Object.assign(exports,x)',
      'exports.a=1;(',
      'module.exports={...require("far")}',
    ]) {
      const said = compared({ 'index.cjs': 'exports.a=1;exports.b=1' }, { 'index.cjs': to });
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/^UNKNOWN limit-reached .*; not found any more: (?:a, )?b$/);
    }
    expect(compared({ 'index.mjs': 'export const a=1' }, { 'index.mjs': 'export {{{' })).toEqual([REST]);
  });

  test('where both are declared, declarations are asked', () => {
    const dts = 'export declare const a:1';
    expect(
      compared(
        { 'index.cjs': 'exports.a=exports.hid=1', 'index.d.cts': dts },
        { 'index.cjs': 'exports.a=1', 'index.d.cts': dts },
      ),
    ).toEqual([REST]);
    expect(compared({ 'index.mjs': 'export const a=1', 'index.d.mts': dts }, { 'index.mjs': 'export {}' })[0]).toBe(
      'BREAKING export-removed a | no longer exported',
    );
  });

  test('names a subpath', () => {
    const pkg = '{"exports":{"./x":"./x.mjs"}}';
    const said = compared(
      { 'package.json': pkg, 'x.mjs': 'export default 1' },
      { 'package.json': pkg, 'x.mjs': 'export {}' },
    );
    expect(said[0]).toBe('BREAKING export-removed ./x: default | no longer exported');
  });
});

describe('hostile code', () => {
  const MINIFIED = 'var a=function(b,c){return b/c+"x".replace(/a[/]b/g,`y`)};'.repeat(175_000);

  test('10 MB of minified code', () => {
    expect(MINIFIED.length).toBeGreaterThan(10_000_000);
    expect(namesOf({ 'index.cjs': `exports.z=1;${MINIFIED}` })).toBe('default z …');
    expect(namesOf({ 'index.mjs': `export const z=1;${MINIFIED}` })).toBe('z');
    expect(namesOf({ 'index.ts': `export const z=1;${MINIFIED}` })).toBe('z …');
    const exact = `exports.z=1;${MINIFIED.slice(0, MINIFIED.indexOf(';', 1_100_000) + 1)}`;
    expect(namesOf({ 'index.cjs': exact })).toBe('default z');
  });

  test('10,000 exports', () => {
    const all = (line: (i: number) => string) => Array.from({ length: 10_000 }, (_, i) => line(i)).join('\n');
    for (const [path, text] of [
      ['index.mjs', all((i) => `export const a${i}=1;`)],
      ['index.cjs', all((i) => `exports.a${i}=1;`)],
      ['index.cjs', `module.exports={${all((i) => `a${i}:${i},`)}}`],
      ['index.d.ts', all((i) => `export declare const a${i}:1;`)],
    ] as const) {
      expect(
        namesOf({ [path]: text })
          ?.split(' ')
          .filter((name) => name !== 'default'),
      ).toHaveLength(10_000);
    }
  });

  test('nesting without end, and chains of files', () => {
    for (const deep of [
      '('.repeat(200_000),
      '['.repeat(200_000),
      '{'.repeat(200_000),
      `x=${'a+'.repeat(200_000)}1`,
      'a=>'.repeat(100_000),
    ]) {
      for (const path of ['index.cjs', 'index.mjs', 'index.d.ts']) {
        expect(() =>
          namesOf({ [path]: `${path === 'index.cjs' ? 'exports.a=1;' : 'export const a=1;'}${deep}` }),
        ).not.toThrow();
      }
    }
    const chain: Files = {};
    for (let i = 0; i < 3_000; i++) chain[`f${i}.mjs`] = `export * from "./f${i + 1}.mjs"; export const n${i}=1;`;
    chain['index.mjs'] = 'export * from "./f0.mjs"';
    expect(namesOf(chain)).toMatch(/^n0 .* …$/);
  });
});
