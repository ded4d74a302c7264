/**
 * The callers that a breaking upgrade breaks: `fixtures/assess/upgrade-callers/NAME@OLD..NEW.ts`, or `.cts` where the
 * caller calls `require`. A slash in a name is written `+`. A first line `// with NAME@VERSION …` names what else is installed.
 */

import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorsOf, withInstalled } from './compile-against.mjs';
import { fetchMissing } from './fetch-packages.mjs';
import { keyOf } from './upgrade-table.mjs';

const CALLERS = fileURLToPath(new URL('../../fixtures/assess/upgrade-callers', import.meta.url));
const MAX_SHOWN = 160;

/** @param {string} file @returns {string[]} */
function companionsOf(file) {
  const [first = ''] = readFileSync(file, 'utf8').split('\n', 1);
  return first.startsWith('// with ') ? first.slice('// with '.length).trim().split(/\s+/) : [];
}

/** @param {string} cache @param {string} caller @param {string} spec */
function errorsWith(cache, caller, spec) {
  return withInstalled(cache, [...companionsOf(caller), spec], (folder) => {
    const file = join(folder, `caller${extname(caller)}`);
    copyFileSync(caller, file);
    return errorsOf([file], folder);
  });
}

/**
 * True where every caller compiles before and not after, and no dated row that breaks callers is without one.
 *
 * @param {string} cache
 * @param {readonly import('./upgrade-table.mjs').Upgrade[]} upgrades
 * @param {ReadonlyMap<string, unknown>} dated
 */
export async function compileCallers(cache, upgrades, dated) {
  const written = new Map(
    readdirSync(CALLERS).map((name) => [name.slice(0, -extname(name).length), join(CALLERS, name)]),
  );
  let right = true;
  for (const row of upgrades) {
    const caller = written.get(`${row.package.replace('/', '+')}@${row.old}..${row.new}`);
    const [old, next] = [`${row.package}@${row.old}`, `${row.package}@${row.new}`];
    let said = null;
    if (caller === undefined) {
      if (row.adjudicated === 'BREAKING' && dated.has(keyOf(row))) said = 'has no caller that shows it';
    } else if (row.adjudicated !== 'BREAKING') {
      said = `has a caller, and is ${row.adjudicated}`;
    } else {
      fetchMissing(cache, companionsOf(caller));
      const [before] = await errorsWith(cache, caller, old);
      const [after] = await errorsWith(cache, caller, next);
      if (before !== undefined) said = `does not compile before: ${before}`;
      else if (after === undefined) said = 'compiles after as well';
      else process.stdout.write(`ok    ${keyOf(row)}: ${after.slice(0, MAX_SHOWN)}\n`);
    }
    if (said === null) continue;
    right = false;
    process.stdout.write(`wrong ${keyOf(row)}: ${said}\n`);
  }
  return right;
}
