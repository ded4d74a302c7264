/** Getters and setters, taken from where they were written, or called by what puts a value there. */

import { ALL, type Case, PROCESS } from './case.js';

export const accessors: readonly Case[] = [
  ...(
    [
      ['a setter', 'environment', 'const o = { set p(v) { k = v; } };', 'o.p = process'],
      [
        'a private setter',
        'environment',
        'class A { set #p(v) { k = v; } go() { this.#p = process; } }',
        'new A().go()',
      ],
      [
        'a setter that a descriptor defines',
        'environment',
        "const o = {}; Object.defineProperty(o, 'p', { set(v) { k = v; } });",
        'o.p = process',
      ],
      [
        'a setter by __defineSetter__',
        'environment',
        "const o = {}; o.__defineSetter__('p', (v) => { k = v; });",
        'o.p = process',
      ],
      [
        'a setter by Object.assign',
        'environment',
        'const o = { set p(v) { k = v; } };',
        'Object.assign(o, { p: process })',
      ],
      [
        'a setter whose name is not known',
        'process? environment? code? native?',
        "const o = { set [String(Date.now() && 'p')](v) { k = new Map([[1, v]]).get(1); } };",
        'o.p = process',
      ],
    ] as const
  ).map(
    ([how, reached, text, put]): Case => [
      `what is put into ${how}`,
      reached,
      `let k; ${text} exports.f = () => { ${put}; return k.env.HOME; };`,
    ],
  ),
  ...(
    [
      ['a descriptor', PROCESS, "Object.getOwnPropertyDescriptor(o, 'me').get.call(process).env"],
      ['Reflect', PROCESS, "Reflect.getOwnPropertyDescriptor(o, 'me').get.call(process).env"],
      ['all descriptors', PROCESS, 'Object.getOwnPropertyDescriptors(o).me.get.call(process).env'],
      ['__lookupGetter__', PROCESS, "o.__lookupGetter__('me').call(process).env"],
      ['a receiver', '', "Reflect.get(o, 'me', process).env"],
      ['super', '', '({ __proto__: o, go() { return super.me; } }).go.call(process).env'],
      ['a descriptor, called by itself', PROCESS, "(0, Object.getOwnPropertyDescriptor(o, 'me').get)().process.env"],
    ] as const
  ).map(
    ([how, others, text]): Case => [
      `this of a getter by ${how}`,
      others.replace('environment?', 'environment') || 'environment',
      `const o = { get me() { return this; } }; exports.f = () => ${text}.HOME;`,
    ],
  ),
  ...(
    [
      ['__lookupGetter__ of what it was', "globalThis.__lookupGetter__('process').call(globalThis)"],
      ['all descriptors', 'Object.getOwnPropertyDescriptors(globalThis).process.get.call(globalThis)'],
    ] as const
  ).map(([how, text]): Case => [`process by its getter, by ${how}`, ALL, `exports.f = () => ${text}.env.HOME;`]),
];
