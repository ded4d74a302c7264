/** What a version newly reaches: in its reports, in approvals, and at the gate. */

import { expect, test } from 'vitest';
import { approvalNeeded, type Capability } from '../../src/api/assess.js';
import type { NewReport } from '../../src/index.js';
import { DEFAULT_SETTINGS } from '../../src/model/policy-settings.js';
import { formatReport, parseReport } from '../../src/model/report-text.js';
import { onEachBackend, type Place } from './backends.js';
import { refusal, writesNothing } from './expectations.js';

const QUIET = { files: { 'index.js': 'export const send = () => 1;\n' } };
const CALLING = { files: { 'index.js': "export const send = () => Number(fetch('https://example.org'));\n" } };

const pair = { moduleId: 'planner', fromVer: 1, toVer: 2 } as const;

/** v1 active, and v2 staged, which reaches the network. */
async function calling(place: Place): Promise<Place> {
  await place.ledger.recordCheckpoint({ moduleId: 'planner' }, QUIET);
  await place.ledger.stage({ moduleId: 'planner' }, CALLING);
  return place;
}

onEachBackend('a report on a version that reaches more', (backend) => {
  test('names what it gains in format 2, and its approval what the approver saw', async () => {
    const { ledger, open } = await calling(await backend.init(undefined, { format: 2 }));
    const found = await ledger.assess('planner', 1, 2);
    expect(found).toMatchObject({ level: 'COMPATIBLE', capabilitiesAdded: ['network'] });
    await writesNothing(ledger, () => ledger.assess('planner', 1, 2));
    const approval = await ledger.approve('planner', 1, 2);
    expect(approval).toMatchObject({ approvedBy: 'owner@example.org', capabilitiesAdded: ['network'] });
    await writesNothing(ledger, () => ledger.approve('planner', 1, 2));
    const more = {
      ...pair,
      level: 'COMPATIBLE',
      assessor: 'engine 1',
      capabilitiesAdded: ['worker', 'fs-read'],
    } as const;
    await ledger.assessCompatibility(more);
    // Somebody who signs again signs for what came meanwhile.
    await ledger.approve('planner', 1, 2);
    expect(await ledger.assess('planner', null, 1)).not.toHaveProperty('capabilitiesAdded');
    const again = await open();
    const said = (await again.reports.list('planner', 1, 2)).map(({ capabilitiesAdded }) => capabilitiesAdded);
    expect(said).toEqual([['network'], ['network'], ['fs-read', 'worker'], ['fs-read', 'network', 'worker']]);
    expect((await again.audit()).outcome).toBe('passed');
  });

  test('names nothing in format 1, and nothing that is no capability, or that nobody measured', async () => {
    const old = await calling(await backend.init());
    expect(await old.ledger.assess('planner', 1, 2)).not.toHaveProperty('capabilitiesAdded');
    expect(await old.ledger.approve('planner', 1, 2)).not.toHaveProperty('capabilitiesAdded');
    const { ledger } = await calling(await backend.init(undefined, { format: 2 }));
    const report: NewReport = { ...pair, level: 'COMPATIBLE', assessor: 'engine 1', capabilitiesAdded: ['network'] };
    for (const [by, given, message] of [
      [old.ledger, report, 'capabilitiesAdded'],
      [ledger, { ...report, capabilitiesAdded: ['flying' as Capability] }, 'fs-read'],
      [ledger, { ...report, assessor: undefined }, 'none without an assessor'],
      [ledger, { ...report, fromVer: null }, 'nothing is before a first version'],
    ] as const)
      await writesNothing(by, async () => {
        const error = await refusal(() => by.assessCompatibility(given), 'INVALID_REPORT');
        expect(error.message).toContain(message);
      });
    expect(await ledger.assessCompatibility({ ...report, assessor: undefined, capabilitiesAdded: [] })).toBe(
      'COMPATIBLE',
    );
  });
});

test('the text of a report has its capabilities in their order, each once', () => {
  const message = formatReport({
    ...{ ...pair, ledger: 'a'.repeat(40), toChecksum: null, level: 'COMPATIBLE', measuredLevel: null },
    ...{ approvedBy: 'auto', withdraws: null, assessor: 'engine 1', rationale: '' },
    capabilitiesAdded: ['network', 'code'],
  });
  expect(message).toMatch(/\nAssessor: engine 1\nCapabilities-Added: network code\n$/);
  expect(parseReport(message)).toMatchObject({ capabilitiesAdded: ['network', 'code'] });
  for (const wrong of ['code network', 'network network', 'network  code', 'network flying', 'network, code', ' '])
    expect(parseReport(message.replace('network code', wrong))).toBeNull();
  expect(parseReport(message.replace('Assessor: engine 1\n', ''))).toBeNull();
  expect(parseReport(message.replace('From: 1', 'From: 0'))).toBeNull();
});

