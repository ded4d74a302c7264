/** Code that is made of texts, or loaded by names that are not known. */

import type { Case } from './case.js';

export const code: readonly Case[] = [
  ['eval', 'code', "exports.f = () => eval('1');"],
  ['eval, indirect', 'code', "exports.f = () => (0, eval)('1');"],
  ['eval under another name', 'code', "const e = eval; exports.f = () => e('1');"],
  ['eval of globalThis', 'code', "exports.f = () => globalThis.eval('1');"],
  ['Function', 'code', "exports.f = () => new Function('return 1')();"],
  ['Function under another name', 'code', "const F = Function; exports.f = () => F('return 1')();"],
  ['the constructor of a function', 'code', "exports.f = () => (() => 1).constructor('return 1')();"],
  ['the constructor of a constructor', 'code', "exports.f = () => ''.constructor.constructor('return 1')();"],
  ['the constructor of a method', 'code?', "exports.f = () => [].map.constructor('return 1')();"],
  ['the constructor of what is given', 'code?', "exports.f = (x = [].at) => x.constructor('return 1')();"],
  [
    'an AsyncFunction',
    'code',
    "const A = Object.getPrototypeOf(async function () {}).constructor; exports.f = () => new A('return 1')();",
  ],
  ['the prototype of a function', 'code', "exports.f = () => (function () {}).__proto__.constructor('return 1')();"],
  [
    'a constructor by a computed name',
    'code',
    "const c = 'const' + 'ructor'; exports.f = () => ((a) => a)[c]('return 1')();",
  ],
  ['Reflect.construct', 'code', "exports.f = () => Reflect.construct(Function, ['return 1'])();"],
  ['Function by call', 'code', "exports.f = () => Function.call(null, 'return 1')();"],
  ['a class that extends Function', 'code', "class F extends Function {} exports.f = () => new F('return 1')();"],
  ['vm', 'code', "exports.f = () => require('vm').runInNewContext('1');"],
  ['vm, imported', 'code', "import { Script } from 'node:vm'; export const f = () => new Script('1');"],
  ['WebAssembly', 'code', 'exports.f = () => WebAssembly.validate(new Uint8Array(8));'],
  [
    'a hook of the loader',
    'code',
    "import { register } from 'node:module'; export const f = () => register('./hooks.mjs', import.meta.url);",
  ],
  ['_compile', 'code', "exports.f = () => module._compile('1', 'x.js');"],
  ['require.extensions', 'code*', "require.extensions['.txt'] = () => undefined;"],
  ['require of an expression', 'code*', 'exports.f = (name) => require(name);'],
  ['an import of an expression', 'code*', 'export const f = (name) => import(name);'],
  ['an import of data', 'code*', "export const f = () => import('data:text/javascript,1');"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the case's.
  ['a template of what is not known', 'code*', 'exports.f = (name) => require(`./plugins/${name}`);'],
  ['require, given to others', 'code?', "exports.f = () => new Set([require]).values().next().value('path');"],
  ['require by a name that is not known', 'code?', "exports.f = (n = 'call') => require[n](null, 'path');"],
  ['a file that is not there', 'code?', "exports.f = () => require('./gone');"],
  ['a file outside', 'code?', "exports.f = () => require('../outside');"],
  ['the inspector', 'code* network*', "exports.f = () => new (require('inspector').Session)();"],
  [
    'text that cannot be read',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    'exports.f = ((( ;',
  ],
  ['with', 'code?', 'exports.f = (o) => { with (o) { return 1; } };'],
  ['a timer with text', 'code*', "exports.f = () => { try { setTimeout('1', 1); } catch {} };"],
];
