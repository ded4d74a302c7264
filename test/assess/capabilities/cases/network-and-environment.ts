/** Connections, and what the process was started with. */

import type { Case } from './case.js';

export const network: readonly Case[] = [
  ['fetch', 'network', "exports.f = () => fetch('http://a.invalid');"],
  ['fetch of globalThis', 'network', "exports.f = () => globalThis.fetch('http://a.invalid');"],
  ['fetch under another name', 'network', "const get = fetch; exports.f = () => get('http://a.invalid');"],
  ['fetch, destructured', 'network', "const { fetch: get } = globalThis; exports.f = () => get('http://a.invalid');"],
  ['fetch by a name in pieces', 'network', "exports.f = () => globalThis['fe' + 'tch']('http://a.invalid');"],
  ['a WebSocket', 'network', "exports.f = () => new WebSocket('ws://a.invalid');"],
  ['http', 'network', "const http = require('http'); exports.f = () => http.get('http://a.invalid');"],
  [
    'https or http',
    'network',
    "const http = require('http'), https = require('https'); exports.f = (s = false) => (s ? https : http).request('http://a.invalid');",
  ],
  [
    'a method that is not known',
    'network',
    "const http = require('http'); exports.f = (m = 'get') => http[m]('http://a.invalid');",
  ],
  ['a server', 'network', "import { createServer } from 'node:http'; export const f = () => createServer().listen(0);"],
  ['net', 'network', "import net from 'net'; export const f = () => net.connect(1);"],
  ['tls', 'network', "exports.f = () => require('tls').connect(1);"],
  ['dns', 'network', "exports.f = () => require('dns').lookup('a.invalid', () => 0);"],
  [
    'dns/promises',
    'network',
    "import { resolve } from 'node:dns/promises'; export const f = () => resolve('a.invalid');",
  ],
  ['dgram', 'network', "exports.f = () => require('dgram').createSocket('udp4');"],
  ['http2', 'network', "exports.f = () => require('http2').connect('http://a.invalid');"],
  [
    'this of sloppy code',
    'network',
    "const root = (function () { return this; })(); exports.f = () => root.fetch('http://a.invalid');",
  ],
  [
    'this of a function that is called',
    'network',
    "function whole() { return this; } exports.f = () => whole()['fe' + 'tch']('http://a.invalid');",
  ],
  [
    'this of strict code',
    '',
    "'use strict'; exports.f = () => (function () { return this; })()?.fetch('http://a.invalid');",
  ],
  [
    'the place of fetch is taken',
    'network*',
    'exports.f = () => { const before = globalThis.fetch; globalThis.fetch = (...a) => before(...a); };',
  ],
  [
    'XMLHttpRequest',
    'network*',
    "exports.f = () => { if (typeof XMLHttpRequest !== 'undefined') new XMLHttpRequest().open('GET', '/'); };",
  ],
  ['sendBeacon', 'network*', "exports.f = () => navigator.sendBeacon('/');"],
  ['an import over the network', 'code* network*', "export const f = () => import('https://a.invalid/x.js');"],
  [
    'a global by a name that is not known',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    "exports.f = (n = String(Date.now() && 'fetch')) => globalThis[n]('http://a.invalid');",
  ],
  [
    'the global object, given to others',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    "exports.f = () => new Map([[1, globalThis]]).get(1).fetch('http://a.invalid');",
  ],
];

export const environment: readonly Case[] = [
  ['a variable', 'environment', 'exports.f = () => process.env.HOME;'],
  ['all variables', 'environment', 'exports.f = () => JSON.stringify(process.env);'],
  ['destructured', 'environment', 'const { env } = process; exports.f = () => env.HOME;'],
  ['destructured deep', 'environment', 'const { env: { HOME } } = process; exports.f = () => HOME;'],
  ['imported', 'environment', "import { env } from 'node:process'; export const f = () => env.HOME;"],
  ['imported whole', 'environment', "import process from 'process'; export const f = () => process.env.HOME;"],
  ['required', 'environment', "const p = require('process'); exports.f = () => p.env.HOME;"],
  ['by global', 'environment', 'exports.f = () => global.process.env.HOME;'],
  ['by a computed name', 'environment', "const at = 'env'; exports.f = () => process[at].HOME;"],
  ['by Reflect', 'environment', "exports.f = () => Reflect.get(process, 'env').HOME;"],
  ['by a descriptor', 'environment', "exports.f = () => Object.getOwnPropertyDescriptor(process, 'env').value.HOME;"],
  [
    'by an alias of an alias',
    'environment',
    'const g = globalThis; const p = g.process; exports.f = () => p.env.HOME;',
  ],
  [
    'by a class',
    'environment',
    'class A { static p = process; static read() { return A.p.env.HOME; } } exports.f = () => A.read();',
  ],
  ['set', 'environment', "exports.f = () => { process.env.X = '1'; };"],
  ['asked for', 'environment', "exports.f = () => 'CI' in process.env;"],
  [
    'who and where',
    'environment',
    "const os = require('os'); exports.f = () => [os.hostname(), os.userInfo().username];",
  ],
  ['os without power', '', "const { EOL, platform } = require('os'); exports.f = () => platform() + EOL;"],
  [
    'by a name that is not known',
    'process? environment? code? native?',
    "exports.f = (n = String(Date.now() && 'env')) => process[n].HOME;",
  ],
  [
    'process, given to others',
    'process? environment? code? native?',
    'exports.f = () => new Set([process]).values().next().value.env.HOME;',
  ],
  ['process, exported', 'process? environment? code? native?', 'exports.p = process;'],
  [
    'inside of a wrapper for every host',
    'environment',
    "(function (root, factory) { typeof exports === 'object' ? (module.exports = factory()) : (root.lib = factory()); })(this, function () { return { f: () => process.env.HOME }; });",
  ],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the case's.
  ['inside of a template', 'environment', 'exports.f = () => `${process.env.HOME}`;'],
  ['inside of a default', 'environment', 'exports.f = (home = process.env.HOME) => home;'],
  ['inside of a generator', 'environment', 'exports.f = () => [...(function* () { yield process.env.HOME; })()];'],
];
