/** The two loaders, the cache of files below them, and the choice of the file to import. */

import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ModuleFiles } from '../../src/index.js';
import {
  ContentCache,
  contentDigest,
  entryPoint,
  impliedType,
  importLoader,
  isLedgerError,
  normalizeFiles,
  workerLoader,
} from './live.mjs';
import { fixture, folder, liveScene, MODULE, says } from './scene.js';

function request(files: ModuleFiles, more: { moduleId?: string; metadata?: Record<string, string> } = {}) {
  const normalized = normalizeFiles(files);
  const { signal } = new AbortController();
  const checksum = contentDigest(normalized);
  return { moduleId: MODULE, version: 1, checksum, files: normalized, metadata: {}, signal, ...more };
}

async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  return promise.then(
    () => null,
    (error: { code?: string }) => error.code ?? String(error),
  );
}

async function listed(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((e) => !e.isDirectory()).map((e) => join(e.parentPath, e.name).slice(dir.length + 1));
}

describe('the cache', () => {
  const files = normalizeFiles({
    'index.js': 'exports.a = 1',
    'bin/run': { data: '#!/bin/sh\n', mode: '100755' },
    'lib/alias.js': { data: '../index.js', mode: '120000' },
  });
  const content = { moduleId: MODULE, files, checksum: contentDigest(files), type: 'commonjs' as const };

  it('writes the exact files, with their modes and links, and leaves nothing else', async () => {
    const dir = folder();
    const at = await new ContentCache({ cacheDir: dir }).folderFor(content);
    expect(await readFile(join(at, 'lib/alias.js'), 'utf8')).toBe('exports.a = 1');
    expect((await lstat(join(at, 'lib/alias.js'))).isSymbolicLink()).toBe(true);
    const modes = ['bin/run', 'index.js', '../package.json', 'bin', '.', '..'].map(
      async (path) => (await lstat(join(at, path))).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o555, 0o444, 0o444, 0o555, 0o555, 0o555]);
    expect(await listed(dir)).toHaveLength(4);
  });

  it('gives the same content the same folder, and another one another', async () => {
    const dir = folder();
    const [cache, other] = [new ContentCache({ cacheDir: dir }), new ContentCache({ cacheDir: dir })];
    const folders = await Promise.all([cache, other, cache].map((c) => c.folderFor(content)));
    expect(new Set(folders).size).toBe(1);
    const named = (path: string) => {
      const one = normalizeFiles({ [path]: 'exports.a = 1' });
      return { ...content, files: one, checksum: contentDigest(one) };
    };
    const alike = await Promise.all([
      cache.folderFor(named('index.js')),
      cache.folderFor(named('index.cjs')),
      cache.folderFor({ ...named('index.js'), moduleId: 'other' }),
      cache.folderFor({ ...named('index.js'), type: 'module' }),
    ]);
    expect(new Set(alike).size).toBe(4);
  });

  it.each<[string, (at: string) => Promise<unknown>, string[]]>([
    ['a changed byte', (at) => writeFile(join(at, 'index.js'), 'exports.a = 2'), ['files/index.js']],
    ['a missing file', (at) => rm(join(at, 'bin/run')), []],
    ['one file more', (at) => writeFile(join(at, 'lib/more.js'), ''), ['files/lib/more.js']],
    ['a changed mode', (at) => chmod(join(at, 'bin/run'), 0o644), ['files/bin/run']],
    [
      'a link elsewhere',
      (at) => rm(join(at, 'lib/alias.js')).then(() => symlink('../bin/run', join(at, 'lib/alias.js'))),
      ['files/lib/alias.js'],
    ],
    [
      'a file for a folder',
      (at) => rm(join(at, 'lib'), { recursive: true }).then(() => writeFile(join(at, 'lib'), '')),
      ['files/lib'],
    ],
    [
      'another kind of .js',
      (at) => writeFile(join(dirname(at), 'package.json'), '{"type":"module"}'),
      ['package.json'],
    ],
    ['a file beside its files', (at) => writeFile(join(dirname(at), 'data.json'), '{}'), ['data.json']],
    ['nothing left', (at) => rm(at, { recursive: true }), []],
  ])('replaces an entry with %s, and sets aside what somebody wrote', async (_, damage, changed) => {
    const dir = folder();
    const cache = new ContentCache({ cacheDir: dir });
    const told: [readonly string[], string][] = [];
    const again = () => cache.folderFor({ ...content, onChanged: (...what) => told.push(what) });
    const at = await again();
    execFileSync('chmod', ['-R', 'u+w', dirname(at)]);
    await damage(at);
    const damaged = await listed(dirname(at));
    expect(await again()).toBe(at);
    expect(await readFile(join(at, 'index.js'), 'utf8')).toBe('exports.a = 1');
    expect(await readFile(join(dirname(at), 'package.json'), 'utf8')).toContain('commonjs');
    expect((await lstat(join(at, 'bin/run'))).mode & 0o777).toBe(0o555);
    expect(await listed(dirname(at))).toHaveLength(4);
    expect(told.map(([paths]) => paths)).toEqual(changed.length === 0 ? [] : [changed]);
    for (const [, place] of told) expect(await listed(place)).toEqual(damaged);
    expect(await again()).toBe(at);
    expect(told).toHaveLength(changed.length === 0 ? 0 : 1);
  });

  it('sets aside as often as it must, each time in another place', async () => {
    const cache = new ContentCache({ cacheDir: folder() });
    const places: string[] = [];
    for (const word of ['first', 'second']) {
      const at = await cache.folderFor({ ...content, onChanged: (_, place) => places.push(place) });
      execFileSync('chmod', ['-R', 'u+w', at]);
      await writeFile(join(at, 'data'), word);
    }
    await cache.folderFor({ ...content, onChanged: (_, place) => places.push(place) });
    const kept = await Promise.all(places.map((place) => readFile(join(place, 'files/data'), 'utf8')));
    expect(kept).toEqual(['first', 'second']);
  });

  it('says that the disk is at fault where it is', async () => {
    const dir = join(folder(), 'file');
    await writeFile(dir, '');
    expect(await codeOf(new ContentCache({ cacheDir: dir }).folderFor(content))).toBe('IO');
    expect(() => new ContentCache({ cacheDir: '' })).toThrow(/cacheDir/);
  });
});

