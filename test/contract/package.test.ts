/** The package as it would be published. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly engines: Record<string, string>;
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
  readonly types: string;
  readonly files: readonly string[];
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

let packed: string[] = [];

beforeAll(() => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [report] = JSON.parse(output) as { files: { path: string }[] }[];
  packed = (report?.files ?? []).map((f) => f.path);
});

function isFile(path: string): boolean {
  const full = join(ROOT, path);
  return existsSync(full) && statSync(full).isFile();
}

describe('the manifest', () => {
  test('points at files that the build made', () => {
    const targets = Object.values(manifest.exports).flatMap((e) => (typeof e === 'string' ? [e] : Object.values(e)));
    const named = [...targets, manifest.types, ...Object.values(manifest.bin)];
    expect(named.filter((path) => !isFile(path))).toEqual([]);
    expect(Object.keys(manifest.exports)).toContain('.');
    expect(JSON.stringify(manifest.exports['.'])).toContain('./dist/index.js');
  });

  test('gives types before code, so that every resolver finds them', () => {
    for (const entry of Object.values(manifest.exports)) {
      if (typeof entry !== 'string') expect(Object.keys(entry)[0]).toBe('types');
    }
  });

  test('is an ES module for node 20.15 and later', () => {
    expect(manifest.type).toBe('module');
    expect(manifest.engines).toEqual({ node: '>=20.15' });
  });

  test('has commands that node can run', () => {
    expect(Object.keys(manifest.bin)).toEqual(['git-lineage']);
    for (const path of Object.values(manifest.bin)) {
      expect(readFileSync(join(ROOT, path), 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    }
  });

  test('runs nothing on the machine that installs it', () => {
    const onInstall = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'];
    expect(onInstall.filter((name) => name in manifest.scripts)).toEqual([]);
  });

  test('depends on what the source imports, and on nothing else', () => {
    const used = new Set<string>();
    for (const path of packed.filter((p) => p.startsWith('dist/') && /\.c?js$/.test(p))) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const { importedFiles } = ts.preProcessFile(text, true, true);
      // TypeScript is loaded by a call that Node does not recognise, and of Node's declarations the files are read.
      const loaded = [...text.matchAll(/\b(?:load(?:\$\d+)?|here\.resolve)\(['"]([^'"]+)['"]/g)].map(
        (match) => match[1] ?? '',
      );
      const imported = importedFiles.map((f) => f.fileName).filter((name) => !/^(\.|node:)/.test(name));
      const packages = [...imported, ...loaded];
      for (const name of packages) used.add(name.replace(/^(@[^/]+\/[^/]+|[^/]+)\/.*$/, '$1'));
    }
    // Who wants metrics, or a tool server over HTTP, installs what they take; nothing else loads it.
    const optional = Object.keys(manifest.peerDependencies);
    expect(optional.filter((name) => manifest.peerDependenciesMeta[name]?.optional !== true)).toEqual([]);
    expect([...used].filter((name) => !(name in manifest.dependencies)).sort()).toEqual(optional.sort());
    expect(Object.keys(manifest.dependencies).filter((name) => !used.has(name))).toEqual([]);
    expect(Object.keys(manifest.devDependencies)).toEqual(expect.arrayContaining(['vitest', 'simple-git-hooks']));
  });
});

describe('the tarball', () => {
  test('has the notice of each package that is bundled', () => {
    const notices = readFileSync(join(ROOT, 'dist/licenses.txt'), 'utf8');
    for (const name of ['isomorphic-git', 'memfs', 'pako', 'commander'])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    expect(packed).toContain('dist/licenses.txt');
  });

  test('has every file that its documents link to', () => {
    const pages = packed.filter((path) => path.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'monitoring/README.md', 'examples/README.md']));
    const broken = pages.flatMap((page) =>
      [
        ...readFileSync(join(ROOT, page), 'utf8')
          .replace(/```[\s\S]*?```|`[^`]*`/g, '')
          .matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g),
      ]
        .map(([, to = '']) => posix.normalize(posix.join(posix.dirname(page), to)))
        .filter((to) => !packed.some((path) => path === to || path.startsWith(`${to.replace(/\/$/, '')}/`)))
        .map((to) => `${page}: ${to}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('what runs in threads and processes of its own', () => {
  const scripts = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...readFileSync(join(ROOT, 'src', path), 'utf8').matchAll(/builtFile\('([^'.]+\.js)'\)/g)])
    .map(([, name]) => name ?? '');

  test('is in the tarball', () => {
    expect(scripts.length).toBeGreaterThan(3);
    expect(scripts.filter((name) => !packed.includes(`dist/${name}`))).toEqual([]);
  });

  test('is found by the bundle: the disk thread, the engine, the loader', () => {
    const folder = mkdtempSync(join(tmpdir(), 'git-lineage-package-'));
    try {
      const program = `
        import { initLedger } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
        import { HotSwapper, workerLoader } from ${JSON.stringify(join(ROOT, 'dist/api/swap.js'))};
        import { ephemeralSigner } from ${JSON.stringify(join(ROOT, 'dist/api/testing.js'))};
        const signer = await ephemeralSigner('ops@example.org');
        const ledger = await initLedger({ gitdir: ${JSON.stringify(join(folder, 'ledger.git'))}, signer });
        const files = (answer) => ({ 'index.mjs': \`export const answer = () => \${answer};\` });
        await ledger.recordCheckpoint({ moduleId: 'm', tags: ['stable'] }, { files: files(1) });
        const { assessor } = await ledger.reports.preview('m', 1, { files: files('await 2; export const more = 1') });
        const loader = workerLoader({ cacheDir: ${JSON.stringify(join(folder, 'cache'))} });
        const swapper = new HotSwapper({ loader, validator: { validate: () => true }, healthWindowMs: 0 });
        await swapper.resume({ versionManager: ledger });
        const answer = await swapper.handle('m').call(({ answer }) => answer());
        await swapper.close();
        await ledger.close();
        console.log(answer, assessor);`;
      const script = join(folder, 'program.mjs');
      writeFileSync(script, program);
      const told = execFileSync(process.execPath, [script], { encoding: 'utf8' });
      expect(told).toMatch(/^1 git-lineage\/assess-/);
    } finally {
      // What is cached of modules is read-only.
      execFileSync('chmod', ['-R', 'u+w', folder]);
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the tarball', () => {
  test('holds the built library, its types and the license', () => {
    for (const path of ['dist/index.js', 'dist/index.d.ts', 'package.json', 'LICENSE', 'README.md']) {
      expect(packed).toContain(path);
    }
  });

  test('holds no tests, fixtures, keys or sources', () => {
    const strays = packed.filter((path) => {
      if (/^(test|fixtures|src|bench|demo|node_modules|coverage|\.)/.test(path)) return true;
      return (
        /\.(test|spec)\.[cm]?[jt]s/.test(path) || /(^|\/)id_|\.pem$|\.key$/.test(path) || /(?<!\.d)\.ts$/.test(path)
      );
    });
    expect(strays).toEqual([]);
  });

  test('holds what `files` lists', () => {
    for (const entry of manifest.files.filter((name) => existsSync(join(ROOT, name)))) {
      expect(packed.some((path) => path === entry || path.startsWith(`${entry}/`))).toBe(true);
    }
  });
});
