/** A folder where the commands and programs of a document run: git-lineage is installed, no setting of this machine counts. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { ROOT } from './document.js';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script in bash, which stops at the first command that fails; it must succeed. The process goes on meanwhile.
 * @returns what it printed on stdout
 */
export async function runInBash(
  script: string,
  options: { readonly cwd: string; readonly env: Record<string, string | undefined> },
): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A script that failed or took too long leaves nothing running that it has started.
  onTestFinished(() => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(
    status,
    `${script}
${stdout}
${stderr}`,
  ).toBe(0);
  return stdout;
}

/** Packages that the programs of documents import, or whose types they are compiled against. */
const PACKAGES = ['prom-client', '@types', 'undici-types'];

export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'git-lineage-docs-'));
  readonly env: Record<string, string>;

  /** @param packages further packages of this repository's node_modules that are installed */
  constructor(...packages: string[]) {
    for (const name of ['home', 'bin', 'node_modules/.bin']) mkdirSync(this.path(name), { recursive: true });
    symlinkSync(ROOT, this.path('node_modules', 'git-lineage'));
    for (const bin of ['bin', 'node_modules/.bin'])
      symlinkSync(join(ROOT, 'dist', 'cli', 'bin.js'), this.path(bin, 'git-lineage'));
    for (const name of [...PACKAGES, ...packages])
      symlinkSync(join(ROOT, 'node_modules', name), this.path('node_modules', name));
    this.write('package.json', '{"private": true, "type": "module"}\n');
    this.env = {
      PATH: `${this.path('bin')}:${process.env['PATH']}`,
      HOME: this.path('home'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    };
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text, { mode });
  }

  /** Runs a script in bash, which stops at the first command that fails. */
  attempt(script: string, cwd = this.folder): Outcome {
    // With a socket for its input, bash takes itself for a remote shell and reads a file of its user.
    const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd,
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { status, stdout, stderr };
  }

  /** The same, which must succeed. @returns what it printed on stdout */
  run(script: string, cwd = this.folder): string {
    const { status, stdout, stderr } = this.attempt(script, cwd);
    expect(status, `${script}\n${stdout}\n${stderr}`).toBe(0);
    return stdout;
  }

  /** Compiles programs in strict mode. @returns what the compiler complains about */
  compile(files: readonly string[], ...options: string[]): string {
    const strict = ['--strict', '--noUnusedLocals', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const { status, stdout } = spawnSync(tsc, [...strict, ...options, ...files], {
      cwd: this.folder,
      encoding: 'utf8',
    });
    return status === 0 ? '' : stdout || 'tsc failed';
  }

  remove(): void {
    // The cache of modules is read-only.
    spawnSync('chmod', ['-R', 'u+w', this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}

/** A place with the ledger modules.git, which its commands are about, and planner@1 in it, which is stable; gone after the test. */
export function placeWithPlanner(...init: readonly string[]): Workplace {
  const place = new Workplace();
  // The last of what is undone: the programs of the test are killed first.
  onTestFinished(() => place.remove());
  place.write('planner/index.mjs', 'export const plan = 1;\n');
  place.env['GIT_LINEAGE_DIR'] = place.path('modules.git');
  place.run(`git-lineage init modules.git --principal ops@example.org ${init.join(' ')}`);
  place.run('git-lineage record planner planner --tag stable');
  return place;
}
