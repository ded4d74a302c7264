/** The README that every ledger carries: its commands, as they stand, in a plain clone. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GIT_ENV, git, source } from '../remote/ledger-remote.js';

test('the commands of a ledger’s README do in a plain clone what it says', async () => {
  const from = await source();
  await git(from.dir, 'clone', '--quiet', from.gitdir, 'plain');
  const plain = join(from.dir, 'plain');
  const text = readFileSync(join(plain, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');
  expect(blocks).toHaveLength(3);
  const run = (script: string) => {
    const done = spawnSync('bash', ['-euo', 'pipefail', '-c', script.replaceAll('MODULE', 'planner')], {
      cwd: plain,
      env: { ...GIT_ENV },
      encoding: 'utf8',
    });
    expect(done.status, `${script}\n${done.stderr}`).toBe(0);
    return done;
  };
  const [fetched, looked, checked] = blocks.map(run);
  expect(fetched?.stdout).toBe('');
  const refs = await git(plain, 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/tags', 'refs/notes');
  expect(refs).toBe(
    await git(from.gitdir, 'for-each-ref', '--format=%(objectname) %(refname)', 'refs/tags', 'refs/notes'),
  );
  // Every module, its lineage with checksum and tags, its versions, its reports.
  for (const line of [
    'origin/planner',
    'origin/@acme/executor',
    'planner v4',
    'sha256',
    'stable',
    'planner/v3',
    'BREAKING',
  ])
    expect(looked?.stdout).toContain(line);
  const entries = (await git(from.gitdir, 'rev-list', '--count', 'refs/heads/ledger')).trim();
  const good = checked?.stdout.match(/^[0-9a-f]+ G ops@example\.org /gm) ?? [];
  expect(String(good.length)).toBe(entries);
  expect(checked?.stderr).toContain('Good "git" signature for ops@example.org');
  // The table's commands for what lies in refs, without a fetch of their own.
  expect(run('git notes --ref=tags show MODULE/v2').stdout).toContain('stable');
  expect(run('git show MODULE/v1:index.js').stdout).toContain('export const plan');
  const reports = (await git(plain, 'tag', '-l', 'compat/planner/*')).trim().split('\n');
  expect(run(`git show ${reports[0]}`).stdout).toContain('Level: ');
});

test('a signature that does not fit is told by the same commands', async () => {
  const from = await source();
  await git(from.dir, 'clone', '--quiet', from.gitdir, 'plain');
  const plain = join(from.dir, 'plain');
  const forged = await git(
    plain,
    '-c',
    'user.name=x',
    '-c',
    'user.email=x@example.org',
    'commit-tree',
    '-p',
    'HEAD',
    '-m',
    'forged',
    'HEAD^{tree}',
  );
  await git(plain, 'reset', '--quiet', '--hard', forged.trim());
  await git(plain, 'config', 'gpg.ssh.allowedSignersFile', join(plain, 'allowed_signers'));
  expect(spawnSync('git', ['verify-commit', 'HEAD'], { cwd: plain, env: { ...GIT_ENV } }).status).not.toBe(0);
});
