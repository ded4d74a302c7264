/** The ledger inside a swap pipeline: a stand-in for a hot swapper that uses nothing but the public calls. */

import { expect, test } from 'vitest';
import type { CompatibilityLevel, Ledger, RollbackReason } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { collected, numbers, recordRange, refusal, tagsOf } from './expectations.js';

interface Candidate {
  readonly version: number;
  readonly code: string;
  readonly level: CompatibilityLevel;
  readonly loads?: boolean;
  readonly healthy?: boolean;
}

type Phase = 'COMMITTED' | 'FAILED' | 'ROLLED_BACK' | 'SICK_BUT_KEPT';

interface Outcome {
  readonly phase: Phase;
  readonly running: string;
  readonly why: string;
}

/** Stages, assesses, gates, loads, commits, watches; goes back where the policy lets it. */
class StandInSwapper {
  /** What the process runs now. */
  running = '';
  private readonly ledger: Ledger;
  private readonly moduleId: string;

  constructor(ledger: Ledger, moduleId: string) {
    this.ledger = ledger;
    this.moduleId = moduleId;
  }

  async swap(candidate: Candidate): Promise<Outcome> {
    const { version, code, level, loads = true, healthy = true } = candidate;
    const { ledger, moduleId } = this;
    const content = { files: { 'index.js': code } };
    const active = await ledger.latestCheckpoint(moduleId);
    const fromVer = active?.version ?? null;
    await ledger.stage({ moduleId, version, parentVer: fromVer }, content);
    await ledger.assessCompatibility({ moduleId, fromVer, toVer: version, level });
    const verdict = await ledger.gate(moduleId, fromVer, version);
    if (!verdict.allow) return this.outcome('FAILED', verdict.reasons.join());
    if (!loads) {
      await ledger.tag(moduleId, version, 'reverted');
      return this.outcome('FAILED', 'it does not load');
    }
    const before = this.running;
    this.running = code;
    try {
      await ledger.recordCheckpoint({ moduleId, version, parentVer: fromVer }, content);
    } catch (error) {
      this.running = before;
      throw error;
    }
    return healthy ? this.outcome('COMMITTED', '') : this.becomeSick(level, 'HEALTH_FAILURE');
  }

  private async becomeSick(level: CompatibilityLevel, reason: RollbackReason): Promise<Outcome> {
    const { ledger, moduleId } = this;
    const { autoRollbackOnBreaking } = await ledger.policy();
    if (level === 'BREAKING' && !autoRollbackOnBreaking) return this.outcome('SICK_BUT_KEPT', 'the policy says no');
    const target = await ledger.rollbackTarget(moduleId, reason);
    if (target === null) return this.outcome('SICK_BUT_KEPT', 'no target');
    const file = (await ledger.readFiles(moduleId, target.version)).get('index.js');
    this.running = Buffer.from(file?.data ?? []).toString();
    await ledger.rollback(moduleId, reason);
    return this.outcome('ROLLED_BACK', reason);
  }

  private outcome(phase: Phase, why: string): Outcome {
    return { phase, running: this.running, why };
  }
}

const FIRST: Candidate = { version: 1, code: 'one', level: 'UNKNOWN' };

