/** What a guard adds to a call: the same call to the same release, with the guard and without, in turns. */

import { QUICK } from './calls.mjs';
import { commandOf } from './compare-releases.mjs';
import { Connection, guardBefore } from './connect.mjs';
import { LedgerFolder } from './ledger-folder.mjs';

/** Calls before those that count: compilers are done then. */
const WARM_UP = 50;

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** @param {string} cache @param {string} server @param {string} version @param {number} calls */
export async function printLatency(cache, server, version, calls) {
  const ledger = await LedgerFolder.make();
  try {
    const started = commandOf(cache, server, version, ledger.folder('files'));
    const memory = { MEMORY_FILE_PATH: `${ledger.folder('memory')}/memory.jsonl` };
    const bare = await Connection.open(started, { ...ledger.env, ...memory });
    const through = await Connection.open(guardBefore(server, started), { ...ledger.guardEnv, ...memory });
    const [method, params] = QUICK[server] ?? ['ping'];
    /** @type {{ bare: number[], through: number[] }} */
    const times = { bare: [], through: [] };
    for (let n = -WARM_UP; n < calls; n++) {
      for (const [name, connection] of /** @type {const} */ ([
        ['bare', bare],
        ['through', through],
      ])) {
        const start = performance.now();
        const answer = await connection.ask(method, params);
        if ('error' in answer) throw new Error(`${server} ${method}: ${answer.error.message}`);
        if (n >= 0) times[name].push(performance.now() - start);
      }
    }
    await bare.close();
    await through.close();
    const [without, withGuard] = [median(times.bare), median(times.through)];
    const added = (withGuard - without).toFixed(2);
    process.stdout.write(
      `${server} ${version}: median of ${calls} calls ${without.toFixed(2)} ms, ${withGuard.toFixed(2)} ms through the guard: ${added} ms more\n`,
    );
  } finally {
    ledger.remove();
  }
}
