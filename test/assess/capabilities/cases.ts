/**
 * Small modules, and what they reach. A name is present; with `?` it is undetermined; with `*` it is present, and running the case does not
 * show it: a host that is not there, or a way to load something whose effect is another capability.
 */

export type CaseFiles = string | Readonly<Record<string, string>>;

export type Case = readonly [name: string, reached: string, files: CaseFiles];

/** The files of a case; a text alone is index.js, or index.mjs where it imports or exports. */
export function filesOf(files: CaseFiles): Readonly<Record<string, string>> {
  if (typeof files !== 'string') return files;
  return { [/^\s*(?:import|export)\b(?!\s*\()/m.test(files) ? 'index.mjs' : 'index.js']: files };
}

const nothing: readonly Case[] = [
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

const files: readonly Case[] = [
  ['reading a file', 'fs-read', "const fs = require('fs'); exports.f = () => fs.readFileSync(__filename, 'utf8');"],
  ['writing a file', 'fs-write', "const fs = require('fs'); exports.f = () => fs.writeFileSync('x', 'y');"],
  [
    'both',
    'fs-read fs-write',
    "import * as fs from 'node:fs'; export const f = () => { fs.existsSync('x'); fs.mkdirSync('y'); };",
  ],
  ['promises', 'fs-write', "import { promises } from 'fs'; export const f = () => promises.writeFile('x', 'y');"],
  ['fs/promises', 'fs-read', "import { readdir as list } from 'node:fs/promises'; export const f = () => list('.');"],
  ['a default import', 'fs-read', "import fs from 'fs'; export const f = () => fs.statSync('.');"],
  ['destructured', 'fs-write', "const { rmSync: remove } = require('fs'); exports.f = () => remove('x');"],
  ['destructured deep', 'fs-read', "const { promises: { stat } } = require('fs'); exports.f = () => stat('.');"],
  [
    'a rest of it',
    'fs-write',
    "const { constants, ...others } = require('fs'); exports.f = () => others.unlinkSync('x');",
  ],
  [
    'an alias of an alias',
    'fs-read',
    "const a = require('fs'); const b = a; let c; c = b; exports.f = () => c.readdirSync('.');",
  ],
  [
    'one of two',
    'fs-read',
    "const fs = globalThis.never ? require('path') : require('fs'); exports.f = () => fs.lstatSync('.');",
  ],
  [
    'a computed name that is constant',
    'fs-write',
    "const fs = require('fs'); const name = 'write' + 'File' + 'Sync'; exports.f = () => fs[name]('x', 'y');",
  ],
  [
    'a computed name of a template',
    'fs-read',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the case's.
    "const fs = require('fs'); const kind = 'Sync'; exports.f = () => fs[`readdir${kind}`]('.');",
  ],
  [
    'one of two names',
    'fs-read fs-write',
    "const fs = require('fs'); exports.f = () => { for (const n of ['readdirSync', 'mkdirSync']) fs[n]('.'); };",
  ],
  [
    'a computed name that is not known',
    'fs-read? fs-write?',
    "const fs = require('fs'); exports.f = (n = String(Date.now() && 'writeFileSync')) => fs[n]('x', 'y');",
  ],
  [
    'given to others',
    'fs-read? fs-write?',
    "exports.f = () => new Set([require('fs')]).values().next().value.writeFileSync('x', 'y');",
  ],
  ['exported whole', 'fs-read? fs-write?', "module.exports = require('fs');"],
  ['exported by a star', 'fs-read? fs-write?', "export * from 'node:fs';"],
  ['exported by its name', 'fs-write*', "export { writeFileSync } from 'fs';"],
  [
    'promisified',
    'fs-read',
    "const { promisify } = require('util'); const read = promisify(require('fs').readFile); exports.f = () => read(__filename);",
  ],
  [
    'bound',
    'fs-write',
    "const fs = require('fs'); const w = fs.writeFileSync.bind(fs, 'x'); exports.f = () => w('y');",
  ],
  ['called by call', 'fs-write', "const fs = require('fs'); exports.f = () => fs.mkdirSync.call(fs, 'x');"],
  [
    'in an object',
    'fs-read',
    "const tools = { files: require('fs') }; exports.f = () => tools.files.readFileSync(__filename);",
  ],
  [
    'in a list',
    'fs-read',
    "const [a, b] = [require('path'), require('fs')]; exports.f = () => b.readFileSync(a.resolve(__filename));",
  ],
  [
    'in a field of a class',
    'fs-read? fs-write',
    "class Store { fs = require('fs'); save() { this.fs.appendFileSync('x', 'y'); } } exports.Store = Store;",
  ],
  [
    'in a field that the constructor sets',
    'fs-read? fs-write',
    "const fs = require('fs'); class S { constructor() { this.io = fs; } go() { this.io.writeFileSync('a', ''); } } exports.S = S;",
  ],
  [
    'from a getter',
    'fs-read',
    "const o = { get fs() { return require('fs'); } }; exports.f = () => o.fs.readdirSync('.');",
  ],
  ['from a function', 'fs-read', "const files = () => require('fs'); exports.f = () => files().readdirSync('.');"],
  [
    'through an argument',
    'fs-write',
    "const save = (io) => io.writeFileSync('x', 'y'); exports.f = () => save(require('fs'));",
  ],
  [
    'open to read',
    'fs-read',
    "const fs = require('fs'); exports.f = () => fs.closeSync(fs.openSync(__filename, 'r'));",
  ],
  [
    'open to write',
    'fs-read* fs-write',
    "const fs = require('fs'); exports.f = () => fs.closeSync(fs.openSync('/dev/null', 'w'));",
  ],
  [
    'open with flags that are not known',
    'fs-read fs-write?',
    "const fs = require('fs'); exports.f = (how) => fs.openSync(__filename, how);",
  ],
  [
    'a copy with Object.assign',
    'fs-write',
    "const io = Object.assign({}, require('fs')); exports.f = () => io.writeFileSync('x', 'y');",
  ],
  [
    'a copy with a spread',
    'fs-write',
    "const io = { ...require('fs') }; exports.f = () => io.writeFileSync('x', 'y');",
  ],
  ['Reflect.get', 'fs-write', "exports.f = () => Reflect.get(require('fs'), 'writeFileSync')('x', 'y');"],
  [
    'a copy in a loop',
    'fs-write',
    "const fs = require('fs'); const own = {}; for (const key of Object.keys(fs)) own[key] = fs[key]; exports.f = () => own.writeFileSync('x', 'y');",
  ],
  [
    'a logical assignment',
    'fs-read',
    "let io; exports.f = () => { io ??= require('fs'); return io.readdirSync('.'); };",
  ],
  ['the report of process', 'environment fs-write*', 'exports.f = () => process.report.getReport();'],
];

const programs: readonly Case[] = [
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

const network: readonly Case[] = [
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

const environment: readonly Case[] = [
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

const code: readonly Case[] = [
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

const others: readonly Case[] = [
  [
    'an addon',
    'native',
    {
      'index.js': "exports.f = () => require('./build/x.node');",
      'build/x.node': 'x',
      'package.json': '{"main":"index.js"}',
    },
  ],
  ['process.dlopen', 'native', "exports.f = () => process.dlopen({}, 'x.node');"],
  ['process.binding', 'native', "exports.f = () => process.binding('spawn_sync');"],
  ['process.binding by pieces', 'native', "exports.f = () => process['bin' + 'ding']('fs');"],
  ['a loader of addons', 'native* packages*', "exports.f = () => require('bindings')('x');"],
  [
    'a thread',
    'worker',
    {
      'index.mjs':
        "import { Worker } from 'node:worker_threads'; export const f = () => new Worker(new URL('./job.mjs', import.meta.url));",
      'job.mjs': 'export {};',
      'package.json': '{"type":"module","main":"index.mjs"}',
    },
  ],
  [
    'what a thread does',
    'worker network*',
    {
      'index.js':
        "const { Worker } = require('worker_threads'); const { join } = require('path'); exports.f = () => new Worker(join(__dirname, 'job.js'));",
      'job.js': "fetch('http://a.invalid');",
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'a thread of text',
    'worker code*',
    "const { Worker } = require('worker_threads'); exports.f = () => new Worker('1', { eval: true });",
  ],
  [
    'a thread of an expression',
    'worker code?',
    "const { Worker } = require('worker_threads'); exports.f = (path) => new Worker(path);",
  ],
  ['a package', 'packages*', "const lodash = require('lodash'); exports.f = () => lodash.map([]);"],
  ['two packages', 'packages*', "import a from '@scope/a/sub'; import { b } from 'b'; export const f = () => a(b);"],
  [
    'an install script',
    'install*',
    {
      'index.js': 'exports.a = 1;',
      'package.json': '{"main":"index.js","scripts":{"postinstall":"echo hello","test":"x"}}',
    },
  ],
  [
    'an install script that runs another script of the package',
    'process install*',
    {
      'index.js': 'exports.a = 1;',
      'setup.js': "require('child_process').exec('true');",
      'package.json':
        '{"main":"index.js","scripts":{"postinstall":"echo a && npm run -s build","build":"true","postbuild":"A=1 node setup"}}',
    },
  ],
  [
    'an install script in a folder',
    'process install*',
    {
      'index.js': 'exports.a = 1;',
      'lib/setup.js': "require('child_process').exec('true');",
      'package.json': '{"main":"index.js","scripts":{"postinstall":"cd ./lib && node setup.js"}}',
    },
  ],
  ...['node missing.js', 'husky install', 'echo $(id)', 'npm run nothing', 'cd .. && node index.js', "node -e '1'"].map(
    (command): Case => [
      `an install script of which it is not known what it runs: ${command}`,
      'fs-read? fs-write? process? network? environment? code? native? worker? install*',
      {
        'index.js': 'exports.a = 1;',
        'package.json': JSON.stringify({ main: 'index.js', scripts: { postinstall: command } }),
      },
    ],
  ),
  [
    'the install script of a package that is brought along',
    'process packages* install*',
    {
      'index.js': "exports.a = require('inner');",
      'node_modules/inner/index.js': 'exports.b = 1;',
      'node_modules/inner/setup.js': "require('child_process').exec('true');",
      'node_modules/inner/package.json': '{"name":"inner","scripts":{"postinstall":"node setup.js"}}',
      'package.json': '{"main":"index.js","bundledDependencies":["inner"]}',
    },
  ],
  [
    'tests that run files',
    'process* code*',
    "const { test } = require('node:test'); exports.f = (files) => test.run({ files });",
  ],
  [
    'a socket by a stream of a terminal',
    'network?',
    "const { ReadStream } = require('tty'); exports.f = (to) => new (Object.getPrototypeOf(ReadStream))().connect(to);",
  ],
  ['a terminal that is asked for', '', "const tty = require('tty'); exports.f = () => tty.isatty(1);"],
  [
    'the environment out of entries',
    'process? environment? code? native?',
    "exports.f = () => Object.fromEntries([['p', process]]).p.env.HOME;",
  ],
  [
    'the environment by descriptors',
    'process? environment? code? native?',
    'exports.f = () => { const o = {}; Object.defineProperties(o, { p: { value: process } }); return o.p.env.HOME; };',
  ],
  [
    'a function out of a descriptor of all',
    'code?',
    'exports.f = (text) => Object.getOwnPropertyDescriptors(Function.prototype).constructor.value(text)();',
  ],
  [
    'a comment of HTML that hides a line from whoever does not know it',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    "var a = 1, b = 2;\nb <!-- a; /*\nexports.f = () => require('child_process').exec('true');\n// */",
  ],
  [
    'the end of a comment of HTML',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    "var a = 1, b = 2; a\n--> b; /*\nexports.f = () => require('child_process').exec('true');\n// */",
  ],
  [
    'what only looks like a comment of HTML',
    '',
    "exports.f = (n) => { while (n --> 0) exports.g('<!-- x -->'); return n < !n; }; exports.g = () => 1;",
  ],
  [
    'what an install script runs',
    'process install*',
    {
      'index.js': 'exports.a = 1;',
      'setup.js': "require('child_process').exec('true');",
      'package.json': '{"main":"index.js","scripts":{"preinstall":"node ./setup.js"}}',
    },
  ],
  [
    'an addon that is built',
    'native* install*',
    { 'index.js': 'exports.a = 1;', 'binding.gyp': '{}', 'package.json': '{"main":"index.js"}' },
  ],
  [
    'a script of a shell',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    { 'index.js': 'exports.a = 1;', 'scripts/go.sh': 'curl x | sh', 'package.json': '{"main":"index.js"}' },
  ],
  [
    'a program for Linux',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    { 'index.js': 'exports.a = 1;', tool: '\u007fELF\u0002\u0001', 'package.json': '{"main":"index.js"}' },
  ],
  [
    'what make runs',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    { 'index.js': 'exports.a = 1;', Makefile: 'all:\n\tcurl x', 'package.json': '{"main":"index.js"}' },
  ],
  [
    'a script of a shell that calls itself a node',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    { 'index.js': 'exports.a = 1;', run: '#!/usr/bin/env -S node=1 bash\nid', 'package.json': '{"main":"index.js"}' },
  ],
  [
    'a script by its first line',
    'fs-read? fs-write? process? network? environment? code? native? worker?',
    {
      'index.js': 'exports.a = 1;',
      'scripts/go': '#!/usr/bin/env python3\nprint(1)',
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'TypeScript as it stands',
    'process*',
    {
      'index.ts':
        "import { exec } from 'node:child_process'; import type { Stats } from 'node:fs'; export const f = (x?: Stats): unknown => exec('true', { env: x as any });",
      'package.json': '{"type":"module","exports":"./index.ts"}',
    },
  ],
];

/** Ways round that come to the mind of who wants to get past this. */
const evasions: readonly Case[] = [
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

/** Places in the syntax that a reader may pass over, and what a class takes from what it extends. */
const syntax: readonly Case[] = [
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
const handedBack: readonly Case[] = [
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

/** A constructor by a name that nobody sees, kept first and called later. */
const constructorsByKey: readonly Case[] = (
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

const tables: readonly Case[] = [
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
const caught: readonly Case[] = [
  ['e', 'e.constructor.constructor'],
  ['{ constructor: { constructor: F } }', 'F'],
].map(
  ([pattern, made]): Case => [
    `the constructor of what is caught as ${pattern}`,
    'code',
    `exports.f = () => { try { null.x; } catch (${pattern}) { return ${made}('return 1')(); } };`,
  ],
);

/** The constructor of a function that nobody here has written, which goes where it is called later. */
const constructorsHandedOn: readonly Case[] = (
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

const SITES = `st.map((site) => site.getThis()).find((at) => at?.constructor?._load)?.constructor._load('child_process').exec('true')`;

/** Whom V8 tells who called. */
const callSites: readonly Case[] = (
  [
    ['a member', 'Error.prepareStackTrace = (e, sites) => sites;'],
    ['a name in pieces', "const E = Error; E['prepare' + 'StackTrace'] = (e, sites) => sites;"],
    ['a copy', 'Object.assign(Error, { prepareStackTrace: (e, sites) => sites });'],
    ['a definition', "Object.defineProperty(Error, 'prepareStackTrace', { value: (e, sites) => sites });"],
    ['Reflect', "Reflect.set(Error, 'prepareStackTrace', (e, sites) => sites);"],
  ] as const
).map(
  ([how, text]): Case => [
    `call sites by ${how}`,
    'code?',
    `${text} const st = new Error().stack; exports.f = () => ${SITES};`,
  ],
);

/** Whom V8 tells who called, by a name of which nobody knows that it is `prepareStackTrace`. */
const unnamedCallSites: readonly Case[] = (
  [
    ['a member', 'Error[n] = sites;'],
    ['another name of Error', 'const { Error: E } = globalThis; E[n] = sites;'],
    ['a function', 'const put = (to, name, what) => { to[name] = what; }; put(Error, n, sites);'],
    ['a copy', 'Object.assign(Error, { [n]: sites });'],
    ['entries', 'Object.assign(Error, Object.fromEntries([[n, sites]]));'],
    ['another name of Object.assign', 'const { assign } = Object; assign(Error, { [n]: sites });'],
    ['Reflect', 'Reflect.set(Error, n, sites);'],
    ['definitions', 'Object.defineProperties(Error, { [n]: { value: sites } });'],
    ['a pattern', '[Error[n]] = [sites];'],
    ['a loop', 'const from = { [n]: sites }; for (const k in from) Error[k] = from[k];'],
    ['the class above', 'TypeError.__proto__[n] = sites;'],
    ['the class of an error', 'try { null.x; } catch (e) { Object.getPrototypeOf(e.constructor)[n] = sites; }'],
    ['the prototype of errors', 'Error.prototype.constructor[n] = sites;'],
  ] as const
).map(
  ([how, text]): Case => [
    `call sites by ${how} without a name`,
    'code?',
    `const n = JSON.parse('"prepareStackTrace"'), sites = (e, list) => list; ${text} const [at] = new Error().stack; delete Error[n]; exports.load = at.getFunction().arguments[1]; exports.f = () => exports.load('child_process').exec('true');`,
  ],
);

/** What the host keeps for itself, and leads to from what everybody has. */
const hosts: readonly Case[] = [
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

const PROCESS = 'process? environment? code? native?';

/** Objects that callers get, and what is kept in them. */
const kept: readonly Case[] = [
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

const ALL = 'fs-read? fs-write? process? network? environment? code? native? worker?';

/** Ways to the prototype of the class that `process` is made of. */
const hostClasses: readonly Case[] = (
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

/** `this` in functions that objects of the host get, or inherit. */
const inherited: readonly Case[] = [
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

/** Getters and setters, taken from where they were written, or called by what puts a value there. */
const accessors: readonly Case[] = [
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

/** Calls that say what `this` is, and which arguments there are. */
const receivers: readonly Case[] = [
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
const calledByOthers: readonly Case[] = [
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

const EVIL = "exports.f = () => require('child_process').exec('true');";
const GOOD = 'exports.f = () => 1;';

/** Names of imports that lead elsewhere than they seem to. */
const imports: readonly Case[] = [
  [
    'a scheme in capitals',
    'process*',
    "import { exec } from 'NODE:child_process'; export const f = () => exec('true');",
  ],
  [
    'a scheme with a break',
    'process*',
    "import { exec } from ' no\\tde:child_process'; export const f = () => exec('true');",
  ],
  [
    'data behind a space',
    'code*',
    "import { f as g } from ' data:text/javascript,export const f = () => 1'; export const f = () => g();",
  ],
  [
    'imports of the package around',
    'process',
    {
      'index.js': "exports.f = require('./sub/a.js').f;",
      'sub/a.js': "exports.f = () => require('#x').f();",
      'sub/package.json': '{"imports":{"#x":"./evil.js"}}',
      'sub/evil.js': EVIL,
      'good.js': GOOD,
      'package.json': '{"main":"index.js","imports":{"#x":"./good.js"}}',
    },
  ],
  [
    'the own name of the package around',
    'process',
    {
      'index.js': "exports.f = require('./sub/a.js').f;",
      'sub/a.js': "exports.f = () => require('inner').f();",
      'sub/package.json': '{"name":"inner","exports":"./evil.js"}',
      'sub/evil.js': EVIL,
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'a package that is a file',
    'process packages*',
    {
      'index.js': "exports.f = () => require('foo').f();",
      'node_modules/foo.js': EVIL,
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'a path with a number sign',
    'process',
    {
      'index.js': "exports.f = () => require('./a#b.js').f();",
      'a.js': GOOD,
      'a#b.js': EVIL,
      'package.json': '{"main":"index.js"}',
    },
  ],
  [
    'a name with a byte written out',
    'process',
    {
      'index.mjs': "import { f as g } from './%65vil.mjs'; export const f = () => g();",
      '%65vil.mjs': 'export const f = () => 1;',
      'evil.mjs': "import { exec } from 'child_process'; export const f = () => exec('true');",
      'package.json': '{"main":"index.mjs"}',
    },
  ],
];

export const CASES: readonly Case[] = [
  ...evasions,
  ...syntax,
  ...handedBack,
  ...constructorsHandedOn,
  ...constructorsByKey,
  ...tables,
  ...caught,
  ...callSites,
  ...unnamedCallSites,
  ...hosts,
  ...kept,
  ...inherited,
  ...hostClasses,
  ...accessors,
  ...receivers,
  ...calledByOthers,
  ...imports,
  ...nothing,
  ...files,
  ...programs,
  ...network,
  ...environment,
  ...code,
  ...others,
];
