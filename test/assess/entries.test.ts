/** Where callers enter a module: what TypeScript's resolver and Node's find for the same package, and the shapes beyond them. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { type Entry, entriesOf, MAX_ENTRIES, surveyEntries } from '../../src/assess/module/entries.js';
import { ModuleTree } from '../../src/assess/module/module-tree.js';
import { type FileContent, normalizeFiles } from '../../src/model/module-files.js';

type Files = Record<string, FileContent>;

const pkg = (value: unknown) => JSON.stringify(value);
const treeOf = (files: Files) => new ModuleTree(normalizeFiles(files));

/** `subpath condition declaration code format`, one a line. */
function linesOf(entries: readonly Entry[]): string[] {
  return entries.map((e) => [e.subpath, e.condition, e.declaration, e.code, e.format].join(' '));
}

const ESM = 'export const a = 1;\n';
const CJS = 'exports.a = 1;\n';
const DTS = 'export declare const a: 1;\n';

/** Packages, each with what a caller finds. */
const SHAPES: Record<string, { files: Files; entries: string[] }> = {
  'exports is one string': {
    files: { 'package.json': pkg({ exports: './lib/a.mjs' }), 'lib/a.mjs': ESM, 'lib/a.d.mts': DTS },
    entries: ['. import lib/a.d.mts lib/a.mjs module'],
  },
  'conditions with types of their own': {
    files: {
      'package.json': pkg({
        exports: {
          '.': {
            import: { types: './a.d.mts', default: './a.mjs' },
            require: { types: './a.d.cts', default: './a.cjs' },
          },
        },
      }),
      'a.mjs': ESM,
      'a.d.mts': DTS,
      'a.cjs': CJS,
      'a.d.cts': DTS,
    },
    entries: ['. import a.d.mts a.mjs module', '. require a.d.cts a.cjs commonjs'],
  },
  'declarations beside, by ending': {
    files: {
      'package.json': pkg({ exports: { import: './x.mjs', require: './x.cjs' } }),
      'x.mjs': ESM,
      'x.d.mts': DTS,
      'x.cjs': CJS,
      'x.d.cts': DTS,
      'x.d.ts': DTS,
    },
    entries: ['. import x.d.mts x.mjs module', '. require x.d.cts x.cjs commonjs'],
  },
  'one types for both': {
    files: {
      'package.json': pkg({ type: 'module', exports: { '.': { types: './t/i.d.ts', default: './i.js' } } }),
      'i.js': ESM,
      't/i.d.ts': DTS,
    },
    entries: ['. import t/i.d.ts i.js module'],
  },
  'types by version of the compiler': {
    files: {
      'package.json': pkg({
        exports: {
          '.': { 'types@<4': './old.d.ts', 'types@>=4.2': './new.d.ts', types: './any.d.ts', default: './i.js' },
        },
      }),
      'i.js': CJS,
      'old.d.ts': DTS,
      'new.d.ts': DTS,
      'any.d.ts': DTS,
    },
    entries: ['. import new.d.ts i.js commonjs', '. require new.d.ts i.js commonjs'],
  },
  'subpaths, patterns, exclusions': {
    files: {
      'package.json': pkg({
        exports: {
          '.': './i.js',
          './sub': './lib/sub.js',
          './f/*': './lib/f/*.js',
          './f/internal/*': null,
          './never': { node: null, default: './i.js' },
          './package.json': './package.json',
        },
      }),
      'i.js': CJS,
      'i.d.ts': DTS,
      'lib/sub.js': CJS,
      'lib/f/x.js': CJS,
      'lib/f/x.d.ts': DTS,
      'lib/f/deep/y.js': CJS,
      'lib/f/internal/z.js': CJS,
    },
    entries: [
      '. import i.d.ts i.js commonjs',
      '. require i.d.ts i.js commonjs',
      './f/deep/y import  lib/f/deep/y.js commonjs',
      './f/deep/y require  lib/f/deep/y.js commonjs',
      './f/x import lib/f/x.d.ts lib/f/x.js commonjs',
      './f/x require lib/f/x.d.ts lib/f/x.js commonjs',
      './sub import  lib/sub.js commonjs',
      './sub require  lib/sub.js commonjs',
    ],
  },
  'pattern with the ending in the subpath': {
    files: {
      'package.json': pkg({ type: 'module', exports: { './*': './dist/*', './*.css': null } }),
      'dist/a.js': ESM,
      'dist/a.d.ts': DTS,
      'dist/a.js.map': '{}',
      'dist/b/c.js': ESM,
    },
    entries: ['./a.js import dist/a.d.ts dist/a.js module', './b/c.js import  dist/b/c.js module'],
  },
  'nested conditions, an array, a condition nobody has': {
    files: {
      'package.json': pkg({
        exports: {
          '.': [{ deno: './d.js', node: { import: './n.mjs', require: './n.cjs' } }, './fallback.js'],
          './bad': ['not-relative', './n.cjs'],
        },
      }),
      'n.mjs': ESM,
      'n.cjs': CJS,
      'd.js': CJS,
      'fallback.js': CJS,
    },
    entries: [
      '. import  n.mjs module',
      '. require  n.cjs commonjs',
      './bad import  n.cjs commonjs',
      './bad require  n.cjs commonjs',
    ],
  },
  'main with the declaration beside': {
    files: { 'package.json': pkg({ main: 'lib/main' }), 'lib/main.js': CJS, 'lib/main.d.ts': DTS },
    entries: ['. import lib/main.d.ts lib/main.js commonjs', '. require lib/main.d.ts lib/main.js commonjs'],
  },
  'main is a folder': {
    files: { 'package.json': pkg({ main: './lib' }), 'lib/index.js': CJS, 'lib/index.d.ts': DTS },
    entries: ['. import lib/index.d.ts lib/index.js commonjs', '. require lib/index.d.ts lib/index.js commonjs'],
  },
  'types apart from main': {
    files: {
      'package.json': pkg({ main: 'm.js', typings: 't/all.d.ts' }),
      'm.js': CJS,
      't/all.d.ts': DTS,
      'm.d.ts': DTS,
    },
    entries: ['. import t/all.d.ts m.js commonjs', '. require t/all.d.ts m.js commonjs'],
  },
  typesVersions: {
    files: {
      'package.json': pkg({
        main: 'm.js',
        types: 'm.d.ts',
        typesVersions: { '<4': { '*': ['old/*'] }, '>=5': { 'm.d.ts': ['new/m.d.ts'] } },
      }),
      'm.js': CJS,
      'm.d.ts': DTS,
      'old/m.d.ts': DTS,
      'new/m.d.ts': DTS,
    },
    entries: ['. import new/m.d.ts m.js commonjs', '. require new/m.d.ts m.js commonjs'],
  },
  'type module, index.js': {
    files: { 'package.json': pkg({ type: 'module' }), 'index.js': ESM, 'index.d.ts': DTS },
    entries: ['. import index.d.ts index.js module'],
  },
  'type module in a folder of its own': {
    files: {
      'package.json': pkg({ exports: { import: './esm/i.js', require: './cjs/i.js' } }),
      'esm/package.json': pkg({ type: 'module' }),
      'esm/i.js': ESM,
      'cjs/i.js': CJS,
    },
    entries: ['. import  esm/i.js module', '. require  cjs/i.js commonjs'],
  },
  'json and types only': {
    files: {
      'package.json': pkg({ exports: { './data': './d.json', './types': { types: './t.d.cts' } } }),
      'd.json': '{}',
      't.d.cts': DTS,
    },
    entries: [
      './data import  d.json json',
      './data require  d.json json',
      './types import t.d.cts  commonjs',
      './types require t.d.cts  commonjs',
    ],
  },
  'TypeScript sources': {
    files: { 'package.json': pkg({ type: 'module', exports: './src/i.ts' }), 'src/i.ts': ESM },
    entries: ['. import src/i.ts  module'],
  },
  'a link inside the module': {
    files: {
      'package.json': pkg({ main: 'm.js' }),
      'm.js': { data: 'real/r.js', mode: '120000' },
      'm.d.ts': { data: 'real/r.d.ts', mode: '120000' },
      'real/r.js': CJS,
      'real/r.d.ts': DTS,
    },
    entries: ['. import real/r.d.ts real/r.js commonjs', '. require real/r.d.ts real/r.js commonjs'],
  },
};

