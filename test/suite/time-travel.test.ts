/** What a ledger was at an earlier moment, and what changed between two versions. */

import { expect, it } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { LedgerMoment } from '../../src/api/types.js';
import type { Ledger } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';

const START = 1_795_000_000;

const code = (text: string) => ({ files: { 'index.js': text, 'lib/same.js': 'same\n' } });

/** What was active and stable at a moment, by module. */
function summary({ modules }: LedgerMoment): Record<string, unknown> {
  return Object.fromEntries(
    modules.map(({ moduleId, active, stable, activation }) => [
      moduleId,
      [active?.version ?? null, stable?.version ?? null, activation?.type ?? null],
    ]),
  );
}

onEachBackend('a ledger at an earlier moment', (backend) => {
  it('is, at every entry, what it answered then', async () => {
    let clock = START;
    const { ledger } = await backend.init({ requireApproval: true }, { now: () => clock });
    const then: { seq: number; time: number; answer: unknown }[] = [];
    const answer = async () => {
      const modules = [];
      for (const moduleId of await ledger.versions.modules()) {
        const active = await ledger.latestCheckpoint(moduleId);
        const stable = (await ledger.live.explainRollback(moduleId)).target;
        modules.push({ moduleId, active, stable });
      }
      return modules;
    };
    const steps: (() => Promise<unknown>)[] = [
      () => ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, code('1')),
      () => ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, code('2')),
      () => ledger.stage({ moduleId: 'planner' }, code('3')),
      () => ledger.stage({ moduleId: 'idle' }, code('idle')),
      () => ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'BREAKING' }),
      () => ledger.approve('planner', 2, 3),
      () => ledger.activate('planner', 3),
      () => ledger.withdraw('planner', 2, 3),
      () => ledger.tag('planner', 3, 'stable'),
      () => ledger.rollback('planner', 'HEALTH_FAILURE'),
      () => ledger.untag('planner', 1, 'stable'),
      () => ledger.stage({ moduleId: 'planner' }, code('4')),
      () => ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 4, level: 'BREAKING' }),
      () => ledger.live.breakGlass('planner', 4, { reason: 'the old one is on fire' }),
    ];
    for (const step of steps) {
      clock += 100;
      await step();
      then.push({ seq: (await ledger.journal.position()).seq, time: clock, answer: await answer() });
    }
    for (const { seq, time, answer: said } of then) {
      for (const moment of [{ seq }, { time }, { time: time + 99.5 }]) {
        const found = await ledger.journal.at(moment);
        expect(found.seq).toBe(seq);
        expect(found.timestamp).toBe(time);
        expect(found.modules.map(({ moduleId, active, stable }) => ({ moduleId, active, stable }))).toEqual(said);
      }
    }
    // The present is not disturbed by looking back.
    expect(await answer()).toEqual(then.at(-1)?.answer);
    expect((await ledger.journal.at({ seq: 0 })).modules).toEqual([]);

    const at = async (seq: number) =>
      (await ledger.journal.at({ seq })).modules.find((m) => m.moduleId === 'planner')?.activation;
    const [approved, rolled, forced] = [await at(8), await at(10), await at(14)];
    // The approval stood when the gate let it pass, though it was withdrawn in entry 8.
    expect(approved).toMatchObject({
      type: 'activate',
      seq: 7,
      fromVer: 2,
      toVer: 3,
      actor: 'owner@example.org',
      reason: null,
    });
    expect(approved).toMatchObject({ approvers: ['owner@example.org'], verdict: { allow: true, level: 'BREAKING' } });
    expect(rolled).toEqual({
      type: 'rollback',
      seq: 10,
      oid: expect.any(String),
      actor: 'owner@example.org',
      timestamp: START + 1000,
      fromVer: 3,
      toVer: 2,
      reason: 'HEALTH_FAILURE',
      verdict: null,
      approvers: [],
    });
    expect(forced).toMatchObject({
      type: 'break-glass',
      seq: 14,
      fromVer: 2,
      toVer: 4,
      reason: 'the old one is on fire',
    });
    expect(forced).toMatchObject({ approvers: [], verdict: { allow: false, level: 'BREAKING' } });
    expect(summary(await ledger.journal.at({ seq: 10 }))).toEqual({
      planner: [2, 1, 'rollback'],
      idle: [null, null, null],
    });
    expect(summary(await ledger.journal.at({ seq: 14 }))).toEqual({
      planner: [4, 2, 'break-glass'],
      idle: [null, null, null],
    });
  });

  it('is judged by the policy and the reports of that moment, not of today', async () => {
    const { ledger } = await backend.init({ requireApproval: false });
    await ledger.recordCheckpoint({ moduleId: 'm' }, code('1'));
    await ledger.stage({ moduleId: 'm' }, code('2'));
    await ledger.assessCompatibility({ moduleId: 'm', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
    await ledger.activate('m', 2);
    await ledger.policy.set({ settings: { requireApproval: true } });
    await ledger.assessCompatibility({ moduleId: 'm', fromVer: 1, toVer: 2, level: 'BREAKING' });
    const { seq } = await ledger.journal.position();
    const [module] = (await ledger.journal.at({ seq })).modules;
    expect(module?.activation).toMatchObject({ seq: 4, verdict: { allow: true, level: 'MINOR_CHANGE', reasons: [] } });
  });

  it('knows of each activation in an entry that holds several', async () => {
    const ledger = await newLedger(backend);
    await Promise.all([
      ledger.recordCheckpoint({ moduleId: 'm' }, code('1')),
      ledger.recordCheckpoint({ moduleId: 'm' }, code('2')),
      ledger.assessCompatibility({ moduleId: 'm', fromVer: 1, toVer: 2, level: 'BREAKING' }),
    ]);
    expect((await ledger.journal.position()).seq).toBe(1);
    const [module] = (await ledger.journal.at({ seq: 1 })).modules;
    // The report came after the activation, though in the same entry.
    expect(module?.activation).toMatchObject({ seq: 1, fromVer: 1, toVer: 2, verdict: { level: 'UNKNOWN' } });
  });

  it('is none where the journal has no such entry, and no question without exactly one kind of moment', async () => {
    const { ledger } = await backend.init({}, { now: () => START });
    await ledger.recordCheckpoint({ moduleId: 'm' }, code('1'));
    await expect(ledger.journal.at({ seq: 2 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('last one is 1'),
    });
    await expect(ledger.journal.at({ time: START - 1 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('begins'),
    });
    const wrong = [{}, { seq: 1, time: START }, { seq: -1 }, { seq: 1.5 }, { time: Number.NaN }, null, 'now'];
    for (const moment of wrong)
      await expect(ledger.journal.at(moment as never), JSON.stringify(moment)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
  });
});

onEachBackend('the change between two versions', (backend) => {
  async function lines(): Promise<Ledger> {
    const { ledger } = await backend.init({}, { signer: await ephemeralSigner('owner@example.org') });
    await ledger.recordCheckpoint(
      { moduleId: 'm', tags: ['stable'], metadata: { semver: '1.0.0', team: 'a' } },
      { files: { 'a.js': 'one\n', 'gone.js': 'gone\n', 'run.sh': 'true\n', 'same.js': 'same\n' } },
    );
    await ledger.recordCheckpoint(
      { moduleId: 'm', tags: ['blue'], metadata: { semver: '2.0.0' } },
      { files: { 'a.js': 'two\n', 'new.js': '', 'run.sh': { data: 'true\n', mode: '100755' }, 'same.js': 'same\n' } },
    );
    await ledger.rollback('m', 'MANUAL');
    await ledger.recordCheckpoint({ moduleId: 'm' }, { files: { 'a.js': 'three\n' } });
    await ledger.assessCompatibility({ moduleId: 'm', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await ledger.approve('m', 1, 2);
    return ledger;
  }

  it('names files, metadata, tags, and what was said of the pair', async () => {
    const ledger = await lines();
    const diff = await ledger.versions.diff('m', 1, 2);
    expect(
      diff.files.map(({ path, change, from, to }) => [path, change, from?.mode, from?.bytes, to?.mode, to?.bytes]),
    ).toEqual([
      ['a.js', 'changed', '100644', 4, '100644', 4],
      ['gone.js', 'removed', '100644', 5, undefined, undefined],
      ['new.js', 'added', undefined, undefined, '100644', 0],
      ['run.sh', 'changed', '100644', 5, '100755', 5],
    ]);
    expect(diff.files[2]?.to?.sha256).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(diff.metadata).toEqual([
      { key: 'semver', from: '1.0.0', to: '2.0.0' },
      { key: 'team', from: 'a', to: null },
    ]);
    expect(diff.tags).toEqual({ added: ['blue', 'reverted'], removed: ['stable'] });
    expect(diff).toMatchObject({ relation: 'ancestor', sameContent: false, reports: 2, level: 'BREAKING' });
    expect(diff.approvers).toEqual(['owner@example.org']);
    expect([diff.from, diff.to]).toEqual([await ledger.versions.get('m', 1), await ledger.versions.get('m', 2)]);
  });

  it('tells ancestors, descendants, other lines and the same version apart', async () => {
    const ledger = await lines();
    const relation = async (from: number, to: number) => (await ledger.versions.diff('m', from, to)).relation;
    expect(await relation(2, 1)).toBe('descendant');
    expect(await relation(2, 3)).toBe('apart');
    expect(await relation(1, 3)).toBe('ancestor');
    expect(await relation(3, 3)).toBe('same');
    expect(await ledger.versions.diff('m', 3, 3)).toMatchObject({
      files: [],
      metadata: [],
      sameContent: true,
      level: null,
    });
    await expect(ledger.versions.diff('m', 1, 9)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ledger.versions.diff('m', 0, 1)).rejects.toMatchObject({ code: 'INVALID_VERSION' });
  });
});
