/** The README as a stranger follows it, from a checkout: the tarball is packed and installed, and every command runs there. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MarkdownDocument, ROOT } from './document.js';
import { follow } from './follow.js';
import { type Registry, serveInstalledPackages } from './installed-packages.js';
import { runInBash } from './workplace.js';

const readme = new MarkdownDocument('README.md');

let folder: string;
let registry: Registry;
let env: Record<string, string | undefined>;

/** Where the commands of the section on installing are run, and where they lead. */
const checkout = (): string => join(folder, 'checkout');
const project = (): string => join(folder, 'planner');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'git-lineage-readme-'));
  registry = await serveInstalledPackages(ROOT);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const path of files.split('\0').filter((name) => name !== '')) cpSync(join(ROOT, path), join(checkout(), path));
  mkdirSync(join(folder, 'home'));
  env = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    npm_config_registry: registry.url,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
});

afterAll(() => {
  registry.close();
  // The cache of modules is read-only.
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true });
});

it('installs git-lineage in a project of its own, from a checkout', async () => {
  const [commands = '', ...others] = readme.texts('sh', 'Install');
  expect(others).toEqual([]);
  // What `npm ci` fetches is fetched already; `.ci/run` begins with the whole of it.
  expect(commands.startsWith('npm ci\n')).toBe(true);
  symlinkSync(join(ROOT, 'node_modules'), join(checkout(), 'node_modules'));
  await runInBash(commands.replace('npm ci', 'npm run prepare'), { cwd: checkout(), env });
  const version = await runInBash('npx git-lineage --version', { cwd: project(), env });
  expect(version.trim()).toBe(
    JSON.parse(execFileSync('npm', ['pkg', 'get', 'version'], { cwd: ROOT, encoding: 'utf8' })),
  );
}, 240_000);

it('has commands that run one after the other, as written, and programs that print what it says', async () => {
  const blocks = readme.blocks.filter(({ section }) => !['Install', 'Develop'].includes(section));
  const printed = await follow(blocks, { cwd: project(), env });
  expect(blocks.filter(({ info }) => info === 'text')).toHaveLength(2);
  expect(printed.join('')).toContain('refused, as it should be');

  const active = execFileSync('git', ['-C', join(project(), 'modules.git'), 'show', 'planner:index.js']);
  expect(active.toString()).toBe('export const plan = () => ["wait"];\n');
}, 300_000);
