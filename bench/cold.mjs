// The first answer of a process, and a whole lineage by a process that has not read it yet, beside git on the same repository.
import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { moduleName } from './make-ledger.mjs';
import { GIT_ENVIRONMENT, git } from './peers.mjs';
import { seconds } from './statistics.mjs';
import { atMost, Table, timesAsMuch } from './table.mjs';

const ASK = fileURLToPath(new URL('ask-cold.mjs', import.meta.url));
/** Versions of the ledger that is asked before, so that all code is loaded. */
const SMALL = 20;

/** @typedef {{ importMs: number, askMs: number, rss: number, peak: number }} Told */

/** @param {readonly string[]} args @returns {Told} */
export function askCold(...args) {
  return JSON.parse(execFileSync(process.execPath, [ASK, ...args], { encoding: 'utf8' }));
}

/** @param {() => unknown} body */
const ms = async (body) => (await seconds(body)) * 1000;

const nodeAlone = () => ms(() => execFileSync(process.execPath, ['-e', '0']));

/** @param {{ rounds: number, versions: number, ledgers: import('./large-ledgers.mjs').LargeLedgers }} options */
export async function benchCold({ rounds, versions, ledgers }) {
  const table = new Table(`the first answer of a process, ${versions} versions`);
  const small = ledgers.get(1, SMALL).gitdir;
  const moduleId = moduleName(0);
  for (const modules of [1, 1000]) {
    const { gitdir } = ledgers.get(modules, versions);
    const of = `${modules} module${modules === 1 ? '' : 's'}`;
    const peer = 'git log -1, a process';
    const rows = {
      loaded: { name: `open + target, library loaded, ${of}`, unit: 'ms', peer, goal: atMost(5) },
      fresh: { name: `the same and what is loaded for it, ${of}`, unit: 'ms', peer, goal: timesAsMuch(2) },
      whole: { name: `the same as a whole process, ${of}`, unit: 'ms', peer: 'node -e 0', goal: null },
    };
    for (let round = 0; round < rounds; round++) {
      const log = await ms(() => git(gitdir, ['log', '-1', '--format=%H %s', `refs/heads/${moduleId}`]));
      table.note(rows.loaded, askCold(gitdir, moduleId, 'target', small).askMs, log);
      let told = askCold(gitdir, moduleId, 'target');
      table.note(rows.fresh, told.importMs + told.askMs, log);
      const whole = await ms(() => {
        told = askCold(gitdir, moduleId, 'target');
      });
      table.note(rows.whole, whole, await nodeAlone());
    }
  }
  table.print();
}

/** @param {{ folder: string, rounds: number, lineage: number, ledgers: import('./large-ledgers.mjs').LargeLedgers }} options */
export async function benchLineage({ folder, rounds, lineage, ledgers }) {
  const table = new Table(`a full lineage of ${lineage} versions, by a process that has loaded the library`);
  const small = ledgers.get(1, SMALL).gitdir;
  const written = ledgers.get(1, lineage).gitdir;
  const collected = join(folder, 'collected.git');
  cpSync(written, collected, { recursive: true, verbatimSymlinks: true });
  execFileSync('git', ['-C', collected, 'gc', '--quiet'], { env: GIT_ENVIRONMENT, stdio: 'ignore' });
  const moduleId = moduleName(0);
  const format = ['--format=%H %s %N', '--notes=checksum', '--notes=tags', `refs/heads/${moduleId}`];
  for (const [gitdir, state] of [
    [written, 'as written'],
    [collected, 'after git gc'],
  ]) {
    if (gitdir === undefined) continue;
    const row = { name: `lineage, ${state}`, unit: 'ms', peer: 'git log --notes, a process', goal: timesAsMuch(1) };
    for (let round = 0; round < rounds; round++)
      table.note(
        row,
        askCold(gitdir, moduleId, 'lineage', small).askMs,
        await ms(() => git(gitdir, ['log', ...format])),
      );
  }
  table.print();
}
