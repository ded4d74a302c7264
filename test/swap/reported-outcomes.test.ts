/** Outcomes that others report while a health window is open: evidence beside the calls of this process, each counted once. */

import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Outcome, outcomeRecorder } from '../../src/api/swap.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { initLedger, type Ledger, openLedger } from '../../src/index.js';
import { CallCounts } from '../../src/swap/health/call-counts.js';
import { type Watched, watch } from '../../src/swap/health/health-window.js';
import { LiveCheck } from '../../src/swap/health/live-check.js';
import { OutcomeFile } from '../../src/swap/outcomes/outcome-file.js';
import { ReportedOutcomes } from '../../src/swap/outcomes/reported-outcomes.js';
import { folder, liveScene, MODULE, plainLoader, scene } from './scene.js';

const SUMMARY = 'outcomes: 16 of 16 failed (100.0%), 1.0% of those of v1';

/** A ledger whose first version is stable and runs, was used 100 times, and whose outcomes come from somebody who may not roll back. */
async function served(options: Parameters<typeof liveScene>[0] = {}) {
  const gitdir = join(folder(), 'ledger.git');
  const signer = await ephemeralSigner('ops@example.org');
  const ledger = await initLedger({ gitdir, signer });
  onTestFinished(() => ledger.close());
  const made = await liveScene({ ledger, loader: plainLoader(), healthWindowMs: 600_000, ...options });
  const reader = await openLedger({ gitdir });
  onTestFinished(() => reader.close());
  const outcomes = outcomeRecorder({ ledger: reader });
  const say = async (version: number, outcome: Outcome['outcome'], weight: number): Promise<void> => {
    outcomes.report({ moduleId: MODULE, version, outcome, weight });
    await outcomes.flush();
  };
  await say(1, 'ok', 99);
  await say(1, 'failed', 1);
  return { gitdir, signer, ledger, made, say };
}

async function rollbacksOf(ledger: Ledger): Promise<number> {
  let count = 0;
  for await (const { events } of ledger.history()) count += events.filter(({ type }) => type === 'rollback').length;
  return count;
}

