/** Ledgers to be cloned, the ways to reach them, and git as it is without this machine's settings. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { initLedger, type Ledger } from '../../src/index.js';
import { fillWithEvents, fixtureSigner } from '../interop/ledger-on-disk.js';

/** A folder that goes with the test. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'git-lineage-remote-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

export interface Source {
  readonly dir: string;
  readonly gitdir: string;
  readonly ledger: Ledger;
  /** Fingerprint of the key that signed the first entry. */
  readonly trust: string;
}

/** A ledger with an event of every kind, that goes with the test. */
export async function source(fill = true): Promise<Source> {
  const dir = folder();
  const gitdir = join(dir, 'modules.git');
  const signer = await fixtureSigner();
  // Nothing happens in it once a write is acknowledged, so that it can be copied.
  const ledger = await initLedger({ gitdir, signer, thread: false });
  onTestFinished(() => ledger.close());
  if (fill) await fillWithEvents(ledger);
  return { dir, gitdir, ledger, trust: signer.publicKey.fingerprint };
}

export const GIT_ENV: Readonly<Record<string, string | undefined>> = {
  // A person who gets round the hooks that guard a ledger.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.hooksPath',
  GIT_CONFIG_VALUE_0: '/dev/null',
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
};

export interface GitOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs git; what becomes of it is for the test to say. */
export function tryGit(cwd: string, ...args: string[]): Promise<GitOutcome> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd, env: GIT_ENV, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Runs git, which must succeed. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await tryGit(cwd, ...args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${code}\n${stderr}`);
  return stdout;
}

/** Every ref of a repository with its value, as git lists them. */
export async function refsOf(gitdir: string): Promise<string[]> {
  const text = await git(gitdir, 'for-each-ref', '--format=%(objectname) %(refname)');
  return text.split('\n').filter((line) => line !== '');
}
