/** Places in the syntax that a reader may pass over, and what a class takes from what it extends. */

import type { Case } from './case.js';

export const syntax: readonly Case[] = [
  ['the name of a field without a value', 'environment', 'class A { [process.env.HOME]; } exports.A = A;'],
  [
    'a default in a pattern that is assigned',
    'environment',
    'let e; exports.f = () => { ({ e = process.env.HOME } = {}); return e; };',
  ],
  [
    'the rest of a list',
    'process',
    "const [, ...rest] = ['x', require('child_process')]; exports.f = () => rest[0].exec('true');",
  ],
  [
    'the rest of a list that is assigned',
    'process',
    "let rest; [, ...rest] = ['x', require('child_process')]; exports.f = () => rest[0].exec('true');",
  ],
  [
    'the constructor of new.target',
    'code',
    "function F() { this.x = new.target.constructor('return 1')(); } exports.f = () => new F();",
  ],
  [
    'super of a literal',
    'environment',
    'const o = { __proto__: process, go() { return super.env.HOME; } }; exports.f = () => o.go();',
  ],
  [
    'super of a class whose prototype is set',
    'environment',
    'class A { static go() { return super.env.HOME; } } Object.setPrototypeOf(A, process); exports.f = () => A.go();',
  ],
  [
    'a class that extends what may be Function',
    'code?',
    "class F extends [].at.constructor {} exports.f = () => new F('return 1')();",
  ],
  [
    'a class that extends require',
    'process code?',
    "class R extends require {} exports.f = () => new R('child_process').exec('true');",
  ],
  [
    'a static of Module that is inherited',
    'process code*',
    "class M extends require('module') {} exports.f = () => M._load('child_process').exec('true');",
  ],
  [
    'a class that extends Worker',
    'worker network*',
    {
      'index.js':
        "const { Worker } = require('worker_threads'); class W extends Worker {} exports.f = () => new W(__dirname + '/job.js');",
      'job.js': "fetch('http://a.invalid');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'a class that hands on what it is constructed with',
    'process? environment? code? native?',
    'class L extends Array {} exports.f = () => new L(0, process)[1].env.HOME;',
  ],
  [
    'a decorator',
    'network*',
    {
      'index.ts':
        "const d = (x: unknown) => (c: unknown): void => {};\n@d(fetch('http://a.invalid')) export class A {}",
      'package.json': '{"type":"module","exports":"./index.ts"}',
    },
  ],
  [
    'a property that a parameter declares',
    'environment*',
    {
      'index.ts':
        'class A { constructor(private p = process) {} go() { return this.p.env.HOME; } } export const f = () => new A().go();',
      'package.json': '{"type":"module","exports":"./index.ts"}',
    },
  ],
];

/** Calls that give what they were called on, or what is in it. */
export const handedBack: readonly Case[] = [
  ['what on gives', 'environment', "exports.f = () => process.once('exit', () => {}).env.HOME;"],
  ['what setMaxListeners gives', 'environment', 'exports.f = () => process.setMaxListeners(20).env.HOME;'],
  ['valueOf of process', 'environment', 'exports.f = () => process.valueOf().env.HOME;'],
  ['valueOf of the global object', 'environment', 'exports.f = () => globalThis.valueOf().process.env.HOME;'],
  ['valueOf of Function', 'code', "exports.f = () => Function.valueOf()('return 1')();"],
  ['valueOf of module', 'process', "exports.f = () => module.valueOf().require('child_process').exec('true');"],
  [
    'valueOf of createRequire',
    'process',
    "import { createRequire } from 'node:module'; export const f = () => createRequire.valueOf()(import.meta.url)('child_process').exec('true');",
  ],
  [
    'the prototype of module',
    'process',
    "exports.f = () => module.__proto__.constructor._load('child_process').exec('true');",
  ],
  [
    'the getter of process',
    'environment',
    "exports.f = () => Object.getOwnPropertyDescriptor(globalThis, 'process').get().env.HOME;",
  ],
  [
    'the getter of process, looked up',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    "exports.f = () => globalThis.__lookupGetter__('process')().env.HOME;",
  ],
  ['a list that is folded', 'environment', 'exports.f = () => [0, process].reduce((a, b) => b).env.HOME;'],
  ['a list that is folded from', 'environment', 'exports.f = () => [0].reduce((a) => a, process).env.HOME;'],
  ['a list that is sorted', 'environment', 'exports.f = () => [process].sort()[0].env.HOME;'],
  ['a list that is cut', 'environment', 'exports.f = () => [process].splice(0)[0].env.HOME;'],
  ['a list itself', 'environment', 'exports.f = () => [process].valueOf()[0].env.HOME;'],
  [
    'the entries of a list',
    'process? environment? code? native?',
    'exports.f = () => [process].entries().next().value[1].env.HOME;',
  ],
  ['arguments of a file', 'code?', "const load = arguments[1]; exports.f = () => load('child_process').exec('true');"],
  [
    'arguments of a function, from outside',
    'process? environment? code? native?',
    'function g() { return g.arguments[0]; } exports.f = () => g(process).env.HOME;',
  ],
  [
    'who called',
    'code?',
    "function g() { return g.caller.arguments[1]; } const load = g(); exports.f = () => load('path');",
  ],
];