describe('the entry', () => {
  const json = (value: unknown) => JSON.stringify(value);
  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['metadata first', { 'a.js': '', 'index.js': '' }, { entry: './a.js' }, 'a.js'],
    ['exports, a string', { 'package.json': json({ exports: './x.js', main: 'y' }), 'x.js': '' }, {}, 'x.js'],
    [
      'exports, nested',
      { 'package.json': json({ exports: { '.': { browser: './b.js', node: { import: './x.mjs' } } } }), 'x.mjs': '' },
      {},
      'x.mjs',
    ],
    [
      'exports, conditions at the top',
      { 'package.json': json({ exports: { require: './r.cjs', import: './i.js' } }), 'i.js': '', 'r.cjs': '' },
      {},
      'i.js',
    ],
    [
      'exports, require alone',
      { 'package.json': json({ exports: { '.': { require: './r.cjs' } } }), 'r.cjs': '' },
      {},
      'r.cjs',
    ],
    [
      'exports, a list',
      { 'package.json': json({ exports: [{ browser: './b.js' }, './x.js'] }), 'x.js': '' },
      {},
      'x.js',
    ],
    ['main without extension', { 'package.json': json({ main: './lib/main' }), 'lib/main.js': '' }, {}, 'lib/main.js'],
    ['main, a folder', { 'package.json': json({ main: 'lib/' }), 'lib/index.js': '' }, {}, 'lib/index.js'],
    ['index.mjs', { 'index.mjs': '', 'index.cjs': '' }, {}, 'index.mjs'],
    ['index beside package.json', { 'package.json': '{}', 'index.cjs': '' }, {}, 'index.cjs'],
    ['the only file', { 'plan.mjs': '' }, {}, 'plan.mjs'],
  ])('%s', (_, files, metadata, entry) => {
    expect(entryPoint(normalizeFiles(files), metadata)).toBe(entry);
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['an entry that is not there', { 'index.js': '' }, { entry: 'other.js' }],
    ['an entry outside', { 'index.js': '' }, { entry: '../index.js' }],
    ['exports that lead nowhere', { 'package.json': json({ exports: './x.js' }), 'index.js': '' }, {}],
    ['exports without "."', { 'package.json': json({ exports: { './sub': './index.js' } }), 'index.js': '' }, {}],
    ['main that leads nowhere', { 'package.json': json({ main: 'x' }), 'index.js': '' }, {}],
    ['package.json that is none', { 'package.json': '[', 'index.js': '' }, {}],
    ['two files, no index', { 'a.js': '', 'b.js': '' }, {}],
    ['a single text', { 'a.txt': '' }, {}],
  ])('refuses %s', (_, files, metadata) => {
    expect(() => entryPoint(normalizeFiles(files), metadata)).toThrow(
      expect.objectContaining({ code: 'INVALID_FILES' }),
    );
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['named by the metadata', { 'a.ts': '' }, { entry: 'a.ts' }],
    ['named by exports', { 'package.json': json({ exports: './src/index.mts' }), 'src/index.mts': '' }, {}],
    ['named by main', { 'package.json': json({ main: 'index.tsx' }), 'index.tsx': '' }, {}],
    ['of a main that is not built yet', { 'package.json': json({ main: './index.js' }), 'index.ts': '' }, {}],
    ['called index', { 'index.ts': '', 'other.ts': '' }, {}],
    ['that is the only file', { 'plan.cts': '' }, {}],
  ])('refuses TypeScript %s, and says what to do', (_, files, metadata) => {
    expect(() => entryPoint(normalizeFiles(files), metadata)).toThrow(
      expect.objectContaining({
        code: 'INVALID_FILES',
        message: expect.stringContaining('TypeScript'),
        hint: expect.stringContaining('build it to JavaScript'),
      }),
    );
  });

  it('may have TypeScript beside it', () => {
    expect(entryPoint(normalizeFiles({ 'index.js': '', 'index.ts': '', 'index.d.ts': '' }), {})).toBe('index.js');
  });

  it.each([
    ['module', 'export const a = 1'],
    ['module', 'await 1'],
    ['commonjs', '#!/usr/bin/env node\nreturn exports.a = require'],
    ['module', '', 'a.mjs'],
    ['commonjs', 'export', 'a.cjs'],
  ])('tells what .js means by its syntax: %s, %j', async (type, source, path = 'index.js') => {
    const typeOf = (text: string) => impliedType(normalizeFiles({ [path]: text }), path);
    expect(await typeOf(source)).toBe(type);
    // So much that it is compiled in a thread.
    expect(await typeOf(`${source}\n//${' '.repeat(200_000)}`)).toBe(type);
  });

  it('lets the event loop turn while the syntax of much code is looked at', async () => {
    const files = normalizeFiles({ 'index.js': `exports.a = 1;\n//${' '.repeat(200_000)}` });
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await impliedType(files, 'index.js');
    expect(turned).toBe(true);
  });
});

