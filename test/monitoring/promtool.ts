/** Debian's promtool: asked where it is there, demanded in CI, and skipped for all to see elsewhere. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const found = spawnSync('promtool', ['--version']).error === undefined;

/** True where promtool is not installed and may be missing. In CI it may not: there its tests fail. */
export const skipPromtool = !found && (process.env['CI'] ?? '') === '';

export interface PromtoolAnswer {
  readonly ok: boolean;
  readonly output: string;
}

export function promtool(...args: readonly string[]): PromtoolAnswer {
  return answerOf(args, process.cwd());
}

/** A command of a document, in the folder that it is typed in: words without quotes, the first of them promtool. */
export function promtoolAsTyped(command: string, cwd: string): PromtoolAnswer {
  const [program, ...args] = command.split(' ');
  if (program !== 'promtool') throw new Error(`expected a command that begins with promtool, got ${command}`);
  return answerOf(args, cwd);
}

function answerOf(args: readonly string[], cwd: string): PromtoolAnswer {
  const { status, error, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error('promtool is missing: apt-get install --no-install-recommends prometheus', { cause: error });
  }
  return { ok: status === 0, output: `${stdout}${stderr}` };
}

/** A folder with these files, gone after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-monitoring-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}
