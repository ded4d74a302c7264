/** Several ledgers as what a page shows: a row for each, and where they stand together. */

import { sha256Hex } from '../model/content-digest.js';
import type { FrontAnswer, FrontRow, OverviewRow } from './answers.js';
import type { PageSource } from './ask.js';
import { failureOf } from './failure.js';
import { overviewAnswer, type PageLedger } from './module-rows.js';

/** A ledger under the name that it has in the address. */
interface NamedLedger {
  readonly name: string;
  readonly ledger: PageLedger;
}

function newestOf(modules: readonly OverviewRow[]): FrontRow['newest'] {
  let newest: FrontRow['newest'] = null;
  for (const { moduleId, activation } of modules)
    if (activation !== null && activation.seq > (newest?.activation.seq ?? -1)) newest = { moduleId, activation };
  return newest;
}

async function rowOf({ name, ledger }: NamedLedger): Promise<FrontRow> {
  const { modules, position, timestamp, lastAudit } = await overviewAnswer(ledger, null);
  const sum = (of: (row: OverviewRow) => number): number => modules.reduce((total, row) => total + of(row), 0);
  return {
    ...{ name, modules: modules.length, position, timestamp, lastAudit },
    active: sum(({ active }) => (active === null ? 0 : 1)),
    staged: sum(({ staged }) => staged),
    pending: sum(({ pending }) => pending),
    newest: newestOf(modules),
  };
}

/** A ledger that cannot be read has a row that says so: the others are shown all the same. */
async function frontAnswer(ledgers: readonly NamedLedger[]): Promise<FrontAnswer> {
  const rows = ledgers.map(async (named) =>
    rowOf(named).catch((error: unknown) => ({ name: named.name, ...failureOf(error)[1] })),
  );
  return { ledgers: await Promise.all(rows) };
}

export function frontSource(ledgers: readonly NamedLedger[]): PageSource {
  return {
    changing: ['overview'],
    // No journal has this position: its number is that of all entries, and another id follows each of them.
    async position() {
      const tips = await Promise.all(ledgers.map(({ ledger }) => ledger.journal.position().catch(() => null)));
      const seq = tips.reduce((total, tip) => total + (tip === null ? 0 : tip.seq + 1), 0);
      return { seq, oid: sha256Hex(tips.map((tip) => tip?.oid ?? '-').join('\n')) };
    },
    ask: async (question) => (question === 'overview' ? frontAnswer(ledgers) : null),
  };
}
