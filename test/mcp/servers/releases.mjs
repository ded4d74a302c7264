/**
 * Releases of real tool servers, installed once into a folder. What a release offers depends on its dependencies as well: with another zod
 * the same release writes other schemas. So they are locked, in `fixtures/mcp/servers`.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTable } from '../../assess/upgrade-table.mjs';

/** Where the servers are kept if nothing else is said. */
export const CACHE = join(tmpdir(), 'mcp-servers');
const LOCKED = fileURLToPath(new URL('../../../fixtures/mcp/servers', import.meta.url));
const TABLE = fileURLToPath(new URL('../../../fixtures/mcp/server-releases.tsv', import.meta.url));

/** The level of a pair of releases that offer the same. */
export const SAME = 'same';
const LEVELS = [SAME, 'COMPATIBLE', 'MINOR_CHANGE', 'BREAKING', 'UNKNOWN'];

/**
 * @typedef {object} Pair an upgrade of a server, as somebody judged it who read both lists
 * @property {string} server
 * @property {string} from
 * @property {string} to
 * @property {string} level
 * @property {string} findings the codes of what decides, in order, `-` for none
 */

/** @returns {Pair[]} */
export function readPairs() {
  return readTable(TABLE).map((cells, i) => {
    const [server = '', from = '', to = '', level = '', findings = '', why = ''] = cells;
    if (!LEVELS.includes(level) || findings === '' || why === '') {
      const levels = LEVELS.join(' or ');
      throw new Error(
        `${TABLE}:${i + 2}: expected server, from, to, ${levels}, findings, why; found ${cells.join('\t')}`,
      );
    }
    return { server, from, to, level, findings };
  });
}

/** Installs what is locked, unless it is there. @param {string} folder */
export function installServers(folder) {
  mkdirSync(folder, { recursive: true });
  const isInstalled = ['package.json', 'package-lock.json'].every((name) => {
    const there = join(folder, name);
    return existsSync(there) && readFileSync(there).equals(readFileSync(join(LOCKED, name)));
  });
  if (isInstalled && existsSync(join(folder, 'node_modules'))) return;
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(LOCKED, name), join(folder, name));
  npm(folder, 'ci');
}

/** @param {string} folder @param {...string} words */
export function npm(folder, ...words) {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', [...words, ...flags], { cwd: folder, stdio: ['ignore', 2, 2] });
}

/** The file that starts a release. @param {string} folder @param {string} server @param {string} version */
export function programOf(folder, server, version) {
  return join(folder, 'node_modules', `${server}-${version}`, 'dist', 'index.js');
}
