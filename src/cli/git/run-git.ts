/** Running git, bytes in and bytes out. */

import { spawn } from 'node:child_process';
import { withoutSecrets } from '../../url-credentials.js';
import { Complaint, errnoOf } from '../complaint.js';
import type { Io } from '../verb.js';

export interface GitOutcome {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** What goes into git beside its arguments. */
interface GitInput {
  readonly input?: string;
  /** Added to the caller's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What git may not say in an error. */
  readonly secrets?: readonly string[];
}

/**
 * Runs git in `cwd` with the caller's environment, so that within a hook it sees the index that the hook is about.
 * Null where there is no git. Messages are in English, to be told apart; paths are taken as they are.
 */
export function runGit(
  io: Io,
  cwd: string,
  args: readonly string[],
  { input = '', env: more, secrets = [] }: GitInput = {},
): Promise<GitOutcome | null> {
  return new Promise((resolve, reject) => {
    const env = { ...io.env, ...more, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' };
    // A file system monitor is a program that a repository's own configuration names: none is needed to read an index.
    const child = spawn('git', ['-c', 'core.fsmonitor=', '--literal-pathspecs', ...args], { cwd, env, stdio: 'pipe' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', (error) => (errnoOf(error) === 'ENOENT' ? resolve(null) : reject(error)));
    child.on('close', (code) => {
      const stderr = withoutSecrets(Buffer.concat(err).toString('utf8'), secrets);
      resolve({ code: code ?? -1, stdout: Buffer.concat(out), stderr });
    });
    // git that ends early says why by itself.
    child.stdin.on('error', () => undefined).end(input);
  });
}

/** A git command that failed though it had no reason to. */
export function gitComplaint(args: readonly string[], folder: string, outcome: GitOutcome | null): Complaint<'IO'> {
  const operation = `run git ${args[0] ?? ''}`;
  const why = outcome === null ? 'there is no git' : outcome.stderr.trim() || `exit code ${outcome.code}`;
  const data = { operation, path: folder, errno: null };
  return new Complaint('IO', `cannot ${operation} in ${folder}: ${why}`, data, 'see what git itself says there');
}

/** What git printed. Throws `IO` where it failed. */
export async function gitOutput(io: Io, cwd: string, args: readonly string[], given?: GitInput): Promise<Buffer> {
  const outcome = await runGit(io, cwd, args, given);
  if (outcome?.code === 0) return outcome.stdout;
  throw gitComplaint(args, cwd, outcome);
}
