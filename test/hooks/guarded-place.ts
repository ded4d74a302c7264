/** A guarded ledger with two versions, a copy that pushes to it, and git as a person runs it. */

import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { installGuards } from '../../src/api/server.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { type InitOptions, initLedger, type Signer } from '../../src/index.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

export interface Ran {
  readonly code: number;
  readonly out: string;
}

export interface Place {
  readonly root: string;
  /** The ledger that is pushed to. */
  readonly hub: string;
  /** A copy that pushes. */
  readonly node: string;
  readonly signer: Signer;
  git(gitdir: string, args: readonly string[], env?: Record<string, string>, input?: string): Promise<Ran>;
}

export function run(
  command: string,
  args: readonly string[],
  { input = '', ...options }: { cwd: string; env: NodeJS.ProcessEnv; input?: string },
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(command, [...args], { ...options, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: `${stdout}${stderr}` });
    });
    // A command that reads nothing may be gone before the input is written.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** @param options of the ledger that is pushed to */
export async function guardedPlace(options: Partial<InitOptions> = {}): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), 'git-lineage-guard-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'bin'));
  const command = join(root, 'bin', 'git-lineage');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(command, 0o755);
  const hub = join(root, 'hub.git');
  const node = join(root, 'node.git');
  const signer = await ephemeralSigner('ops@example.org');
  const ledger = await initLedger({ ...options, gitdir: hub, signer });
  await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, { files: { 'index.js': '1\n' } });
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '2\n' } });
  await ledger.close();
  await installGuards(hub);
  const env = {
    ...process.env,
    PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a person',
    GIT_AUTHOR_EMAIL: 'person@example.org',
    GIT_COMMITTER_NAME: 'a person',
    GIT_COMMITTER_EMAIL: 'person@example.org',
  };
  const git: Place['git'] = (gitdir, args, more = {}, input = '') =>
    run('git', args, { cwd: gitdir, env: { ...env, ...more }, input });
  expect(await git(root, ['clone', '--quiet', '--mirror', hub, node])).toMatchObject({ code: 0 });
  return { root, hub, node, signer, git };
}
