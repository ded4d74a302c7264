/** Verbs that serve until a signal comes. */

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Sandbox } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

/** Starts a verb with `--json` in a process of its own, which the end of the test ends. */
export function spawned(box: Sandbox, ...argv: string[]): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(process.execPath, [BIN, ...argv, '--json'], {
    cwd: box.root,
    env: { ...box.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Starts a verb that serves; answers with the URL that it prints. */
export async function started(
  box: Sandbox,
  ...argv: string[]
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawned(box, ...argv);
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
