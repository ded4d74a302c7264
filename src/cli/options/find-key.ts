/** Which key signs: `--key`, `GIT_LINEAGE_KEY`, git's `user.signingKey`, or the one that `init` made. */

import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { Complaint, errnoOf, quoted } from '../complaint.js';
import { exists, unreadable } from '../content/named-file.js';
import { gitConfig } from '../git/git-config.js';
import type { Context, Io } from '../verb.js';

/** Which of the keys of an ssh-agent: by its public half as a line, or by its fingerprint. */
export type AgentKey = { readonly line: string } | { readonly fingerprint: string };

/** A key that can sign, and who named it. At least one of `path` and `agent` is there. */
export interface SigningKey {
  /** The file of the private key. */
  readonly path: string | null;
  /** What an ssh-agent is asked for, before the file. */
  readonly agent: AgentKey | null;
  /** As it was named, for messages. */
  readonly name: string;
  readonly from: '--key' | 'GIT_LINEAGE_KEY' | 'user.signingKey' | 'git-lineage';
}

/** So much of a public key that was written out stands in messages. */
const SHOWN_OF_KEY = 40;

const GIVE_KEY = 'give the file of a private key with --key FILE or GIT_LINEAGE_KEY';

export function invalidKey(reason: string, hint = GIVE_KEY, cause?: unknown): Complaint<'INVALID_KEY'> {
  return new Complaint('INVALID_KEY', reason, { reason }, hint, cause);
}

/** A public key written out, or a fingerprint: no file at all. `key::` is how git marks one (git-config(1), user.signingKey). */
function literalKey(value: string): AgentKey | null {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(value)) return { fingerprint: value };
  if (value.startsWith('key::')) return { line: value.slice('key::'.length).trim() };
  return /^(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+\s+\S/.test(value) ? { line: value.trim() } : null;
}

/**
 * The key that a value names. As for git, a public key file stands for the key in the ssh-agent, and for the private key
 * beside it where the agent does not have it.
 */
async function namedKey(value: string, cwd: string, from: SigningKey['from']): Promise<SigningKey> {
  const literal = literalKey(value);
  if (literal !== null) return { path: null, agent: literal, name: `${value.slice(0, SHOWN_OF_KEY)}…`, from };
  const path = resolve(cwd, value);
  if (!path.endsWith('.pub')) return { path, agent: null, name: path, from };
  const half = path.slice(0, -'.pub'.length);
  const beside = (await exists(half)) ? half : null;
  try {
    const line = (await readFile(path, 'utf8')).trim();
    return { path: beside, agent: { line }, name: path, from };
  } catch (error) {
    if (beside !== null) return { path: beside, agent: null, name: path, from };
    throw unreadable(path, error, GIVE_KEY, `public key ${quoted(path)} (from ${from})`);
  }
}

/** git's signing key where git signs with SSH; null where it signs with something else, or not. */
async function gitSigningKey(io: Io): Promise<SigningKey | null> {
  if ((await gitConfig(io, 'gpg.format'))?.toLowerCase() !== 'ssh') return null;
  const value = await gitConfig(io, 'user.signingKey', 'path');
  return value === null ? null : namedKey(value, io.cwd, 'user.signingKey');
}

/** Where `init` puts the key that it makes: the user's configuration, far from any ledger. */
export function ownKeyPath({ env }: Io): string {
  const configured = env['XDG_CONFIG_HOME'] ?? '';
  const home = env['HOME'] || homedir();
  return join(isAbsolute(configured) ? configured : join(home, '.config'), 'git-lineage', 'id_ed25519');
}

/** The key to sign with, or null where there is none anywhere. */
export async function findKey({ io, given }: Context): Promise<SigningKey | null> {
  const option = given.text('key');
  if (option !== undefined) return namedKey(option, io.cwd, '--key');
  const variable = io.env['GIT_LINEAGE_KEY'] ?? '';
  if (variable !== '') return namedKey(variable, io.cwd, 'GIT_LINEAGE_KEY');
  const signingKey = await gitSigningKey(io);
  if (signingKey !== null) return signingKey;
  const own = ownKeyPath(io);
  return (await exists(own)) ? { path: own, agent: null, name: own, from: 'git-lineage' } : null;
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

export async function readKey(path: string, from: SigningKey['from']): Promise<Buffer> {
  const named = from === 'git-lineage' ? '' : ` (from ${from})`;
  return readFile(path).catch((error: unknown) => {
    throw unreadable(path, error, GIVE_KEY, `private key ${quoted(path)}${named}`);
  });
}
