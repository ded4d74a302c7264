/** Under a policy that asks for approvals, every road to activation has the pair measured before the gate is asked. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { ASSESSOR } from '../../src/assess/engine-version.js';
import { type Ledger, LedgerError, type LedgerNotice, type LedgerOptions } from '../../src/index.js';
import { measurePairs } from '../../src/ledger/measure-first.js';
import type { ObjectReader } from '../../src/ports/repository.js';
import { OBEDIENT, WAITING } from '../assess/engine-scripts.js';
import { type Backend, onEachBackend, type Place } from './backends.js';
import { collected, numbers, refusal, writesNothing } from './expectations.js';

const assessor = { script: OBEDIENT, timeLimitMs: 10_000 };
const BROKEN: Pick<LedgerOptions, 'assessor'> = { assessor: { script: new URL('file:///no/such/script.mjs') } };

/** Files that tell the engine what to find. */
const says = (found: string) => ({ files: { do: found } });

/** A ledger that asks for approvals, whose v1 is active; `told` are the codes of its warnings. */
async function approving(
  backend: Backend,
  options: Partial<LedgerOptions> = {},
  config = {},
): Promise<Place & { told: string[] }> {
  const told: string[] = [];
  const onEvent = (notice: LedgerNotice) => notice.type === 'warning' && told.push(notice.code);
  const place = await backend.init({ requireApproval: true, ...config }, { assessor, onEvent, ...options });
  await place.ledger.recordCheckpoint({ moduleId: 'planner' }, says('one'));
  return { ...place, told };
}

async function activeOf(ledger: Ledger): Promise<number | undefined> {
  return (await ledger.latestCheckpoint('planner'))?.version;
}

type Road = readonly [string, staged: boolean, (ledger: Ledger, found: string) => Promise<unknown>];

/** Every call that makes v2 active; of some it is in the ledger before. */
const ROADS: readonly Road[] = [
  ['record', false, (ledger, found) => ledger.recordCheckpoint({ moduleId: 'planner' }, says(found))],
  [
    'batch',
    false,
    (ledger, found) => ledger.recordCheckpoints([{ checkpoint: { moduleId: 'planner' }, ...says(found) }]),
  ],
  ['activate', true, (ledger) => ledger.activate('planner', 2)],
  [
    'activate with an epoch',
    true,
    async (ledger) => ledger.activate('planner', 2, { expect: (await ledger.live.epoch('planner')) ?? undefined }),
  ],
  ['record what is staged', true, (ledger) => ledger.recordCheckpoint({ moduleId: 'planner', version: 2 })],
  [
    'record what is staged, with its files',
    true,
    (ledger, found) => ledger.recordCheckpoint({ moduleId: 'planner', version: 2 }, says(found)),
  ],
];

