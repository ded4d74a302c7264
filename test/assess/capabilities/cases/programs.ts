/** Programs that are started. */

import type { Case } from './case.js';

export const programs: readonly Case[] = [
  ['exec', 'process', "require('child_process').exec('true');"],
  ['spawn, imported', 'process', "import { spawn } from 'node:child_process'; export const f = () => spawn('true');"],
  ['a namespace', 'process', "import * as cp from 'child_process'; export const f = () => cp.execFileSync('true');"],
  ['a signal', 'process', "exports.f = () => process.kill(1, 'SIGTERM');"],
  ['a signal, destructured', 'process', "const { kill } = process; exports.f = () => kill(1, 'SIGTERM');"],
  ['a signal, imported', 'process', "import { kill } from 'node:process'; export const f = () => kill(1);"],
  ['a signal by globalThis', 'process', "exports.f = () => globalThis['process']['ki' + 'll'](1);"],
  ['cluster', 'process', "exports.f = () => require('cluster').fork();"],
  ['a dynamic import', 'process', "export const f = async () => (await import('node:child_process')).exec('true');"],
  [
    'a dynamic import and then',
    'process',
    "exports.f = () => import('child_process').then(({ exec }) => exec('true'));",
  ],
  ['a name in pieces', 'process', "exports.f = () => require('child' + '_' + 'process').exec('true');"],
  ['a name joined', 'process', "exports.f = () => require(['child', 'process'].join('_')).exec('true');"],
  [
    'a name reversed',
    'process',
    "exports.f = () => require('ssecorp_dlihc'.split('').reverse().join('')).exec('true');",
  ],
  [
    'a name in hexadecimal',
    'process',
    "exports.f = () => require(Buffer.from('6368696c645f70726f63657373', 'hex').toString()).exec('true');",
  ],
  ['a name in base64', 'process', "exports.f = () => require(atob('Y2hpbGRfcHJvY2Vzcw==')).exec('true');"],
  [
    'a name of character codes',
    'process',
    "exports.f = () => require(String.fromCharCode(99,104,105,108,100,95,112,114,111,99,101,115,115)).exec('true');",
  ],
  ['a name replaced', 'process', "exports.f = () => require('child-process'.replace('-', '_')).exec('true');"],
  ['a name by escapes', 'process', "exports.f = () => require('\\x63hild_process')['\\u0065xec']('true');"],
  [
    'require under another name',
    'process',
    "const load = require; exports.f = () => load('child_process').exec('true');",
  ],
  ['module.require', 'process', "exports.f = () => module.require('child_process').exec('true');"],
  ['process.mainModule', 'process*', "exports.f = () => process.mainModule.require('child_process').exec('true');"],
  ['require.main', 'process*', "exports.f = () => require.main.require('child_process').exec('true');"],
  ['getBuiltinModule', 'process', "exports.f = () => process.getBuiltinModule('child_process').exec('true');"],
  [
    'createRequire',
    'process',
    "import { createRequire } from 'module'; const require = createRequire(import.meta.url); export const f = () => require('child_process').exec('true');",
  ],
  [
    'createRequire, renamed',
    'process',
    "import { createRequire as make } from 'node:module'; export const f = () => make(import.meta.url)('child_process').exec('true');",
  ],
  [
    'createRequire of a namespace',
    'process',
    "import * as m from 'node:module'; const r = m.default.createRequire(import.meta.url); export const f = () => r('node:child_process').exec('true');",
  ],
  [
    'Module._load',
    'process',
    "const Module = require('module'); exports.f = () => Module._load('child_process').exec('true');",
  ],
  [
    'through a function',
    'process',
    "const load = (name) => require(name); exports.f = () => load('child_process').exec('true');",
  ],
  [
    'through a function in another file',
    'process',
    {
      'index.js': "const { load } = require('./load'); exports.f = () => load('child_process').exec('true');",
      'load.js': 'exports.load = (name) => require(name);',
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'in a file of its own',
    'process',
    {
      'index.js': "exports.f = require('./lib/run').run;",
      'lib/run.js': "exports.run = () => require('child_process').exec('true');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'exported and used elsewhere',
    'process',
    {
      'index.mjs': "import { cp } from './deps.mjs'; export const f = () => cp.exec('true');",
      'deps.mjs': "export * as cp from 'node:child_process';",
      'package.json': '{"main":"index.mjs"}',
    },
  ],
  [
    'through a star',
    'process',
    {
      'index.mjs': "import { exec } from './a.mjs'; export const f = () => exec('true');",
      'a.mjs': "export * from './b.mjs';",
      'b.mjs': "export { exec } from 'child_process';",
      'package.json': '{"main":"index.mjs"}',
    },
  ],
  [
    'an internal name',
    'process',
    {
      'index.mjs': "import cp from '#run'; export const f = () => cp.exec('true');",
      'package.json': '{"type":"module","main":"index.mjs","imports":{"#run":"child_process"}}',
    },
  ],
  [
    'an internal name of a file',
    'process',
    {
      'index.mjs': "import { run } from '#lib/run.mjs'; export const f = () => run();",
      'src/run.mjs': "import { exec } from 'child_process'; export const run = () => exec('true');",
      'package.json': '{"type":"module","main":"index.mjs","imports":{"#lib/*":"./src/*"}}',
    },
  ],
  [
    'behind another entry',
    'process',
    {
      'index.js': 'exports.a = 1;',
      'run.js': "require('child_process').exec('true');",
      'package.json': '{"exports":{".":"./index.js","./run":"./run.js"}}',
    },
  ],
  [
    'a file with another ending',
    'process',
    {
      'index.js': "exports.f = () => require('./notes.txt');",
      'notes.txt': "require('child_process').exec('true');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'a package that comes with it',
    'process packages*',
    {
      'index.js': "exports.f = () => require('dep').run();",
      'node_modules/dep/index.js': "exports.run = () => require('child_process').exec('true');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'compiled by TypeScript',
    'process',
    'var __importStar = (this && this.__importStar) || function (mod) { if (mod && mod.__esModule) return mod; var result = {}; for (var k in mod) if (k !== "default" && Object.prototype.hasOwnProperty.call(mod, k)) result[k] = mod[k]; result["default"] = mod; return result; };\nconst cp = __importStar(require("child_process")); exports.f = () => cp.exec("true");',
  ],
  [
    'compiled by Babel',
    'fs-write',
    'var _fs = _interopRequireDefault(require("fs")); function _interopRequireDefault(obj) { return obj && obj.__esModule ? obj : { default: obj }; } exports.f = () => _fs.default.writeFileSync("x", "y");',
  ],
  [
    'bundled',
    'process',
    'var __require = ((x) => typeof require !== "undefined" ? require : x)(function (x) { throw Error(x); }); var __commonJS = (cb, mod) => function () { return mod || (0, cb[Object.keys(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports; }; var run = __commonJS({ "run.js"(exports, module) { module.exports = () => __require("child_process").exec("true"); } }); exports.f = () => run()();',
  ],
  [
    'a name that lists have',
    'process',
    "const names = ['path', 'child_process']; exports.f = () => names.map((name) => require(name))[1].exec('true');",
  ],
  [
    'a name from outside',
    'code*',
    "exports.f = (name = ['child', 'process'].join(String.fromCharCode(Date.now() && 95))) => require(name).exec('true');",
  ],
];
