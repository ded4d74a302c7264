/** Going back: what changes, what is kept, when it is refused. */

import { expect, test } from 'vitest';
import { newLedger, onEachBackend } from './backends.js';
import { collected, numbers, recordRange, refusal, tagsOf, writesNothing } from './expectations.js';

onEachBackend('rolling back', (backend) => {
  test('makes the target active, tags the abandoned version reverted and takes its stable', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'], 2: ['canary', 'stable'] });
    const active = await ledger.rollback('planner', 'HEALTH_FAILURE');
    expect(active.version).toBe(1);
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    expect(tagsOf(await ledger.versions.get('planner', 2))).toEqual(['canary', 'reverted']);
    expect(await ledger.versions.status('planner', 2)).toBe('REVERTED');
    expect(await ledger.versions.status('planner', 1)).toBe('ACTIVE');
  });

  test('journals who, from, to and why', async () => {
    const { ledger, owner } = await backend.init();
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    await ledger.rollback('planner', 'DEPENDENCY');
    const [entry] = await collected(ledger.history({ limit: 1 }));
    expect(entry?.actor).toBe(owner.principal);
    expect(entry?.fingerprint).toBe(owner.publicKey.fingerprint);
    expect(entry?.events).toContainEqual({
      type: 'rollback',
      moduleId: 'planner',
      fromVer: 2,
      toVer: 1,
      reason: 'DEPENDENCY',
    });
  });

  test('never loses the abandoned version: content, number and fields stay', async () => {
    const ledger = await newLedger(backend);
    await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, { files: { 'index.js': 'one' } });
    const second = await ledger.recordCheckpoint(
      { moduleId: 'planner', metadata: { why: 'new' } },
      { files: { 'index.js': 'two' } },
    );
    await ledger.rollback('planner', 'MANUAL');
    const { tags, ...kept } = await ledger.versions.get('planner', 2);
    expect([...tags]).toEqual(['reverted']);
    const { tags: _, ...original } = second;
    expect(kept).toEqual(original);
    const files = await ledger.readFiles('planner', 2);
    expect(Buffer.from(files.get('index.js')?.data ?? []).toString()).toBe('two');
    expect((await ledger.stats()).totalCheckpoints).toBe(2);
    expect((await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'x' })).version).toBe(3);
  });

  test('never asks for approval', async () => {
    const ledger = await newLedger(backend, { requireApproval: true, approveUnknown: true, requiredApprovals: 2 });
    await ledger.policy.set({ settings: { approveUnknown: false } });
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    await ledger.policy.set({ settings: { approveUnknown: true } });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    expect((await ledger.rollback('planner', 'TIMEOUT')).version).toBe(1);
  });

  test('goes past several versions, which stay archived', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 4, { 1: ['stable'] });
    await ledger.rollback('planner', 'MANUAL');
    expect(await Promise.all([1, 2, 3, 4].map((v) => ledger.versions.status('planner', v)))).toEqual([
      'ACTIVE',
      'ARCHIVED',
      'ARCHIVED',
      'REVERTED',
    ]);
    expect(await ledger.rollbackTarget('planner', 'MANUAL')).toBeNull();
  });

  test('`to` names an ancestor, stable or not', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 4, { 3: ['stable'] });
    expect((await ledger.rollback('planner', 'MANUAL', { to: 2 })).version).toBe(2);
    expect(tagsOf(await ledger.versions.get('planner', 4))).toEqual(['reverted']);
  });

  test('`to` is refused for what is no ancestor, unknown, or reverted', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    await ledger.stage({ moduleId: 'planner', version: 4, checksum: 'staged' });
    const back = (to: number) => () => ledger.rollback('planner', 'MANUAL', { to });
    for (const to of [3, 4]) await writesNothing(ledger, () => refusal(back(to), 'INVALID_VERSION'));
    await writesNothing(ledger, () => refusal(back(9), 'NOT_FOUND'));
    for (const to of [0, -1, 1.5, Number.NaN, '1' as unknown as number]) await refusal(back(to), 'INVALID_VERSION');
    await ledger.tag('planner', 2, 'reverted');
    await writesNothing(ledger, () => refusal(back(2), 'VERSION_REVERTED'));
    expect((await ledger.rollback('planner', 'MANUAL', { to: 1 })).version).toBe(1);
  });

  test('a sibling that was rolled back is no ancestor', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    await ledger.rollback('planner', 'MANUAL');
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'three' });
    const call = () => ledger.rollback('planner', 'MANUAL', { to: 2 });
    await refusal(call, 'INVALID_VERSION');
  });

  test('without a target it is NOT_FOUND, and nothing changes', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    await writesNothing(ledger, () => refusal(() => ledger.rollback('planner', 'MANUAL'), 'NOT_FOUND'));
    await writesNothing(ledger, () => refusal(() => ledger.rollback('nobody', 'MANUAL'), 'NOT_FOUND'));
    await refusal(() => ledger.rollback('planner', 'BORED' as 'MANUAL'), 'INVALID_ARGUMENT');
    expect((await ledger.rollback('planner', 'MANUAL', { tagFilter: null })).version).toBe(1);
  });

  test('a reverted version may not come back until somebody clears that', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'], 2: ['stable'] });
    await ledger.rollback('planner', 'HEALTH_FAILURE');
    const verdict = await ledger.gate('planner', 1, 2);
    expect(verdict.allow).toBe(false);
    expect(verdict.reasons.map(({ code }) => code)).toEqual(['REVERTED']);
    await writesNothing(ledger, () => refusal(() => ledger.activate('planner', 2), 'VERSION_REVERTED'));
    const again = () => ledger.recordCheckpoint({ moduleId: 'planner', version: 2, checksum: 'content-2' });
    await writesNothing(ledger, () => refusal(again, 'VERSION_REVERTED'));
    await ledger.tag('planner', 2, 'stable');
    expect(tagsOf(await ledger.versions.get('planner', 2))).toEqual(['stable']);
    expect((await ledger.activate('planner', 2)).version).toBe(2);
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 2]);
  });

  test('two rollbacks in a row go back twice', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3, { 1: ['stable'], 2: ['stable'] });
    expect((await ledger.rollback('planner', 'MANUAL')).version).toBe(2);
    expect((await ledger.rollback('planner', 'MANUAL')).version).toBe(1);
    await refusal(() => ledger.rollback('planner', 'MANUAL'), 'NOT_FOUND');
  });

  test('keeps its content from coming back under another number, on every road, until a signed event clears it', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    await ledger.rollback('planner', 'HEALTH_FAILURE');
    const again = { moduleId: 'planner', checksum: 'content-2' };
    const error = await writesNothing(ledger, () => refusal(() => ledger.recordCheckpoint(again), 'VERSION_REVERTED'));
    expect(error.message).toContain('v3 has the content of v2, which was reverted');
    expect(error.hint).toContain('untag planner@2 reverted');
    await ledger.stage(again);
    await refusal(() => ledger.activate('planner', 3), 'VERSION_REVERTED');
    const verdict = await ledger.gate('planner', 1, 3);
    expect([verdict.allow, verdict.reasons.map(({ code }) => code)]).toEqual([false, ['REVERTED']]);
    await ledger.untag('planner', 2, 'reverted');
    expect((await ledger.gate('planner', 1, 3)).allow).toBe(true);
    await ledger.tag('planner', 2, 'reverted');
    await ledger.tag('planner', 3, 'stable');
    expect((await ledger.activate('planner', 3)).version).toBe(3);
    expect((await ledger.gate('planner', 1, 3)).allow).toBe(true);
  });
});
