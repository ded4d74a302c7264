/** Past the gate in an emergency: who may, what it leaves behind. */

import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ephemeralSigner, makeVersionManager } from '../../src/api/testing.js';
import { type Ledger, openLedger } from '../../src/index.js';

async function held(options: Parameters<typeof makeVersionManager>[1] = {}): Promise<Ledger> {
  const ledger = await makeVersionManager({ requireApproval: true }, options);
  await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a', tags: ['stable'] });
  await ledger.stage({ moduleId: 'planner', checksum: 'b' });
  await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
  return ledger;
}

describe('breakGlass', () => {
  it('makes a version active that the gate holds back, and says so in journal and metric', async () => {
    const registry = new Registry();
    const ledger = await held({ registry });
    await expect(ledger.activate('planner', 2)).rejects.toMatchObject({ code: 'APPROVAL_REQUIRED' });
    const active = await ledger.live.breakGlass('planner', 2, { reason: 'v1 leaks keys' });
    expect(active.version).toBe(2);
    expect(await ledger.versions.status('planner', 2)).toBe('ACTIVE');
    for await (const entry of ledger.history({ limit: 1 })) {
      expect(entry.events).toEqual([
        { type: 'break-glass', moduleId: 'planner', fromVer: 1, toVer: 2, reason: 'v1 leaks keys' },
      ]);
    }
    const text = await registry.metrics();
    expect(text).toContain('asm_version_break_glass_total{module_id="planner"} 1');
    expect(text).toContain('asm_version_checkpoints_total{module_id="planner"} 2');
    expect((await ledger.stats()).totalCheckpoints).toBe(2);
    expect((await ledger.rollback('planner', 'MANUAL')).version).toBe(1);
  });

  it('still waits for an approval afterwards: it approves nothing', async () => {
    const ledger = await held();
    await ledger.live.breakGlass('planner', 2, { reason: 'emergency' });
    expect(await ledger.pendingApprovals()).toHaveLength(1);
  });

  it('clears what was reverted, with the key of an approver who is no recorder', async () => {
    const admin = await ephemeralSigner('admin@example.org');
    const approver = await ephemeralSigner('night@example.org');
    const { memfs } = await import('memfs');
    const fs = memfs().fs;
    const { initLedger } = await import('../../src/index.js');
    const ledger = await initLedger({ gitdir: '/l', fs, signer: admin });
    await ledger.policy.set({
      signers: [{ principal: approver.principal, publicKey: approver.publicKey, roles: ['approver'] }],
    });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'a', tags: ['stable'] });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'b' });
    await ledger.rollback('planner', 'HEALTH_FAILURE');
    const night = await openLedger({ gitdir: '/l', fs, signer: approver });
    await expect(night.activate('planner', 2)).rejects.toMatchObject({ code: 'ROLE_REQUIRED' });
    const again = await night.live.breakGlass('planner', 2, { reason: 'v1 cannot start any more' });
    expect([...again.tags]).toEqual([]);
    // Another process reads the same, every entry verified.
    expect(await (await openLedger({ gitdir: '/l', fs })).versions.status('planner', 2)).toBe('ACTIVE');
  });

  it('takes an approver, a reason of one line, and a parent that is active', async () => {
    const ledger = await held();
    for (const reason of ['', ' ', 'two\nlines', 'x'.repeat(257), undefined as unknown as string]) {
      await expect(ledger.live.breakGlass('planner', 2, { reason })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    await expect(ledger.live.breakGlass('planner', 9, { reason: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'c' });
    await expect(ledger.live.breakGlass('planner', 2, { reason: 'x' })).rejects.toMatchObject({ code: 'NOT_ACTIVE' });
  });
});
