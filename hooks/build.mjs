// Builds the package: build/ has a file for each of the source, which tests load one by one; dist/ is what is published,
// the same code in few files. Node takes a millisecond to load a file, and a command line is loaded at each call.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init as lexer, parse } from 'es-module-lexer';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = `${root}build`;
const dist = `${root}dist`;

/** What a program loads: the doors of the library, and the executable. */
const DOORS = [
  'index',
  'api/swap',
  'api/assess',
  'api/audit',
  'api/metrics',
  'api/server',
  'api/mcp',
  'api/testing',
  'api/types',
  'cli/bin',
];

/** What runs in threads and processes of its own, each loaded by its path: they share no chunk with the doors, which would be most of the library. */
const THREADS = [
  'git/disk-thread-main',
  'assess/engine-main',
  'assess/engine-thread',
  'swap/worker/worker-main',
  'swap/process/process-main',
  'mcp/keeper-main',
];

/**
 * Packages that dist/ has inside: isomorphic-git for a new repository (with 51 packages) and memfs for the ledger in memory (with 24
 * packages of 14 MB), of which little is used; commander, which each call of the command line would otherwise look for, in 8 files.
 */
const BUNDLED = ['isomorphic-git', 'memfs', 'commander'];
/** By its real path, as rolldown names what is in it: a checkout may link to that of another one. */
const packages = `${realpathSync(`${root}node_modules`)}/`;

/** Stands for node:child_process in commander, which runs sub-commands with it that are programs of their own: here none is, and it takes as long to load as commander. */
const NO_PROGRAMS = '\0no-programs';

/** @param {string} id @param {string} [importer] */
function startsPrograms(id, importer = '') {
  return id === 'node:child_process' && importer.startsWith(`${packages}commander/`);
}

/** The package that a file belongs to; null for a file of this project. @param {string} path @returns {string | null} */
function packageOf(path) {
  const inside = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path.replaceAll('\0', ''));
  return inside === null ? null : inside[0];
}

/** Their licenses ask for it: what is bundled keeps its notice. @param {readonly (string | null)[]} folders @returns {string} */
function noticesOf(folders) {
  const notices = [...new Set(folders)]
    .filter((folder) => folder !== null)
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? `License: ${license}` : readFileSync(`${folder}${file}`, 'utf8');
      return `${name} ${version}\n\n${text}`;
    });
  return notices.join('\n');
}

const changelog = readFileSync(`${root}CHANGELOG.md`, 'utf8');

/** What the build is made of. @returns {string} a hash that changes with any of it, and is the same in another checkout */
function ingredients() {
  const hash = createHash('sha256');
  const sources = readdirSync(`${root}src`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'hooks/build.mjs'];
  for (const path of [...sources, ...settings.map((name) => `${root}${name}`)].sort())
    hash.update(`${relative(root, path)}\0`).update(createHash('sha256').update(readFileSync(path)).digest());
  // The rest of the changelog is in nothing that is built.
  for (const [heading] of changelog.matchAll(/^## .*$/gm)) hash.update(`${heading}\0`);
  return hash.digest('hex');
}

/** Says what build/ and dist/ were made of: tests, demo, bench and soak all build first, and most of them find it done. */
const stamp = `${build}/made-of`;
const made = ingredients();
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === made && existsSync(`${dist}/index.js`)) process.exit();

/** Where both are made: what runs from the old ones keeps them until the new ones are whole. */
const making = `${build}.new`;
const bundling = `${dist}.new`;
for (const folder of [making, bundling]) rmSync(folder, { recursive: true, force: true });
const tsc = [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.build.json', '--outDir', making];
execFileSync(process.execPath, tsc, { cwd: root, stdio: 'inherit' });
for (const name of ['compiler.cjs', 'compiler.d.cts']) cpSync(`${root}src/assess/${name}`, `${making}/assess/${name}`);

/** A file of its own in dist/ as well: inside a chunk, every chunk that imports it would copy TypeScript's 2,600 names. */
const COMPILER = 'compiler.cjs';

/** The files that are loaded with one, as rolldown names them. @param {string} entry @returns {Promise<Set<string>>} */
async function loadedWith(entry) {
  await lexer;
  /** @type {Set<string>} */
  const files = new Set();
  const left = [`${making}/${entry}.js`];
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const { type, specifier } of parse(readFileSync(file, 'utf8'))[0])
      if (type === 'static' && specifier?.startsWith('.') && basename(specifier) !== COMPILER)
        left.push(join(dirname(file), specifier));
  }
  return files;
}

/**
 * Writes entries to dist/, with the chunks that they share at its top, so that all find the others by the same paths.
 * @param {readonly string[]} entries
 * @param {import('rolldown').CodeSplittingGroup[]} groups what is one chunk, the first that has a file first
 * @returns {Promise<string[]>} what they are made of
 */
