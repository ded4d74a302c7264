/**
 * `hooks/pre-swap` in the ledger: a program of the operator's that has a say before each activation.
 *
 * It is run as git runs the hooks of a bare repository: in its folder, which `GIT_DIR` names. Whatever goes wrong
 * with it (no run bit, a crash, a time-out) refuses the swap: a check that cannot be made is not passed.
 */

import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError, messageOf } from '../errors.js';
import type { SwapHook, SwapQuestion } from '../ports/hook.js';
import { endGroup } from './end-group.js';
import type { FileSystem } from './file-system.js';
import { SyncFiles, unlessFails } from './sync-files.js';

/** How long a hook may take, in milliseconds. */
const TIME_LIMIT_MS = 30_000;

/** How long what a hook printed may take to arrive after its end, in milliseconds. */
const STDERR_GRACE_MS = 250;

/** So much of what it prints is kept. */
const MAX_OUTPUT = 64 * 1024;

/** The hook that `init` installs: it lets everything pass that the gate lets pass, and says how to change that. */
export const DEFAULT_PRE_SWAP = `#!/bin/sh
# Run before each activation of a version in this ledger (not before a rollback: going back is never gated).
#
#   pre-swap <module> <from> <to>      <from> is - for a module's first version
#
# On standard input: the gate's verdict as one line of JSON,
#   {"moduleId","fromVer","toVer","checksum","verdict":{"allow","level","reasons"}}
# Exit 0 lets the swap pass; anything else refuses it, and what is printed on standard error is the reason.
# The files of the version are not in the ledger's refs yet if it is recorded in one step: stage it to look at them here.
exit 0
`;

function refused(hook: string, message: string, stderr: string): LedgerError<'HOOK_REFUSED'> {
  const said = stderr.trim();
  return new LedgerError(
    'HOOK_REFUSED',
    said === '' ? message : `${message}: ${said}`,
    { hook, stderr: said },
    { hint: `see ${hook}` },
  );
}

/** The pre-swap hook of the ledger in `gitdir`. */
export function preSwapHook(fs: FileSystem, gitdir: string, timeLimitMs = TIME_LIMIT_MS): SwapHook {
  const hook = `${gitdir}/hooks/pre-swap`;
  const files = new SyncFiles(fs);
  return {
    present() {
      if (unlessFails(() => files.stat(hook) === null, false)) return false;
      // What cannot be looked at is asked: then it is started, or refuses this swap and no other operation.
      const text = unlessFails(() => (statSync(hook).isFile() ? files.readText(hook) : null), null);
      if (text !== DEFAULT_PRE_SWAP) return true;
      // The default lets everything pass, so it need not be started to know what it says; if it can be started at all.
      return !unlessFails(() => {
        accessSync(hook, constants.X_OK);
        return true;
      }, false);
    },
    async ask(question, signal) {
      await access(hook, constants.X_OK).catch(() => {
        throw refused(hook, 'the pre-swap hook is not executable', 'chmod +x it, or remove it');
      });
      await run(hook, gitdir, question, { timeLimitMs, signal });
    },
  };
}

async function run(
  hook: string,
  gitdir: string,
  question: SwapQuestion,
  { timeLimitMs, signal }: { readonly timeLimitMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { moduleId, fromVer, toVer } = question;
  const name = `the pre-swap hook for ${moduleId} ${fromVer ?? '-'} -> ${toVer}`;
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(refused(hook, `${name} was not asked: ${messageOf(signal.reason)}`, ''));
      return;
    }
    // A group of its own, so that a time-out ends what it started as well.
    const child = spawn(hook, [moduleId, fromVer === null ? '-' : String(fromVer), String(toVer)], {
      cwd: gitdir,
      detached: true,
      env: { ...withoutGit(process.env), GIT_DIR: gitdir },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let stderr = '';
    let late: string | null = null;
    const end = (why: string): void => {
      late ??= why;
      endGroup(child.pid);
    };
    const timer = setTimeout(() => end(`took longer than ${timeLimitMs / 1000} s`), timeLimitMs);
    const onAbort = (): void => end(`was ended: ${messageOf(signal?.reason)}`);
    signal?.addEventListener('abort', onAbort);
    const settled = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, MAX_OUTPUT);
    });
    // A hook need not read its input.
    child.stdin.on('error', () => undefined).end(`${JSON.stringify(question)}\n`);
    child.on('error', (error) => {
      settled();
      reject(refused(hook, `${name} could not be run`, error.message));
    });
    child.on('exit', async (code, killedBy) => {
      settled();
      // What it printed may still be under way; what it left running in the background may hold the pipe for ever.
      await Promise.race([once(child.stderr, 'close'), sleep(STDERR_GRACE_MS)]);
      child.stderr.destroy();
      if (late !== null) reject(refused(hook, `${name} ${late}`, stderr));
      else if (code === 0) resolve();
      else reject(refused(hook, `${name} refused (${killedBy === null ? `exit ${code}` : killedBy})`, stderr));
    });
  });
}

/** The environment without what may name another repository: a swap can run inside a hook of the developers' own. */
function withoutGit(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
}
