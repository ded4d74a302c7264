/** What `this` is in functions, and which arguments there are. */

import { ALL, type Case, PROCESS } from './case.js';

/** Calls that say what `this` is, and which arguments there are. */
export const receivers: readonly Case[] = [
  ...(
    [
      ['Reflect.apply', 'environment', '', 'Reflect.apply(m, process, [])'],
      ['super', 'environment', 'const o = { m };', '({ __proto__: o, go() { return super.m(); } }).go.call(process)'],
      ['an heir', 'environment', 'const o = { __proto__: process, m };', 'o.m()'],
      ['a list', 'environment', 'const list = [m, process];', 'list[0]()[1]'],
      ['an heir that is created with it', PROCESS, '', 'Object.create(process, { m: { value: m } }).m()'],
      [
        'an heir that gets a getter',
        ALL.replace('environment?', 'environment'),
        '',
        "Object.defineProperty(Object.create(process), 'm', { get: m }).m",
      ],
      ['a listener', 'environment', "let r; process.on('zz', function () { r = this; });", "(process.emit('zz'), r)"],
    ] as const
  ).map(
    ([how, reached, text, get]): Case => [
      `this of a function by ${how}`,
      reached,
      `function m() { return this; } ${text} exports.f = () => ${get}.env.HOME;`,
    ],
  ),
  [
    'this of a function of a file',
    'environment',
    {
      'index.js': "const a = require('./a'); exports.f = () => a.m().p.env.HOME;",
      'a.js': 'exports.m = function () { return this; }; exports.p = process;',
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'this of a field, where the class above returns another object',
    'environment',
    'let k; class A { constructor(o) { return o; } } class B extends A { x = (k = this); } exports.f = () => { new B(process); return k.env.HOME; };',
  ],
  ...(
    [
      ['created', "function A() {} A.prototype = Object.create(require('fs'));"],
      ['inherited by a class', "function B() {} B.prototype = require('fs'); class A extends B {}"],
    ] as const
  ).map(
    ([how, text]): Case => [
      `fs as a prototype that is ${how}`,
      'fs-write',
      `${text} exports.f = () => new A().writeFileSync('x', 'y');`,
    ],
  ),
  [
    'fs as the prototype of another target',
    'fs-write',
    "function N() {} N.prototype = require('fs'); exports.f = () => Reflect.construct(Object, [], N).writeFileSync('x', 'y');",
  ],
  [
    'another target that is Function',
    'code?',
    "class A { constructor() { this.t = new.target; } } exports.f = () => Reflect.construct(A, [], Function).t('return 1')();",
  ],
  [
    'an argument behind one that is bound',
    'process? environment code? native?',
    'exports.f = () => ((a, p) => p.env).bind(null, 1)(process).HOME;',
  ],
  [
    'createRequire, bound',
    'code*',
    "import { createRequire } from 'module'; const r = createRequire.bind(null, import.meta.url); export const f = () => r()('child_process').exec('true');",
  ],
  [
    'createRequire by Reflect',
    'process',
    "import { createRequire } from 'module'; export const f = () => Reflect.apply(createRequire, null, [import.meta.url])('child_process').exec('true');",
  ],
  [
    'who called, by a name that is not known',
    'code?',
    "const n = JSON.parse('\"caller\"'); function g() { return g[n].arguments[1]; } const r = g(); exports.f = () => r('child_process').exec('true');",
  ],
  [
    'arguments, by a name that is not known',
    PROCESS,
    'const n = JSON.parse(\'"arguments"\'); function g() { return g[n][0]; } exports.f = () => g(process).env.HOME;',
  ],
  [
    'who called, by arguments',
    'code?',
    'function g() { return arguments.callee.caller.arguments[0]; } function h(p) { return g().env.HOME; } exports.f = () => h(process);',
  ],
  [
    'a function that hands its own this on to what callers pass in',
    '',
    'Object.prototype.zz = 1; exports.once = (fn) => { let done = false; return function () { if (!done) { done = true; return fn.apply(this, arguments); } }; };',
  ],
];

/** `this` of sloppy code that somebody else calls. */
export const calledByOthers: readonly Case[] = [
  ...(
    [
      ['of a known list, by a name that is not known', '[1].forEach(function () { r = this[k]; });'],
      ['of another list, by a name that is not known', "'a'.replace(/a/, function () { r = this[k]; return ''; });"],
      ['that is kept', "let t; 'a'.replace(/a/, function () { t = this; return ''; }); r = t[k];"],
      [
        'that is given back',
        "'a'.replace(/a/, function () { r = Object.prototype.valueOf.call(this)[k]; return ''; });",
      ],
      ['by Reflect', "'a'.replace(/a/, function () { r = Reflect.get(this, k); });"],
      ['that is called with null', "(function () { r = this[k]; }).call(JSON.parse('null'));"],
      ['that is handed on in a list', 'const g = function () { return this; }; r = new Map([[1, g]]).get(1)()[k];'],
    ] as const
  ).map(
    ([how, text]): Case => [
      `this of a callback ${how}`,
      ALL,
      `let r; const k = String(Date.now() && 'process'); ${text} exports.f = () => r.env.HOME;`,
    ],
  ),
  ...(
    [
      ['is returned by one', '() => function () { return this; }', 'Array.from([1], g).at(0)()'],
      ['is returned by one that is returned', '() => () => function () { return this; }', 'Array.from([1], g)[0]()()'],
      ['a generator gives', 'function* () { yield function () { return this; }; }', '[...g()][0]()'],
      ['a map of a list gives', 'async () => function () { return this; }', '(await Promise.all([1].map(g)))[0]()'],
    ] as const
  ).map(
    ([how, g, text]): Case => [
      `this of a function that ${how}`,
      ALL,
      `const k = String(Date.now() && 'process'), g = ${g}; exports.f = async () => { const at = ${text}; return at[k].env.HOME; };`,
    ],
  ),
  [
    'what a list gives to the function that sorts it',
    'environment',
    'let r; exports.f = () => { [process, process].sort((a) => { r = a.env.HOME; return 0; }); };',
  ],
  [
    'this of a callback that is given one',
    '',
    "exports.f = (k = 'a', o = { a: 1 }) => { let r; [1].forEach(function () { r = this[k]; }, { a: 1 }); return r; };",
  ],
];
