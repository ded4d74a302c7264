/** Running the git command line for what it alone can do: no hook, no inherited repository, no question, no silence. */

import { spawn } from 'node:child_process';
import { LedgerError } from '../../errors.js';
import { type Environment, gitEnvironment, QUIET_SETTINGS } from '../../git-environment.js';

interface GitRun {
  readonly args: readonly string[];
  readonly cwd: string;
  /** What it reads; nothing by default. */
  readonly input?: string | undefined;
  /** The environment that git would have had; of its own variables only those that an operator sets for all commands are kept. */
  readonly env?: Environment | undefined;
  /** More of an environment, as it is: what no other user may see, who sees arguments and settings. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** How long it may print nothing, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** How long all of it may take, in milliseconds. */
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** True where git and ssh may ask at the terminal. */
  readonly terminal?: boolean | undefined;
  /** Told what git prints on stderr as it comes, in parts of any length. */
  readonly onStderr?: ((text: string) => void) | undefined;
}

export interface GitEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was ended before its end, said as the end of "the remote: …"; null where it ended by itself. */
  readonly late: string | null;
}

/** Nothing is fetched or written on the side, and every object is checked. */
const SETTINGS = [
  ...QUIET_SETTINGS,
  'fetch.writeCommitGraph=false',
  'fetch.recurseSubmodules=false',
  'transfer.fsckObjects=true',
  'fetch.fsckObjects=true',
];

/** Of what git prints the end is kept. */
const MAX_OUTPUT = 64 * 1024;

function environment({ env, terminal = false, secrets }: GitRun): NodeJS.ProcessEnv {
  return {
    ...gitEnvironment(env),
    ...secrets,
    GIT_TERMINAL_PROMPT: terminal ? '1' : '0',
    GIT_ALLOW_PROTOCOL: 'http:https:ssh:git:file',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

function notStarted(cause: unknown): LedgerError<'IO'> {
  const errno = (cause as { code?: unknown }).code;
  const missing = errno === 'ENOENT';
  const why = missing ? 'there is no git on this machine' : String((cause as Error).message);
  const hint = missing
    ? 'ssh, git and file remotes are reached through the git command line: install git, or use an https address'
    : 'see the cause';
  const data = { operation: 'run', path: 'git', errno: typeof errno === 'string' ? errno : null };
  return new LedgerError('IO', `cannot run git: ${why}`, data, { hint, cause });
}

/** Runs git to its end. @throws `IO` where it cannot be started; the signal's reason */
export function runGit(run: GitRun): Promise<GitEnd> {
  run.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const args = [...SETTINGS.flatMap((setting) => ['-c', setting]), ...run.args];
    // A group of its own is ended with all that it started, and has no terminal to ask at.
    const detached = run.terminal !== true;
    const child = spawn('git', args, {
      cwd: run.cwd,
      env: environment(run),
      detached,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // Where git ends before it has read all, its end says why.
    child.stdin.on('error', () => undefined).end(run.input ?? '');
    let late: string | null = null;
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(detached ? -child.pid : child.pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    };
    const endAfter = (ms: number, reason: string) =>
      setTimeout(() => {
        late ??= reason;
        end();
      }, ms);
    const timer = endAfter(run.idleTimeoutMs, `it said nothing for ${run.idleTimeoutMs / 1000} s`);
    const last = endAfter(run.timeLimitMs, `it was not done within ${run.timeLimitMs / 1000} s`);
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        timer.refresh();
        printed[name] = (printed[name] + text).slice(-MAX_OUTPUT);
        if (name === 'stderr') run.onStderr?.(text);
      });
    }
    run.signal?.addEventListener('abort', end, { once: true });
    const done = (): void => {
      clearTimeout(timer);
      clearTimeout(last);
      run.signal?.removeEventListener('abort', end);
    };
    child.on('error', (error) => {
      done();
      reject(notStarted(error));
    });
    child.on('close', (code) => {
      done();
      if (run.signal?.aborted === true) reject(run.signal.reason);
      else resolve({ code: code ?? -1, ...printed, late });
    });
  });
}
