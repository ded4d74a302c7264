/** An attacker who wants code of theirs run with a version: plants it in the module cache, or in a `node_modules` above. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { importLoader, type LoadRequest, workerLoader } from '../../src/api/swap.js';
import { contentDigest, isLedgerError, type ModuleFiles, normalizeFiles } from '../../src/index.js';
import { ContentCache } from '../../src/swap/load/content-cache.js';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'git-lineage-beside-'));
  onTestFinished(() => {
    execFileSync('chmod', ['-R', 'u+rwX', made]);
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

function request(given: ModuleFiles): LoadRequest {
  const files = normalizeFiles(given);
  const { signal } = new AbortController();
  return { moduleId: 'planner', version: 1, files, checksum: contentDigest(files), metadata: {}, signal };
}

/** A package that tells that it ran. */
function plant(nodeModules: string, name: string, ran: string, file = 'index.js'): void {
  const at = join(nodeModules, name);
  mkdirSync(dirname(join(at, file)), { recursive: true });
  writeFileSync(
    join(at, file),
    `require('node:fs').writeFileSync(${JSON.stringify(ran)}, ''); exports.word = 'planted';`,
  );
}

const ESM = { 'index.js': "import * as dep from 'dep';\nexport const word = () => dep.word;\n" };
const CJS = { 'index.js': "const dep = require('dep');\nexports.word = () => dep.word;\n" };

