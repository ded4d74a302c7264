/** The journal as it is read, and who is told of what is written to it. */

import { expect, test } from 'vitest';
import type { LedgerNotice } from '../../src/index.js';
import { onEachBackend } from './backends.js';
import { collected, recordRange, refusal } from './expectations.js';
import { enrol } from './people.js';

onEachBackend('history', (backend) => {
  test('is every transaction, newest first, with what happened in it', async () => {
    let now = 1_700_000_000.25;
    const place = await backend.init({}, { now: () => now });
    const { ledger, owner } = place;
    now += 1;
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a', tags: ['stable'] });
    now += 1;
    await ledger.untag('planner', 1, 'stable');
    const entries = await collected(ledger.history());
    expect(entries.map((e) => e.seq)).toEqual([2, 1, 0]);
    expect(entries.map((e) => e.timestamp)).toEqual([1_700_000_002.25, 1_700_000_001.25, 1_700_000_000.25]);
    expect(new Set(entries.map((e) => e.actor))).toEqual(new Set([owner.principal]));
    expect(new Set(entries.map((e) => e.fingerprint))).toEqual(new Set([owner.publicKey.fingerprint]));
    expect(entries.map((e) => e.events.map((event) => event.type))).toEqual([
      ['untag'],
      ['stage', 'tag', 'activate'],
      ['init', 'policy'],
    ]);
    expect(entries[1]?.events[0]).toEqual({
      type: 'stage',
      moduleId: 'planner',
      version: 1,
      parentVer: null,
      checksum: 'a',
    });
    expect(await ledger.journal.position()).toEqual({ seq: 2, oid: entries[0]?.oid });
  });

  test('can be asked for one module, since and before an entry, and up to a limit', async () => {
    const { ledger } = await backend.init();
    for (const n of [1, 2, 3]) {
      await recordRange(ledger, 'planner', n, n);
      await recordRange(ledger, 'sink', n, n);
    }
    const seqs = async (options: Parameters<typeof ledger.history>[0]) =>
      (await collected(ledger.history(options))).map((e) => e.seq);
    expect(await seqs({ moduleId: 'planner' })).toEqual([5, 3, 1]);
    expect(await seqs({ since: 4 })).toEqual([6, 5]);
    expect(await seqs({ since: 6 })).toEqual([]);
    expect(await seqs({ limit: 2 })).toEqual([6, 5]);
    expect(await seqs({ limit: 0 })).toEqual([]);
    expect(await seqs({ moduleId: 'sink', since: 1, limit: 2 })).toEqual([6, 4]);
    expect(await seqs({ moduleId: 'nobody' })).toEqual([]);
    expect(await seqs({ before: 5, limit: 2 })).toEqual([4, 3]);
    expect(await seqs({ before: 5, moduleId: 'planner' })).toEqual([3, 1]);
    expect(await seqs({ before: 0 })).toEqual([]);
    expect(await seqs({ before: 99, since: 5 })).toEqual([6]);
    for (const options of [
      { since: -1 },
      { before: -1 },
      { since: 1.5 },
      { limit: Number.NaN },
      { limit: '2' as unknown as number },
    ]) {
      await refusal(() => ledger.history(options), 'INVALID_ARGUMENT');
    }
    await refusal(() => ledger.history({ moduleId: '..' }), 'INVALID_MODULE_ID');
  });

  test('names the principal whose key signed each entry', async () => {
    const place = await backend.init();
    const recorder = await enrol(place, 'ci@example.org', ['recorder']);
    await recordRange(recorder.ledger, 'planner', 1, 1);
    const [last] = await collected(place.ledger.history({ limit: 1 }));
    expect(last).toMatchObject({ actor: 'ci@example.org', fingerprint: recorder.signer.publicKey.fingerprint });
  });

  test('can be read by a ledger without a key, which writes nothing', async () => {
    const place = await backend.init();
    await recordRange(place.ledger, 'planner', 1, 1);
    const reader = await place.open({ signer: undefined });
    expect(await collected(reader.history())).toHaveLength(2);
    expect((await reader.latestCheckpoint('planner'))?.version).toBe(1);
    await refusal(() => reader.tag('planner', 1, 'x'), 'ROLE_REQUIRED');
  });
});

