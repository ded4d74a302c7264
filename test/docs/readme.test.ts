/** The README's commands and its example, as written. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? '',
  );
}

/** A folder where git-lineage is installed as npm would install it, and nothing of this machine's settings counts. */
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'git-lineage-readme-'));
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(root, join(modules, 'git-lineage'));
  symlinkSync('../git-lineage/dist/cli/bin.js', join(modules, '.bin', 'git-lineage'));
  for (const name of ['prom-client', '@types', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}\n');
});

afterAll(() => rmSync(project, { recursive: true }));

describe('README', () => {
  it('has commands that run one after the other, as written', () => {
    const commands = blocks('sh').filter((block) => !block.includes('npm ci'));
    expect(commands.length).toBeGreaterThanOrEqual(4);
    const [install, ...rest] = commands.join('').split('\n');
    expect(install).toBe('npm install git-lineage');
    const home = join(project, 'home');
    mkdirSync(home);
    const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const done = spawnSync('bash', ['-euxo', 'pipefail', '-c', rest.join('\n')], {
      cwd: project,
      env,
      encoding: 'utf8',
    });
    expect(done.status, `${done.stdout}\n${done.stderr}`).toBe(0);
    expect(done.stdout).toContain('refused, as it should be');
    const active = execFileSync('git', ['-C', join(project, 'modules.git'), 'show', 'planner:index.js'], {
      encoding: 'utf8',
    });
    expect(active).toBe('export const plan = () => ["wait"];\n');
  });

  it('has an example that compiles against the published types', () => {
    const [example, live, ...others] = blocks('ts');
    expect(others).toEqual([]);
    writeFileSync(join(project, 'example.ts'), `${example}\n${live}\nexport { result, steps, target, version };\n`);
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const done = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), [...options, 'example.ts'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(done.stdout).toBe('');
    expect(done.status).toBe(0);
  });

  it('names only files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(() => readFileSync(join(root, link)), link).not.toThrow();
  });
});
