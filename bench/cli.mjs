// The command line as whole processes, beside node that does nothing; the three take turns.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { moduleName } from './make-ledger.mjs';
import { seconds } from './statistics.mjs';
import { Table, timesAsMuch } from './table.mjs';

const CLI = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
const TURNS = 15;

/** @param {readonly string[]} args */
async function msOf(...args) {
  let status = null;
  const took = await seconds(() => {
    ({ status } = spawnSync(process.execPath, args));
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return took * 1000;
}

/** @param {{ versions: number, ledgers: import('./large-ledgers.mjs').LargeLedgers }} options */
export async function benchCli({ versions, ledgers }) {
  const table = new Table(`the command line, medians of ${TURNS}`);
  const [small, large] = [ledgers.get(1, 1000).gitdir, ledgers.get(1, versions).gitdir];
  const peer = 'node -e 0';
  const version = { name: '--version', unit: 'ms', peer, goal: timesAsMuch(1.2) };
  const target = { name: 'rollback-target, 1000 versions', unit: 'ms', peer, goal: timesAsMuch(1.8) };
  const atLarge = { name: `rollback-target, ${versions} versions`, unit: 'ms', peer, goal: timesAsMuch(1.8) };
  for (let turn = 0; turn < TURNS; turn++) {
    const alone = await msOf('-e', '0');
    table.note(version, await msOf(CLI, '--version'), alone);
    table.note(target, await msOf(CLI, 'rollback-target', moduleName(0), '--ledger', small), alone);
    if (versions !== 1000)
      table.note(atLarge, await msOf(CLI, 'rollback-target', moduleName(0), '--ledger', large), alone);
  }
  table.print();
}
