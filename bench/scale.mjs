// A record in a large ledger beside one in a small ledger, in turns: what a version costs must not grow with those before it.
import { openLedger } from 'git-lineage';
import { moduleName, signerOf } from './make-ledger.mjs';
import { codeOf } from './peers.mjs';
import { seconds } from './statistics.mjs';
import { Table, timesAsMuch } from './table.mjs';

const SMALL = 1000;
/** Records a round and side. */
const RECORDS = 40;

/** @param {import('git-lineage').Ledger} ledger @param {number} modules */
async function msOfRecord(ledger, modules) {
  const took = await seconds(async () => {
    for (let i = 0; i < RECORDS; i++)
      await ledger.recordCheckpoint({ moduleId: moduleName(i % modules) }, { files: { 'index.js': codeOf(i) } });
  });
  return (took * 1000) / RECORDS;
}

/** @param {string} gitdir */
const opened = async (gitdir) => openLedger({ gitdir, signer: await signerOf(gitdir) });

/** @param {{ rounds: number, versions: number, ledgers: import('./large-ledgers.mjs').LargeLedgers }} options */
export async function benchScale({ rounds, versions, ledgers }) {
  const table = new Table(`a record in a ledger of ${versions} versions, beside one of ${SMALL}`);
  for (const modules of [1, 1000]) {
    const name = `a record at ${versions}, ${modules} module${modules === 1 ? '' : 's'}`;
    const row = { name, unit: 'ms', peer: `at ${SMALL}`, goal: timesAsMuch(1.2) };
    const large = await opened(ledgers.get(modules, versions).gitdir);
    const small = await opened(ledgers.get(modules, SMALL).gitdir);
    // What is read once is not a record's cost.
    for (const ledger of [large, small]) await msOfRecord(ledger, modules);
    for (let round = 0; round < rounds; round++)
      table.note(row, await msOfRecord(large, modules), await msOfRecord(small, modules));
    await large.close();
    await small.close();
  }
  table.print();
}
