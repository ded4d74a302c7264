/** Objects of the host, what they keep, and what is put into them. */

import { ALL, type Case, PROCESS } from './case.js';

/** What the host keeps for itself, and leads to from what everybody has. */
export const hosts: readonly Case[] = [
  [
    'who asks for the host by fetch',
    'network*',
    "exports.f = () => globalThis[Symbol.for('undici.globalDispatcher.1')]?.close();",
  ],
  [
    'who asks for the host by fetch, by the this of sloppy code',
    'network*',
    "exports.f = () => (function () { return this; })()[Symbol.for('undici.globalDispatcher.2')]?.close();",
  ],
  [
    'what a module shares with itself under a symbol',
    '',
    "const key = 'lib.store'; exports.f = () => globalThis[Symbol.for('lib.store')] ?? globalThis[Symbol.for(key)];",
  ],
  ['a stream that is written', '', "exports.f = () => process.stdout.isTTY && process.stderr.write('');"],
  [
    'a stream that is handed on',
    '',
    "exports.f = (to) => require('stream').pipeline(process.stdin, process.stdout, to);",
  ],
  ['the console', '', "exports.f = (level = 'assert') => console[level](true, 'some text');"],
  ...(
    [
      ['', '', 'new process.stderr.constructor(9)'],
      [' by its prototype', ' code?', 'new (Object.getPrototypeOf(process.stderr).constructor)(9)'],
      [' of the console', '', 'new (console._stderr.constructor)(9)'],
      [' by a name that is not known', '', "new process.stderr[String(Date.now() && 'constructor')](9)"],
    ] as const
  ).map(
    ([how, besides, text]): Case => [
      `the class of a stream${how}`,
      `fs-read? fs-write? network?${besides}`,
      `exports.f = () => { try { return ${text}; } catch {} };`,
    ],
  ),
];

/** Objects that callers get, and what is kept in them. */
export const kept: readonly Case[] = [
  ...(
    [
      ['a constructor, in its instance', 'class A { constructor() { this.p = process; } } export default new A();'],
      ['a field', 'class A { p = process; } export const a = new A();'],
      ['a field of a class that is exported', 'export class A { p = process; }'],
      ['a static field', 'export class A { static p = process; }'],
      ['the class above', 'class A { p = process; } export class B extends A {}'],
      ['a getter', 'export class A { get p() { return process; } }'],
      ['a method', 'export class A { p() { return process; } }'],
      ['an arrow function in a field', 'export class A { p = () => process; }'],
      ['whoever has an instance', 'class A {} const a = new A(); a.p = process; export default a;'],
      ['an instance in a list', 'class A { p = process; } export default [new A()];'],
      ['an instance of a function', 'function A() { this.p = process; } module.exports = new A();'],
      ['a prototype', 'function A() {} A.prototype.p = process; module.exports = A;'],
      ['a function', 'const f = () => 1; f.p = process; module.exports = f;'],
      ['an object of the language', 'const a = new Map(); a.p = process; module.exports = a;'],
      ['a definition', "const a = {}; Object.defineProperty(a, 'p', { value: process }); module.exports = a;"],
      ['what callers pass in', 'exports.f = (it = new Map()) => { it.p = process; };'],
      ['Reflect', "const a = {}; Reflect.set(a, 'p', process); module.exports = a;"],
      ['an instance that is given a callback', 'class A { p = process; go(to) { to(this); } } export default new A();'],
    ] as const
  ).map(([how, text]): Case => [`process, kept by ${how}`, PROCESS, text]),
  ['process, kept where nobody else reads', '', 'class A { #p = process; go() { return 1; } } export default new A();'],
  ['an instance that stays', '', 'class A { p = process; } exports.f = () => new A() instanceof A;'],
];

/** `this` in functions that objects of the host get, or inherit. */
export const inherited: readonly Case[] = [
  ...(
    [
      // Where `env` is read of `this` at once, it says of what `this` may be.
      ['a method', 'environment', 'Object.prototype.zz = function () { return this; };', 'process.zz()'],
      [
        'a getter',
        'environment?',
        "Object.defineProperty(Object.prototype, 'zz', { get() { return this; } });",
        'process.zz',
      ],
      ['getters', ALL, 'Object.defineProperties(Object.prototype, { zz: { get() { return this; } } });', 'process.zz'],
      [
        'a setter',
        'environment?',
        "let k; Object.defineProperty({}.__proto__, 'zz', { set(v) { k = [this]; } });",
        '((process.zz = 1), k[0])',
      ],
      ['__defineGetter__', ALL, "Object.prototype.__defineGetter__('zz', function () { return this; });", 'process.zz'],
      [
        'Reflect',
        ALL,
        "Reflect.defineProperty(Reflect.getPrototypeOf({}), 'zz', { get() { return this; } });",
        'process.zz',
      ],
      [
        'another prototype',
        ALL.replace('environment?', 'environment'),
        'Object.assign(Object.getPrototypeOf(Object.getPrototypeOf(process)), { zz() { return this; } });',
        'process.zz()',
      ],
      [
        'what makes a text of it',
        'environment?',
        "let k; Object.prototype.toString = function () { k = [this]; return ''; };",
        "('' + process, k[0])",
      ],
      ['what lists it', ALL, 'Object.prototype[Symbol.iterator] = function* () { yield this; };', '[...process][0]'],
    ] as const
  ).map(([how, reached, text, get]): Case => [`this of ${how}`, reached, `${text} exports.f = () => ${get}.env.HOME;`]),
  [
    'what all objects inherit, by this of a method that they all get',
    '',
    "Object.prototype.zz = function () { return this.toString() + this.hasOwnProperty('a'); }; exports.f = () => [1].zz();",
  ],
  [
    'this of a literal whose prototype is set',
    'environment',
    'const o = { get zz() { return this; }, __proto__: process }; exports.f = () => o.zz.env.HOME;',
  ],
  [
    'this of a class that is asked for instances',
    'process? environment? code? native?',
    'let k; class A { static [Symbol.hasInstance](v) { k = v; return true; } } process instanceof A; exports.f = () => k.env.HOME;',
  ],
  [
    'a method that all lists get',
    '',
    'if (!Array.prototype.last) Array.prototype.last = function () { return this[this.length - 1]; }; exports.f = () => [1].last();',
  ],
];

/** Ways to the prototype of the class that `process` is made of. */
export const hostClasses: readonly Case[] = (
  [
    ['the module', "require('events').prototype"],
    ['its member', "require('events').EventEmitter.prototype"],
    ['a pattern', "require('events').EventEmitter['proto' + 'type']"],
    ['super', "(class extends require('events') { static at() { return super.prototype; } }).at()"],
    [
      'who inherits from it',
      "((A) => (require('util').inherits(A, require('events')), A.super_.prototype))(function () {})",
    ],
    ['the class of process', 'Object.getPrototypeOf(process.constructor.prototype)'],
  ] as const
).flatMap(([how, at]): Case[] => [
  [
    `this of a method of the class of process, by ${how}`,
    how.startsWith('who') ? PROCESS.replace('environment?', 'environment') : ALL.replace('environment?', 'environment'),
    `(${at}).zz = function () { return this; }; exports.f = () => process.zz().env.HOME;`,
  ],
]);
