/** Files that are read and written. */

import type { Case } from './case.js';

export const files: readonly Case[] = [
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
