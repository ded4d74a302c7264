/** Somebody's clock is fast, once, by chance or on purpose: every later entry would take its date, and every copy refuse it until then. */

import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { cloneLedger, initLedger, type LedgerNotice, openLedger, type Role } from '../../src/index.js';
import { guardedPlace } from '../hooks/guarded-place.js';
import { inFolder } from '../interop/ledger-on-disk.js';
import { onEachBackend, type Place } from '../suite/backends.js';
import { recordRange, refusal, writesNothing } from '../suite/expectations.js';
import { enrol } from '../suite/people.js';
import { initLedger as initLiveLedger, ephemeralSigner as liveSigner } from '../swap/live.mjs';
import { folder, liveScene, MODULE } from '../swap/scene.js';

/** A clone looks at the machine's own clock. */
const NOW = Math.floor(Date.now() / 1000);
const YEARS = 100 * 31_557_600;

/** A clock that can be set. */
function settable(): { now: () => number; set: (time: number) => void } {
  let time = NOW;
  return {
    now: () => time,
    set: (to) => {
      time = to;
    },
  };
}

/** A ledger of `format` in which a clock that was a hundred years fast has dated the last entry. */
async function ahead(place: Place): Promise<void> {
  await recordRange(place.ledger, 'planner', 1, 1, { 1: ['stable'] });
  const fast = await place.open({ now: () => NOW + YEARS });
  await recordRange(fast, 'planner', 2, 2);
}

onEachBackend('a ledger whose last entry a fast clock has dated', (backend) => {
  test('is written by nobody whose clock is right, and they are told', async () => {
    const place = await backend.init(undefined, { now: () => NOW });
    await ahead(place);
    const error = await writesNothing(place.ledger, () =>
      refusal(() => recordRange(place.ledger, 'planner', 3, 3), 'CLOCK_AHEAD'),
    );
    expect(error.data).toEqual({ seq: 2, timestamp: NOW + YEARS, now: NOW, tolerance: 300 });
    expect(error.retryable).toBe(true);
    expect(error.hint).toContain('git-lineage clock');
    // Reading goes on.
    expect((await place.ledger.latestCheckpoint('planner'))?.version).toBe(2);
  });

  test.each([1, 2] as const)('of format %i is brought back by an admin, and passes the audit', async (format) => {
    const place = await backend.init(undefined, { now: () => NOW, format });
    await ahead(place);
    const before = await place.ledger.audit();
    expect(before.outcome).toBe('failed');
    expect(before.steps.filter(({ problems }) => problems.length > 0).map(({ name }) => name)).toEqual(['dates']);
    const { findings } = await place.ledger.journal.doctor();
    expect(findings).toMatchObject([{ kind: 'clock-ahead', where: 'refs/heads/ledger', mendable: false }]);
    expect(findings[0]?.remedy).toContain('git-lineage clock');
    if (format === 1) {
      const error = await writesNothing(place.ledger, () =>
        refusal(() => place.ledger.journal.declareMisdated(), 'INVALID_ARGUMENT'),
      );
      expect(error.message).toBe('clock: expected a ledger of format 2, got one of format 1');
      await place.ledger.policy.upgrade();
    } else expect(await place.ledger.journal.declareMisdated()).toEqual({ first: 2, last: 2 });
    await recordRange(place.ledger, 'planner', 3, 3);
    await place.ledger.rollback('planner', 'MANUAL');
    expect((await place.ledger.journal.doctor()).findings).toEqual([]);
    const after = await place.ledger.audit();
    expect([after.outcome, after.misdated, after.timestamp]).toEqual(['passed', [{ first: 2, last: 2 }], NOW]);
    const error = await writesNothing(place.ledger, () =>
      refusal(() => place.ledger.journal.declareMisdated(), 'INVALID_ARGUMENT'),
    );
    expect(error.message).toContain('dated ahead of this clock');
  });

  test('is brought back by as many admins as the policy says, and by no other', async () => {
    const place = await backend.init(undefined, { now: () => NOW, format: 2 });
    const by = async (name: string, role: Role) =>
      place.open({ signer: (await enrol(place, name, [role])).signer, now: () => NOW });
    const [first, second] = [await by('ada@example.org', 'admin'), await by('ben@example.org', 'admin')];
    const recorder = await by('ci@example.org', 'recorder');
    // The owner is a root, who can do it alone.
    await place.ledger.policy.set({ settings: { adminThreshold: 2 } });
    await ahead(place);
    await refusal(() => recorder.journal.declareMisdated(), 'ROLE_REQUIRED');
    const error = await writesNothing(first, () => refusal(() => first.journal.declareMisdated(), 'ROLE_REQUIRED'));
    expect(error.message).toContain('a Clock line takes the signatures of 2 principals');
    const countersignatures = [await second.policy.countersign({ misdated: true })];
    expect(await first.journal.declareMisdated({ countersignatures })).toMatchObject({ first: 6 });
    expect((await first.audit()).outcome).toBe('passed');
  });

  test('is written on while it is ahead by no more than the policy says, and the writer is told', async () => {
    const clock = settable();
    const told: LedgerNotice[] = [];
    const onEvent = (notice: LedgerNotice) => {
      if (notice.type === 'warning' && notice.code === 'CLOCK_BEHIND') told.push(notice);
    };
    const place = await backend.init({ clockTolerance: 60 }, { now: clock.now, format: 2, onEvent });
    clock.set(NOW + 60);
    await recordRange(place.ledger, 'planner', 1, 1);
    // Clocks that are kept in step are never quite the same.
    clock.set(NOW + 59);
    await place.ledger.tag('planner', 1, 'stable');
    expect(told).toEqual([]);
    clock.set(NOW);
    await recordRange(place.ledger, 'planner', 2, 2);
    const dates = [];
    for await (const { timestamp } of place.ledger.history()) dates.push(timestamp);
    expect(dates).toEqual([NOW + 60, NOW + 60, NOW + 60, NOW]);
    const [at, behind] = [NOW + 60, NOW].map((time) => new Date(time * 1000).toISOString());
    const message = `entry 2 is dated ${at}, and this machine's clock shows ${behind}: what is written takes the later date`;
    expect(told).toEqual([{ type: 'warning', moduleId: 'ledger', code: 'CLOCK_BEHIND', message }]);
    clock.set(NOW - 1);
    await refusal(() => recordRange(place.ledger, 'planner', 3, 3), 'CLOCK_AHEAD');
    expect(told).toHaveLength(1);
  });
});

