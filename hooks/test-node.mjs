// Runs the tests with another Node: `npm run test:node -- 22 [test files and options of vitest]`. The executable is the one that npm
// packages; it is laid into a temporary folder, none of its scripts is run, and what is installed here stays as it is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(2);
}

/** Ends with the code of a program that fails. @param {string} program @param {string[]} args @param {import('node:child_process').SpawnSyncOptions} options */
function run(program, args, options = {}) {
  const { status, signal, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (status !== 0) console.error(`${program} ended with ${error?.message ?? signal ?? status}`);
  if (status !== 0) process.exit(status ?? 1);
}

const [version = '', ...tests] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version)) {
  const came = version === '' ? 'nothing' : JSON.stringify(version);
  fail(`expected a version of Node, as 22 or 24.1.0, got ${came}: npm run test:node -- 22 test/signing`);
}

const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), 'git-lineage-node-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
// The group of a terminal's Ctrl+C: the tests end by it themselves, and the folder is removed after them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
run('npm', ['install', ...flags, `${name}@${version}`], { cwd: folder, shell: windows });
const node = join(folder, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
if (!existsSync(node)) fail(`the package ${name}@${version} has no ${node.slice(folder.length + 1)}`);

// First on the PATH, so that what the tests start by its name is of this Node too.
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH']}` };
run(node, ['--version'], { env });
run(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...tests], { env });
