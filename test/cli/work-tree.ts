/** A repository where modules are developed, beside the sandbox's ledger, with git as it really is. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json, Outcome, Sandbox } from './sandbox.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

export class WorkTree {
  readonly box: Sandbox;
  readonly root: string;
  /** The environment of its developers: the ledger is named in package.json, not there. */
  readonly env: Readonly<Record<string, string | undefined>>;

  constructor(box: Sandbox, name = 'dev') {
    this.box = box;
    this.root = box.path(name);
    mkdirSync(this.root);
    this.env = {
      ...box.env,
      GIT_LINEAGE_DIR: undefined,
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    };
    box.write('gitconfig', '[user]\n\tname = Dev\n\temail = dev@example.org\n[init]\n\tdefaultBranch = main\n');
  }

  path(name: string): string {
    return `${this.root}/${name}`;
  }

  write(path: string, text: string | Buffer, mode?: number): void {
    this.box.write(this.path(path).slice(this.box.root.length + 1), text, mode);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** package.json with this `"git-lineage"` and more. */
  configure(config: unknown, more: object = {}): void {
    this.write('package.json', `${JSON.stringify({ private: true, ...more, 'git-lineage': config }, null, 2)}\n`);
  }

  /** What git answers, whatever it is. */
  tryGit(...argv: string[]): SpawnSyncReturns<string> {
    return spawnSync('git', argv, { cwd: this.root, env: this.env, encoding: 'utf8' });
  }

  git(...argv: string[]): string {
    const { status, stdout, stderr } = this.tryGit(...argv);
    if (status !== 0) throw new Error(`git ${argv.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Makes packages of this project, and git-lineage itself, available as npm would install them. */
  install(...packages: string[]): void {
    for (const name of packages) this.link(`${PROJECT}node_modules/${name}`, `node_modules/${name}`);
    this.link(PROJECT, 'node_modules/git-lineage');
    this.link('../git-lineage/dist/cli/bin.js', 'node_modules/.bin/git-lineage');
    this.write('.gitignore', 'node_modules/\n');
  }

  link(target: string, path: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    symlinkSync(target, this.path(path));
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true });
  }

  run(argv: readonly string[], options: { cwd?: string; env?: object } = {}): Promise<Outcome> {
    const cwd = options.cwd === undefined ? this.root : this.path(options.cwd);
    return this.box.run(argv, { cwd, env: { GIT_LINEAGE_DIR: undefined, ...options.env } });
  }

  failure(argv: readonly string[], options: { cwd?: string; env?: object } = {}): Promise<Json> {
    const cwd = options.cwd === undefined ? this.root : this.path(options.cwd);
    return this.box.failure(argv, { cwd, env: { GIT_LINEAGE_DIR: undefined, ...options.env } });
  }

  /** `gate --changed --json`: the exit code, and the answer. */
  async gate(options: { cwd?: string; env?: object } = {}): Promise<{ code: number; modules: Json[] }> {
    const { code, stdout, stderr } = await this.run(['gate', '--changed', '--json'], options);
    if (stdout === '') throw new Error(stderr);
    return { code, modules: JSON.parse(stdout) };
  }
}
