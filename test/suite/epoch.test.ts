/** Writes of machines that watch a version: what somebody else decided meanwhile stands. */

import { expect, test } from 'vitest';
import type { Epoch } from '../../src/api/types.js';
import type { Ledger } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { recordRange, refusal, tagsOf, writesNothing } from './expectations.js';

async function epochOf(ledger: Ledger): Promise<Epoch> {
  const epoch = await ledger.live.epoch('planner');
  if (epoch === null) throw new Error('no active version');
  return epoch;
}

const tags = async (ledger: Ledger, version: number) => tagsOf(await ledger.versions.get('planner', version));

onEachBackend('an epoch', (backend) => {
  test('names the active version and the entry since which it is', async () => {
    const ledger = await newLedger(backend);
    expect(await ledger.live.epoch('planner')).toBeNull();
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    const { seq } = await ledger.journal.position();
    expect(await ledger.live.epoch('planner')).toEqual({ version: 2, since: seq });
    await ledger.tag('planner', 2, 'blue');
    expect(await ledger.live.epoch('planner')).toEqual({ version: 2, since: seq });
    await ledger.rollback('planner', 'MANUAL');
    expect(await ledger.live.epoch('planner')).toEqual({ version: 1, since: seq + 2 });
  });

  test('that is over is not rolled back: another version is active, or the same one again', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    const expected = await epochOf(ledger);
    await recordRange(ledger, 'planner', 3, 3);
    const now = await epochOf(ledger);
    const sick = () => ledger.rollback('planner', 'HEALTH_FAILURE', { expect: expected });
    const error = await writesNothing(ledger, () => refusal(sick, 'NOT_ACTIVE'));
    expect(error.data).toEqual({ moduleId: 'planner', version: 2, expected: 2, actual: 3, since: now.since });
    expect(await tags(ledger, 3)).toEqual([]);
    // v2 comes back, later: an old opinion of it is not one of this time.
    await ledger.rollback('planner', 'MANUAL', { to: 2 });
    await writesNothing(ledger, () => refusal(sick, 'NOT_ACTIVE'));
    expect((await ledger.rollback('planner', 'HEALTH_FAILURE', { expect: await epochOf(ledger) })).version).toBe(1);
    expect(await tags(ledger, 2)).toEqual(['reverted']);
  });

  test('that is over is not activated upon, but an activation that happened is repeated', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    const first = await epochOf(ledger);
    for (const checksum of ['a', 'b']) await ledger.stage({ moduleId: 'planner', checksum });
    expect((await ledger.activate('planner', 2, { expect: first })).version).toBe(2);
    expect((await ledger.activate('planner', 2, { expect: first })).version).toBe(2);
    await refusal(() => ledger.activate('planner', 3, { expect: first }), 'NOT_ACTIVE');
  });

  test('must be one', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    const wrong = [{ version: 2 }, { version: 2, since: -1 }, { version: 2, since: 0.5 }, 'v2'] as unknown as Epoch[];
    for (const expected of wrong)
      await refusal(
        () => ledger.rollback('planner', 'MANUAL', { expect: expected }),
        typeof expected === 'string' ? 'INVALID_VERSION' : 'INVALID_ARGUMENT',
      );
    await refusal(() => ledger.live.markHealthy('planner', { version: 0, since: 1 }), 'INVALID_VERSION');
  });
});

onEachBackend('a version that was healthy', (backend) => {
  test('becomes a rollback target once, and only where the policy says so', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    const epoch = await epochOf(ledger);
    await ledger.policy.set({ settings: { promoteStable: false } });
    expect(await writesNothing(ledger, () => ledger.live.markHealthy('planner', epoch))).toBe(false);
    await ledger.policy.set({ settings: { promoteStable: true } });
    expect(await ledger.live.markHealthy('planner', epoch)).toBe(true);
    expect(await writesNothing(ledger, () => ledger.live.markHealthy('planner', epoch))).toBe(true);
    expect(await tags(ledger, 1)).toEqual(['stable']);
  });

  test('is not promoted against an operator who took its tag away, nor after its time', async () => {
    const ledger = await newLedger(backend, { promoteStable: true });
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'], 2: ['stable'] });
    const epoch = await epochOf(ledger);
    await ledger.untag('planner', 2, 'stable');
    expect(await writesNothing(ledger, () => ledger.live.markHealthy('planner', epoch))).toBe(false);
    await ledger.rollback('planner', 'MANUAL');
    await writesNothing(ledger, () => refusal(() => ledger.live.markHealthy('planner', epoch), 'NOT_ACTIVE'));
    expect(await tags(ledger, 2)).toEqual(['reverted']);
  });
});

onEachBackend('a version that failed', (backend) => {
  test('is tagged reverted where it is not active and nobody cleared it since', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3);
    const error = await refusal(() => ledger.live.markFailed('planner', 3), 'NOT_ACTIVE');
    expect(error.data.actual).toBe(3);
    expect(await ledger.live.markFailed('planner', 2)).toBe(true);
    expect(await writesNothing(ledger, () => ledger.live.markFailed('planner', 2))).toBe(true);
    await ledger.untag('planner', 2, 'reverted');
    expect(await writesNothing(ledger, () => ledger.live.markFailed('planner', 2))).toBe(false);
    const { seq: since } = await ledger.journal.position();
    expect(await ledger.live.markFailed('planner', 2, { since })).toBe(true);
    await refusal(() => ledger.live.markFailed('planner', 9), 'NOT_FOUND');
    for (const wrong of [Number.NaN, -1, 1.5, '1' as unknown as number])
      await refusal(() => ledger.live.markFailed('planner', 2, { since: wrong }), 'INVALID_ARGUMENT');
  });
});
