/** Showing a long answer through the pager that git would take (git-var(1), GIT_PAGER). */

import { spawn } from 'node:child_process';
import { gitEnvironment } from '../../git-environment.js';
import { runGit } from '../git/run-git.js';
import type { Io } from '../verb.js';

/** What a shell answers where there is no such program. */
const NOT_FOUND = 127;

/**
 * `core.pager` of the user and the machine. That of a repository is not asked for: whoever may write into a ledger is not to choose a
 * program that its readers run.
 */
async function configuredPager(io: Io): Promise<string | null> {
  const asked = await runGit({ ...io, env: gitEnvironment(io.env) }, '/', ['config', '--get', 'core.pager']);
  return asked?.code === 0 ? asked.stdout.toString('utf8').trimEnd() : null;
}

/** The command line of the pager; null where none is wanted. */
async function pagerCommand(io: Io): Promise<string | null> {
  const command = io.env['GIT_PAGER'] ?? (await configuredPager(io)) ?? io.env['PAGER'] ?? 'less';
  return command === '' || command === 'cat' ? null : command;
}

/** Writes to the terminal through a pager. False where there is none: then nothing was written. */
export async function throughPager(text: string, io: Io): Promise<boolean> {
  const command = await pagerCommand(io);
  if (command === null) return false;
  // An interrupt is meant for the pager, which stays for as long as its reader does.
  const stay = (): void => undefined;
  process.on('SIGINT', stay);
  try {
    const code = await new Promise<number | null>((resolve) => {
      const child = spawn('/bin/sh', ['-c', command], {
        cwd: io.cwd,
        // As git sets them: leave where all of it fits on the screen, keep colours, leave the screen as it is.
        env: { LESS: 'FRX', LV: '-c', ...io.env },
        stdio: ['pipe', 'inherit', 'inherit'],
      });
      child.on('error', () => resolve(NOT_FOUND));
      child.on('close', resolve);
      // Whoever leaves the pager has seen enough.
      child.stdin.on('error', () => undefined).end(text);
    });
    return code !== NOT_FOUND;
  } finally {
    process.off('SIGINT', stay);
  }
}
