/** Modules that reach nothing, though they look like it. */

import type { Case } from './case.js';

export const nothing: readonly Case[] = [
  ['nothing', '', 'exports.add = (a, b) => a + b;'],
  [
    'harmless modules',
    '',
    "const path = require('path'); exports.f = () => path.join('a', require('node:util').format('b'));",
  ],
  [
    'names that are shadowed',
    '',
    'exports.f = () => { const process = { env: { a: 1 } }, require = (x) => x; return require(process.env.a); };',
  ],
  ['a parameter of the same name', '', 'exports.f = (eval_, fetch = () => 1) => fetch(eval_);'],
  [
    'a method of the same name',
    '',
    'class Box { fetch() { return 1; } eval() { return 2; } } exports.Box = Box; new Box().fetch();',
  ],
  [
    'names in texts and comments',
    '',
    '// require("fs")\nexports.text = "child_process eval(process.env)"; exports.re = /fetch/;',
  ],
  [
    'a name that is asked for',
    '',
    "exports.f = () => typeof fetch === 'function' && typeof require !== 'undefined' && typeof process === 'object';",
  ],
  ['an import for its side effect', '', "import 'node:fs'; export const a = 1;"],
  ['an unused import', '', "const fs = require('fs'); exports.a = 1;"],
  [
    'harmless members',
    '',
    "const { STATUS_CODES } = require('http'); const net = require('net'); exports.f = (x) => net.isIP(x) || STATUS_CODES[200];",
  ],
  [
    'process without power',
    '',
    'exports.f = () => [process.platform, process.version, process.cwd(), process.argv.length, process.hrtime()];',
  ],
  [
    'harmless members of module',
    '',
    "import { builtinModules } from 'node:module'; export const f = () => builtinModules.length;",
  ],
  [
    'a table of functions, and calls that nobody takes anything of',
    '',
    "const table = { add: (x) => x + ' 1' }; exports.f = (name = 'add', o = { on() {} }, on = 'on') => { o[on]('a b', 1); return table[name]('a b'); };",
  ],
  [
    'a name not known, with numbers, functions and words alone',
    '',
    "exports.f = (o = { on: () => 1 }, on = 'on') => o[on]('click', 1) + o[on](() => 1);",
  ],
  [
    'a constructor is compared',
    '',
    'exports.f = (x) => x instanceof Function || x.constructor === Object || x.constructor.name;',
  ],
  ['the own constructor', '', 'class A { copy() { return new this.constructor(1); } } exports.A = A;'],
  [
    'worker threads without threads',
    '',
    "const { isMainThread, MessageChannel } = require('worker_threads'); exports.f = () => isMainThread && new MessageChannel().port1.close();",
  ],
  [
    'numbers as names',
    '',
    'exports.f = (list) => { let sum = 0; for (let i = 0; i < 3; i++) sum += [1, 2, 3][i]; return sum; };',
  ],
  [
    'events by type and number',
    '',
    'class E { constructor() { this.on = { a: [() => 1] }; } emit() { for (let i = 0; i < 1; i++) this.on["a"][i](1); } } exports.E = E;',
  ],
  [
    'a file that nobody imports',
    '',
    {
      'index.js': 'exports.a = 1;',
      'lib/unused.js': "require('child_process').exec('x');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'JSON',
    '',
    {
      'index.js': "exports.a = require('./data.json').eval;",
      'data.json': '{"eval": "process.env"}',
      'package.json': '{"main":"index.js"}',
    },
  ],
];
