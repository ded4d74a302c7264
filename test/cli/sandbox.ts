/** A folder of its own for each test, with a home, a git configuration and a ledger that nobody else has. */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { main } from '../../src/cli/main.js';

const KEYS = fileURLToPath(new URL('../../fixtures/keys/', import.meta.url));

/** What a command line came to. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** True where stdout and stderr are a terminal. */
  readonly terminal?: boolean;
  /** What is typed at a terminal once something is asked; makes stdin one. */
  readonly typed?: string;
  /** True where every look at the clock finds that seconds have passed. */
  readonly slow?: boolean;
}

class Capture extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 120;
  onText: () => void = () => undefined;

  constructor(terminal: boolean) {
    super();
    this.isTTY = terminal;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
    this.onText();
  }
}

/** A JSON answer of whatever shape; the tests say which. */
// biome-ignore lint/suspicious/noExplicitAny: shapes are what these tests check
export type Json = any;

export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 'git-lineage-cli-'));
  readonly home = join(this.root, 'home');
  readonly ledger = join(this.root, 'modules.git');
  readonly env: Readonly<Record<string, string | undefined>>;

  constructor() {
    mkdirSync(this.home);
    this.write('gitconfig', '');
    this.env = {
      PATH: process.env['PATH'],
      HOME: this.home,
      XDG_CONFIG_HOME: join(this.home, 'config'),
      GIT_CONFIG_GLOBAL: join(this.root, 'gitconfig'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_LINEAGE_DIR: this.ledger,
    };
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** Writes a file, making its folders. */
  write(path: string, text: string | Buffer, mode = 0o644): string {
    const full = this.path(path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text, { mode });
    return full;
  }

  /** A copy of a test key and of its public half. */
  key(name: string): string {
    for (const file of [name, `${name}.pub`]) cpSync(join(KEYS, file), this.path(file));
    return this.path(name);
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const stdout = new Capture(options.terminal === true);
    const stderr = new Capture(options.terminal === true || options.typed !== undefined);
    const stdin = Object.assign(new PassThrough(), { isTTY: options.typed !== undefined });
    if (options.typed !== undefined) {
      stderr.onText = () => {
        if (!stderr.text.includes('Passphrase')) return;
        stderr.onText = () => undefined;
        stdin.write(options.typed);
      };
    }
    const env = { ...this.env, ...options.env };
    let milliseconds = 0;
    const clock = () => {
      milliseconds += 5000;
      return milliseconds;
    };
    const cwd = options.cwd ?? this.root;
    const code = await main(argv, {
      stdin,
      stdout,
      stderr,
      env,
      cwd,
      ...(options.slow === true ? { now: clock } : {}),
    });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  /** Runs a command line that must succeed; returns what it printed. */
  async ok(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv);
    if (code !== 0) throw new Error(`git-lineage ${argv.join(' ')}: exit code ${code}\n${stderr}`);
    return stdout;
  }

  /** The same with `--json`, parsed. */
  async json(...argv: string[]): Promise<Json> {
    return JSON.parse(await this.ok(...argv, '--json'));
  }

  /** Runs a command line that must fail with `--json`; returns the exit code and the error. */
  async failure(argv: readonly string[], options: RunOptions = {}): Promise<Json> {
    const { code, stdout, stderr } = await this.run([...argv, '--json'], options);
    if (code === 0 || stdout !== '') throw new Error(`git-lineage ${argv.join(' ')} did not fail: ${stdout}`);
    return { exit: code, ...JSON.parse(stderr).error };
  }
}

/** A sandbox that goes with the test. */
export function sandbox(): Sandbox {
  const made = new Sandbox();
  onTestFinished(() => rmSync(made.root, { recursive: true, force: true }));
  return made;
}

/** A sandbox with a ledger. */
export async function withLedger(...options: string[]): Promise<Sandbox> {
  const made = sandbox();
  await made.ok('init', ...options);
  return made;
}
