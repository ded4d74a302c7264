// The large ledgers of one run of the bench, each made once, in a process of its own, when a part first asks for it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAKE = fileURLToPath(new URL('make-ledger.mjs', import.meta.url));

/** @typedef {{ gitdir: string, modules: number, figures: import('./make-ledger.mjs').Figures }} LargeLedger */

export class LargeLedgers {
  /** @type {Map<string, LargeLedger>} */
  #made = new Map();

  /** @param {string} folder one that outlives the run keeps its ledgers for the next one */
  constructor(folder) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** A ledger of `total` versions in so many modules, and at least one version in each. @param {number} modules @param {number} total @returns {LargeLedger} */
  get(modules, total) {
    const versions = Math.max(1, Math.round(total / modules));
    const name = `${modules}-modules-${versions}-versions`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const gitdir = join(this.folder, `${name}.git`);
    const args = [MAKE, gitdir, '--modules', String(modules), '--versions', String(versions)];
    const done = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    if (done.status !== 0) throw new Error(`make-ledger.mjs ended with ${done.status}`);
    const figures = existsSync(`${gitdir}.json`) ? readFileSync(`${gitdir}.json`, 'utf8') : done.stdout;
    const ledger = { gitdir, modules, figures: JSON.parse(figures) };
    this.#made.set(name, ledger);
    return ledger;
  }
}
