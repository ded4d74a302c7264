/** A folder with a ledger of its own, and the command line before it. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BIN } from './connect.mjs';

const run = promisify(execFile);

export class LedgerFolder {
  path = mkdtempSync(join(tmpdir(), 'git-lineage-interop-'));
  /** What a server gets without a guard. */
  env = { PATH: process.env['PATH'], HOME: this.path, GIT_CONFIG_NOSYSTEM: '1', ONLY: 'a variable' };
  guardEnv = { ...this.env, GIT_LINEAGE_DIR: join(this.path, 'modules.git') };

  static async make() {
    const made = new LedgerFolder();
    await made.cli('init', made.guardEnv.GIT_LINEAGE_DIR, '--principal', 'ops@example.org');
    return made;
  }

  /** @param {...string} words @returns {Promise<any>} what it prints as JSON */
  async cli(...words) {
    const { stdout } = await run(process.execPath, [BIN, ...words, '--json'], { env: this.guardEnv });
    return stdout === '' ? null : JSON.parse(stdout);
  }

  /** A new folder in it. @param {string} name */
  folder(name) {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'given.txt'), 'given\n');
    return path;
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }
}