describe.each([
  ['importLoader', importLoader],
  ['workerLoader', workerLoader],
])('%s', (_, make) => {
  async function load(files: ModuleFiles, more: Parameters<typeof request>[1] = {}, nodeModules?: string) {
    const loaded = await make({ cacheDir: folder(), nodeModules }).load(request(files, more));
    onTestFinished(() => loaded.dispose?.());
    // biome-ignore lint/suspicious/noExplicitAny: the exports of a fixture
    return loaded.exports as any;
  }

  it('loads ES and CommonJS modules of several files', async () => {
    const esm = await load(fixture('counter-esm'));
    expect([esm.name, await esm.count(), await esm.count()]).toEqual(['esm', 1, 2]);
    const cjs = await load(fixture('counter-cjs'));
    expect([cjs.name, await cjs.count(), await cjs.nested.twice(4)]).toEqual(['cjs', 2, 8]);
    const fn = await load({ 'index.js': 'module.exports = (a, b) => a + b' });
    expect(await fn(1, 2)).toBe(3);
  });

  it('takes the entry from the metadata', async () => {
    expect((await load(fixture('by-entry'), { metadata: { entry: 'second.mjs' } })).which).toBe('second');
  });

  it('finds bare imports in the node_modules it was given, and nowhere else', async () => {
    const modules = join(folder(), 'node_modules');
    await mkdir(join(modules, 'greetings'), { recursive: true });
    await writeFile(join(modules, 'greetings/package.json'), '{"type":"module","exports":"./index.js"}');
    await writeFile(join(modules, 'greetings/index.js'), "export const greeting = 'hello';");
    expect(await (await load(fixture('bare-import'), {}, modules)).greet('you')).toBe('hello you');
    expect(await codeOf(load(fixture('bare-import')))).toBe('ERR_MODULE_NOT_FOUND');
  });

  it('loads nothing whose bytes are not those of the checksum', async () => {
    const loader = make({ cacheDir: folder() });
    const wrong = { ...request(says('one')), files: normalizeFiles(says('two')) };
    expect(await codeOf(loader.load(wrong))).toBe('CHECKSUM_MISMATCH');
  });

  it('refuses to import TypeScript, wherever it is imported', async () => {
    const files = { 'index.js': "export * from './lib/a.js';", 'lib/a.js': "export * from './b.ts';", 'lib/b.ts': '' };
    const refused = load(files);
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_FILES',
      message: expect.stringContaining('lib/a.js'),
    });
    await expect(refused).rejects.toThrow('lib/b.ts');
    expect(await codeOf(load({ 'index.ts': 'export const a: number = 1;' }))).toBe('INVALID_FILES');
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'whose syntax is wrong',
      { 'index.js': "import './lib/a.js';", 'lib/a.js': "import './b.js';", 'lib/b.js': 'export const b = ;' },
      "lib/b.js: Unexpected token ';'",
    ],
    [
      'that asks for an export that is not there',
      { 'index.js': "export * from './lib/a.js';", 'lib/a.js': "\nimport { b } from './b.js';", 'lib/b.js': '' },
      "lib/a.js:2: The requested module './b.js' does not provide an export named 'b'",
    ],
    [
      'of CommonJS',
      { 'index.cjs': "require('./lib/a.cjs');", 'lib/a.cjs': '\nconst a = ;' },
      "lib/a.cjs:2: Unexpected token ';'",
    ],
  ])('names the file %s', async (_, files, message) => {
    await expect(load(files)).rejects.toMatchObject({ name: 'SyntaxError', message, cause: expect.any(SyntaxError) });
  });

  it('leaves an error of syntax as it is that a module throws while it runs', async () => {
    const refused = load({ 'index.js': "JSON.parse('{');" });
    await expect(refused).rejects.toMatchObject({ name: 'SyntaxError', message: expect.stringMatching(/JSON/) });
    await expect(refused).rejects.not.toHaveProperty('cause');
  });

  it.each([undefined, null, {}, { cacheDir: 1 }])('says which option it needs where it gets %j', (options) => {
    expect(() => make(options as never)).toThrow(/^cacheDir: expected the path of a folder/);
  });

  it('hands on what a module throws at import', async () => {
    await expect(load(fixture('throws'))).rejects.toThrow('not today');
    expect(await codeOf(load({ 'a.js': '', 'b.js': '' }))).toBe('INVALID_FILES');
  });
});

