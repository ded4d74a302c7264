/** Revoked keys and recovery keys: who is believed, from which entry on, and who says so. */

import nodeFs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { PolicyChange } from '../../src/api/types.js';
import { openGitStore } from '../../src/git/open-repository.js';
import { generateKey, initLedger, type Ledger, type Policy, parsePublicKeyLine, type Signer } from '../../src/index.js';
import { journalTree } from '../../src/ledger/journal-tree.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { DEFAULT_SETTINGS } from '../../src/model/policy-settings.js';
import { formatPolicy } from '../../src/model/policy-text.js';
import { appendEntry } from '../interop/append-entry.js';
import { onEachBackend, type Place } from './backends.js';
import { collected, recordRange, refusal, writesNothing } from './expectations.js';
import { enrol } from './people.js';

/** Appends an entry that states a policy, past every check that a writer makes; journaled and signed as it should be. */
async function forgePolicy(place: Place, signer: Signer, policy: Policy): Promise<void> {
  const store = await openGitStore(place.fs ?? nodeFs, place.gitdir);
  const files = formatPolicy(policy);
  await appendEntry(store, signer, (drafts) => ({
    timestamp: 1_800_000_000,
    tree: drafts.tree(journalTree(files)),
    events: [
      {
        type: 'policy',
        policySha256: sha256Hex(files.policyJson),
        signersSha256: sha256Hex(files.allowedSigners),
      },
    ],
    updates: [],
  }));
  await store.close();
}