describe('a version of which reported uses fail while its window is open', () => {
  it('is rolled back by the swap, by a reporter who may not, and its tag has the numbers that decided', async () => {
    const { ledger, made, say } = await served();
    const swapping = made.swap('two');
    await made.next(({ type }) => type === 'committed');
    await say(2, 'failed', 16);
    const result = await swapping;
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', rollbackReason: 'HEALTH_FAILURE', restored: { version: 1 } });
    expect(result.reason).toBe(`${SUMMARY}; back on v1`);
    expect([...(await ledger.versions.get(MODULE, 2)).tags].sort()).toEqual([SUMMARY, 'reverted']);
    expect(made.swapper.handle(MODULE).version).toBe(1);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  it('is rolled back once, whoever watches it, and callers of each process go back', async () => {
    const { gitdir, signer, ledger, made, say } = await served();
    const second = await openLedger({ gitdir, signer });
    onTestFinished(() => second.close());
    const swapping = made.swap('two');
    await made.next(({ type }) => type === 'committed');
    const other = await scene({ ledger: second, loader: plainLoader(), healthWindowMs: 600_000 });
    await other.swapper.resume({ versionManager: second });
    await say(2, 'failed', 16);
    expect(await swapping).toMatchObject({ phase: 'ROLLED_BACK' });
    // Whoever was second finds it done, and comes to what is active.
    await vi.waitFor(
      async () => {
        expect([made, other].map(({ swapper }) => swapper.handle(MODULE).version)).toEqual([1, 1]);
        expect([...(await ledger.versions.get(MODULE, 2)).tags].sort()).toEqual([SUMMARY, 'reverted']);
      },
      { timeout: 30_000 },
    );
    expect(await rollbacksOf(ledger)).toBe(1);
  });

  it('stays where the policy keeps a BREAKING version, for a recorder with a key too', async () => {
    const { ledger, made } = await served({ healthWindowMs: 0 });
    await ledger.policy.set({ settings: { autoRollbackOnBreaking: false } });
    await ledger.assessCompatibility({ moduleId: MODULE, fromVer: 1, toVer: 2, level: 'BREAKING' });
    expect(await made.swap('two')).toMatchObject({ phase: 'COMMITTED' });
    const outcomes = outcomeRecorder({ ledger });
    outcomes.report({ moduleId: MODULE, version: 2, outcome: 'failed', weight: 16 });
    expect(await outcomes.flush()).toMatchObject([
      { summary: SUMMARY, restored: null, stayed: expect.stringContaining('autoRollbackOnBreaking') },
    ]);
    expect((await ledger.latestCheckpoint(MODULE))?.version).toBe(2);
  });
});

it('a window that somebody ends while the counts are read ends as they want it', async () => {
  const stop = new AbortController();
  const counts = new CallCounts();
  const reported = {
    async look() {
      stop.abort();
      return { since: { bad: 99, of: 99 }, base: { bad: 0, of: 100 }, summary: 'outcomes: 99 of 99 failed' };
    },
  };
  const source = {
    settings: { callTimeoutMs: 1000, healthCheck: null, healthIntervalMs: 600_000, healthFailures: {} },
  };
  const watched = { instance: { counts }, before: null, source, reported } as unknown as Watched;
  expect(await watch(watched, 600_000, stop.signal)).toEqual({ end: 'interrupted' });
});

it('each outcome is looked at once by each who watches, from the entry that made the version active on', async () => {
  const { gitdir, ledger, say } = await served({ healthWindowMs: 0 });
  await ledger.stage({ moduleId: MODULE }, { files: { 'index.mjs': 'export const word = 2;\n' } });
  await say(2, 'failed', 7);
  await ledger.activate(MODULE, 2);
  const { activation } = await ledger.versions.summary(MODULE);
  const watching = () => new ReportedOutcomes(new OutcomeFile(gitdir, MODULE), 1);
  const [one, other] = [watching(), watching()];
  await say(2, 'failed', 3);
  expect(await one.look()).toBeNull();
  for (const each of [one, other]) each.from({ version: 2, since: activation?.seq ?? null });
  const base = { bad: 1, of: 100 };
  expect(await one.look()).toMatchObject({ since: { bad: 3, of: 3 }, base });
  expect(await one.look()).toBeNull();
  await say(2, 'ok', 2);
  // Of another version: nothing new about this one.
  await say(1, 'ok', 1);
  expect(await one.look()).toMatchObject({ since: { bad: 0, of: 2 } });
  expect(await other.look()).toMatchObject({ since: { bad: 3, of: 5 } });
  expect([await one.look(), await other.look()]).toEqual([null, null]);
});

it('what has no end, and is there under the name of the counts, is not read', async () => {
  const { gitdir, ledger, say } = await served({ healthWindowMs: 0 });
  await say(1, 'ok', 1);
  const { activation } = await ledger.versions.summary(MODULE);
  const watching = new ReportedOutcomes(new OutcomeFile(gitdir, MODULE), null);
  watching.from({ version: 1, since: activation?.seq ?? null });
  const beside = join(gitdir, 'lineage', 'outcomes');
  const counts = readdirSync(beside).filter((name) => name.endsWith('.json'));
  expect(counts.length).toBe(1);
  for (const name of counts) {
    rmSync(join(beside, name));
    execFileSync('mkfifo', [join(beside, name)]);
  }
  expect(await watching.look()).toBeNull();
});

it('calls here and outcomes elsewhere add up, each against its own of the version before', () => {
  const watched = (): { counts: CallCounts; check: LiveCheck } => {
    const [counts, before] = [new CallCounts(), new CallCounts()];
    for (let i = 0; i < 100; i++) before.answeredAtOnce(-1, 'well');
    return { counts, check: new LiveCheck(counts, { version: 1, counts: before }, 1000) };
  };
  const reported = (bad: number, of: number, base = { bad: 0, of: 100 }) => ({
    since: { bad, of },
    base,
    summary: `outcomes: ${bad} of ${of} failed`,
  });
  const fails = (counts: CallCounts, n: number): void => {
    for (let i = 0; i < n; i++) counts.answeredAtOnce(-1, 'failed');
  };
  const alone = watched();
  fails(alone.counts, 8);
  expect(alone.check.look()).toBeNull();
  expect(watched().check.look(reported(8, 8))).toBeNull();
  const both = watched();
  fails(both.counts, 8);
  expect(both.check.look(reported(8, 8))).toEqual({
    detail: 'outcomes: 8 of 8 failed; 8 of 8 calls failed',
    summary: 'outcomes: 8 of 8 failed; 8 of 8 calls failed',
  });
  // Uses elsewhere that failed as often before say nothing against it.
  const used = watched();
  for (let i = 0; i < 50; i++) expect(used.check.look(reported(3, 10, { bad: 30, of: 100 }))).toBeNull();
  // Without outcomes it is told as ever.
  const calls = watched();
  fails(calls.counts, 20);
  expect(calls.check.look()).toEqual({ detail: expect.stringMatching(/^20 of its 20 calls failed/), summary: null });
});
