/** Who follows the README from a checkout: with an empty home, no settings of this machine, and a registry of their own. */

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { serveInstalledPackages } from './installed-packages.mjs';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a block says of a command that serves until somebody ends it. */
export const SERVES = 'sh not run: it serves until Ctrl-C';

/** A checkout as git has it, with what is not committed yet; nothing is built or packed of tests and what they have. @param {string} checkout */
function checkOut(checkout) {
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '.', ':!fixtures', ':!test'];
  const paths = execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  for (const path of paths)
    if (path !== '' && existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(checkout, path));
  // What `npm ci` fetches is fetched already.
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
}

export class Stranger {
  folder = mkdtempSync(join(tmpdir(), 'git-lineage-stranger-'));
  /** Where the README's section on installing begins. */
  checkout = join(this.folder, 'checkout');
  /** Where that section leads. */
  project = join(this.folder, 'planner');

  /** @param {import('./installed-packages.mjs').Registry} registry */
  constructor(registry) {
    this.registry = registry;
    checkOut(this.checkout);
    mkdirSync(join(this.folder, 'home'));
    /** @type {Record<string, string | undefined>} */
    this.env = {
      PATH: process.env['PATH'],
      HOME: join(this.folder, 'home'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      npm_config_registry: registry.url,
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    };
  }

  static async arrive() {
    return new Stranger(await serveInstalledPackages(ROOT));
  }

  /** The README's commands that install, with the build alone in place of `npm ci`. @param {string} commands */
  installing(commands) {
    if (!commands.startsWith('npm ci\n')) throw new Error(`expected npm ci first, not ${commands}`);
    return commands.replace('npm ci', 'npm run build');
  }

  /**
   * Runs a command that serves; answers with the address that it prints, and with what ends it.
   * @param {string} command
   * @param {Record<string, string | undefined>} [env]
   * @returns {Promise<{ url: string, end: () => Promise<void> }>}
   */
  async serve(command, env = {}) {
    const child = spawn('bash', ['-euc', `exec ${command}`], {
      cwd: this.project,
      env: { ...this.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const end = async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
      await ended;
    };
    for await (const line of createInterface(child.stdout)) {
      const [url] = /http:\/\/\S+/.exec(line) ?? [];
      if (url !== undefined) return { url, end };
    }
    await end();
    throw new Error(`${command} ended before it printed an address`);
  }

  leave() {
    this.registry.close();
    // The cache of modules is read-only.
    execFileSync('chmod', ['-R', 'u+w', this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}
