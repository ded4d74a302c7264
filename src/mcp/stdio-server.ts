/** A tool server that is started here and spoken to on its standard input and output. */

import { type ChildProcess, fork } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../built-file.js';
import { type Channel, type ChannelListener, LineChannel } from './channel.js';
import type { ServerCommand } from './guard-types.js';

/** Between telling a server that nothing more comes and asking it to end, in milliseconds. */
const GRACE_MS = 2_000;

/** Variables that are meant for this program: they name the key that signs, and its passphrase. */
const OWN_VARIABLE = /^GIT_LINEAGE_/;

export class StdioServer implements Channel {
  private readonly child: ChildProcess;
  private readonly lines: LineChannel;
  private readonly exited: Promise<number | null>;

  constructor({ command, cwd, env }: ServerCommand) {
    const keeper = fileURLToPath(builtFile('mcp/keeper-main.js'));
    const others = Object.entries(env).filter(([name]) => !OWN_VARIABLE.test(name));
    this.child = fork(keeper, [...command], {
      execArgv: [],
      cwd,
      env: Object.fromEntries(others),
      stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
      // A group of its own, which ends as a whole.
      detached: true,
    });
    this.exited = new Promise((resolve) => {
      this.child.on('exit', (code) => {
        this.signalGroup('SIGKILL');
        resolve(code);
      });
      this.child.on('error', () => resolve(null));
    });
    this.lines = new LineChannel(this.child.stdout as Readable, this.child.stdin as Writable);
  }

  listen(listener: ChannelListener): void {
    this.lines.listen({
      onText: (text) => listener.onText(text),
      onDrain: () => listener.onDrain(),
      onEnd: (why) => {
        // One that has ended says more by its exit code than by its streams.
        const wait = new Promise<null>((resolve) => setTimeout(resolve, GRACE_MS, null).unref());
        void Promise.race([this.exited, wait]).then((code) =>
          listener.onEnd(code === null ? why : `it ended with exit code ${code}`),
        );
      },
    });
  }

  send(text: string): boolean {
    return this.lines.send(text);
  }

  pause(): void {
    this.lines.pause();
  }

  resume(): void {
    this.lines.resume();
  }

  /** Resolves when nobody is left in the group. */
  async close(): Promise<void> {
    await this.lines.close();
    this.child.stdin?.end();
    const asking = setTimeout(() => this.letGo(), GRACE_MS);
    await this.exited;
    clearTimeout(asking);
    this.letGo();
  }

  /** As if this process had gone: the keeper ends the group. */
  private letGo(): void {
    if (this.child.connected) this.child.disconnect();
  }

  private signalGroup(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // It is empty.
    }
  }
}