onEachBackend('a key that is revoked', (backend) => {
  test('has no roles from then on, whatever it had, and what it signed can still be read', async () => {
    const place = await backend.init();
    const ci = await enrol(place, 'ci@example.org', ['admin', 'approver', 'recorder']);
    await recordRange(ci.ledger, 'planner', 1, 2, { 1: ['stable'] });
    const { fingerprint } = ci.signer.publicKey;
    const changed = await place.ledger.policy.set({ revoke: [{ fingerprint, from: 2 }] });
    const revoked = { principal: 'ci@example.org', publicKey: ci.signer.publicKey, roles: [], revokedFrom: 2 };
    expect(changed.signers[1]).toEqual(revoked);
    expect(changed.signers[0]?.revokedFrom).toBeNull();
    const calls = [
      () => recordRange(ci.ledger, 'planner', 3, 3),
      () => ci.ledger.rollback('planner', 'MANUAL'),
      () => ci.ledger.policy.set({ settings: { requireApproval: true } }),
    ];
    for (const call of calls) {
      const error = await writesNothing(place.ledger, () => refusal(call, 'ROLE_REQUIRED'));
      expect(error.message).toContain('revoked from entry 2 on');
      expect(error.hint).toContain('signers add ci@example.org NEW.pub');
    }
    const back = await refusal(() => ci.ledger.rollback('planner', 'MANUAL'), 'ROLE_REQUIRED');
    expect(back.hint).toMatch(/--role recorder$/);
    const other = await place.open();
    expect((await other.policy.get()).signers).toEqual(changed.signers);
    expect((await other.latestCheckpoint('planner'))?.version).toBe(2);
    expect((await collected(other.history())).map((e) => e.actor)).toContain('ci@example.org');
  });

  test('has staged nothing that others build on: the same content is staged anew, once', async () => {
    const place = await backend.init();
    await recordRange(place.ledger, 'planner', 1, 1);
    const ci = await enrol(place, 'ci@example.org', ['recorder']);
    const stage = ({ ledger }: { readonly ledger: Ledger }) =>
      ledger.stage({ moduleId: 'planner' }, { files: { 'a.txt': 'two' } }, { reuse: true });
    expect((await stage(ci)).version).toBe(2);
    expect((await stage(place)).version).toBe(2);
    const { seq } = await place.ledger.journal.position();
    await place.ledger.policy.set({ revoke: [{ fingerprint: ci.signer.publicKey.fingerprint, from: seq }] });
    expect((await stage(place)).version).toBe(3);
    expect((await stage(place)).version).toBe(3);
  });

  test('stays so: no roles again, not from a later entry, not never; from an earlier one it may be', async () => {
    const place = await backend.init();
    const ci = await enrol(place, 'ci@example.org', ['recorder']);
    await recordRange(ci.ledger, 'planner', 1, 1);
    await recordRange(ci.ledger, 'planner', 2, 2);
    const { principal, publicKey } = ci.signer;
    const { fingerprint } = publicKey;
    await place.ledger.policy.set({ revoke: [{ fingerprint, from: 3 }] });
    const wrong: PolicyChange[] = [
      { signers: [{ principal, publicKey, roles: ['recorder'] }] },
      { revoke: [{ fingerprint, from: 4 }] },
      { signers: [{ principal, publicKey, roles: ['recorder'] }], revoke: [{ fingerprint, from: 4 }] },
    ];
    for (const change of wrong) {
      await writesNothing(place.ledger, () => refusal(() => place.ledger.policy.set(change), 'INVALID_CONFIG'));
    }
    // Retired as well as revoked, or revoked twice, says nothing new.
    await writesNothing(place.ledger, () =>
      place.ledger.policy.set({ signers: [{ principal, publicKey, roles: [] }] }),
    );
    await writesNothing(place.ledger, () => place.ledger.policy.set({ revoke: [{ fingerprint, from: 3 }] }));
    const earlier = await place.ledger.policy.set({ revoke: [{ fingerprint, from: 1 }] });
    expect(earlier.signers[1]?.revokedFrom).toBe(1);
    // Its owner goes on with another key.
    const next = await enrol(place, principal, ['recorder']);
    await recordRange(next.ledger, 'planner', 3, 3);
  });

  test('is revoked from an entry that there is, or this one; never from the first', async () => {
    const place = await backend.init();
    const { fingerprint } = (await enrol(place, 'ci@example.org', ['recorder'])).signer.publicKey;
    const revoke = (from: unknown) => place.ledger.policy.set({ revoke: [{ fingerprint, from: from as number }] });
    for (const from of [-1, 1.5, Number.NaN, '2', undefined, null, 3, 2 ** 53]) {
      await writesNothing(place.ledger, () => refusal(() => revoke(from), 'INVALID_CONFIG'));
    }
    const root = await refusal(() => revoke(0), 'INVALID_CONFIG');
    expect(root.hint).toMatch(/first entry vouches for itself.*anew/);
    const unknown = (await ephemeralSigner('x')).publicKey.fingerprint;
    for (const named of [unknown, undefined, 'ci@example.org']) {
      const change = { revoke: [{ fingerprint: named as string, from: 1 }] };
      await writesNothing(place.ledger, () => refusal(() => place.ledger.policy.set(change), 'INVALID_CONFIG'));
    }
    for (const change of [{ revoke: 'x' }, { revoke: [null] }, { revoke: {} }]) {
      await refusal(() => place.ledger.policy.set(change as unknown as PolicyChange), 'INVALID_CONFIG');
    }
    expect((await place.ledger.journal.position()).seq).toBe(1);
    await revoke(2);
  });

  test('may be the one that founded the ledger, but not the last admin, and not by its own signature', async () => {
    const place = await backend.init();
    const { fingerprint } = place.owner.publicKey;
    const revoke = { revoke: [{ fingerprint, from: 1 }] };
    const last = await writesNothing(place.ledger, () =>
      refusal(() => place.ledger.policy.set(revoke), 'INVALID_CONFIG'),
    );
    expect(last.hint).toContain('admin');
    const second = await enrol(place, 'second@example.org', ['admin']);
    const own = await writesNothing(place.ledger, () =>
      refusal(() => place.ledger.policy.set(revoke), 'INVALID_CONFIG'),
    );
    expect(own.hint).toContain('another admin');
    await second.ledger.policy.set(revoke);
    await refusal(() => recordRange(place.ledger, 'planner', 1, 1), 'ROLE_REQUIRED');
    const { principal, publicKey } = second.signer;
    for (const change of [
      { signers: [{ principal, publicKey, roles: [] }] },
      { revoke: [{ fingerprint: publicKey.fingerprint, from: 2 }] },
    ]) {
      await writesNothing(place.ledger, () => refusal(() => second.ledger.policy.set(change), 'INVALID_CONFIG'));
    }
  });
});

