/** Names of imports that lead elsewhere than they seem to. */

import type { Case } from './case.js';

const EVIL = "exports.f = () => require('child_process').exec('true');";

const GOOD = 'exports.f = () => 1;';

export const imports: readonly Case[] = [
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