describe('importLoader', () => {
  it('loads the same content once, so that going back keeps its state', async () => {
    const loader = importLoader({ cacheDir: folder() });
    const first = await loader.load(request(fixture('counter-esm')));
    const again = await loader.load(request(fixture('counter-esm')));
    expect(again.exports).toBe(first.exports);
    const other = await loader.load(request(fixture('counter-esm'), { moduleId: 'other' }));
    expect(other.exports).not.toBe(first.exports);
  });

  it('does not mix two sets of node_modules', async () => {
    const dir = folder();
    await importLoader({ cacheDir: dir, nodeModules: '/first' }).load(request(says('one')));
    const second = importLoader({ cacheDir: dir, nodeModules: '/second' });
    expect(await codeOf(second.load(request(says('one'))))).toBe('INVALID_ARGUMENT');
  });
});

describe('a loader that takes TypeScript', () => {
  it('is given the sources as they are in the ledger', async () => {
    const strip = (source: string) => ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ES2022 } });
    const inner = importLoader({ cacheDir: folder() });
    const made = await liveScene({
      loader: {
        load(given) {
          const built = [...given.files].map(([path, { data }]) => {
            const source = Buffer.from(data).toString();
            return path.endsWith('.ts') ? [path.replace(/ts$/, 'js'), strip(source).outputText] : [path, source];
          });
          const files = normalizeFiles(Object.fromEntries(built));
          return inner.load({ ...given, files, checksum: contentDigest(files) });
        },
      },
    });
    const source = "const said: string = 'typed';\nexport const word = (): string => said;\n";
    expect(await made.swap({ 'index.ts': source })).toMatchObject({ phase: 'COMMITTED' });
    expect(made.say()).toBe('typed');
  });
});