onEachBackend('a policy that another program wrote', (backend) => {
  async function scene() {
    const place = await backend.init();
    const ci = await enrol(place, 'ci@example.org', ['recorder']);
    await recordRange(ci.ledger, 'planner', 1, 1);
    const { fingerprint } = ci.signer.publicKey;
    const policy = await place.ledger.policy.set({ revoke: [{ fingerprint, from: 2 }] });
    const with1 = (change: Partial<Policy['signers'][number]>): Policy => ({
      ...policy,
      signers: policy.signers.map((s, i) => (i === 1 ? { ...s, ...change } : s)),
    });
    return { place, policy, with1 };
  }

  test.each([
    ['takes a revocation back', { revokedFrom: null }],
    ['gives a revoked key its role again', { revokedFrom: null, roles: ['recorder' as const] }],
    ['believes a revoked key for longer', { revokedFrom: 3 }],
    ['gives a key to somebody else', { principal: 'mallory@example.org' }],
  ])('is not followed where it %s', async (_, change) => {
    const { place, with1 } = await scene();
    await forgePolicy(place, place.owner, with1(change));
    await refusal(() => place.ledger.policy.get(), 'BAD_SIGNATURE');
    await refusal(async () => (await place.open()).policy.get(), 'BAD_SIGNATURE');
  });

  test('is not followed where a key is missing, and is where nothing is wrong with it', async () => {
    const { place, policy, with1 } = await scene();
    await forgePolicy(place, place.owner, with1({ revokedFrom: 1 }));
    expect((await place.ledger.policy.get()).signers[1]?.revokedFrom).toBe(1);
    await forgePolicy(place, place.owner, { ...policy, signers: policy.signers.slice(0, 1) });
    await refusal(() => place.ledger.policy.get(), 'BAD_SIGNATURE');
  });
});

onEachBackend('a recovery key', (backend) => {
  const recovery = async (principal = 'recovery@example.org') => {
    const signer = await ephemeralSigner(principal);
    return { signer, recoveryKey: { principal, publicKey: signer.publicKey } };
  };

  test('is an admin from the first entry on, and nothing else', async () => {
    const { signer, recoveryKey } = await recovery();
    const place = await backend.init();
    const owner = await ephemeralSigner('owner@example.org');
    const gitdir = `${place.gitdir}-with-recovery.git`;
    const ledger = await initLedger({ gitdir, fs: place.fs, signer: owner, recoveryKey });
    const policy = await ledger.policy.get();
    expect(policy.signers.map((s) => [s.principal, s.roles])).toEqual([
      ['owner@example.org', ['admin', 'approver', 'recorder']],
      ['recovery@example.org', ['admin']],
    ]);
    expect((await ledger.journal.position()).seq).toBe(0);
    expect((await collected(ledger.history())).map((e) => e.fingerprint)).toEqual([owner.publicKey.fingerprint]);
    await ledger.close();
    expect(signer.publicKey.fingerprint).toBe(policy.signers[1]?.publicKey.fingerprint);
  });

  test('brings a ledger back whose only other admin is in a thief’s hands', async () => {
    const { signer, recoveryKey } = await recovery();
    const place = await backend.init({}, { recoveryKey } as object);
    await recordRange(place.ledger, 'planner', 1, 1);
    const rescue = await place.open({ signer });
    await refusal(() => recordRange(rescue, 'planner', 2, 2), 'ROLE_REQUIRED');
    const next = await ephemeralSigner('owner@example.org');
    const { principal, publicKey } = next;
    await rescue.policy.set({
      signers: [{ principal, publicKey, roles: ['admin', 'approver', 'recorder'] }],
      revoke: [{ fingerprint: place.owner.publicKey.fingerprint, from: 2 }],
    });
    await refusal(() => recordRange(place.ledger, 'planner', 2, 2), 'ROLE_REQUIRED');
    await recordRange(await place.open({ signer: next }), 'planner', 2, 2);
  });

  test('must be another key than the founder’s, and a key', async () => {
    const place = await backend.init();
    const owner = await ephemeralSigner('owner@example.org');
    const publicKey = parsePublicKeyLine(generateKey().publicKey).key;
    const wrong: unknown[] = [
      { principal: 'recovery@example.org', publicKey: owner.publicKey },
      { principal: 'a b', publicKey },
      { principal: 'recovery@example.org', publicKey: { ...publicKey, type: 'ssh-rsa' } },
      { principal: 'recovery@example.org' },
      {},
      null,
    ];
    for (const recoveryKey of wrong) {
      const options = { gitdir: `${place.gitdir}-none.git`, fs: place.fs, signer: owner, recoveryKey };
      await refusal(() => initLedger(options as never), 'INVALID_CONFIG');
    }
  });
});

