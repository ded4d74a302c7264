/** Which version a module would go back to, and why not to a nearer one. */

import { expect, test } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { recordRange, refusal, writesNothing } from './expectations.js';

async function target(ledger: Ledger, tagFilter?: string | null): Promise<number | null> {
  return (await ledger.rollbackTarget('planner', 'HEALTH_FAILURE', { tagFilter }))?.version ?? null;
}

async function breaks(ledger: Ledger, fromVer: number, toVer: number): Promise<void> {
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer, toVer, level: 'BREAKING' });
}

onEachBackend('the rollback target', (backend) => {
  test('is the nearest stable proper ancestor, however the active version is tagged', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 6, { 1: ['stable'], 3: ['stable'], 6: ['stable'] });
    expect(await target(ledger)).toBe(3);
    await ledger.tag('planner', 4, 'stable');
    expect(await target(ledger)).toBe(4);
  });

  test('is asked for without changing anything', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    await writesNothing(ledger, () => target(ledger));
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(2);
  });

  test('a single version has none, and neither has a module without a stable ancestor', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1, { 1: ['stable'] });
    expect(await target(ledger)).toBeNull();
    expect(await target(ledger, null)).toBeNull();
    await recordRange(ledger, 'other', 1, 3, { 3: ['stable'] });
    expect(await ledger.rollbackTarget('other', 'MANUAL')).toBeNull();
    expect((await ledger.rollbackTarget('other', 'MANUAL', { tagFilter: null }))?.version).toBe(2);
  });

  test('never has the content of the version that is left', async () => {
    const ledger = await newLedger(backend);
    const record = (checksum: string, tags: string[]) =>
      ledger.recordCheckpoint({ moduleId: 'planner', checksum, tags });
    await record('good', ['stable']);
    for (let n = 0; n < 3; n++) await record('sick', ['stable']);
    await record('sick', []);
    expect(await target(ledger)).toBe(1);
    expect(await target(ledger, null)).toBe(1);
    const same = { code: 'SAME_CONTENT', reason: 'it has the content of the active version' };
    const told = { skipped: [4, 3, 2].map((version) => ({ version, ...same })), target: { version: 1 } };
    const counts = { REVERTED: 0, REDACTED: 0, NOT_TAGGED: 0, BREAKING: 0, SAME_CONTENT: 3 };
    for (const tagFilter of ['stable', null])
      expect(await ledger.live.explainRollback('planner', { tagFilter })).toMatchObject({
        ...told,
        passedOver: counts,
      });
    expect((await ledger.rollback('planner', 'HEALTH_FAILURE')).version).toBe(1);
    expect((await ledger.rollback('planner', 'MANUAL').catch((error) => error)).code).toBe('NOT_FOUND');
  });

  test('tagFilter names another tag', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 4, { 1: ['golden'], 2: ['golden'], 3: ['stable'] });
    expect(await target(ledger, 'golden')).toBe(2);
    expect(await target(ledger, 'nowhere')).toBeNull();
    expect(await target(ledger)).toBe(3);
    for (const tagFilter of ['', 'two\nlines', 3 as unknown as string]) {
      await refusal(() => ledger.rollbackTarget('planner', 'MANUAL', { tagFilter }), 'INVALID_TAG');
    }
  });

  test('under a null filter it is the nearest ancestor that is not BREAKING towards the active version', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 5);
    expect(await target(ledger, null)).toBe(4);
    await breaks(ledger, 4, 5);
    await breaks(ledger, 3, 5);
    expect(await target(ledger, null)).toBe(2);
    await breaks(ledger, 1, 2);
    expect(await target(ledger, null)).toBe(2);
  });

  test('under a null filter, where all are BREAKING, it is the oldest in the window', async () => {
    const ledger = await newLedger(backend, { maxCheckpoints: 3 });
    await recordRange(ledger, 'planner', 1, 5);
    await breaks(ledger, 4, 5);
    await breaks(ledger, 3, 5);
    expect(await target(ledger, null)).toBe(3);
    await ledger.policy.set({ settings: { maxCheckpoints: 20 } });
    expect(await target(ledger, null)).toBe(2);
  });

  test('an approved BREAKING pair is BREAKING all the same', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    await breaks(ledger, 2, 3);
    await ledger.approve('planner', 2, 3);
    expect(await target(ledger, null)).toBe(1);
  });

  test('a reverted version is passed over under every filter', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 4, { 1: ['stable'], 2: ['stable'], 3: ['stable'] });
    await ledger.tag('planner', 3, 'reverted');
    await ledger.tag('planner', 3, 'golden');
    expect(await target(ledger)).toBe(2);
    expect(await target(ledger, null)).toBe(2);
    expect(await target(ledger, 'golden')).toBeNull();
    expect(await target(ledger, 'reverted')).toBeNull();
  });

  test('a reverted version is no last resort either', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    await ledger.tag('planner', 1, 'reverted');
    await breaks(ledger, 2, 3);
    expect(await target(ledger, null)).toBe(2);
    await ledger.tag('planner', 2, 'reverted');
    expect(await target(ledger, null)).toBeNull();
  });

  test('is found where it is older than the window', async () => {
    const ledger = await newLedger(backend, { maxCheckpoints: 2 });
    await recordRange(ledger, 'planner', 1, 30, { 1: ['stable'] });
    expect(await target(ledger)).toBe(1);
  });

  test('explainRollback names each version passed over, nearest first, and why', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 5, { 2: ['stable'] });
    await ledger.tag('planner', 4, 'reverted');
    const byTag = await ledger.live.explainRollback('planner');
    expect(byTag.target?.version).toBe(2);
    expect(byTag.skipped.map((s) => s.version)).toEqual([4, 3]);
    expect(byTag.skipped.map((s) => s.code)).toEqual(['REVERTED', 'NOT_TAGGED']);
    expect(byTag.skipped[1]?.reason).toMatch(/not tagged stable/);
    await breaks(ledger, 3, 5);
    const bySeed = await ledger.live.explainRollback('planner', { tagFilter: null });
    expect(bySeed.target?.version).toBe(2);
    expect(bySeed.skipped.map((s) => s.version)).toEqual([4, 3]);
    expect(bySeed.skipped.map((s) => s.code)).toEqual(['REVERTED', 'BREAKING']);
    const none = {
      target: null,
      skipped: [],
      passedOver: { REVERTED: 0, REDACTED: 0, NOT_TAGGED: 0, BREAKING: 0, SAME_CONTENT: 0 },
    };
    expect(await ledger.live.explainRollback('nobody')).toEqual(none);
  });

  test('requireTarget answers with what a rollback to it would make active, and refuses what that would refuse', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 4, { 2: ['stable'] });
    await ledger.stage({ moduleId: 'planner', version: 5 }, { files: { 'a.txt': 'staged' } });
    await ledger.tag('planner', 3, 'reverted');
    const before = await ledger.journal.position();
    expect((await ledger.live.requireTarget('planner', 1)).version).toBe(1);
    const refused = { 3: 'VERSION_REVERTED', 4: 'INVALID_VERSION', 5: 'INVALID_VERSION', 6: 'NOT_FOUND' } as const;
    for (const [version, code] of Object.entries(refused)) {
      const asked = await refusal(() => ledger.live.requireTarget('planner', Number(version)), code);
      const tried = await refusal(() => ledger.rollback('planner', 'MANUAL', { to: Number(version) }), code);
      expect([asked.message, asked.hint]).toEqual([tried.message, tried.hint]);
    }
    await refusal(() => ledger.live.requireTarget('nobody', 1), 'NOT_FOUND');
    expect(await ledger.journal.position()).toEqual(before);
  });

  test('the reason is one of four', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    for (const reason of ['MANUAL', 'HEALTH_FAILURE', 'DEPENDENCY', 'TIMEOUT'] as const) {
      expect((await ledger.rollbackTarget('planner', reason))?.version).toBe(1);
    }
    for (const reason of ['manual', '', 'toString', null, 4]) {
      await refusal(() => ledger.rollbackTarget('planner', reason as 'MANUAL'), 'INVALID_ARGUMENT');
    }
  });

  test('explainRollback counts what it passed over, and names the nearest hundred', async () => {
    const ledger = await newLedger(backend);
    const list = Array.from({ length: 130 }, (_, i) => ({ checkpoint: { moduleId: 'planner', checksum: String(i) } }));
    await ledger.recordCheckpoints(list);
    await ledger.tag('planner', 2, 'stable');
    for (const version of [120, 10]) await ledger.tag('planner', version, 'reverted');
    const { target, skipped, passedOver } = await ledger.live.explainRollback('planner');
    expect(target?.version).toBe(2);
    expect(passedOver).toEqual({ REVERTED: 2, REDACTED: 0, NOT_TAGGED: 125, BREAKING: 0, SAME_CONTENT: 0 });
    expect(skipped.map((s) => s.version)).toEqual(Array.from({ length: 100 }, (_, i) => 129 - i));
    expect(skipped.filter((s) => s.code === 'REVERTED').map((s) => s.version)).toEqual([120]);
  });
});
