/** What watches a witnessed ledger: the age of its checkpoint, as an answer and as a metric. */

import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { openLedger } from '../../src/index.js';
import { aWitnessedLedger, plantCheckpoint } from './a-witnessed-ledger.js';

const METRIC = 'asm_version_last_witnessed_timestamp_seconds';

test('the last time at which most of the witnesses saw the ledger is told, and exported', async () => {
  const from = await aWitnessedLedger(3);
  const registry = new Registry();
  const ledger = await openLedger({ gitdir: from.gitdir, registry });
  const exported = async (): Promise<number | undefined> =>
    (await registry.getSingleMetric(METRIC)?.get())?.values[0]?.value;
  try {
    expect([await ledger.journal.lastWitnessed(), await exported()]).toEqual([null, undefined]);
    from.setNow(1_800_000_000);
    await from.publish();
    const { seq } = await ledger.journal.position();
    const told = { size: seq + 1, at: 1_800_000_000, cosignatures: 3 };
    expect([await ledger.journal.lastWitnessed(), await exported()]).toEqual([told, told.at]);
    // One falls silent: the others are most of them.
    await from.witnesses[0]?.close();
    from.setNow(1_800_000_600);
    await from.publish();
    expect((await ledger.journal.lastWitnessed())?.at).toBe(1_800_000_600);
    plantCheckpoint(from.gitdir, 'hello\n');
    expect([await ledger.journal.lastWitnessed(), await exported()]).toEqual([null, undefined]);
  } finally {
    await ledger.close();
  }
});
