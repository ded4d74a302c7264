/** A program of a document that runs on while others do. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Workplace } from './workplace.js';

/** A program in the background, and the lines that it prints. */
export class Program {
  private readonly child: ChildProcess;
  private text = '';
  private onText: () => void = () => undefined;

  constructor(place: Workplace, script: string) {
    this.child = spawn('bash', ['-euo', 'pipefail', '-c', `exec ${script}`], {
      cwd: place.folder,
      env: place.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      this.onText();
    });
    onTestFinished(() => this.end('SIGKILL'));
  }

  /** Resolves with the line that matches, once there is one. */
  line(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.onText = () => {
        const found = this.text.split('\n').find((line) => pattern.test(line));
        if (found !== undefined) resolve(found);
      };
      this.onText();
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}
