// What a process holds after it recorded a large ledger, and after it opened one and asked it: megabytes of resident memory,
// beside a process of node that does nothing.
import { execFileSync } from 'node:child_process';
import { askCold } from './cold.mjs';
import { moduleName } from './make-ledger.mjs';
import { atMost, Table } from './table.mjs';

const NOTHING = 'console.log(process.memoryUsage.rss() / 2 ** 20)';

/** @param {{ rounds: number, versions: number, ledgers: import('./large-ledgers.mjs').LargeLedgers }} options */
export async function benchMemory({ rounds, versions, ledgers }) {
  const table = new Table(`memory, ${versions} versions`);
  const peer = 'node -e 0';
  for (const modules of [1, 1000]) {
    const { gitdir, figures } = ledgers.get(modules, versions);
    const of = `${modules} module${modules === 1 ? '' : 's'}`;
    const row = (/** @type {string} */ name, /** @type {number | null} */ goal) => ({
      name: `${name}, ${of}`,
      unit: 'MB',
      peer,
      goal: goal === null ? null : atMost(goal),
    });
    const alone = () => Number(execFileSync(process.execPath, ['-e', NOTHING], { encoding: 'utf8' }));
    table.note(row(`after recording ${figures.made}`, 200), figures.rss, alone());
    table.note(row('at most while recording', null), figures.peak, alone());
    for (let round = 0; round < rounds; round++) {
      const told = askCold(gitdir, moduleName(0), 'target');
      table.note(row('after open + target', 120), told.rss, alone());
      table.note(row('at most while opening', null), told.peak, alone());
    }
  }
  table.print();
}