describe('entries from elsewhere that a fast clock has dated', () => {
  test('are held by who pulls, until an admin says that they are misdated', async () => {
    await inFolder(async (dir) => {
      const signer = await ephemeralSigner('ops@example.org');
      const at = (name: string) => `${dir}/${name}.git`;
      const central = await initLedger({ gitdir: at('central'), signer, now: () => NOW, format: 2 });
      await recordRange(central, 'planner', 1, 1);
      await cloneLedger({ url: at('central'), gitdir: at('copy') });
      const fast = await openLedger({ gitdir: at('copy'), signer, now: () => NOW + YEARS });
      await recordRange(fast, 'planner', 2, 2);
      await fast.close();
      const right = await openLedger({ gitdir: at('copy'), signer, now: () => NOW });
      const held = await writesNothing(central, () => refusal(() => central.replicas.pull(at('copy')), 'CLOCK_AHEAD'));
      expect(held.data).toMatchObject({ seq: 2, now: NOW });
      expect((await auditLedger({ path: at('copy'), now: () => NOW })).outcome).toBe('failed');
      await right.journal.declareMisdated();
      expect(await central.replicas.pull(at('copy'))).toMatchObject({ adopted: 2 });
      expect((await central.audit()).outcome).toBe('passed');
      await recordRange(central, 'planner', 3, 3);
      await Promise.all([central.close(), right.close()]);
    });
  });

  test('are held by the ledger that they are pushed to, until an admin says that they are misdated', async () => {
    const { hub, node, signer, git } = await guardedPlace({ format: 2 });
    const push = () => git(node, ['push', '--mirror', hub]);
    const fast = await openLedger({ gitdir: node, signer, now: () => NOW + YEARS });
    await recordRange(fast, 'planner', 3, 3);
    await fast.close();
    const before = (await git(hub, ['for-each-ref'])).out;
    const { code, out } = await push();
    expect([code === 0, out]).toEqual([false, expect.stringMatching(/error: CLOCK_AHEAD: entry 3 is dated 2/)]);
    expect((await git(hub, ['for-each-ref'])).out).toBe(before);
    const right = await openLedger({ gitdir: node, signer });
    await right.journal.declareMisdated();
    await right.close();
    expect(await push()).toMatchObject({ code: 0 });
    const { outcome, misdated } = await auditLedger({ path: hub });
    expect([outcome, misdated]).toEqual(['passed', [{ first: 3, last: 3 }]]);
  });
});

describe('a service whose version goes sick while the ledger is ahead', () => {
  test('goes back at once; the ledger is told once an admin has said which dates are wrong', async () => {
    const clock = settable();
    const gitdir = join(folder(), 'ledger.git');
    const signer = await liveSigner('ops@example.org');
    const ledger = await initLiveLedger({ gitdir, signer, now: clock.now, format: 2 });
    onTestFinished(() => ledger.close());
    const made = await liveScene({ ledger });
    clock.set(NOW + YEARS);
    const { rollback } = ledger;
    ledger.rollback = (...args) => {
      clock.set(NOW);
      return rollback.apply(ledger, args);
    };
    made.health = false;
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', journaled: false, restored: { version: 1 } });
    expect(result.error).toMatchObject({ code: 'CLOCK_AHEAD' });
    expect(made.say()).toBe('one');
    expect((await ledger.latestCheckpoint(MODULE))?.version).toBe(2);
    await ledger.journal.declareMisdated();
    await vi.waitFor(async () => expect((await ledger.latestCheckpoint(MODULE))?.version).toBe(1), {
      timeout: 30_000,
      interval: 50,
    });
    expect((await ledger.audit()).outcome).toBe('passed');
  });
});
