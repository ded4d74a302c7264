/** A swapper that was given no assessor: what a version changes is measured by its files. */

import { describe, expect, it } from 'vitest';
import type { NewReport } from '../../src/index.js';
import { OBEDIENT } from '../assess/engine-scripts.js';
import { makeVersionManager } from './live.mjs';
import { MODULE, type Scene, says, scene } from './scene.js';

/** A ledger whose engine does as the file `do` of the new version says. */
async function measuring(policy = {}, options: Parameters<typeof scene>[0] = {}): Promise<Scene> {
  const ledger = await makeVersionManager(policy, { assessor: { script: OBEDIENT, timeLimitMs: 5_000 } });
  return scene({ assessor: undefined, ledger, ...options });
}

function told(word: string, command: string): Record<string, string> {
  return { ...says(word), do: command };
}

describe('without an assessor of its own', () => {
  it('measures each version against the one that it replaces, and stores what was found', async () => {
    const made = await measuring();
    expect(await made.swap(told('one', 'BREAKING'))).toMatchObject({ phase: 'COMMITTED', level: 'UNKNOWN' });
    expect(await made.ledger.reports.list(MODULE)).toEqual([]);
    expect(made.notices.some((n) => n.type === 'step' && n.step === 'assess')).toBe(false);
    const result = await made.swap(told('two', 'MINOR_CHANGE'));
    expect(result).toMatchObject({
      phase: 'COMMITTED',
      level: 'MINOR_CHANGE',
      report: { rationale: 'found: MINOR_CHANGE', approvedBy: 'auto' },
    });
    expect(await made.ledger.reports.list(MODULE, 1, 2)).toMatchObject([
      { level: 'MINOR_CHANGE', assessor: expect.stringMatching(/^git-lineage\/assess-/), bound: true },
    ]);
    expect(made.told()).not.toContain('warning');
  });

  it('holds back what it finds BREAKING, where the policy asks for an approval', async () => {
    const made = await measuring({ requireApproval: true });
    await made.swap(told('one', ''));
    expect(await made.swap(told('two', 'BREAKING'))).toMatchObject({
      phase: 'FAILED',
      step: 'gate',
      level: 'BREAKING',
    });
    expect(await made.ledger.pendingApprovals()).toMatchObject([{ toVer: 2, rationale: 'found: BREAKING' }]);
    await made.ledger.approve(MODULE, 1, 2);
    expect(await made.swap(told('two', 'BREAKING'), { version: 2 })).toMatchObject({
      phase: 'COMMITTED',
      level: 'BREAKING',
    });
    expect(await made.ledger.reports.list(MODULE, 1, 2)).toHaveLength(2);
    expect(made.say()).toBe('two');
  });

  it('goes on with a warning where the engine fails: the report says so', async () => {
    const made = await measuring();
    await made.swap(told('one', ''));
    const result = await made.swap(told('two', 'exits always'));
    expect(result).toMatchObject({ phase: 'COMMITTED', level: 'UNKNOWN' });
    expect(result.report?.rationale).toContain('the engine failed: it ended with exit code 7');
    expect(made.told()).toContain('warning');
  });

  it('stores what comes too late for the swap', async () => {
    const made = await measuring({}, { assessTimeoutMs: 20 });
    await made.swap(told('one', ''));
    expect(await made.swap(told('two', 'waits'))).toMatchObject({ phase: 'COMMITTED', level: 'UNKNOWN' });
    expect(made.notices.find((n) => n.type === 'warning')).toMatchObject({
      message: 'the assessor failed, what was known before stands: the assessor took longer than 20 ms',
    });
    while ((await made.ledger.reports.list(MODULE, 1, 2)).length === 0) await new Promise((go) => setTimeout(go, 20));
    expect((await made.ledger.gate(MODULE, 1, 2)).level).toBe('MINOR_CHANGE');
  });

  it('measures nothing where it is told to', async () => {
    const made = await measuring({}, { assessor: null });
    await made.swap(told('one', ''));
    expect(await made.swap(told('two', 'BREAKING'))).toMatchObject({ phase: 'COMMITTED', level: 'UNKNOWN' });
    expect(await made.ledger.reports.list(MODULE)).toEqual([]);
  });

  it('tells a manager with the seven calls alone what the files that it staged say', async () => {
    const made = await scene();
    const reports: NewReport[] = [];
    const { ledger } = made;
    const manager = {
      recordCheckpoint: ledger.recordCheckpoint.bind(ledger),
      getLineage: ledger.getLineage.bind(ledger),
      latestCheckpoint: ledger.latestCheckpoint.bind(ledger),
      rollbackTarget: ledger.rollbackTarget.bind(ledger),
      pendingApprovals: ledger.pendingApprovals.bind(ledger),
      stats: ledger.stats.bind(ledger),
      assessCompatibility: async (report: NewReport) => {
        reports.push(report);
        return report.level;
      },
    };
    const seven = await scene({ assessor: undefined, manager });
    await seven.swap('one');
    const lost = { 'index.mjs': 'export const other = () => 1;\n' };
    const result = await seven.swap(lost);
    expect(result).toMatchObject({ phase: 'COMMITTED', level: 'BREAKING' });
    expect(reports).toMatchObject([{ moduleId: MODULE, fromVer: 1, toVer: 2, level: 'BREAKING' }]);
    expect(reports[0]?.rationale).toMatch(/word/);
    expect(reports[0]?.assessor).toMatch(/^git-lineage\/assess-/);
  });
});
