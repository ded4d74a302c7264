/** Every road to activation, tried without an approval that counts: each is refused, and the active version stays. */

import { expect, test } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { onEachBackend, type Place } from './backends.js';
import { refusal } from './expectations.js';
import { enrol } from './people.js';

const OLD = { files: { 'index.js': 'export const plan = 1;\n' } };
const NEW = { files: { 'index.js': 'export const schedule = 1;\n' } };
const PAIR = { moduleId: 'planner', fromVer: 1, toVer: 2 } as const;

/** Every call that makes version 2 active. */
const ROADS: readonly [string, (ledger: Ledger) => Promise<unknown>][] = [
  ['record', (ledger) => ledger.recordCheckpoint({ moduleId: 'planner', version: 2 }, NEW)],
  ['batch', (ledger) => ledger.recordCheckpoints([{ checkpoint: { moduleId: 'planner', version: 2 }, ...NEW }])],
  ['activate', (ledger) => ledger.activate('planner', 2)],
  ['record what is staged', (ledger) => ledger.recordCheckpoint({ moduleId: 'planner', version: 2 })],
];

/** What somebody might do instead of getting the approval that is asked for. */
const SITUATIONS: readonly [string, (place: Place) => Promise<unknown>][] = [
  ['with nothing', async () => undefined],
  ['with a COMPATIBLE typed in over it', (p) => p.ledger.assessCompatibility({ ...PAIR, level: 'COMPATIBLE' })],
  [
    'with a report that claims to be approved',
    (p) => p.ledger.assessCompatibility({ ...PAIR, level: 'COMPATIBLE', approvedBy: 'owner@example.org' }),
  ],
  [
    'with an approval of other bytes',
    async ({ ledger }) => {
      await ledger.stage({ moduleId: 'planner', version: 3 }, { files: { 'index.js': 'other' } });
      await ledger.approve('planner', 1, 3);
    },
  ],
  [
    'with an approval that was withdrawn',
    async ({ ledger }) => {
      await ledger.approve('planner', 1, 2);
      await ledger.withdraw('planner', 1, 2);
    },
  ],
  [
    "with a recorder's key",
    async (place) => {
      const { ledger } = await enrol(place, 'ci@example.org', ['recorder']);
      await refusal(() => ledger.approve('planner', 1, 2), 'ROLE_REQUIRED');
    },
  ],
  ['with the tag stable', (p) => p.ledger.tag('planner', 2, 'stable')],
];

onEachBackend('no road goes round the gate:', (backend) => {
  for (const [situation, prepare] of SITUATIONS) {
    test.each(ROADS)(`%s ${situation}`, async (_, walk) => {
      const place = await backend.init({ requireApproval: true });
      const { ledger } = place;
      await ledger.recordCheckpoint({ moduleId: 'planner' }, OLD);
      await ledger.stage({ moduleId: 'planner', version: 2 }, NEW);
      await ledger.assessCompatibility({ ...PAIR, level: 'BREAKING' });
      await prepare(place);
      const error = await refusal(() => walk(ledger), 'APPROVAL_REQUIRED');
      expect(error.data).toMatchObject({ moduleId: 'planner', version: 2, fromVer: 1, level: 'BREAKING' });
      expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false });
      expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
      // The same road is open once an operator has signed for these bytes.
      await ledger.approve('planner', 1, 2);
      await walk(ledger);
      expect((await ledger.latestCheckpoint('planner'))?.version).toBe(2);
    });
  }

  test('a number that was approved does not carry other bytes', async () => {
    const { ledger } = await backend.init({ requireApproval: true });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, OLD);
    await ledger.stage({ moduleId: 'planner', version: 2 }, NEW);
    await ledger.assessCompatibility({ ...PAIR, level: 'BREAKING' });
    await ledger.approve('planner', 1, 2);
    const other = { files: { 'index.js': 'something else entirely' } };
    await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner', version: 2 }, other), 'VERSION_EXISTS');
    await refusal(() => ledger.stage({ moduleId: 'planner', version: 2 }, other), 'VERSION_EXISTS');
  });

  test('a report that comes before the version holds it back all the same', async () => {
    const { ledger } = await backend.init({ requireApproval: true });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, OLD);
    await ledger.assessCompatibility({ ...PAIR, level: 'BREAKING' });
    await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner' }, NEW), 'APPROVAL_REQUIRED');
    expect(await ledger.versions.list('planner')).toHaveLength(1);
  });

  test('two writers at once get through no more than one does', async () => {
    const place = await backend.init({ requireApproval: true });
    await place.ledger.recordCheckpoint({ moduleId: 'planner' }, OLD);
    await place.ledger.stage({ moduleId: 'planner', version: 2 }, NEW);
    await place.ledger.assessCompatibility({ ...PAIR, level: 'BREAKING' });
    const writers = [await place.open(), await place.open()];
    const walks = writers.flatMap((ledger) => ROADS.map(([, walk]) => walk(ledger)));
    for (const outcome of await Promise.allSettled(walks)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'APPROVAL_REQUIRED' } });
    }
  });
});
