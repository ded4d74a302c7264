/** A program of the command line that is spoken to in lines of JSON. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { Json, Sandbox } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

export class Spoken {
  readonly child: ChildProcess;
  readonly closed: Promise<number | null>;
  out = '';
  err = '';

  constructor(box: Sandbox, argv: readonly string[], env: Record<string, string | undefined> = {}) {
    this.child = spawn(process.execPath, [BIN, ...argv], { cwd: box.root, env: { ...box.env, ...env } });
    onTestFinished(() => void this.child.kill('SIGKILL'));
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text;
    });
    this.child.stdin?.on('error', () => undefined);
    this.closed = once(this.child, 'close').then(([code]) => code as number | null);
  }

  say(message: object): void {
    this.child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  open(): void {
    const clientInfo = { name: 'test', version: '1' };
    this.say({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });
    this.say({ method: 'notifications/initialized' });
  }

  get answers(): Json[] {
    return this.out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  async answer(id: number): Promise<Json> {
    await expect.poll(() => this.answers.some((said) => said.id === id), { timeout: 30_000 }).toBe(true);
    return this.answers.find((said) => said.id === id);
  }
}
