/** An attacker who has every key of the ledger and of its log, and wants two clones to believe two histories. */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { auditLedger, cloneLedger, openLedger } from '../../src/index.js';
import { fixtureSigner } from '../interop/ledger-on-disk.js';
import type { TestWitness } from '../witness/a-log.js';
import { aWitnessedLedger, plantCheckpoint } from '../witness/a-witnessed-ledger.js';

/** Two histories, both signed by everybody, as far as they go. */
async function forked(count: number) {
  const from = await aWitnessedLedger(count);
  await from.write('shared');
  const other = from.kept('fork.git');
  await from.write('for the one');
  const ledger = await openLedger({ gitdir: other, signer: await fixtureSigner() });
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': 'for the other' } });
  await ledger.close();
  for (const path of [from.gitdir, other]) expect((await auditLedger({ path })).outcome).toBe('passed');
  const clone = (url: string) =>
    cloneLedger({ url, gitdir: join(from.dir, `copy-${Math.random()}.git`), witnesses: from.demand });
  return { from, other, clone };
}

it('cannot: the witnesses have seen one of them', async () => {
  const { from, other, clone } = await forked(3);
  expect((await from.publish()).published).toBe(true);
  const { published, failed } = await from.publish(other);
  expect(published).toBe(false);
  expect(failed.map(({ error }) => error.code)).toEqual(['REMOTE_REFUSED', 'REMOTE_REFUSED', 'REMOTE_REFUSED']);
  await clone(from.gitdir);
  await expect(clone(other)).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'NO_CHECKPOINT' } });
});

it('cannot by asking some witnesses for the one and some for the other', async () => {
  const { from, other, clone } = await forked(4);
  const [first, second] = [from.witnesses.slice(0, 2), from.witnesses.slice(2)] as [TestWitness[], TestWitness[]];
  expect((await from.publish(from.gitdir, first)).published).toBe(true);
  expect((await from.publish(other, second)).published).toBe(true);
  for (const url of [from.gitdir, other])
    await expect(clone(url)).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'TOO_FEW' } });
});

it('cannot with the checkpoint of the one beside the other', async () => {
  const { from, other, clone } = await forked(3);
  const { note } = await from.publish();
  plantCheckpoint(other, note);
  await expect(clone(other)).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'FORKED' } });
});