onEachBackend('an observer', (backend) => {
  test('is told of each transaction after it is committed, of BREAKING pairs once, of UNKNOWN swaps', async () => {
    const notices: LedgerNotice[] = [];
    const { ledger } = await backend.init({}, { onEvent: (notice) => notices.push(notice) });
    const taken = () => notices.splice(0);
    await recordRange(ledger, 'planner', 1, 1);
    const { seq, oid } = await ledger.journal.position();
    const first = taken();
    expect(first).toMatchObject([{ type: 'committed', seq, oid }]);
    await recordRange(ledger, 'planner', 2, 2);
    const second = taken();
    expect(second).toMatchObject([
      { type: 'committed', seq: seq + 1 },
      { type: 'warning', moduleId: 'planner', code: 'NO_REPORT' },
    ]);
    const report = { moduleId: 'planner', fromVer: 1, toVer: 3, level: 'BREAKING' } as const;
    await ledger.assessCompatibility(report);
    expect(taken().map((n) => n.type)).toEqual(['committed', 'breaking']);
    await ledger.assessCompatibility({ ...report, rationale: 'again' });
    expect(taken().map((n) => n.type)).toEqual(['committed']);
    await ledger.assessCompatibility(report);
    expect(taken()).toEqual([]);
    const error = await refusal(() => ledger.activate('planner', 7), 'NOT_FOUND');
    expect(taken()).toEqual([{ type: 'refused', code: 'NOT_FOUND', error }]);
  });

  test('that throws does not matter', async () => {
    let told = 0;
    const place = await backend.init(
      {},
      {
        onEvent: () => {
          told += 1;
          throw new Error('an observer of its own mind');
        },
      },
    );
    await recordRange(place.ledger, 'planner', 1, 2);
    expect(told).toBeGreaterThan(0);
    expect((await (await place.open()).latestCheckpoint('planner'))?.version).toBe(2);
  });
});

onEachBackend('a closed ledger', (backend) => {
  test('refuses everything, with a code', async () => {
    const place = await backend.init();
    const { ledger } = place;
    await recordRange(ledger, 'planner', 1, 1);
    await ledger.close();
    await ledger.close();
    const calls: (() => unknown)[] = [
      () => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' }),
      () => ledger.recordCheckpoints([{ checkpoint: { moduleId: 'planner', checksum: 'b' } }]),
      () => ledger.stage({ moduleId: 'planner', checksum: 'b' }),
      () => ledger.activate('planner', 1),
      () => ledger.tag('planner', 1, 'x'),
      () => ledger.untag('planner', 1, 'x'),
      () => ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' }),
      () => ledger.approve('planner', null, 1),
      () => ledger.withdraw('planner', null, 1),
      () => ledger.rollback('planner', 'MANUAL'),
      () => ledger.policy.set({}),
      () => ledger.getLineage('planner'),
      () => ledger.latestCheckpoint('planner'),
      () => ledger.rollbackTarget('planner', 'MANUAL'),
      () => ledger.live.explainRollback('planner'),
      () => ledger.gate('planner', null, 1),
      () => ledger.pendingApprovals(),
      () => ledger.stats(),
      () => ledger.versions.modules(),
      () => ledger.versions.get('planner', 1),
      () => ledger.versions.list('planner'),
      () => ledger.versions.status('planner', 1),
      () => ledger.readFiles('planner'),
      () => ledger.reports.list('planner'),
      () => ledger.history(),
      () => ledger.journal.position(),
      () => ledger.policy.get(),
      () => ledger.journal.doctor(),
    ];
    for (const call of calls) await refusal(call, 'INVALID_ARGUMENT');
    expect((await (await place.open()).latestCheckpoint('planner'))?.version).toBe(1);
  });

  test('has finished what was asked of it before', async () => {
    const place = await backend.init();
    const writing = recordRange(place.ledger, 'planner', 1, 3);
    await place.ledger.close();
    await writing;
    expect((await (await place.open()).latestCheckpoint('planner'))?.version).toBe(3);
  });
});
