/** Recording versions: what is kept, what may be repeated, what is a conflict. */

import { expect, test } from 'vitest';
import { newLedger, onEachBackend } from './backends.js';
import { numbers, recordRange, refusal, tagsOf, writesNothing } from './expectations.js';

onEachBackend('recording', (backend) => {
  test('a recorded version comes back with every field, and is the active one', async () => {
    const ledger = await newLedger(backend);
    const recorded = await ledger.recordCheckpoint({
      moduleId: 'planner',
      version: 1,
      parentVer: null,
      checksum: 'abc123',
      timestamp: 1_795_423_762.125,
      tags: new Set(['stable', 'canary']),
      metadata: { semver: '2.1.0', author: 'Ö. "quoted" \\ <b>' },
    });
    const expected = {
      moduleId: 'planner',
      version: 1,
      checksum: 'abc123',
      timestamp: 1_795_423_762.125,
      parentVer: null,
      tags: new Set(['canary', 'stable']),
      metadata: { semver: '2.1.0', author: 'Ö. "quoted" \\ <b>' },
    };
    expect(recorded).toEqual(expected);
    expect(await ledger.latestCheckpoint('planner')).toEqual(expected);
    expect(await ledger.versions.get('planner', 1)).toEqual(expected);
    expect(await ledger.getLineage('planner')).toEqual([expected]);
    expect(tagsOf(recorded)).toEqual(['canary', 'stable']);
  });

  test('what is left out is the obvious next: number, parent, time', async () => {
    const { ledger } = await backend.init({}, { now: () => 1_700_000_000.5 });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a' });
    const second = await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' });
    expect(second).toMatchObject({ version: 2, parentVer: 1, timestamp: 1_700_000_000.5 });
    expect(second.metadata).toEqual({});
    expect(second.tags.size).toBe(0);
  });

  test('numbers may have gaps, and the next follows the highest ever used, staged ones included', async () => {
    const ledger = await newLedger(backend);
    await ledger.recordCheckpoint({ moduleId: 'planner', version: 7, checksum: 'a' });
    await ledger.stage({ moduleId: 'planner', version: 9, checksum: 'b' });
    const next = await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'c' });
    expect(next).toMatchObject({ version: 10, parentVer: 7 });
    expect(numbers(await ledger.versions.list('planner'))).toEqual([7, 9, 10]);
  });

  test('an acknowledgement that was lost can be repeated: nothing is written but tags that are missing', async () => {
    const ledger = await newLedger(backend);
    const cp = { moduleId: 'planner', version: 1, parentVer: null, checksum: 'a', tags: ['canary'] };
    const first = await ledger.recordCheckpoint(cp);
    expect(await writesNothing(ledger, () => ledger.recordCheckpoint(cp))).toEqual(first);
    const again = await ledger.recordCheckpoint({ ...cp, tags: ['stable'] });
    expect(tagsOf(again)).toEqual(['canary', 'stable']);
    expect((await ledger.stats()).totalCheckpoints).toBe(1);
    expect(again.timestamp).toBe(first.timestamp);
  });

  test('a repeated record with files is acknowledged too', async () => {
    const ledger = await newLedger(backend);
    const content = { files: { 'index.js': 'export {};\n' } };
    const first = await ledger.recordCheckpoint({ moduleId: 'planner', version: 1 }, content);
    const again = await writesNothing(ledger, () =>
      ledger.recordCheckpoint({ moduleId: 'planner', version: 1 }, content),
    );
    expect(again).toEqual(first);
  });

  test('a staged version with the same content and parent becomes active', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b', tags: ['canary'] });
    const active = await ledger.recordCheckpoint({
      moduleId: 'planner',
      version: 2,
      parentVer: 1,
      checksum: 'b',
      tags: ['stable'],
    });
    expect(tagsOf(active)).toEqual(['canary', 'stable']);
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(2);
  });

  test('a parent that is not the active version is NOT_ACTIVE, with both numbers, and nothing is written', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    for (const parentVer of [1, null, 99]) {
      const call = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 100, parentVer, checksum: 'x' });
      const error = await writesNothing(ledger, () => refusal(call, 'NOT_ACTIVE'));
      expect(error.data).toEqual({ moduleId: 'planner', version: 100, expected: parentVer, actual: 2 });
      expect(error.family).toBe('conflict');
      expect(error.retryable).toBe(true);
    }
    const first = () => ledger.recordCheckpoint({ moduleId: 'fresh', version: 2, parentVer: 1, checksum: 'x' });
    const error = await writesNothing(ledger, () => refusal(first, 'NOT_ACTIVE'));
    expect(error.data).toMatchObject({ expected: 1, actual: null });
    expect(await ledger.versions.modules()).toEqual(['planner']);
  });

  test('a number that is used for something else, or was passed by, is VERSION_EXISTS, and nothing is written', async () => {
    const ledger = await newLedger(backend);
    await ledger.recordCheckpoint({ moduleId: 'planner', version: 5, checksum: 'a', metadata: { a: '1' } });
    const others = [
      { version: 5, checksum: 'b' },
      { version: 5, parentVer: 4, checksum: 'a' },
      { version: 5, checksum: 'a', metadata: { a: '2' } },
      { version: 3, checksum: 'a' },
    ];
    for (const other of others) {
      const call = () => ledger.recordCheckpoint({ moduleId: 'planner', ...other });
      const error = await writesNothing(ledger, () => refusal(call, 'VERSION_EXISTS'));
      expect(error.data).toMatchObject({ moduleId: 'planner', version: other.version });
      expect(error.hint).toContain('6');
    }
    expect(await ledger.versions.get('planner', 5)).toMatchObject({ checksum: 'a', metadata: { a: '1' } });
  });

  test('the same checksum does not make other files the same content', async () => {
    const ledger = await newLedger(backend);
    const { checksum } = await ledger.stage({ moduleId: 'planner', version: 1 }, { files: { 'a.js': 'same' } });
    const renamed = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 1 }, { files: { 'b.js': 'same' } });
    await writesNothing(ledger, () => refusal(renamed, 'VERSION_EXISTS'));
    await ledger.stage({ moduleId: 'bare', version: 1, checksum });
    const filled = () => ledger.recordCheckpoint({ moduleId: 'bare', version: 1 }, { files: { 'a.js': 'same' } });
    await writesNothing(ledger, () => refusal(filled, 'VERSION_EXISTS'));
  });

  test('an archived version is not made active again by recording it again', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    const call = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 2, checksum: 'content-2' });
    await writesNothing(ledger, () => refusal(call, 'NOT_ACTIVE'));
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(3);
  });

  test('a batch is one transaction, and later records see earlier ones', async () => {
    const ledger = await newLedger(backend);
    const { seq } = await ledger.journal.position();
    const recorded = await ledger.recordCheckpoints([
      { checkpoint: { moduleId: 'planner', checksum: 'a' } },
      { checkpoint: { moduleId: 'planner', parentVer: 1, checksum: 'b', tags: ['stable'] } },
      { checkpoint: { moduleId: '@acme/sink' }, files: { 'index.js': '1' } },
    ]);
    expect(recorded.map((v) => `${v.moduleId} ${v.version}`)).toEqual(['planner 1', 'planner 2', '@acme/sink 1']);
    expect((await ledger.journal.position()).seq).toBe(seq + 1);
    expect(await ledger.recordCheckpoints([])).toEqual([]);
    expect((await ledger.journal.position()).seq).toBe(seq + 1);
  });

  test('a batch is all or none', async () => {
    const ledger = await newLedger(backend, { requireApproval: true });
    await recordRange(ledger, 'planner', 1, 1);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    const good = { checkpoint: { moduleId: 'other', checksum: 'a' } };
    const conflicting = { checkpoint: { moduleId: 'planner', version: 9, parentVer: 5, checksum: 'b' } };
    const blocked = { checkpoint: { moduleId: 'planner', version: 2, checksum: 'b' } };
    const misspelt = { checkpoint: { moduleId: 'no spaces', checksum: 'b' } };
    const all = (list: (typeof good)[]) => () => ledger.recordCheckpoints(list);
    await writesNothing(ledger, () => refusal(all([good, conflicting]), 'NOT_ACTIVE'));
    await writesNothing(ledger, () => refusal(all([good, blocked]), 'APPROVAL_REQUIRED'));
    await writesNothing(ledger, () => refusal(all([good, misspelt]), 'INVALID_MODULE_ID'));
    expect(await ledger.versions.modules()).toEqual(['planner']);
    expect(numbers(await ledger.versions.list('planner'))).toEqual([1]);
  });
});
