/** Constructors by which functions are made of texts, reached on ways that nobody sees. */

import type { Case } from './case.js';

/** The constructor of a function that nobody here has written, which goes where it is called later. */
export const constructorsHandedOn: readonly Case[] = (
  [
    ['for the elements of a list', "Array.from(['1'], F)[0]()"],
    ['into a map', "new Map([[1, F]]).get(1)('return 1')()"],
    ['into a promise', "Promise.resolve(F).then((make) => make('return 1')())"],
    ['as a weak reference', "new WeakRef(F).deref()('return 1')()"],
    ['as a member', "Object.values({ F })[0]('return 1')()"],
    ['under a symbol', "({ [Symbol.for('f')]: F })[Symbol.for('f')]('return 1')()"],
    ['as an argument', "(function () { return arguments[0]; })(F)('return 1')()"],
    ['from a generator', "(function* () { yield F; })().next().value('return 1')()"],
    ['as what is thrown', "(() => { try { throw F; } catch (made) { return made('return 1')(); } })()"],
  ] as const
).map(
  ([how, text]): Case => [
    `the constructor of a method, handed on ${how}`,
    'code?',
    `const F = [].at.constructor; exports.f = () => ${text};`,
  ],
);

/** A constructor by a name that nobody sees, kept first and called later. */
export const constructorsByKey: readonly Case[] = (
  [
    ['with a comment of HTML', "F('<!-- a\\nreturn 1')()"],
    ['by itself', "F('return 1')()"],
    ['out of a member', "({ F }).F('return 1')()"],
    ['by call', "F.call(null, 'return 1')()"],
    ['by apply', "F.apply(null, ['return 1'])()"],
    ['by bind', "F.bind(null, 'return 1')()()"],
    ['by Reflect.apply', "Reflect.apply(F, null, ['return 1'])()"],
    ['by Reflect.construct', "Reflect.construct(F, ['return 1'])()"],
    ['as the tag of a template', 'F`return 1`()'],
    ['for each element', "['return 1'].map(F)[0]()"],
    ['by Array.from', "Array.from(['return 1'], F)[0]()"],
    ['as the class above', "new (class extends F {})('return 1')()"],
    ['out of a pattern', "(({ [a]: G }) => G('return 1')())([].at)"],
    ['by Reflect.get', "Reflect.get([].at, a)('return 1')()"],
  ] as const
).map(
  ([how, text]): Case => [
    `the constructor of a method by a name that nobody sees, called ${how}`,
    'code?',
    `const [a] = Object.keys({ constructor: 1 }), F = [].at[a]; exports.f = () => ${text};`,
  ],
);

export const tables: readonly Case[] = [
  [
    'the constructor of Error by a name not known',
    'code?',
    "exports.f = (k = 'constructor') => Error[k]('return 1')();",
  ],
  [
    'the constructor of a class of Node by a name not known',
    'code?',
    "exports.f = (k = 'constructor') => require('events')[k]('return 1')();",
  ],
  [
    'functions of a table that get texts which are no code',
    '',
    "exports.f = (table, name) => { const act = table?.[name]; return act?.('some words (that do nothing)') ?? act?.('a-b') ?? act?.(', '); };",
  ],
  [
    'a copy of an object, whose prototype may be that of functions',
    '',
    'const copy = (it) => { const made = Object.create(Object.getPrototypeOf(it)); for (const k in it) made[k] = copy(it[k]); return made; }; exports.f = (it = {}) => copy(it) && copy(() => 1);',
  ],
  [
    'functions of a table that callers fill',
    '',
    "exports.f = (table, name, text) => { const act = table?.[name]; return act?.(text) ?? act?.call(null, text, 'word') ?? [text].map(act); };",
  ],
];

/** What is caught is whatever was thrown. */
export const caught: readonly Case[] = [
  ['e', 'e.constructor.constructor'],
  ['{ constructor: { constructor: F } }', 'F'],
].map(
  ([pattern, made]): Case => [
    `the constructor of what is caught as ${pattern}`,
    'code',
    `exports.f = () => { try { null.x; } catch (${pattern}) { return ${made}('return 1')(); } };`,
  ],
);
