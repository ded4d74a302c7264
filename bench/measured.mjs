// Wall time and peak memory of a command in a process of its own, its children included.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TIME = '/usr/bin/time';

/** GNU time: the largest resident set of any one process among the command and what it waited for. */
const hasTime = existsSync(TIME) && spawnSync(TIME, ['-f', '%M', 'true']).status === 0;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string, env?: NodeJS.ProcessEnv, mayFail?: boolean }} [options]
 * @returns {{ seconds: number, megabytes: number, output: string }} NaN megabytes where there is no GNU time
 */
export function measured(command, args, { input = '', env = process.env, mayFail = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-measured-'));
  const peak = join(folder, 'peak');
  const [program, argv] = hasTime ? [TIME, ['-q', '-f', '%M', '-o', peak, command, ...args]] : [command, [...args]];
  const start = performance.now();
  const done = spawnSync(program, argv, { input, env, encoding: 'utf8', maxBuffer: 1 << 30 });
  const seconds = (performance.now() - start) / 1000;
  const megabytes = hasTime ? Number(readFileSync(peak, 'utf8').trim().split('\n').at(-1)) / 1024 : Number.NaN;
  rmSync(folder, { recursive: true });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0 && !mayFail)
    throw new Error(`${command} ${args.join(' ')} ended with ${done.status}: ${done.stderr.slice(-2000)}`);
  return { seconds, megabytes, output: done.stdout };
}
