/** Ways round that come to the mind of who wants to get past this. */

import type { Case } from './case.js';

export const evasions: readonly Case[] = [
  ['require as a callback', 'process', "exports.f = () => ['child_process'].map(require)[0].exec('true');"],
  ['an element that was set', 'environment', 'const list = []; list[1] = process; exports.f = () => list[1].env.HOME;'],
  [
    'an element of what is not known',
    'process? environment code? native?',
    'exports.f = (list = JSON.parse("[]")) => { list[2] = process; return list[2].env.HOME; };',
  ],
  [
    'an element by a counter',
    'environment',
    'let i = 0; const list = [process]; exports.f = () => list[i++ % 1].env.HOME;',
  ],
  [
    'a spread of arguments',
    'environment',
    "const read = (a, b) => b.env.HOME; exports.f = () => read(...['x', process]);",
  ],
  ['apply', 'environment', "const read = (a, b) => b.env.HOME; exports.f = () => read.apply(null, ['x', process]);"],
  [
    'arguments',
    'process? environment? code? native?',
    'function first() { return arguments[0]; } exports.f = () => first(process).env.HOME;',
  ],
  ['the constructor of Object', 'code?', "exports.f = () => Object.constructor('return 1')();"],
  [
    'a copy into this',
    'fs-read? fs-write?',
    "class A { constructor() { Object.assign(this, require('fs')); } go() { this.writeFileSync('x', 'y'); } } exports.A = A;",
  ],
  ['a prototype', 'environment', 'const heir = { __proto__: process }; exports.f = () => heir.env.HOME;'],
  ['Object.create', 'environment', 'exports.f = () => Object.create(process).env.HOME;'],
  ['a private field', 'environment', 'class A { #p = process; go() { return this.#p.env.HOME; } } exports.A = A;'],
  [
    'a closure',
    'fs-write',
    "const make = (io) => ({ save: () => io.writeFileSync('x', 'y') }); exports.f = () => make(require('fs')).save();",
  ],
  [
    'a constructor that keeps it',
    'process',
    "class A { constructor(p) { this.p = p; } go() { this.p.exec('true'); } } exports.f = () => new A(require('child_process')).go();",
  ],
  [
    'a getter that is defined',
    'environment',
    "const o = {}; Object.defineProperty(o, 'p', { get() { return process; } }); exports.f = () => o.p.env.HOME;",
  ],
  ['a name that is made global', 'environment', 'globalThis.hidden = process; exports.f = () => hidden.env.HOME;'],
  ['an assignment in a call', 'process', "let r; exports.f = () => (r = require)('child_process').exec('true');"],
  [
    'bind with the name',
    'process',
    "const r = require.bind(null, 'child_process'); exports.f = () => r().exec('true');",
  ],
  ['the parent of a module', 'process*', "exports.f = () => module.children[0].require('child_process').exec('true');"],
  ['this of a callback', 'network', "exports.f = () => [1].forEach(function () { this.fetch('http://a.invalid'); });"],
  [
    'a thrown value',
    'process? environment? code? native?',
    'exports.f = () => { try { throw process; } catch (e) { return e.env.HOME; } };',
  ],
  [
    'a static of the class above',
    'environment',
    'class A { static p = process; } class B extends A {} exports.f = () => B.p.env.HOME;',
  ],
  [
    'a symbol',
    'process? environment? code? native?',
    'const s = Symbol(); const o = { [s]: process }; exports.f = () => o[s].env.HOME;',
  ],
  [
    'an object handed on and read back',
    'fs-read? fs-write?',
    "const keep = (o) => Object.values(o)[0]; exports.f = () => keep({ fs: require('fs') }).writeFileSync('x', 'y');",
  ],
  [
    'a name of another object',
    'process',
    "const names = { a: 'child_process' }; exports.f = () => require(names.a).exec('true');",
  ],
  [
    'a name from a switch',
    'process',
    "const name = (k) => { switch (k) { case 1: return 'child_process'; default: return 'path'; } }; exports.f = () => require(name(1)).exec?.('true');",
  ],
  [
    'a name that grows',
    'code*',
    "let name = 'child'; name += '_'; name += 'process'; exports.f = () => require(name).exec('true');",
  ],
  [
    'a label and a loop',
    'environment',
    'exports.f = () => { let v; for (const p of [1, process]) v = p; return v.env.HOME; };',
  ],
  ['a nested pattern with a default', 'environment', 'exports.f = ({ p = process } = {}) => p.env.HOME;'],
  ['a pattern in an assignment', 'environment', 'let e; exports.f = () => { ({ env: e } = process); return e.HOME; };'],
  ['a pattern in a loop', 'environment', 'exports.f = () => { for (const { env } of [process]) return env.HOME; };'],
  ['a comma', 'process', "exports.f = () => (1, require)('child_process').exec('true');"],
  ['an optional call', 'process', "exports.f = () => require?.('child_process')?.exec?.('true');"],
  [
    'an object of functions by name',
    'process',
    "const act = { go: () => require('child_process').exec('true') }; exports.f = (n = 'go') => act[n]();",
  ],
  [
    'an inner default export',
    'process',
    {
      'index.mjs': "import d from './a.mjs'; export const f = () => d.cp.exec('true');",
      'a.mjs': "import cp from 'node:child_process'; export default { cp };",
      'package.json': '{"main":"index.mjs"}',
    },
  ],
  [
    'a circle of files',
    'process',
    {
      'index.js': "exports.cp = () => require('child_process'); exports.f = () => require('./b').g();",
      'b.js': "const a = require('./index'); exports.g = () => a.cp().exec('true');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'an export that is set later',
    'process',
    {
      'index.js': "const b = require('./b'); exports.f = () => b.cp.exec('true');",
      'b.js': "exports.cp = null; exports['c' + 'p'] = require('child_process');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'a function of a known name',
    'process',
    "const atob = () => 'child_process'; exports.f = () => require(atob('cGF0aA==')).exec('true');",
  ],
  [
    'a Buffer of its own',
    'code*',
    "const Buffer = { from: () => 'child_process' }; exports.f = () => require(Buffer.from('path').toString()).exec('true');",
  ],
  [
    'a Symbol of its own',
    'process? environment? code? native?',
    "const Symbol = { iterator: 'env' + (Date.now() && '') }; exports.f = () => process[Symbol.iterator].HOME;",
  ],
  [
    'a join of its own',
    'process',
    "const join = () => 'child_process'; exports.f = () => require(join(__dirname, 'index.js')).exec('true');",
  ],
  [
    'a name not known, of what is not known',
    'code?',
    "exports.f = (x = [].at, c = 'constructor') => x[c]('return process.env.HOME')();",
  ],
  [
    'a name not known, and its function kept for later',
    'code?',
    "exports.f = (x = [].at, c = 'constructor', text = 'return 1') => { const made = x[c](text); return [1].map(made); };",
  ],
  [
    'a name not known, that is given a list',
    'code?',
    "exports.f = (x = [].at, c = 'constructor') => x[c](['return 1'])();",
  ],
  ['names twice not known', 'code?', "exports.f = (a = 'at', c = 'constructor') => [][a][c]('return 1')();"],
];
