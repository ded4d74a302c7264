/** Verbs that serve until a signal comes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Sandbox } from '../cli/sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** Starts a verb that serves; answers with the URL that it prints. */
export async function started(
  box: Sandbox,
  ...argv: string[]
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [BIN, ...argv, '--json'], {
    cwd: box.root,
    env: { ...box.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return { child, url };
}

/** Ends it with SIGTERM; its exit code and what it printed. */
export async function ended(child: ChildProcess): Promise<unknown> {
  let said = '';
  child.stdout?.on('data', (text: string) => {
    said += text;
  });
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  return [code, JSON.parse(said)];
}
