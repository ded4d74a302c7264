/** What a version newly reaches: in its reports, in approvals, and at the gate. */

import { expect, test } from 'vitest';
import type { Capability, NewReport } from '../../src/index.js';
import { formatReport, parseReport } from '../../src/model/report.js';
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
    const said = (await again.reports('planner', 1, 2)).map(({ capabilitiesAdded }) => capabilitiesAdded);
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
