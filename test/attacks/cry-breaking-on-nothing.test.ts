/** A recorder reports BREAKING on versions that do not exist: an operator would be waited for, and an alert stay, for ever; and a name be taken. */

import { expect, test } from 'vitest';
import { onEachBackend } from '../suite/backends.js';
import { recordRange, refusal } from '../suite/expectations.js';

onEachBackend('a BREAKING report on what is not there', (backend) => {
  test('waits for nobody in format 2; once the version is staged from that one, it does', async () => {
    const { ledger } = await backend.init({ requireApproval: true }, { format: 2 });
    await recordRange(ledger, 'planner', 1, 1);
    const breaking = (fromVer: number | null, toVer: number, moduleId = 'planner') =>
      ledger.assessCompatibility({ moduleId, fromVer, toVer, level: 'BREAKING' });
    await breaking(1, 2);
    await breaking(7, 9);
    await breaking(null, 1, 'ghost');
    expect(await ledger.pendingApprovals()).toEqual([]);
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
    expect((await ledger.pendingApprovals()).map(({ fromVer, toVer }) => [fromVer, toVer])).toEqual([[1, 2]]);
    // It blocks all the same, as it was meant to.
    await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
    await ledger.stage({ moduleId: 'planner', version: 9, parentVer: 2, checksum: 'nine' });
    expect(await ledger.pendingApprovals()).toEqual([]);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  test('reserves no name in format 2: its owner stages it in the case that they chose', async () => {
    const place = await backend.init(undefined, { format: 2 });
    await place.ledger.assessCompatibility({ moduleId: '@ACME/Planner', fromVer: null, toVer: 1, level: 'BREAKING' });
    await recordRange(place.ledger, '@acme/planner', 1, 2);
    await refusal(() => recordRange(place.ledger, '@Acme/other', 1, 1), 'INVALID_MODULE_ID');
    const again = await place.open();
    await refusal(() => recordRange(again, '@acme/PLANNER', 1, 1), 'INVALID_MODULE_ID');
    expect((await again.audit()).outcome).toBe('passed');
  });
});