async function bundle(entries, groups) {
  const made = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, `${making}/${entry}.js`])),
    external: (id, importer = '') => {
      if (startsPrograms(id, importer)) return false;
      if (isBuiltin(id)) return true;
      if (id.startsWith('.') || isAbsolute(id) || importer.startsWith(packages)) return false;
      return !BUNDLED.some((name) => id === name || id.startsWith(`${name}/`));
    },
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    plugins: [
      {
        name: 'compiler',
        resolveId: (id) => (basename(id) === COMPILER ? { id: `./${COMPILER}`, external: true } : null),
      },
      {
        name: 'no programs',
        resolveId: (id, importer) => (startsPrograms(id, importer) ? { id: NO_PROGRAMS } : null),
        load: (id) => (id === NO_PROGRAMS ? 'export {};' : null),
      },
    ],
  });
  const { output } = await made.write({
    dir: bundling,
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    comments: false,
    codeSplitting: { groups, includeDependenciesRecursively: false },
  });
  await made.close();
  const chunks = output.filter((one) => one.type === 'chunk');
  assertNoCircle(new Map(chunks.map(({ fileName, imports }) => [fileName, imports])));
  return chunks.flatMap(({ moduleIds }) => moduleIds);
}

/**
 * Of chunks that import each other, one runs before what it needs is there.
 * @param {ReadonlyMap<string, readonly string[]>} imports
 */
function assertNoCircle(imports) {
  /** @type {Set<string>} */
  const sound = new Set();
  /** @param {string} chunk @param {readonly string[]} road */
  const walk = (chunk, road) => {
    if (road.includes(chunk)) throw new Error(`chunks of dist/ import each other: ${[...road, chunk].join(' -> ')}`);
    if (sound.has(chunk)) return;
    for (const next of imports.get(chunk) ?? []) walk(next, [...road, chunk]);
    sound.add(chunk);
  };
  for (const chunk of imports.keys()) walk(chunk, []);
}

// Node takes half a millisecond to find a file, so what is always loaded together is one. The first group that has a file takes it.
const start = await loadedWith('cli/bin');
const library = await loadedWith('index');
const main = await loadedWith('cli/main');
const verbs = await loadedWith('cli/verbs');
const verbsLibrary = await loadedWith('cli/library');
/** @param {string} id */
const isShared = (id) => library.has(id) && (main.has(id) || verbs.has(id));
const bundled = [
  ...(await bundle(DOORS, [
    // Not the executable itself: it waits for the rest, which needs this.
    { name: 'start', test: (id) => id !== `${making}/cli/bin.js` && (start.has(id) || isShared(id)) },
    { name: 'ledger', test: (id) => library.has(id) && verbsLibrary.has(id) },
    // What makes a ledger, and signs: a command that reads does without.
    { name: 'library', test: (id) => library.has(id) },
    { name: 'main', test: (id) => main.has(id) || id === NO_PROGRAMS || id.startsWith(`${packages}commander/`) },
    { name: 'verbs', test: (id) => verbs.has(id) },
    { name: 'verbs-library', test: (id) => verbsLibrary.has(id) },
  ])),
  // It finds what is beside it: in a file of its own, it is at the top wherever it is used.
  ...(await bundle(THREADS, [{ name: 'built-file', test: /\/built-file\.js$/ }])),
].map(packageOf);
writeFileSync(`${bundling}/licenses.txt`, noticesOf(bundled));
cpSync(`${making}/assess/${COMPILER}`, `${bundling}/${COMPILER}`);
cpSync(making, bundling, { recursive: true, filter: (path) => !/\.c?js$/.test(path) });

/** The page: one script and one style sheet for the browser, which both load from their own folder. */
const site = await rolldown({
  input: `${root}src/page/browser/main.tsx`,
  platform: 'browser',
  resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
  transform: { target: 'es2022' },
  tsconfig: `${root}src/page/browser/tsconfig.json`,
});
// No module: a page that is opened as a file may not load any.
await site.write({ file: `${making}/page/site/page.js`, format: 'iife', minify: true });
await site.close();
for (const name of ['index.html', 'page.css']) cpSync(`${root}src/page/browser/${name}`, `${making}/page/site/${name}`);
writeFileSync(`${making}/page/site/licenses.txt`, noticesOf(['preact', 'diff'].map((name) => `${packages}${name}/`)));
cpSync(`${making}/page/site`, `${bundling}/page/site`, { recursive: true });
/** The manual page, which npm puts where man looks, of the verbs that were built just now. */
const { manPage, releaseDate } = await import(`${making}/cli/man-page.js`);
const { VERBS } = await import(`${making}/cli/verbs.js`);
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
mkdirSync(`${bundling}/man`);
writeFileSync(`${bundling}/man/git-lineage.1`, manPage(VERBS, version, releaseDate(changelog, version)));
for (const folder of [making, bundling]) chmodSync(`${folder}/cli/bin.js`, 0o755);
for (const folder of [build, dist]) {
  rmSync(folder, { recursive: true, force: true });
  renameSync(`${folder}.new`, folder);
}
writeFileSync(stamp, made);
