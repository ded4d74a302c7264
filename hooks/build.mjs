// Builds the package: build/ has a file for each of the source, which tests load one by one; dist/ is what is published,
// the same code in few files. Node takes a millisecond to load a file, and a command line is loaded at each call.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = `${root}build`;
const dist = `${root}dist`;

/** What is loaded by its path: the library, the executable, what runs in threads and processes of its own. */
const ENTRIES = [
  'index',
  'cli/bin',
  'built-file',
  'git/disk-thread-main',
  'assess/worker-main',
  'assess/engine-thread',
  'swap/worker-main',
];

/** Where both are made: what runs from the old ones keeps them until the new ones are whole. */
const making = `${root}build.new`;
const bundling = `${root}dist.new`;
for (const folder of [making, bundling]) rmSync(folder, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.build.json', '--outDir', making],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
for (const name of ['compiler.cjs', 'compiler.d.cts']) cpSync(`${root}src/assess/${name}`, `${making}/assess/${name}`);

const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${making}/${entry}.js`])),
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  platform: 'node',
});
// All chunks at the top, so that they find the others by the same paths wherever their code came from.
await bundle.write({ dir: bundling, format: 'esm', chunkFileNames: '[name]-[hash].js' });
await bundle.close();
cpSync(making, bundling, { recursive: true, filter: (path) => !/\.c?js$/.test(path) });
for (const [made, folder] of new Map([
  [making, build],
  [bundling, dist],
])) {
  chmodSync(`${made}/cli/bin.js`, 0o755);
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
}
