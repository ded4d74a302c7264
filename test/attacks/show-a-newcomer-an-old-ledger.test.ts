/** An attacker who runs a mirror, and wants a newcomer, who has no pin, to take an old ledger for the whole one. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { cloneLedger } from '../../src/index.js';
import { aWitnessedLedger, checkpointAt, plantCheckpoint } from '../witness/a-witnessed-ledger.js';

const HOUR = 3600;

/** A ledger whose bad version was replaced, and the mirror that is to hide it. */
async function rewound(hoursAgo: number) {
  const from = await aWitnessedLedger();
  const now = Date.now() / 1000;
  from.setNow(now - hoursAgo * HOUR);
  await from.write('bad');
  await from.publish();
  const mirror = from.kept('mirror.git');
  from.setNow(now);
  await from.write('good');
  await from.publish();
  const newcomer = () => cloneLedger({ url: mirror, gitdir: join(from.dir, 'copy.git'), witnesses: from.demand });
  return { from, mirror, newcomer };
}

it('cannot, once what the witnesses said of it is too old', async () => {
  const { from, mirror, newcomer } = await rewound(2);
  // Without witnesses nothing is wrong with it.
  expect((await auditLedger({ path: mirror, trust: from.trust })).outcome).toBe('passed');
  await expect(newcomer()).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'TOO_FEW' } });
  expect(readdirSync(from.dir).sort()).toEqual(['mirror.git', 'modules.git']);
});

it('cannot with the new checkpoint beside the old journal', async () => {
  const { from, mirror, newcomer } = await rewound(2);
  plantCheckpoint(mirror, checkpointAt(from.gitdir));
  await expect(newcomer()).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'WITHHELD' } });
});

it('cannot with the old checkpoint and the new cosignatures', async () => {
  const { from, mirror, newcomer } = await rewound(2);
  const [old, recent] = [checkpointAt(mirror), checkpointAt(from.gitdir)];
  const [text = '', lines = ''] = [old.split('\n\n')[0], recent.split('\n\n')[1]];
  plantCheckpoint(mirror, `${text}\n\n${lines}`);
  await expect(newcomer()).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'LOG_SIGNATURE' } });
});

it('can for as long as the newcomer takes for fresh, and no longer', async () => {
  const { newcomer } = await rewound(0.5);
  expect((await newcomer()).report.witnessed?.unwitnessed).toBe(0);
});
