/** The oracle of these tests: the real ssh-keygen and git, run in folders that vanish afterwards. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** No configuration of the machine or its user may take part, and no agent or terminal may answer for a key. */
const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** Runs a program to its end and returns what it wrote to stdout; rejects unless it exits with 0. */
export async function run(program: string, args: readonly string[], input: string | Uint8Array = ''): Promise<string> {
  const running = execute(program, [...args], { env: ENVIRONMENT, maxBuffer: 1 << 24 });
  running.child.stdin?.on('error', () => {
    // A program that does not read its input may be gone before all of it is written.
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Gives `body` a fresh folder. */
export async function inTempDir<T>(body: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'git-lineage-signing-'));
  try {
    return await body(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export interface KeyFile {
  readonly path: string;
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a key with `ssh-keygen`, with few key derivation rounds unless `options` say otherwise. */
export async function makeKey(dir: string, type: readonly string[], options: readonly string[] = []): Promise<KeyFile> {
  const path = join(dir, 'key');
  const passphrase = options.includes('-N') ? [] : ['-N', ''];
  const rounds = options.includes('-a') ? [] : ['-a', '4'];
  await run('ssh-keygen', ['-q', '-f', path, '-C', 'ada', ...type, ...passphrase, ...rounds, ...options]);
  return { path, privateKey: await readFile(path, 'utf8'), publicKey: await readFile(`${path}.pub`, 'utf8') };
}

/** Resolves if `ssh-keygen -Y verify` accepts the signature. */
export async function sshVerify(
  dir: string,
  publicKey: string,
  payload: Uint8Array,
  signature: string,
  namespace = 'git',
): Promise<void> {
  const [signers, sig] = [join(dir, 'allowed_signers'), join(dir, 'payload.sig')];
  await writeFile(signers, `ada ${publicKey.trimEnd()}\n`);
  await writeFile(sig, signature);
  await run('ssh-keygen', ['-Y', 'verify', '-n', namespace, '-f', signers, '-I', 'ada', '-s', sig], payload);
}

/** Signs with `ssh-keygen -Y sign`. */
export async function sshSign(
  keyPath: string,
  payload: Uint8Array,
  namespace = 'git',
  options: readonly string[] = [],
): Promise<string> {
  return run('ssh-keygen', ['-Y', 'sign', '-q', '-n', namespace, '-f', keyPath, ...options], payload);
}

/** Each accepted key type, as arguments of ssh-keygen. */
export const KEY_TYPES: readonly (readonly [string, readonly string[]])[] = [
  ['ed25519', ['-t', 'ed25519']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
  ['nistp256', ['-t', 'ecdsa', '-b', '256']],
  ['nistp384', ['-t', 'ecdsa', '-b', '384']],
  ['nistp521', ['-t', 'ecdsa', '-b', '521']],
];