onEachBackend('a swap', (backend) => {
  test('that stays healthy is committed, and its checkpoint recorded', async () => {
    const ledger = await newLedger(backend);
    const swapper = new StandInSwapper(ledger, 'planner');
    expect(await swapper.swap(FIRST)).toMatchObject({ phase: 'COMMITTED', running: 'one' });
    expect(await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE' })).toMatchObject({ phase: 'COMMITTED' });
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 2]);
    expect(await ledger.statusOf('planner', 1)).toBe('ARCHIVED');
  });

  test('that goes sick is rolled back to the stable version, in process and in the ledger', async () => {
    const ledger = await newLedger(backend);
    const swapper = new StandInSwapper(ledger, 'planner');
    await swapper.swap(FIRST);
    await ledger.tag('planner', 1, 'stable');
    await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE' });
    const outcome = await swapper.swap({ version: 3, code: 'three', level: 'MINOR_CHANGE', healthy: false });
    expect(outcome).toMatchObject({ phase: 'ROLLED_BACK', running: 'one' });
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    expect(await ledger.statusOf('planner', 3)).toBe('REVERTED');
    expect((await swapper.swap({ version: 4, code: 'four', level: 'COMPATIBLE' })).phase).toBe('COMMITTED');
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 4]);
    const events = (await collected(ledger.history({ moduleId: 'planner' }))).flatMap((e) => e.events);
    expect(events.filter((e) => e.type === 'rollback')).toEqual([
      { type: 'rollback', moduleId: 'planner', fromVer: 3, toVer: 1, reason: 'HEALTH_FAILURE' },
    ]);
  });

  test('that goes sick with nothing stable behind it stays', async () => {
    const ledger = await newLedger(backend);
    const swapper = new StandInSwapper(ledger, 'planner');
    await swapper.swap(FIRST);
    const outcome = await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE', healthy: false });
    expect(outcome).toEqual({ phase: 'SICK_BUT_KEPT', running: 'two', why: 'no target' });
    expect(await ledger.statusOf('planner', 2)).toBe('ACTIVE');
  });

  test('that does not load never goes live, and is reverted', async () => {
    const ledger = await newLedger(backend);
    const swapper = new StandInSwapper(ledger, 'planner');
    await swapper.swap(FIRST);
    const outcome = await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE', loads: false });
    expect(outcome).toMatchObject({ phase: 'FAILED', running: 'one' });
    expect(await ledger.statusOf('planner', 2)).toBe('REVERTED');
    expect(await ledger.statusOf('planner', 1)).toBe('ACTIVE');
    expect((await ledger.stats()).totalCheckpoints).toBe(1);
  });

  test.each([
    { requireApproval: false, autoRollbackOnBreaking: false, sick: 'SICK_BUT_KEPT' },
    { requireApproval: false, autoRollbackOnBreaking: true, sick: 'ROLLED_BACK' },
    { requireApproval: true, autoRollbackOnBreaking: false, sick: 'SICK_BUT_KEPT' },
    { requireApproval: true, autoRollbackOnBreaking: true, sick: 'ROLLED_BACK' },
  ])('that is BREAKING and goes sick, under %o', async ({ sick, ...config }) => {
    const ledger = await newLedger(backend, config);
    const swapper = new StandInSwapper(ledger, 'planner');
    await swapper.swap(FIRST);
    await ledger.tag('planner', 1, 'stable');
    const candidate: Candidate = { version: 2, code: 'two', level: 'BREAKING', healthy: false };
    if (config.requireApproval) {
      expect(await swapper.swap(candidate)).toMatchObject({ phase: 'FAILED', running: 'one' });
      expect(await ledger.pendingApprovals()).toHaveLength(1);
      await ledger.approve('planner', 1, 2);
    }
    expect((await swapper.swap(candidate)).phase).toBe(sick);
    expect(swapper.running).toBe(sick === 'ROLLED_BACK' ? 'one' : 'two');
  });

  test('that another writer overtook is a conflict, and the process keeps what it ran', async () => {
    const place = await backend.init();
    const { ledger } = place;
    const swapper = new StandInSwapper(ledger, 'planner');
    await swapper.swap(FIRST);
    const other = await place.open();
    const racing: Ledger = Object.create(ledger, {
      gate: {
        value: async (...pair: Parameters<Ledger['gate']>) => {
          const verdict = await ledger.gate(...pair);
          await other.recordCheckpoint({ moduleId: 'planner', version: 9, checksum: 'overtaken' });
          return verdict;
        },
      },
    });
    const late = new StandInSwapper(racing, 'planner');
    late.running = 'one';
    await refusal(() => late.swap({ version: 2, code: 'two', level: 'COMPATIBLE' }), 'NOT_ACTIVE');
    expect(late.running).toBe('one');
    expect(tagsOf(await ledger.getVersion('planner', 2))).toEqual([]);
  });
});

onEachBackend('stats', (backend) => {
  test('count modules with an active version, versions ever active, pairs with a report, pairs waiting', async () => {
    const place = await backend.init({ requireApproval: true });
    const { ledger } = place;
    const none = { trackedModules: 0, totalCheckpoints: 0, compatibilityRecords: 0, pendingApprovals: 0 };
    expect(await ledger.stats()).toEqual(none);
    await recordRange(ledger, 'planner', 1, 3, { 1: ['stable'] });
    await recordRange(ledger, 'sink', 1, 1);
    await ledger.stage({ moduleId: 'staged-only', checksum: 'x' });
    await ledger.stage({ moduleId: 'planner', version: 4, checksum: 'x' });
    expect(await ledger.stats()).toEqual({ ...none, trackedModules: 2, totalCheckpoints: 4 });
    const report = { moduleId: 'planner', fromVer: 3, toVer: 4, level: 'BREAKING' } as const;
    await ledger.assessCompatibility(report);
    await ledger.assessCompatibility({ ...report, rationale: 'again' });
    await ledger.assessCompatibility({ ...report, fromVer: 2, toVer: 3, level: 'COMPATIBLE' });
    const counted = { trackedModules: 2, totalCheckpoints: 4, compatibilityRecords: 2, pendingApprovals: 1 };
    expect(await ledger.stats()).toEqual(counted);
    await ledger.rollback('planner', 'MANUAL');
    expect(await ledger.stats()).toEqual(counted);
    expect(await (await place.open()).stats()).toEqual(counted);
  });
});