describe.each([
  ['importLoader', importLoader],
  ['workerLoader', workerLoader],
])('%s', (_, make) => {
  async function load(cacheDir: string, files: ModuleFiles, options: { nodeModules?: string } = {}) {
    const loaded = await make({ cacheDir, ...options }).load(request(files));
    onTestFinished(() => loaded.dispose?.());
    // biome-ignore lint/suspicious/noExplicitAny: the exports of a fixture
    return loaded.exports as any;
  }

  const refusal = (loading: Promise<unknown>) => loading.catch((thrown: unknown) => thrown);

  describe.each([
    ['an ES module', ESM],
    ['a CommonJS module', CJS],
    [
      'a file that the entry imports',
      { 'index.js': "exports.all = require('./lib');", 'lib/index.js': "require('dep');" },
    ],
    ['an import in the middle', { 'index.js': "exports.word = async () => (await import('dep')).word;" }],
    [
      'a name of its package.json',
      { 'index.js': "require('#dep');", 'package.json': '{"imports":{"#dep":{"default":"dep"}}}' },
    ],
    ['a package that it brings', { 'index.js': "require('own');", 'node_modules/own/index.js': "require('dep');" }],
  ])('%s', (__, files) => {
    it.each([
      ['above the cache', (root: string) => root],
      ['in the cache', (root: string) => join(root, 'cache')],
      ["in the module's folder", (root: string) => join(root, 'cache', 'planner')],
    ])('gets no package from a node_modules %s', async (_where, place) => {
      const root = folder();
      const ran = join(root, 'ran');
      plant(join(place(root), 'node_modules'), 'dep', ran);
      const error = await refusal(load(join(root, 'cache'), files));
      expect(isLedgerError(error, 'INVALID_FILES')).toBe(true);
      expect(error).toMatchObject({
        message: expect.stringContaining(`"dep", which Node would take from ${place(root)}`),
      });
      expect(existsSync(ran)).toBe(false);
    });
  });

  it.each([
    ['require', 'exports.word = (name) => require(name).word;'],
    ['createRequire', "exports.word = (name) => require('node:module').createRequire(__filename)(name).word;"],
    ['a package that it brings', "exports.word = (name) => require('own')(name).word;"],
  ])('gets no package from above by a name that it computes, by %s', async (__, code) => {
    const root = folder();
    const ran = join(root, 'ran');
    for (const place of [root, join(root, 'cache'), join(root, 'cache', 'planner')])
      plant(join(place, 'node_modules'), 'dep', ran);
    const files = {
      'index.js': code,
      'node_modules/own/index.js': 'module.exports = (name) => require(name);',
      'node_modules/brought/index.js': "exports.word = 'own';",
    };
    const { word } = await load(join(root, 'cache'), files);
    const thrown = await refusal((async () => word('dep'))());
    expect(thrown).toMatchObject({ code: expect.stringMatching(/MODULE_NOT_FOUND$/) });
    expect(thrown).toMatchObject({ message: expect.stringContaining('resolution ends at the version') });
    expect(existsSync(ran)).toBe(false);
    expect(await word('brought')).toBe('own');
    const nodeModules = join(root, 'named', 'node_modules');
    mkdirSync(join(root, 'workspace'), { recursive: true });
    writeFileSync(join(root, 'workspace', 'index.js'), "exports.word = 'named';");
    mkdirSync(nodeModules, { recursive: true });
    symlinkSync(join(root, 'workspace'), join(nodeModules, 'named'));
    const named = await load(join(root, 'other'), files, { nodeModules });
    expect(await named.word('named')).toBe('named');
    expect(await refusal((async () => named.word('dep'))())).toMatchObject({
      code: expect.stringMatching(/MODULE_NOT_FOUND$/),
    });
    expect(existsSync(ran)).toBe(false);
  });

  it('gets packages from the folder that was named, before any other, and none beside it', async () => {
    const root = folder();
    const ran = join(root, 'ran');
    plant(join(root, 'node_modules'), 'dep', ran);
    plant(join(root, 'node_modules'), 'other', ran);
    const nodeModules = join(root, 'named', 'node_modules');
    mkdirSync(join(nodeModules, 'dep'), { recursive: true });
    writeFileSync(join(nodeModules, 'dep', 'index.js'), "exports.word = 'named';");
    expect(await (await load(join(root, 'cache'), ESM, { nodeModules })).word()).toBe('named');
    const both = { 'index.js': "require('dep');\nrequire('other');\n" };
    const error = await refusal(load(join(root, 'cache'), both, { nodeModules }));
    expect(error).toMatchObject({ code: 'INVALID_FILES', message: expect.stringContaining('"other", which Node') });
    expect(existsSync(ran)).toBe(false);
  });

  it('leaves alone what cannot come from above: own packages, its own name, parts of Node, comments, and what is not there', async () => {
    const root = folder();
    const ran = join(root, 'ran');
    for (const name of ['dep', 'me', 'tool', 'fs']) plant(join(root, 'node_modules'), name, ran);
    const files = {
      'index.js': [
        "// from 'tool'",
        "const dep = require('dep');",
        "const me = require('me/part');",
        "require('fs'); require('node:path');",
        "let optional = 'none'; try { optional = require('nowhere'); } catch {}",
        'exports.words = () => [dep.word, me.word, optional];',
      ].join('\n'),
      'part.js': "exports.word = 'mine';",
      'package.json': '{"name":"me","exports":{".":"./index.js","./part":"./part.js"}}',
      'node_modules/dep/index.js': "exports.word = 'own';",
      'test/of-the-author.js': "require('tool');",
    };
    expect(await (await load(join(root, 'cache'), files)).words()).toEqual(['own', 'mine', 'none']);
    expect(existsSync(ran)).toBe(false);
  });

  it.each([
    ['a file beside the one that is imported', (at: string) => writeFileSync(join(at, 'lib.js'), 'exports.word = 1;')],
    ['a package beside it', (at: string) => plant(join(at, 'node_modules'), 'dep', join(at, 'ran'))],
    [
      'a package in a folder that cannot be listed',
      (at: string) => {
        plant(join(at, 'node_modules'), 'dep', join(at, 'ran'));
        chmodSync(join(at, 'node_modules'), 0o311);
      },
    ],
    ['a link to packages', (at: string) => symlinkSync(dirname(dirname(at)), join(at, 'node_modules'))],
    ['a folder that others fill later', (at: string) => mkdirSync(join(at, 'node_modules'))],
    ['packages beside its files', (at: string) => plant(join(dirname(at), 'node_modules'), 'dep', join(at, 'ran'))],
  ])('builds the folder anew where it holds %s, before each import', async (__, planted) => {
    const cacheDir = folder();
    const files = { 'index.js': "try { exports.lib = require('./lib'); } catch { exports.lib = null; }" };
    const made = request(files);
    const type = 'commonjs';
    const at = await new ContentCache({ cacheDir }).folderFor({ ...made, type });
    execFileSync('chmod', ['-R', 'u+w', dirname(at)]);
    planted(at);
    expect((await load(cacheDir, files)).lib).toBe(null);
    expect(existsSync(join(at, 'lib.js')) || existsSync(join(at, 'node_modules'))).toBe(false);
    expect(existsSync(join(dirname(at), 'node_modules'))).toBe(false);
  });
});
