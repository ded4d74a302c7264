/** An attacker who runs the mirror that a copy fetches from, and wants it not to learn of a rollback. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cloneLedger, fetchLedger } from '../../src/index.js';
import { git, refsOf } from '../remote/ledger-remote.js';
import { aWitnessedLedger, checkpointAt, plantCheckpoint } from '../witness/a-witnessed-ledger.js';

const HOUR = 3600;

/** A copy that was fresh, and a mirror that stands still from then on. */
async function frozen() {
  const from = await aWitnessedLedger();
  const now = Date.now() / 1000;
  from.setNow(now - 2 * HOUR);
  await from.write('1');
  await from.publish();
  const gitdir = join(from.dir, 'copy.git');
  await cloneLedger({ url: from.gitdir, gitdir, witnesses: { ...from.demand, maxAgeMs: 3 * HOUR * 1000 } });
  const mirror = from.kept('mirror.git');
  from.setNow(now);
  await from.write('2');
  await from.publish();
  const fetch = (remote = mirror) => fetchLedger({ gitdir, remote, witnesses: from.demand });
  return { from, gitdir, mirror, fetch };
}

it('cannot for longer than the copy takes for fresh', async () => {
  const { from, gitdir, mirror, fetch } = await frozen();
  // Without witnesses there is nothing new, and nothing wrong.
  expect((await fetchLedger({ gitdir, remote: mirror })).adopted).toBe(0);
  const before = await refsOf(gitdir);
  await expect(fetch()).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'TOO_FEW' } });
  expect(await refsOf(gitdir)).toEqual(before);
  expect((await fetch(from.gitdir)).adopted).toBe(1);
});

it('cannot by showing the new checkpoint and not what it is of', async () => {
  const { from, mirror, fetch } = await frozen();
  plantCheckpoint(mirror, checkpointAt(from.gitdir));
  await expect(fetch()).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'WITHHELD' } });
});

it('cannot by taking the checkpoint away', async () => {
  const { from, mirror, fetch } = await frozen();
  await git(mirror, 'update-ref', '-d', 'refs/witness/checkpoint');
  await expect(fetch()).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'NO_CHECKPOINT' } });
  expect((await fetch(from.gitdir)).witnessed?.unwitnessed).toBe(0);
});

it('cannot go back behind a checkpoint that the copy has accepted, however fresh it is', async () => {
  const { from, gitdir, mirror, fetch } = await frozen();
  await fetch(from.gitdir);
  const kept = readFileSync(join(gitdir, 'lineage/checkpoint'), 'utf8');
  // Its cosignatures are old, and still within what this client takes.
  const patient = { ...from.demand, maxAgeMs: 24 * HOUR * 1000 };
  await expect(fetchLedger({ gitdir, remote: mirror, witnesses: patient })).rejects.toMatchObject({
    code: 'NOT_WITNESSED',
    data: { fault: 'REWOUND' },
  });
  expect(readFileSync(join(gitdir, 'lineage/checkpoint'), 'utf8')).toBe(kept);
});