const scratch = mkdtempSync(join(realpathSync(tmpdir()), 'entries-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What Node resolves `specifiers` to for each shape, relative to the package; null where it throws. Asked in a process of its own. */
function askNode(): Record<string, Record<Entry['condition'], Record<string, string | null>>> {
  const script = [
    "import { createRequire } from 'node:module';",
    "import { realpathSync } from 'node:fs';",
    'const orNull = (f) => { try { return realpathSync(f()); } catch { return null; } };',
    'const require = createRequire(import.meta.url);',
    'const via = (f) => Object.fromEntries(process.argv.slice(2).map((name) => [name, orNull(() => f(name))]));',
    'const imported = via((name) => new URL(import.meta.resolve(name)).pathname);',
    'process.stdout.write(JSON.stringify({ import: imported, require: via((name) => require.resolve(name)) }));',
  ].join('\n');
  const answers: ReturnType<typeof askNode> = {};
  for (const [name, { files }] of Object.entries(SHAPES)) {
    const root = join(scratch, name.replace(/\W+/g, '-'));
    const home = join(root, 'node_modules/m');
    for (const [path, file] of normalizeFiles(files)) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      if (file.mode === '120000') symlinkSync(Buffer.from(file.data).toString(), join(home, path));
      else writeFileSync(join(home, path), file.data);
    }
    writeFileSync(join(root, 'caller.mjs'), script);
    const specifiers = entriesOf(treeOf(files)).map((entry) => `m${entry.subpath.slice(1)}`);
    const said = execFileSync(process.execPath, [join(root, 'caller.mjs'), ...specifiers, 'm/nowhere'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    answers[name] = JSON.parse(said.replaceAll(`${home}/`, ''));
  }
  return answers;
}

function ofTypescript(files: Files, specifier: string, condition: Entry['condition'], bundler: boolean): string | null {
  const tree = normalizeFiles(files);
  const links = new ModuleTree(tree);
  const inside = (path: string) => path.replace('/node_modules/m/', '');
  const host: ts.ModuleResolutionHost = {
    fileExists: (path) => links.exists(inside(path)),
    readFile: (path) => links.read(inside(path)) ?? undefined,
    realpath: (path) => `/node_modules/m/${links.realPath(inside(path))}`,
  };
  const options = bundler
    ? { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
    : { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 };
  const mode = condition === 'import' ? ts.ModuleKind.ESNext : ts.ModuleKind.CommonJS;
  const found = ts.resolveModuleName(specifier, '/c.ts', options, host, undefined, undefined, mode).resolvedModule;
  return found !== undefined && /ts$/.test(found.extension) ? inside(found.resolvedFileName) : null;
}

const node = askNode();

describe.each(Object.entries(SHAPES))('%s', (name, { files, entries }) => {
  const found = entriesOf(treeOf(files));

  test('has these entries', () => {
    expect(linesOf(found)).toEqual(entries);
  });

  test("TypeScript's resolver finds the same types", () => {
    for (const entry of found) {
      const specifier = `m${entry.subpath.slice(1)}`;
      const node16 = ofTypescript(files, specifier, entry.condition, false);
      const legacy = entry.condition === 'import' && !String(files['package.json']).includes('"exports"');
      const bundler = legacy ? ofTypescript(files, specifier, entry.condition, true) : null;
      expect([specifier, entry.declaration]).toEqual([specifier, node16 ?? bundler]);
    }
  });

  test('Node finds the same code', () => {
    const said = node[name];
    expect(said?.import['m/nowhere']).toBeNull();
    for (const entry of found) {
      const specifier = `m${entry.subpath.slice(1)}`;
      const source = entry.declaration !== null && !/\.d\.[cm]?ts$/.test(entry.declaration) ? entry.declaration : null;
      const expected = said?.[entry.condition][specifier] ?? null;
      expect([specifier, entry.condition, entry.code ?? source]).toEqual([specifier, entry.condition, expected]);
    }
  });
});

describe('without a package.json', () => {
  test.each<[string, Files, string[]]>([
    ['index.js of CommonJS', { 'index.js': CJS }, ['. import  index.js commonjs', '. require  index.js commonjs']],
    ['index.js of ESM', { 'index.js': ESM, 'other.js': ESM }, ['. import  index.js module']],
    ['index.ts', { 'index.ts': ESM }, ['. import index.ts  module']],
    ['index.mjs', { 'index.mjs': ESM, 'index.d.mts': DTS }, ['. import index.d.mts index.mjs module']],
    ['one file', { 'plan.js': ESM, 'README.md': '' }, ['. import  plan.js module']],
    ['one file with its types', { 'plan.mjs': ESM, 'plan.d.ts': DTS }, ['. import plan.d.ts plan.mjs module']],
    ['one declaration', { 'a.d.ts': DTS }, ['. import a.d.ts  module']],
    ['one source in a folder', { 'src/plan.ts': ESM }, ['. import src/plan.ts  module']],
    ['an index in src', { 'src/index.ts': ESM, 'src/b.ts': ESM }, ['. import src/index.ts  module']],
    ['several', { 'a.mjs': ESM, 'b.ts': ESM, 'in/c.js': ESM }, ['./a import  a.mjs module', './b import b.ts  module']],
    ['none', { 'data.bin': 'x' }, []],
  ])('%s', (_, files, entries) => {
    expect(linesOf(entriesOf(treeOf(files)))).toEqual(entries);
  });
});

describe('metadata entry', () => {
  const files = {
    'package.json': pkg({ exports: { '.': './i.js', './sub': './sub.js' }, types: './i.d.ts' }),
    'i.js': CJS,
    'sub.js': CJS,
    'own.mjs': ESM,
    'own.d.mts': DTS,
  };

  test('names the main entry, and leaves the subpaths', () => {
    expect(linesOf(entriesOf(treeOf(files), { entry: './own.mjs' }))).toEqual([
      '. import own.d.mts own.mjs module',
      './sub import  sub.js commonjs',
      './sub require  sub.js commonjs',
    ]);
  });

  test('that is not there is noted, and read as absent', () => {
    for (const entry of ['gone.js', '../i.js', '/etc/passwd', '']) {
      const survey = surveyEntries(treeOf(files), { entry });
      expect(linesOf(survey.entries)[0]).toBe('. import  i.js commonjs');
      expect(survey.notes).toContain(`metadata entry names ${JSON.stringify(entry)}, which is not there`);
    }
  });
});

describe('hostile packages', () => {
  test('that point outside point nowhere', () => {
    for (const outside of ['../x.js', '/etc/passwd', './../x.js', './node_modules/y/x.js', './a/%2e%2e/%2e%2e/x.js']) {
      const survey = surveyEntries(treeOf({ 'package.json': pkg({ exports: outside, main: '../x.js' }), 'x.js': CJS }));
      expect(survey.entries).toEqual([]);
      expect(survey.notes.join()).toMatch(/exports points outside the module/);
    }
    const main = surveyEntries(
      treeOf({ 'package.json': pkg({ main: '../../x', types: '/etc/a.d.ts' }), 'index.js': CJS }),
    );
    expect(linesOf(main.entries)).toEqual(['. import  index.js commonjs', '. require  index.js commonjs']);
    expect(main.notes.join()).toMatch(/main points outside.*types points outside/);
  });

  test('that are no JSON, or the wrong shape, or nested without end, are survived', () => {
    const deep = `{"exports":${'['.repeat(50_000)}"./index.js"${']'.repeat(50_000)}}`;
    for (const text of [
      '{',
      'null',
      '[]',
      '"x"',
      '{"exports":7,"main":{},"types":[]}',
      '{"__proto__":{"main":"x"}}',
      deep,
    ]) {
      expect(() => entriesOf(treeOf({ 'package.json': text, 'index.js': CJS }))).not.toThrow();
    }
  });

  test('with more entries than anyone offers are capped, with a note', () => {
    const files: Files = { 'package.json': pkg({ type: 'module', exports: { './*': './*' } }) };
    for (let i = 0; i < MAX_ENTRIES + 10; i++) files[`f${i}.js`] = ESM;
    const survey = surveyEntries(treeOf(files));
    expect(survey.entries).toHaveLength(MAX_ENTRIES);
    expect(survey.capped).toBe(true);
    expect(survey.notes.join()).toMatch(/more than 2000 entries/);
  });
});
