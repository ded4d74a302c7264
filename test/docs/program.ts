/** A program of a document that runs on while others do. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Workplace } from './workplace.js';

/** A program in the background, and the lines that it prints. Its script is one command; variables of the environment may stand before it. */
export class Program {
  private readonly child: ChildProcess;
  private text = '';
  private onText: () => void = () => undefined;
  /** Resolves once it has ended and all that it printed is there. */
  private readonly closed: Promise<unknown>;

  constructor(place: Workplace, script: string) {
    this.child = spawn('bash', ['-euo', 'pipefail', '-c', `exec env ${script}`], {
      cwd: place.folder,
      env: place.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.closed = once(this.child, 'close');
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      this.onText();
    });
    onTestFinished(() => this.end('SIGKILL'));
  }

  /** Resolves with the line that matches, once there is one; a program that ends without it has failed. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.onText = () => {
        const found = this.text.split('\n').find((line) => pattern.test(line));
        if (found !== undefined) resolve(found);
      };
      this.onText();
      void this.closed.then(() => {
        const { exitCode } = this.child;
        reject(new Error(`expected a line like ${pattern}; it ended with ${exitCode}, and printed: ${this.text}`));
      });
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}