onEachBackend('what nobody assessed', (backend) => {
  test.each(ROADS)('is measured and refused where it is BREAKING: %s', async (_, staged, walk) => {
    const { ledger } = await approving(backend);
    if (staged) await ledger.stage({ moduleId: 'planner' }, says('BREAKING'));
    const before = await ledger.journal.position();
    const error = await refusal(() => walk(ledger, 'BREAKING'), 'APPROVAL_REQUIRED');
    expect(error.data).toMatchObject({ version: 2, fromVer: 1, level: 'BREAKING' });
    expect(error.hint).toContain('git-lineage approve planner 1 2');
    expect(await activeOf(ledger)).toBe(1);
    if (!staged) {
      // Nothing is written, so the refusal itself says what was found.
      expect(await ledger.journal.position()).toEqual(before);
      expect(error.message).toContain('found: BREAKING');
      expect(error.hint).toContain('git-lineage assess planner 1 2');
      return;
    }
    expect(await ledger.reports.list('planner')).toMatchObject([
      { level: 'BREAKING', assessor: ASSESSOR, bound: true, rationale: 'found: BREAKING' },
    ]);
    expect(await ledger.pendingApprovals()).toMatchObject([{ toVer: 2, rationale: 'found: BREAKING' }]);
    await writesNothing(ledger, () => refusal(() => walk(ledger, 'BREAKING'), 'APPROVAL_REQUIRED'));
    await ledger.approve('planner', 1, 2);
    await walk(ledger, 'BREAKING');
    expect(await activeOf(ledger)).toBe(2);
  });

  test.each(ROADS)('becomes active where it is not, with its report on record: %s', async (_, staged, walk) => {
    const { ledger, gitdir, fs, told } = await approving(backend);
    if (staged) await ledger.stage({ moduleId: 'planner' }, says('MINOR_CHANGE'));
    await walk(ledger, 'MINOR_CHANGE');
    expect(await activeOf(ledger)).toBe(2);
    expect(await ledger.reports.list('planner')).toMatchObject([
      { fromVer: 1, toVer: 2, level: 'MINOR_CHANGE', assessor: ASSESSOR, bound: true },
    ]);
    expect(told).toEqual([]);
    expect((await auditLedger({ path: gitdir, fs })).outcome).toBe('passed');
  });

  test('is measured in one transaction with the version that is recorded', async () => {
    const { ledger } = await approving(backend);
    const { seq } = await ledger.journal.position();
    await ledger.recordCheckpoint({ moduleId: 'planner' }, says('COMPATIBLE'));
    const [entry, ...older] = await collected(ledger.history({ since: seq }));
    expect(older).toEqual([]);
    expect(entry?.events.map(({ type }) => type)).toEqual(['stage', 'report', 'activate']);
  });

  test('goes on as UNKNOWN with a warning where it cannot be measured', async () => {
    const failing = await approving(backend);
    await failing.ledger.recordCheckpoint({ moduleId: 'planner' }, says('exits always'));
    expect(failing.told).toEqual(['ASSESSED_UNKNOWN']);
    expect(await failing.ledger.reports.list('planner')).toMatchObject([{ level: 'UNKNOWN' }]);
    const { ledger, told } = await approving(backend);
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'no files' });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, says('BREAKING'));
    expect(told).toEqual(['NO_REPORT', 'NO_REPORT']);
    expect(await ledger.reports.list('planner')).toEqual([]);
  });

  test('is not measured where there is nothing to ask, nor of what is not made active through the gate', async () => {
    const lenient = await backend.init({}, { assessor });
    await lenient.ledger.recordCheckpoint({ moduleId: 'planner' }, says('one'));
    await lenient.ledger.recordCheckpoint({ moduleId: 'planner' }, says('BREAKING'));
    expect(await lenient.ledger.reports.list('planner')).toEqual([]);
    const { ledger } = await approving(backend);
    await ledger.tag('planner', 1, 'stable');
    await ledger.stage({ moduleId: 'planner' }, says('BREAKING'));
    await ledger.live.breakGlass('planner', 2, { reason: 'the site is down' });
    await ledger.rollback('planner', 'MANUAL');
    await ledger.stage({ moduleId: 'planner' }, says('BREAKING'));
    expect(await ledger.reports.list('planner')).toEqual([]);
  });

  test('is not measured again where somebody assessed this content', async () => {
    const { ledger } = await approving(backend, BROKEN);
    await ledger.stage({ moduleId: 'planner' }, says('two'));
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
    await ledger.activate('planner', 2);
    expect(await ledger.reports.list('planner')).toHaveLength(1);
  });

  test('is measured though somebody spoke of it before it was there, or approved it unseen', async () => {
    const spoken = await approving(backend);
    await spoken.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'COMPATIBLE' });
    await refusal(() => spoken.ledger.recordCheckpoint({ moduleId: 'planner' }, says('BREAKING')), 'APPROVAL_REQUIRED');
    const { ledger } = await approving(backend);
    await ledger.stage({ moduleId: 'planner' }, says('BREAKING'));
    expect(await ledger.approve('planner', 1, 2)).toMatchObject({ level: 'UNKNOWN' });
    await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    expect(await ledger.approve('planner', 1, 2)).toMatchObject({ level: 'BREAKING' });
    expect((await ledger.activate('planner', 2)).version).toBe(2);
  });

  test('needs no approval under approveUnknown where it could be measured', async () => {
    const { ledger } = await approving(backend, {}, { approveUnknown: false });
    await ledger.policy.set({ settings: { approveUnknown: true } });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, says('COMPATIBLE'));
    await refusal(() => ledger.recordCheckpoint({ moduleId: 'planner' }, says('exits always')), 'APPROVAL_REQUIRED');
    expect(await activeOf(ledger)).toBe(2);
  });

  test('is measured version by version where many are recorded at once, in their order', async () => {
    const { ledger } = await approving(backend);
    const found = ['COMPATIBLE a', 'MINOR_CHANGE b', 'COMPATIBLE c', 'MINOR_CHANGE d'];
    const record = (text: string) => ledger.recordCheckpoint({ moduleId: 'planner' }, says(text));
    expect(numbers(await Promise.all(found.map(record)))).toEqual([2, 3, 4, 5]);
    const list = [6, 7, 8].map((n) => ({ checkpoint: { moduleId: 'planner' }, ...says(`COMPATIBLE ${n}`) }));
    expect(numbers(await ledger.recordCheckpoints(list))).toEqual([6, 7, 8]);
    expect((await ledger.reports.list('planner')).map((r) => [r.fromVer, r.toVer, r.rationale])).toEqual([
      ...found.map((text, i) => [i + 1, i + 2, `found: ${text}`]),
      ...[6, 7, 8].map((n) => [n - 1, n, `found: COMPATIBLE ${n}`]),
    ]);
    const broken = [...list, { checkpoint: { moduleId: 'planner' }, ...says('BREAKING') }].map((item, i) => ({
      ...item,
      checkpoint: { moduleId: 'planner', metadata: { turn: `${i}` } },
    }));
    await writesNothing(ledger, () => refusal(() => ledger.recordCheckpoints(broken), 'APPROVAL_REQUIRED'));
  });

  test('is decided by what is active then: measured again where that is another version by now', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'git-lineage-measure-'));
    const waiting = { script: WAITING, timeLimitMs: 30_000 };
    const place = await approving(backend, { assessor: waiting });
    const other = await place.open();
    const begun = async (name: string) => {
      while (!existsSync(join(folder, `${name}.begun`))) await sleep(5);
    };
    const slow = (name: string, parentVer?: number) =>
      place.ledger.recordCheckpoint({ moduleId: 'planner', parentVer }, says(`${join(folder, name)}`));
    try {
      const moved = slow('moved');
      await begun('moved');
      // Whoever measures holds up nobody.
      await place.ledger.recordCheckpoint({ moduleId: 'router' }, says('one'));
      await other.policy.set({ settings: { requireApproval: false } });
      await other.recordCheckpoint({ moduleId: 'planner' }, says('two'));
      await other.policy.set({ settings: { requireApproval: true } });
      await writeFile(join(folder, 'moved'), '');
      expect(await moved).toMatchObject({ version: 3, parentVer: 2 });
      expect((await place.ledger.reports.list('planner')).map((r) => [r.fromVer, r.toVer])).toEqual([[2, 3]]);
      const stale = refusal(() => slow('stale', 3), 'NOT_ACTIVE');
      await begun('stale');
      await other.tag('planner', 2, 'stable');
      await other.rollback('planner', 'MANUAL');
      await writeFile(join(folder, 'stale'), '');
      await stale;
      expect(await activeOf(other)).toBe(2);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('is written before the ledger is closed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'git-lineage-measure-'));
    const place = await approving(backend, { assessor: { script: WAITING, timeLimitMs: 30_000 } });
    const recorded = place.ledger.recordCheckpoint({ moduleId: 'planner' }, says(join(folder, 'closed')));
    while (!existsSync(join(folder, 'closed.begun'))) await sleep(5);
    const closed = place.ledger.close();
    await writeFile(join(folder, 'closed'), '');
    await closed;
    expect((await recorded).version).toBe(2);
    const later = await place.open();
    expect((await later.reports.list('planner')).map(({ level }) => level)).toEqual(['COMPATIBLE']);
    await rm(folder, { recursive: true, force: true });
  });

  test('is a conflict, to be tried again, where the policy began to ask for approvals meanwhile', async () => {
    const { ledger } = await backend.init({}, { assessor });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, says('one'));
    const turned = ledger.policy.set({ settings: { requireApproval: true } });
    const record = () => ledger.recordCheckpoint({ moduleId: 'planner' }, says('BREAKING'));
    const error = await refusal(record, 'REF_CHANGED');
    expect(error.retryable).toBe(true);
    await turned;
    await refusal(record, 'APPROVAL_REQUIRED');
  });
});

test('a pair whose files are damaged cannot be measured; whatever else goes wrong is an error', async () => {
  const side = { version: 1, checksum: 'a', isKnown: true, files: null };
  const content = { tree: 'f'.repeat(40), timestamp: 0, metadata: {} };
  const pair = {
    moduleId: 'planner',
    fromVer: 1,
    toVer: 2,
    from: { ...side, content },
    to: { ...side, content, version: 2 },
    format: 1 as const,
    again: false,
  };
  const failing = (error: Error) => ({
    objects: {
      readFiles: () => {
        throw error;
      },
    } as unknown as ObjectReader,
    measurer: { measure: () => Promise.reject(new Error('it is asked')), close: async () => undefined },
  });
  const damaged = new LedgerError('CHECKSUM_MISMATCH', 'x', { expected: 'a', actual: 'b' }, { hint: 'x' });
  const found = new Map();
  await measurePairs(failing(damaged), [pair], found);
  expect([...found.values()]).toEqual([null]);
  await expect(measurePairs(failing(new Error('no disk')), [pair], found)).rejects.toThrow('no disk');
  // Reports count on what can be measured again.
  await expect(measurePairs(failing(damaged), [{ ...pair, again: true }], found)).rejects.toBe(damaged);
});
