/** A recorder takes the last number that a module can have: then it could never have another version. */

import { expect, test } from 'vitest';
import { onEachBackend } from '../suite/backends.js';
import { recordRange, refusal, writesNothing } from '../suite/expectations.js';

const LAST = Number.MAX_SAFE_INTEGER;

onEachBackend('a number far above the highest of its module', (backend) => {
  test('is refused in a ledger of format 2: by how far, the policy says', async () => {
    const place = await backend.init({ maxVersionJump: 10 }, { format: 2 });
    const { ledger } = place;
    const stage = (version: number) => ledger.stage({ moduleId: 'planner', version, checksum: `c${version}` });
    for (const version of [11, LAST]) {
      const error = await writesNothing(ledger, () => refusal(() => stage(version), 'INVALID_VERSION'));
      expect(error.message).toBe(`version: expected at most 10, got ${version}`);
      expect(error.hint).toContain('maxVersionJump');
    }
    expect((await stage(10)).version).toBe(10);
    expect((await stage(20)).version).toBe(20);
    await refusal(() => stage(31), 'INVALID_VERSION');
    await ledger.setPolicy({ settings: { maxVersionJump: 1000 } });
    expect((await stage(1020)).version).toBe(1020);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  test('is taken in one of format 1, as before, and after an upgrade no more', async () => {
    const place = await backend.init();
    await place.ledger.stage({ moduleId: 'planner', version: 5000, checksum: 'c' });
    await place.ledger.upgrade();
    await refusal(() => place.ledger.stage({ moduleId: 'planner', version: 9000, checksum: 'd' }), 'INVALID_VERSION');
    await recordRange(place.ledger, 'other', 1, 2);
    expect((await place.ledger.audit()).outcome).toBe('passed');
  });
});
