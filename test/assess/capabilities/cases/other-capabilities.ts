/** Native code, threads, packages, scripts of an install, and files that are no JavaScript. */

import type { Case } from './case.js';

export const others: readonly Case[] = [
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
