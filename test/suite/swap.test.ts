/** The ledger inside the swap pipeline, on every backend; the pipeline itself is tested in test/swap. */

import { expect, onTestFinished, test } from 'vitest';
import { HotSwapper } from '../../src/api/swap.js';
import type { LedgerLive } from '../../src/api/types.js';
import type { CompatibilityLevel, Ledger } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { collected, numbers, recordRange, tagsOf } from './expectations.js';

interface Candidate {
  readonly version: number;
  readonly code: string;
  readonly level: CompatibilityLevel;
  readonly loads?: boolean;
  readonly healthy?: boolean;
}

/** A process whose modules are their own source text, sick or unloadable where the candidate says so. */
class Process {
  private readonly ledger: Ledger;
  private readonly swapper: HotSwapper;
  private candidate: Candidate = FIRST;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.swapper = new HotSwapper({
      validator: { validate: () => true },
      healthCheck: { check: ({ version }) => version !== this.candidate.version || this.candidate.healthy !== false },
      healthWindowMs: 0,
      loader: {
        load: async ({ version, files }) => {
          if (version === this.candidate.version && this.candidate.loads === false) throw new Error('it does not load');
          return { exports: Buffer.from(files.get('index.js')?.data ?? []).toString() };
        },
      },
      assessor: { assess: async () => ({ level: this.candidate.level }) },
    });
    onTestFinished(() => this.swapper.close());
  }

  /** What a call would run now. */
  get running(): string {
    return this.swapper.handle<string>('planner').call((source) => source);
  }

  async swap(candidate: Candidate): Promise<{ phase: string; stayed: string | null; running: string; reason: string }> {
    this.candidate = candidate;
    const { version, code } = candidate;
    const request = { moduleId: 'planner', version, files: { 'index.js': code } };
    const { phase, stayed, reason } = await this.swapper.swap(request, { versionManager: this.ledger });
    return { phase, stayed, running: this.running, reason };
  }
}

const FIRST: Candidate = { version: 1, code: 'one', level: 'UNKNOWN' };

onEachBackend('a swap', (backend) => {
  test('that stays healthy is committed, and its checkpoint recorded', async () => {
    const ledger = await newLedger(backend);
    const swapper = new Process(ledger);
    expect(await swapper.swap(FIRST)).toMatchObject({ phase: 'COMMITTED', running: 'one' });
    expect(await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE' })).toMatchObject({ phase: 'COMMITTED' });
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 2]);
    expect(await ledger.versions.status('planner', 1)).toBe('ARCHIVED');
  });

  test('that goes sick is rolled back to the stable version, in process and in the ledger', async () => {
    const ledger = await newLedger(backend, { promoteStable: false });
    const swapper = new Process(ledger);
    await swapper.swap(FIRST);
    await ledger.tag('planner', 1, 'stable');
    await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE' });
    const outcome = await swapper.swap({ version: 3, code: 'three', level: 'MINOR_CHANGE', healthy: false });
    expect(outcome).toMatchObject({ phase: 'ROLLED_BACK', running: 'one' });
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    expect(await ledger.versions.status('planner', 3)).toBe('REVERTED');
    expect((await swapper.swap({ version: 4, code: 'four', level: 'COMPATIBLE' })).phase).toBe('COMMITTED');
    expect(numbers(await ledger.getLineage('planner'))).toEqual([1, 4]);
    const events = (await collected(ledger.history({ moduleId: 'planner' }))).flatMap((e) => e.events);
    expect(events.filter((e) => e.type === 'rollback')).toEqual([
      { type: 'rollback', moduleId: 'planner', fromVer: 3, toVer: 1, reason: 'HEALTH_FAILURE' },
    ]);
  });

  test('that goes sick with nothing stable behind it stays', async () => {
    const ledger = await newLedger(backend, { promoteStable: false });
    const swapper = new Process(ledger);
    await swapper.swap(FIRST);
    const outcome = await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE', healthy: false });
    expect(outcome).toMatchObject({ phase: 'ROLLED_BACK', stayed: 'NO_TARGET', running: 'two' });
    expect(await ledger.versions.status('planner', 2)).toBe('ACTIVE');
  });

  test('that does not load never goes live, and may be tried again', async () => {
    const ledger = await newLedger(backend);
    const swapper = new Process(ledger);
    await swapper.swap(FIRST);
    const outcome = await swapper.swap({ version: 2, code: 'two', level: 'COMPATIBLE', loads: false });
    expect(outcome).toMatchObject({ phase: 'FAILED', running: 'one' });
    expect(await ledger.versions.status('planner', 2)).toBe('STAGED');
    expect(await ledger.versions.status('planner', 1)).toBe('ACTIVE');
    expect((await ledger.stats()).totalCheckpoints).toBe(1);
  });

  test.each([
    { requireApproval: false, autoRollbackOnBreaking: false, stayed: 'POLICY' },
    { requireApproval: false, autoRollbackOnBreaking: true, stayed: null },
    { requireApproval: true, autoRollbackOnBreaking: false, stayed: 'POLICY' },
    { requireApproval: true, autoRollbackOnBreaking: true, stayed: null },
  ])('that is BREAKING and goes sick, under %o', async ({ stayed, ...config }) => {
    const ledger = await newLedger(backend, config);
    const swapper = new Process(ledger);
    await swapper.swap(FIRST);
    await ledger.tag('planner', 1, 'stable');
    const candidate: Candidate = { version: 2, code: 'two', level: 'BREAKING', healthy: false };
    if (config.requireApproval) {
      expect(await swapper.swap(candidate)).toMatchObject({ phase: 'FAILED', running: 'one' });
      expect(await ledger.pendingApprovals()).toHaveLength(1);
      await ledger.approve('planner', 1, 2);
    }
    const running = stayed === null ? 'one' : 'two';
    expect(await swapper.swap(candidate)).toMatchObject({ phase: 'ROLLED_BACK', stayed, running });
  });

  test('that another writer overtook is a conflict, and the process keeps what it ran', async () => {
    const place = await backend.init();
    const { ledger } = place;
    const swapper = new Process(ledger);
    await swapper.swap(FIRST);
    const other = await place.open();
    const live: LedgerLive = Object.create(ledger.live, {
      permit: {
        value: async (...asked: Parameters<LedgerLive['permit']>) => {
          const permit = await ledger.live.permit(...asked);
          await other.recordCheckpoint({ moduleId: 'planner', version: 9, checksum: 'overtaken' });
          return permit;
        },
      },
    });
    const racing: Ledger = Object.create(ledger, { live: { value: live } });
    const late = new Process(racing);
    const outcome = await late.swap({ version: 2, code: 'two', level: 'COMPATIBLE' });
    expect(outcome).toMatchObject({ phase: 'FAILED', running: 'one' });
    expect(outcome.reason).toContain('the active version is v9');
    expect(tagsOf(await ledger.versions.get('planner', 2))).toEqual([]);
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
