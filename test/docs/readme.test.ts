/** The README as a stranger follows it, from a checkout: the tarball is packed and installed, and every command runs there. */

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OverviewAnswer } from '../../src/page/answers.js';
import { MarkdownDocument, ROOT } from './document.js';
import { follow } from './follow.js';
import { SERVES, Stranger } from './stranger.mjs';
import { runInBash } from './workplace.js';

const readme = new MarkdownDocument('README.md');

let stranger: Stranger;

beforeAll(async () => {
  stranger = await Stranger.arrive();
}, 120_000);
afterAll(() => stranger.leave());

it('installs git-lineage in a project of its own, from a checkout', async () => {
  const { checkout, project: cwd, env } = stranger;
  const [commands = '', ...others] = readme.texts('sh', 'Install');
  expect(others).toEqual([]);
  // What is built of the same files is taken over: the build finds it done. `.ci/run` begins with the whole of it.
  for (const name of ['build', 'dist']) cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  await runInBash(stranger.installing(commands), { cwd: checkout, env });
  const version = await runInBash('npx git-lineage --version', { cwd, env });
  expect(version.trim()).toBe(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version);
}, 240_000);

it('has commands that run one after the other, as written, and programs that print what it says', async () => {
  const { project: cwd, env } = stranger;
  const blocks = readme.blocks.filter(({ section }) => !['Install', 'Develop'].includes(section));
  const printed = await follow(blocks, { cwd, env: { ...env, PATH: `${quickNpx()}:${env['PATH']}` } });
  expect(blocks.filter(({ info }) => info === 'text')).toHaveLength(2);
  expect(printed.join('')).toContain('refused, as it should be');

  const active = execFileSync('git', ['-C', join(cwd, 'modules.git'), 'show', 'planner:index.js']);
  expect(active.toString()).toBe('export const plan = () => ["wait"];\n');
}, 300_000);

it('shows the page in the first minute, and then of the service: both tell of the rollback', async () => {
  const GIT_LINEAGE_DIR = join(stranger.project, 'modules.git');
  const commands = readme.blocks.filter(({ info }) => info === SERVES);
  expect(commands.map(({ section }) => section)).toEqual(['In a minute', 'In a service']);
  for (const { text, section } of commands) {
    const { url, end } = await stranger.serve(text, { GIT_LINEAGE_DIR });
    try {
      const response = await fetch(new URL('data/overview.json', url));
      const { modules } = (await response.json()) as OverviewAnswer;
      const reason = section === 'In a minute' ? 'MANUAL' : 'HEALTH_FAILURE';
      expect(modules).toMatchObject([{ moduleId: 'planner', active: 1, activation: { type: 'rollback', reason } }]);
    } finally {
      await end();
    }
  }
}, 120_000);

/** A folder with an npx that only starts what is installed in the project: npm's own, which starts npm first, was asked above. */
function quickNpx(): string {
  const folder = join(stranger.folder, 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'npx'), '#!/bin/sh\nprogram=$1\nshift\nexec "node_modules/.bin/$program" "$@"\n');
  chmodSync(join(folder, 'npx'), 0o755);
  return folder;
}
