/** Which private key signs: `--key`, `GIT_LINEAGE_KEY`, git's `user.signingKey`, or the one that `init` made. */

import { readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { Complaint, errnoOf, quoted } from './complaint.js';
import { gitConfig } from './git-config.js';
import type { Context, Io } from './verb.js';

/** A private key file, and who named it. */
export interface KeyFile {
  readonly path: string;
  readonly from: '--key' | 'GIT_LINEAGE_KEY' | 'user.signingKey' | 'git-lineage';
}

const GIVE_KEY = 'give the file of a private key with --key FILE or GIT_LINEAGE_KEY';

export function invalidKey(reason: string, hint = GIVE_KEY, cause?: unknown): Complaint<'INVALID_KEY'> {
  return new Complaint('INVALID_KEY', reason, { reason }, hint, cause);
}

/** The private half of a key whose public half was named. */
function privateHalf(path: string): string {
  return path.endsWith('.pub') ? path.slice(0, -'.pub'.length) : path;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR',
  );
}

/** git's signing key where git signs with SSH; null where it signs with something else, or not. */
async function gitSigningKey(io: Io): Promise<string | null> {
  if ((await gitConfig(io, 'gpg.format'))?.toLowerCase() !== 'ssh') return null;
  const value = await gitConfig(io, 'user.signingKey', 'path');
  if (value === null) return null;
  if (/^key::|^(ssh|ecdsa|sk-ssh|sk-ecdsa)-/.test(value)) {
    throw invalidKey('git’s user.signingKey names a public key: keys of an ssh-agent are not supported yet');
  }
  const path = resolve(io.cwd, value);
  const half = privateHalf(path);
  if (half === path || (await exists(half))) return half;
  throw invalidKey(
    `git’s user.signingKey is ${quoted(path)}, and there is no private key beside it: keys of an ssh-agent are not supported yet`,
  );
}

/** Where `init` puts the key that it makes: the user's configuration, far from any ledger. */
export function ownKeyPath({ env }: Io): string {
  const configured = env['XDG_CONFIG_HOME'] ?? '';
  const home = env['HOME'] || homedir();
  return join(isAbsolute(configured) ? configured : join(home, '.config'), 'git-lineage', 'id_ed25519');
}

/** The key to sign with, or null where there is none anywhere. */
export async function findKey({ io, given }: Context): Promise<KeyFile | null> {
  const option = given.text('key');
  if (option !== undefined) return { path: privateHalf(resolve(io.cwd, option)), from: '--key' };
  const variable = io.env['GIT_LINEAGE_KEY'] ?? '';
  if (variable !== '') return { path: privateHalf(resolve(io.cwd, variable)), from: 'GIT_LINEAGE_KEY' };
  const signingKey = await gitSigningKey(io);
  if (signingKey !== null) return { path: signingKey, from: 'user.signingKey' };
  const own = ownKeyPath(io);
  return (await exists(own)) ? { path: own, from: 'git-lineage' } : null;
}

/** The real path of something that need not exist yet. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) return path;
    return join(await realPathOf(dirname(path)), basename(path));
  }
}

/** True where `path` is `folder` or lies in it, whatever links lead there. */
export async function isInside(folder: string, path: string): Promise<boolean> {
  const [outer, inner] = await Promise.all([realPathOf(folder), realPathOf(path)]);
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** Throws `INVALID_KEY` where a private key lies in the ledger: whoever gets a copy of it would get the key. */
export async function assertOutside(gitdir: string, keyPath: string): Promise<void> {
  if (!(await isInside(gitdir, keyPath))) return;
  throw invalidKey(
    `the private key ${quoted(keyPath)} lies inside the ledger`,
    'move it out of the ledger: a private key never belongs there',
  );
}

export async function readKey({ path, from }: KeyFile): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const named = from === 'git-lineage' ? '' : ` (from ${from})`;
    throw invalidKey(`cannot read the private key ${quoted(path)}${named}: ${errnoOf(error)}`, GIVE_KEY, error);
  }
}