describe('workerLoader', () => {
  type Leaky = Record<'ping' | 'crash' | 'exit' | 'never' | 'fail', () => Promise<unknown>>;

  async function leaky() {
    const loaded = await workerLoader({ cacheDir: folder() }).load(request(fixture('leaks-timers')));
    onTestFinished(() => loaded.dispose?.());
    return { exports: loaded.exports as Leaky, dispose: async () => loaded.dispose?.() };
  }

  it('outlives a module that exits the process at import', async () => {
    const made = await liveScene({ loader: workerLoader({ cacheDir: folder() }) });
    const result = await made.swap(fixture('exits'));
    expect(result).toMatchObject({ phase: 'FAILED', step: 'load' });
    expect(isLedgerError(result.error, 'IO')).toBe(true);
    expect(result.reason).toContain('exit code 7');
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('STAGED');
    expect(await made.say()).toBe('one');
  });

  it('ends a module that hangs at import', async () => {
    const made = await liveScene({ loader: workerLoader({ cacheDir: folder() }), loadTimeoutMs: 1_500 });
    expect(await made.swap({ 'index.js': 'for (;;);' })).toMatchObject({ phase: 'FAILED', step: 'load' });
    expect(await made.say()).toBe('one');
  });

  it.each(['crash', 'exit'] as const)(
    'rejects calls that wait when the module %ss, and every later one',
    async (how) => {
      const { exports } = await leaky();
      const waiting = codeOf(exports.never());
      await codeOf(exports[how]());
      expect(await waiting).toBe('IO');
      expect(await codeOf(exports.ping())).toBe('IO');
    },
  );

  it('hands on errors with their name and code, and what cannot be cloned as one', async () => {
    const { exports } = await leaky();
    await expect(exports.fail()).rejects.toMatchObject({ name: 'RangeError', message: 'too far', code: 'TOO_FAR' });
    const send = exports.ping as (...args: unknown[]) => Promise<unknown>;
    await expect(send(() => 1)).rejects.toMatchObject({ name: 'DataCloneError' });
    expect(await exports.ping()).toBe('pong');
  });

  it('ends with its timers when it is let go of, and rejects calls that wait', async () => {
    const { exports, dispose } = await leaky();
    const waiting = codeOf(exports.never());
    await dispose();
    expect(await waiting).toBe('IO');
  });

  it('streams values as they are asked for, and gives up with its reader', async () => {
    const loaded = await workerLoader({ cacheDir: folder() }).load(request(fixture('streams')));
    onTestFinished(() => loaded.dispose?.());
    const { letters } = loaded.exports as { letters(text: string): Promise<AsyncIterable<string>> };
    const got: string[] = [];
    for await (const letter of await letters('abc')) got.push(letter);
    for await (const letter of await letters('xyz')) {
      got.push(letter);
      break;
    }
    expect(got).toEqual(['a', 'b', 'c', 'x']);
  });

  it('keeps a swap and its rollback in worker threads', async () => {
    const made = await liveScene({ loader: workerLoader({ cacheDir: folder() }) });
    made.health = false;
    expect(await made.swap('two')).toMatchObject({ restored: { version: 1 } });
    expect(await made.say()).toBe('one');
  });
});
