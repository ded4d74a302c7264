/** Settings and signers: who may change them, and what a key may sign. */

import { expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { PolicyChange } from '../../src/api/types.js';
import { initLedger, type Signer } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { collected, recordRange, refusal, writesNothing } from './expectations.js';
import { enrol } from './people.js';

onEachBackend('the policy', (backend) => {
  test('begins with the defaults and one key that may do everything', async () => {
    const { ledger, owner } = await backend.init();
    expect(await ledger.policy.get()).toMatchObject({
      maxCheckpoints: 20,
      requireApproval: false,
      autoRollbackOnBreaking: true,
      approveUnknown: false,
      requiredApprovals: 1,
      signers: [{ principal: owner.principal, publicKey: owner.publicKey, roles: ['admin', 'approver', 'recorder'] }],
    });
  });

  test('changes setting by setting, in force at once and for every instance', async () => {
    const place = await backend.init({ maxCheckpoints: 5 });
    const other = await place.open();
    const changed = await place.ledger.policy.set({ settings: { requireApproval: true } });
    expect(changed).toMatchObject({ maxCheckpoints: 5, requireApproval: true, autoRollbackOnBreaking: true });
    expect(await other.policy.get()).toEqual(changed);
    await writesNothing(other, () => place.ledger.policy.set({ settings: { requireApproval: true } }));
    await writesNothing(other, () => place.ledger.policy.set({}));
  });

  test('refuses a change that says something else than it can', async () => {
    const { ledger } = await backend.init();
    for (const change of [{ requireApproval: true }, { setting: {} }, { settings: {}, addSigners: [] }]) {
      const error = await refusal(() => ledger.policy.set(change as PolicyChange), 'INVALID_CONFIG');
      expect(error.data.issues).toHaveLength(1);
    }
    expect((await ledger.journal.position()).seq).toBe(0);
  });

  test('lists every issue of a configuration at once', async () => {
    const owner = await ephemeralSigner('owner@example.org');
    const config = { maxCheckpoints: 1, requireApproval: 'yes', nope: 3 } as unknown as { maxCheckpoints: number };
    const { ledger, fs } = await backend.init();
    const calls = [
      () => initLedger({ gitdir: '/elsewhere.git', fs, signer: owner, config }),
      () => ledger.policy.set({ settings: config }),
    ];
    for (const call of calls) {
      const error = await refusal(call, 'INVALID_CONFIG');
      expect(error.data.issues).toEqual([
        { path: 'maxCheckpoints', expected: 'an integer of at least 2', actual: '1' },
        { path: 'requireApproval', expected: 'true or false', actual: '"yes"' },
        { path: '"nope"', expected: 'a known setting', actual: '3' },
      ]);
      for (const word of ['maxCheckpoints', 'requireApproval', 'nope']) expect(error.message).toContain(word);
      expect(error.hint).toContain('autoRollbackOnBreaking');
    }
  });

  test('refuses values out of range, and what is no configuration', async () => {
    const ledger = await newLedger(backend);
    const settings: unknown[] = [
      { maxCheckpoints: 1 },
      { maxCheckpoints: 2.5 },
      { maxCheckpoints: Number.POSITIVE_INFINITY },
      { requiredApprovals: 0 },
      { approveUnknown: 1 },
      { __proto__x: true },
      { toString: true },
      [],
      'all',
      null,
    ];
    for (const given of settings) {
      await writesNothing(ledger, () =>
        refusal(() => ledger.policy.set({ settings: given } as PolicyChange), 'INVALID_CONFIG'),
      );
    }
    for (const change of [null, 'x', { signers: 'x' }]) {
      await refusal(() => ledger.policy.set(change as unknown as PolicyChange), 'INVALID_CONFIG');
    }
  });

  test('takes the role admin, and none other', async () => {
    const place = await backend.init();
    for (const role of ['recorder', 'approver'] as const) {
      const { ledger } = await enrol(place, `${role}@example.org`, [role]);
      const error = await refusal(() => ledger.policy.set({ settings: { requireApproval: true } }), 'ROLE_REQUIRED');
      expect(error.data.roles).toEqual(['admin']);
    }
    const admin = await enrol(place, 'admin@example.org', ['admin']);
    await admin.ledger.policy.set({ settings: { requireApproval: true } });
    await refusal(() => recordRange(admin.ledger, 'planner', 1, 1), 'ROLE_REQUIRED');
  });

  test('keeps at least one admin', async () => {
    const { ledger, owner } = await backend.init();
    const { principal, publicKey } = owner;
    const retire = { signers: [{ principal, publicKey, roles: ['recorder' as const] }] };
    await writesNothing(ledger, () => refusal(() => ledger.policy.set(retire), 'INVALID_CONFIG'));
    await recordRange(ledger, 'planner', 1, 1);
  });
});

onEachBackend('a key', (backend) => {
  test('of a recorder records, tags, reports and rolls back; it neither approves nor sets policy', async () => {
    const place = await backend.init();
    const { ledger } = await enrol(place, 'ci@example.org', ['recorder']);
    await recordRange(ledger, 'planner', 1, 2);
    await ledger.tag('planner', 1, 'stable');
    await ledger.stage({ moduleId: 'planner', checksum: 'x' });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'COMPATIBLE' });
    await ledger.activate('planner', 3);
    await ledger.rollback('planner', 'MANUAL');
    for (const call of [() => ledger.approve('planner', 1, 2), () => ledger.policy.set({ settings: {} })]) {
      await writesNothing(ledger, () => refusal(call, 'ROLE_REQUIRED'));
    }
  });

  test('of an approver reports, approves and rolls back; it neither records nor tags', async () => {
    const place = await backend.init();
    await recordRange(place.ledger, 'planner', 1, 2, { 1: ['stable'] });
    const { ledger } = await enrol(place, 'ops@example.org', ['approver']);
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await ledger.approve('planner', 1, 2);
    const calls = [
      () => recordRange(ledger, 'planner', 3, 3),
      () => ledger.stage({ moduleId: 'planner', checksum: 'x' }),
      () => ledger.activate('planner', 2),
      () => ledger.tag('planner', 1, 'x'),
      () => ledger.untag('planner', 1, 'stable'),
    ];
    for (const call of calls) await writesNothing(ledger, () => refusal(call, 'ROLE_REQUIRED'));
    expect((await ledger.rollback('planner', 'MANUAL')).version).toBe(1);
  });

  test('that is retired signs nothing new; what it signed stays', async () => {
    const place = await backend.init({ requireApproval: true });
    const leaver = await enrol(place, 'leaver@example.org', ['admin', 'approver', 'recorder']);
    await recordRange(leaver.ledger, 'planner', 1, 1, { 1: ['stable'] });
    await leaver.ledger.stage({ moduleId: 'planner', checksum: 'two' });
    await leaver.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await leaver.ledger.approve('planner', 1, 2);
    const { principal, publicKey } = leaver.signer;
    await place.ledger.policy.set({ signers: [{ principal, publicKey, roles: [] }] });
    const calls = [
      () => recordRange(leaver.ledger, 'planner', 3, 3),
      () => leaver.ledger.approve('planner', 1, 2),
      () => leaver.ledger.rollback('planner', 'MANUAL', { tagFilter: null }),
      () => leaver.ledger.policy.set({ settings: {} }),
    ];
    for (const call of calls) {
      const error = await writesNothing(place.ledger, () => refusal(call, 'ROLE_REQUIRED'));
      expect(error.message).toContain('retired');
    }
    expect((await place.ledger.gate('planner', 1, 2)).allow).toBe(true);
    expect((await collected((await place.open()).history())).map((e) => e.actor)).toContain(principal);
    expect((await place.ledger.policy.get()).signers.map((s) => s.principal)).toContain(principal);
  });

  test('that the ledger does not know, or under another name, signs nothing', async () => {
    const place = await backend.init();
    const stranger = await place.open({ signer: await ephemeralSigner('stranger@example.org') });
    await refusal(() => recordRange(stranger, 'planner', 1, 1), 'UNTRUSTED_SIGNER');
    const renamed: Signer = { ...place.owner, principal: 'boss@example.org' };
    const impostor = await place.open({ signer: renamed });
    await refusal(() => recordRange(impostor, 'planner', 1, 1), 'UNTRUSTED_SIGNER');
    expect(await place.ledger.versions.modules()).toEqual([]);
  });

  test('that does not make the signatures it should leaves the ledger as it was', async () => {
    const place = await backend.init();
    const other = await ephemeralSigner('other@example.org');
    const wrong: Signer['sign'][] = [
      (payload) => other.sign(payload),
      async () => 'no signature at all',
      async () => '',
      (payload) => place.owner.sign(payload.slice(1)),
    ];
    for (const sign of wrong) {
      const ledger = await place.open({ signer: { ...place.owner, sign } });
      await writesNothing(place.ledger, () => refusal(() => recordRange(ledger, 'planner', 1, 1), 'BAD_SIGNATURE'));
    }
    await recordRange(await place.open(), 'planner', 1, 1);
  });

  test('belongs to one principal, and is what it says', async () => {
    const place = await backend.init();
    const { principal, publicKey } = place.owner;
    const other = (await ephemeralSigner('other@example.org')).publicKey;
    const roles = ['recorder' as const];
    const bad: unknown[] = [
      { principal: 'somebody@else.org', publicKey, roles },
      { principal: 'x@example.org', publicKey: { ...other, fingerprint: publicKey.fingerprint }, roles },
      { principal: 'x@example.org', publicKey: { ...other, type: 'ssh-rsa' }, roles },
      { principal: 'x@example.org', publicKey: { ...other, type: 'ssh-ed25519 x' }, roles },
      { principal: 'x@example.org', publicKey: { ...other, blob: 'AAAA' }, roles },
      { principal: 'x@example.org', publicKey: { ...other, blob: `${other.blob}\n` }, roles },
      { principal: 'x@example.org', publicKey: {}, roles },
      { principal: 'x@example.org', roles },
      { principal: 'x@example.org', publicKey: other, roles: ['boss'] },
      { principal: 'x@example.org', publicKey: other, roles: 'admin' },
      { principal: 'x@example.org', publicKey: other },
      ...['two\nlines', '<x@example.org>', 'auto', '', ' x', '-x', 'a,b', '*', 'x'.repeat(129)].map((name) => ({
        principal: name,
        publicKey: other,
        roles,
      })),
      {},
      null,
    ];
    for (const signer of bad) {
      const change = { signers: [signer] } as PolicyChange;
      await writesNothing(place.ledger, () => refusal(() => place.ledger.policy.set(change), 'INVALID_CONFIG'));
    }
    await place.ledger.policy.set({ signers: [{ principal, publicKey, roles: ['admin', 'recorder'] }] });
    await recordRange(await place.open(), 'planner', 1, 1);
  });
});
