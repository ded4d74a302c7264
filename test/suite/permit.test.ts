/** Asking whether a version may become active: what an activation would be answered, and nothing written. */

import { expect, test } from 'vitest';
import type { Permit } from '../../src/api/types.js';
import type { Ledger, LedgerOptions } from '../../src/index.js';
import { OBEDIENT } from '../assess/engine-scripts.js';
import { type Backend, newLedger, onEachBackend } from './backends.js';
import { recordRange, refusal, writesNothing } from './expectations.js';
import { enrol } from './people.js';

const SCRIPTED: Pick<LedgerOptions, 'assessor'> = { assessor: { script: OBEDIENT, timeLimitMs: 10_000 } };

/** A ledger whose v1 is active and whose v2 is staged. */
async function stagedTwo(backend: Backend, config = {}): Promise<Ledger> {
  const ledger = await newLedger(backend, config);
  await recordRange(ledger, 'planner', 1, 1);
  await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
  return ledger;
}

/** The answer, which must leave the journal where it is. */
function asked(ledger: Ledger, version = 2, moduleId = 'planner'): Promise<Permit> {
  return writesNothing(ledger, () => ledger.live.permit(moduleId, version));
}

function codes({ reasons }: Permit): string[] {
  return reasons.map(({ code }) => code);
}

onEachBackend('permit', (backend) => {
  test('allows what an activation would, with the report behind the level', async () => {
    const ledger = await stagedTwo(backend);
    expect(await asked(ledger)).toEqual({
      allow: true,
      level: 'UNKNOWN',
      reasons: [{ code: 'NO_REPORT', message: expect.any(String) }],
      report: null,
    });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'MINOR_CHANGE' });
    const [report] = await ledger.reports.list('planner', 1, 2);
    expect(await asked(ledger)).toEqual({ allow: true, level: 'MINOR_CHANGE', reasons: [], report });
    await ledger.activate('planner', 2);
    expect(await asked(ledger)).toEqual({ allow: true, level: 'MINOR_CHANGE', reasons: [], report });
  });

  test('refuses what an activation would, for the same reasons', async () => {
    const ledger = await stagedTwo(backend, { requireApproval: true });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    const { data } = await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    const answer = await asked(ledger);
    expect(answer).toMatchObject({ allow: false, level: 'BREAKING', reasons: data.reasons });
    expect(answer.report).toMatchObject({ level: 'BREAKING', approvedBy: 'auto' });
    await ledger.approve('planner', 1, 2);
    expect(codes(await asked(ledger))).toEqual(['APPROVED']);
    await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1, checksum: 'two' });
    await ledger.tag('planner', 2, 'reverted');
    for (const version of [2, 3]) {
      await refusal(() => ledger.activate('planner', version), 'VERSION_REVERTED');
      expect(codes(await asked(ledger, version))).toContain('REVERTED');
    }
  });

  test('answers for what cannot become active: a value that says why', async () => {
    const ledger = await stagedTwo(backend);
    expect(await asked(ledger, 9)).toMatchObject({ allow: false, reasons: [{ code: 'NOT_IN_LEDGER' }], report: null });
    expect(codes(await asked(ledger, 1, 'nobody'))).toEqual(['NOT_IN_LEDGER']);
    await ledger.activate('planner', 2);
    await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1, checksum: 'three' });
    expect(codes(await asked(ledger, 3))).toEqual(['OTHER_PARENT']);
    expect(codes(await asked(ledger, 1))).toEqual(['OTHER_PARENT']);
    await refusal(() => ledger.live.permit('no spaces', 1), 'INVALID_MODULE_ID');
    await refusal(() => ledger.live.permit('planner', 0), 'INVALID_VERSION');
    await ledger.close();
    await refusal(() => ledger.live.permit('planner', 2), 'INVALID_ARGUMENT');
  });

  test('lets the active version stay, whatever became of its approval', async () => {
    const ledger = await stagedTwo(backend, { requireApproval: true });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
    await ledger.withdraw('planner', 1, 2);
    await writesNothing(ledger, () => ledger.activate('planner', 2));
    expect(await asked(ledger)).toMatchObject({ allow: true, level: 'BREAKING', reasons: [] });
  });

  test('takes no key', async () => {
    const place = await backend.init();
    await recordRange(place.ledger, 'planner', 1, 1);
    await place.ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
    expect((await asked(await place.open({ signer: undefined }))).allow).toBe(true);
    expect((await asked((await enrol(place, 'a@example.org', ['admin'])).ledger)).allow).toBe(true);
  });

  test('measures what an activation would measure, and stores nothing', async () => {
    const place = await backend.init({ requireApproval: true }, SCRIPTED);
    const { ledger } = place;
    await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { do: 'one' } });
    await ledger.stage({ moduleId: 'planner' }, { files: { do: 'BREAKING' } });
    const keyless = await place.open({ signer: undefined, ...SCRIPTED });
    expect(await asked(keyless)).toMatchObject({
      allow: false,
      level: 'BREAKING',
      reasons: [{ code: 'APPROVAL_MISSING' }],
      report: { level: 'BREAKING', rationale: 'found: BREAKING' },
    });
    expect(await ledger.reports.list('planner')).toEqual([]);
    await ledger.stage({ moduleId: 'planner' }, { files: { do: 'MINOR_CHANGE' } });
    expect(await asked(keyless, 3)).toMatchObject({ allow: true, level: 'MINOR_CHANGE', reasons: [] });
  });
});