describe('a policy without revocations', () => {
  test('has the bytes that it had before there were any', async () => {
    const { publicKey } = await ephemeralSigner('owner@example.org');
    const policy: Policy = {
      ...DEFAULT_SETTINGS,
      format: 1,
      signers: [{ principal: 'owner@example.org', publicKey, roles: ['admin'], revokedFrom: null }],
    };
    expect(formatPolicy(policy).policyJson).toBe(`{
  "maxCheckpoints": 20,
  "requireApproval": false,
  "autoRollbackOnBreaking": true,
  "approveUnknown": false,
  "requiredApprovals": 1,
  "promoteStable": true,
  "keys": {
    "${publicKey.fingerprint}": [
      "admin"
    ]
  }
}
`);
  });
});

onEachBackend('what a revoked key allowed', (backend) => {
  /** v2 of planner, BREAKING, approved by somebody in entry 5. */
  async function approvedByAThief() {
    const place = await backend.init({ requireApproval: true });
    const thief = await enrol(place, 'boss@example.org', ['approver']);
    await recordRange(place.ledger, 'planner', 1, 1, { 1: ['stable'] });
    await place.ledger.stage({ moduleId: 'planner', checksum: 'two' });
    await place.ledger.assessCompatibility({ moduleId: 'planner', fromVer: 1, toVer: 2, level: 'BREAKING' });
    await thief.ledger.approve('planner', 1, 2);
    const revoke = (from: number) =>
      place.ledger.policy.set({ revoke: [{ fingerprint: thief.signer.publicKey.fingerprint, from }] });
    return { ...place, thief, revoke };
  }

  test('counts no more: the gate refuses again, the pair waits again, and somebody else may approve', async () => {
    const { ledger, revoke } = await approvedByAThief();
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true });
    await revoke(5);
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'BREAKING' });
    expect((await ledger.reports.list('planner', 1, 2)).map((r) => r.tainted)).toEqual([false, true]);
    expect(await ledger.pendingApprovals()).toHaveLength(1);
    await expect(ledger.activate('planner', 2)).rejects.toMatchObject({ code: 'APPROVAL_REQUIRED' });
    await ledger.approve('planner', 1, 2);
    await ledger.activate('planner', 2);
    expect(await ledger.audit()).toMatchObject({
      outcome: 'passed',
      tainted: [{ seq: 5, principal: 'boss@example.org' }],
    });
  });

  test('before the entry from which it is revoked stays allowed', async () => {
    const { ledger, revoke } = await approvedByAThief();
    await ledger.activate('planner', 2);
    await revoke(6);
    expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true });
    expect((await ledger.audit()).tainted).toEqual([]);
  });

  test('and made active before anybody knew is still as it was allowed then, and is named', async () => {
    const { ledger, revoke } = await approvedByAThief();
    await ledger.activate('planner', 2);
    await revoke(5);
    expect((await ledger.versions.proof('planner', 2)).activations).toMatchObject([{ allow: true, level: 'BREAKING' }]);
    expect(await ledger.audit()).toMatchObject({ outcome: 'passed', tainted: [{ seq: 5 }] });
    await ledger.rollback('planner', 'MANUAL');
    await ledger.untag('planner', 2, 'reverted');
    await expect(ledger.activate('planner', 2)).rejects.toMatchObject({ code: 'APPROVAL_REQUIRED' });
  });

  test('a report by it raises a level all the same, and makes no UNKNOWN give way', async () => {
    const place = await backend.init();
    const thief = await enrol(place, 'ci@example.org', ['recorder']);
    await recordRange(place.ledger, 'planner', 1, 1);
    await place.ledger.policy.set({ settings: { approveUnknown: true } });
    await place.ledger.stage({ moduleId: 'planner', checksum: 'two' });
    const pair = { moduleId: 'planner', fromVer: 1, toVer: 2, assessor: 'some/1' };
    await place.ledger.assessCompatibility({ ...pair, level: 'UNKNOWN' });
    await thief.ledger.assessCompatibility({ ...pair, level: 'COMPATIBLE' });
    expect(await place.ledger.gate('planner', 1, 2)).toMatchObject({ allow: true, level: 'COMPATIBLE' });
    await place.ledger.policy.set({ revoke: [{ fingerprint: thief.signer.publicKey.fingerprint, from: 2 }] });
    expect(await place.ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'UNKNOWN' });
  });
});