onEachBackend('a version that gains a capability that needs an approval', (backend) => {
  const NEW = ['process', 'network', 'code', 'native', 'install'];

  test('becomes active once an approver has signed for that, whatever its level', async () => {
    const { ledger, open } = await calling(await backend.init(undefined, { format: 2 }));
    expect((await ledger.policy.get()).approveCapabilities).toEqual(NEW);
    const error = await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    expect(error.message).toContain('COMPATIBLE, gaining network, needs the approval of an operator');
    // What was found is kept, so that it can be approved.
    expect(await ledger.pendingApprovals()).toMatchObject([{ toVer: 2, level: 'COMPATIBLE' }]);
    const { pendingApprovals, oldestPendingAt } = await ledger.journal.totals();
    expect([pendingApprovals, oldestPendingAt]).toEqual([1, expect.any(Number)]);
    await ledger.approve('planner', 1, 2);
    expect(await ledger.pendingApprovals()).toEqual([]);
    expect(await ledger.gate('planner', 1, 2)).toEqual({
      allow: true,
      level: 'COMPATIBLE',
      reasons: [{ code: 'APPROVED', message: 'COMPATIBLE, gaining network, approved by owner@example.org' }],
    });
    await ledger.withdraw('planner', 1, 2);
    expect((await ledger.pendingApprovals()).length).toBe(1);
    await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
    const again = await open();
    expect((await again.audit()).outcome).toBe('passed');
    // The one after it reaches no more than it.
    const same = { files: { 'index.js': `${CALLING.files['index.js']}// the same\n` } };
    await again.recordCheckpoint({ moduleId: 'planner' }, same);
    expect((await again.latestCheckpoint('planner'))?.version).toBe(3);
  });

  test('needs another approval for what its approver has not seen, and none for what no policy names', async () => {
    const { ledger, open } = await calling(await backend.init(undefined, { format: 2 }));
    await ledger.assess('planner', 1, 2);
    await ledger.approve('planner', 1, 2);
    const add = (capabilitiesAdded: readonly Capability[]) =>
      ledger.assessCompatibility({ ...pair, level: 'COMPATIBLE', assessor: 'engine 1', capabilitiesAdded });
    await add(['fs-read']);
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true });
    await add(['process']);
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({
      allow: false,
      reasons: [
        {
          code: 'APPROVAL_MISSING',
          message: 'COMPATIBLE, gaining process, network, needs the approval of an operator',
        },
      ],
    });
    expect((await ledger.pendingApprovals()).length).toBe(1);
    expect(await (await open()).gate('planner', 1, 2)).toEqual(await ledger.gate('planner', 1, 2));
    await ledger.policy.set({ settings: { approveCapabilities: ['network', 'network'] } });
    expect(await ledger.pendingApprovals()).toEqual([]);
    await ledger.policy.set({ settings: { approveCapabilities: ['install', 'process'] } });
    expect((await ledger.policy.get()).approveCapabilities).toEqual(['process', 'install']);
    expect((await ledger.pendingApprovals()).length).toBe(1);
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  test('is BREAKING as well: it is measured again where a capability is not answered yet', async () => {
    const { ledger } = await calling(await backend.init({ requireApproval: true }, { format: 2 }));
    await ledger.assessCompatibility({ ...pair, level: 'BREAKING', assessor: 'engine 1' });
    expect(await ledger.pendingApprovals()).toMatchObject([{ toVer: 2, level: 'BREAKING' }]);
    await ledger.approve('planner', 1, 2);
    expect(await ledger.pendingApprovals()).toEqual([]);
    const error = await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    expect(error.message).toContain('BREAKING, gaining network, needs the approval of an operator');
    // Its level is approved: what waits is told by the report that names the capability.
    expect(await ledger.pendingApprovals()).toMatchObject([{ seq: 3, capabilitiesAdded: ['network'] }]);
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
  });

  test('is recorded in one step only where nothing has to be approved', async () => {
    const { ledger } = await backend.init(undefined, { format: 2 });
    // A first version gains nothing: nothing is before it.
    await ledger.recordCheckpoint({ moduleId: 'caller' }, CALLING);
    await ledger.recordCheckpoint({ moduleId: 'planner' }, QUIET);
    await writesNothing(ledger, () =>
      refusal(() => ledger.recordCheckpoint({ moduleId: 'planner' }, CALLING), 'APPROVAL_REQUIRED'),
    );
    await ledger.policy.set({ settings: { approveCapabilities: [] } });
    await ledger.recordCheckpoint({ moduleId: 'planner' }, CALLING);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  test('needs none in format 1, nor after an upgrade', async () => {
    const { ledger } = await calling(await backend.init());
    const asked = { settings: { approveCapabilities: ['network'] } } as const;
    await refusal(() => ledger.policy.set(asked), 'INVALID_CONFIG');
    await ledger.policy.set({ settings: { approveCapabilities: [] } });
    await ledger.activate('planner', 2);
    expect(await ledger.reports.list('planner', 1, 2)).toEqual([]);
    expect((await ledger.policy.upgrade()).approveCapabilities).toEqual([]);
    await ledger.policy.set(asked);
    const wrong = { settings: { approveCapabilities: ['flying' as Capability] } };
    const error = await refusal(() => ledger.policy.set(wrong), 'INVALID_CONFIG');
    expect(error.message).toContain('a list of fs-read');
  });
});

test('what approval a capability will need is asked of a policy', () => {
  const settings = { ...DEFAULT_SETTINGS, approveCapabilities: ['network'] } as const;
  expect(approvalNeeded('COMPATIBLE', settings, ['worker'])).toBeNull();
  expect(approvalNeeded('COMPATIBLE', settings, ['worker', 'network'])?.message).toBe(
    'COMPATIBLE, gaining network, needs the approval of an operator',
  );
});
