/** The section on worker threads of docs/guide/swap.md: its program compiles in strict mode, and prints what it says. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const guide = readFileSync(join(root, 'docs', 'guide', 'swap.md'), 'utf8');
const section = guide.split(/^## /m).find((part) => part.startsWith('Versions in worker threads\n')) ?? '';

function blocks(language: string): string[] {
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? '',
  );
}

/** A folder where git-lineage is installed as npm would install it. */
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'git-lineage-workers-'));
  const modules = join(project, 'node_modules');
  mkdirSync(modules);
  symlinkSync(root, join(modules, 'git-lineage'));
  for (const name of ['prom-client', '@types', 'undici-types'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}\n');
});

afterAll(() => {
  // The cache of modules is read-only.
  spawnSync('chmod', ['-R', 'u+w', project]);
  rmSync(project, { recursive: true });
});

it('has a program that compiles in strict mode, and prints what it says', () => {
  const [program = '', ...others] = blocks('ts');
  expect(others).toEqual([]);
  writeFileSync(join(project, 'workers.ts'), program);
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
  const compiled = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), [...options, 'workers.ts'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(compiled.stdout).toBe('');
  const ran = spawnSync(process.execPath, ['workers.js'], { cwd: project, encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toBe(blocks('text')[0]);
}, 120_000);
