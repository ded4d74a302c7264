/** Format 2: what it seals, how a ledger comes to it, and whose signatures a change of policy takes. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { PolicyChange } from '../../src/api/types.js';
import type { Ledger, Signer } from '../../src/index.js';
import { fsckComplaints, git } from '../crash/real-git.mjs';
import { BACKENDS, onEachBackend, type Place } from './backends.js';
import { recordRange, refusal, writesNothing } from './expectations.js';
import { enrol, type RoleName } from './people.js';

const DISK = BACKENDS.find(({ name }) => name === 'disk') ?? BACKENDS[BACKENDS.length - 1];

async function passes({ ledger }: Place): Promise<void> {
  const report = await ledger.audit();
  expect(report.steps.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([]);
  expect(report.outcome).toBe('passed');
}

function giving(signer: Signer, ...roles: RoleName[]): PolicyChange {
  return { signers: [{ principal: signer.principal, publicKey: signer.publicKey, roles }] };
}

/** A ledger of format 2 whose owner is its root, with a second admin and a second root. */
async function withTwo(
  place: Place,
): Promise<{ readonly root: Ledger; readonly admin: Ledger; readonly rootKey: Signer }> {
  const rootKey = await ephemeralSigner('root@example.org');
  const root = await place.open({ signer: rootKey });
  const change = giving(rootKey, 'root');
  const countersignatures = [await root.policy.countersign({ policy: change })];
  await place.ledger.policy.set(change, { countersignatures });
  const { ledger: admin } = await enrol(place, 'admin@example.org', ['admin']);
  return { root, admin, rootKey };
}

onEachBackend('a ledger of format 2', (backend) => {
  test('does all that one of format 1 does, and seals each version commit by SHA-256', async () => {
    const place = await backend.init({ requireApproval: true }, { format: 2 });
    const { ledger } = place;
    await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
    await ledger.stage({ moduleId: 'planner', checksum: 'three' });
    await ledger.assessCompatibility({ moduleId: 'planner', fromVer: 2, toVer: 3, level: 'BREAKING' });
    await ledger.approve('planner', 2, 3);
    await ledger.rollback('planner', 'MANUAL');
    const other = await place.open();
    expect((await other.latestCheckpoint('planner'))?.version).toBe(1);
    expect(await other.policy.get()).toMatchObject({ format: 2, clockTolerance: 300 });
    const staged = [];
    for await (const { events } of other.history()) staged.push(...events.filter((e) => e.type === 'stage'));
    expect(staged).toHaveLength(3);
    for (const event of staged) expect(event).toMatchObject({ commitSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await passes(place);
  });

  test('is what an admin makes of one of format 1: every version before is sealed, its founder becomes the root', async () => {
    const place = await backend.init();
    const { ledger } = place;
    await recordRange(ledger, 'planner', 1, 3, { 1: ['stable'] });
    await recordRange(ledger, '@acme/tool', 1, 1);
    const recorder = await enrol(place, 'ci@example.org', ['recorder']);
    await writesNothing(ledger, () => refusal(() => recorder.ledger.policy.upgrade(), 'ROLE_REQUIRED'));
    const late = await refusal(() => ledger.policy.set({ settings: { adminThreshold: 2 } }), 'INVALID_CONFIG');
    expect(late.hint).toContain('git-lineage upgrade');
    await refusal(() => ledger.policy.set(giving(recorder.signer, 'assessor')), 'INVALID_CONFIG');
    const policy = await ledger.policy.upgrade();
    expect(policy.format).toBe(2);
    expect(policy.signers.map(({ roles }) => roles)).toEqual([['root', 'admin', 'approver', 'recorder'], ['recorder']]);
    await writesNothing(ledger, async () => expect(await ledger.policy.upgrade()).toEqual(policy));
    await recordRange(recorder.ledger, 'planner', 4, 4);
    await ledger.rollback('planner', 'MANUAL');
    expect((await (await place.open()).latestCheckpoint('planner'))?.version).toBe(1);
    await passes(place);
  });

  test('is upgraded once where several ask at the same time, with writes between', async () => {
    const place = await backend.init();
    const second = await place.open();
    await Promise.all([
      recordRange(place.ledger, 'planner', 1, 2),
      place.ledger.policy.upgrade(),
      second.policy.upgrade(),
      recordRange(second, 'other', 1, 2),
    ]);
    const upgrades = [];
    for await (const { events } of place.ledger.history()) upgrades.push(...events.filter((e) => e.type === 'upgrade'));
    expect(upgrades).toHaveLength(1);
    await passes(place);
  });

  test('lets roots alone change the roots and the thresholds; admins change the rest', async () => {
    const place = await backend.init(undefined, { format: 2 });
    const { admin, rootKey } = await withTwo(place);
    const wrong: PolicyChange[] = [
      { settings: { adminThreshold: 2 } },
      giving(rootKey),
      { revoke: [{ fingerprint: rootKey.publicKey.fingerprint, from: 1 }] },
      giving(await ephemeralSigner('thief@example.org'), 'root'),
    ];
    for (const change of wrong) {
      const error = await writesNothing(place.ledger, () => refusal(() => admin.policy.set(change), 'ROLE_REQUIRED'));
      expect(error.message).toMatch(/role root; it has 0$/);
    }
    expect((await admin.policy.set({ settings: { requireApproval: true } })).requireApproval).toBe(true);
    await passes(place);
  });

  test('takes m of n signatures: the countersigned change stands, and no other by those signatures', async () => {
    const place = await backend.init(undefined, { format: 2 });
    const { admin, root } = await withTwo(place);
    await place.ledger.policy.set({ settings: { adminThreshold: 2 } });
    const change = { settings: { requireApproval: true } };
    const alone = await writesNothing(place.ledger, () => refusal(() => admin.policy.set(change), 'ROLE_REQUIRED'));
    expect(alone.hint).toContain('--countersign');
    const signed = await place.ledger.policy.countersign({ policy: change });
    const other = { settings: { requireApproval: true, maxCheckpoints: 3 } };
    const bad = await refusal(() => admin.policy.set(other, { countersignatures: [signed] }), 'BAD_SIGNATURE');
    expect(bad.hint).toContain('another change');
    // One person's two signatures are one, and whoever has no say adds nothing.
    const own = await admin.policy.countersign({ policy: change });
    await refusal(() => admin.policy.set(change, { countersignatures: [own, own] }), 'ROLE_REQUIRED');
    // Other writes do not invalidate it; the next change of policy does.
    await recordRange(place.ledger, 'planner', 1, 1);
    expect((await admin.policy.set(change, { countersignatures: [signed, signed] })).requireApproval).toBe(true);
    const back = { settings: { requireApproval: false } };
    const replayed = [await place.ledger.policy.countersign({ policy: back })];
    await admin.policy.set(back, { countersignatures: replayed });
    await refusal(() => admin.policy.set(change, { countersignatures: [signed] }), 'BAD_SIGNATURE');
    await refusal(() => root.policy.set({ settings: { rootThreshold: 3 } }), 'INVALID_CONFIG');
    await passes(place);
  });

  test('names a root only with that key’s own signature', async () => {
    const place = await backend.init(undefined, { format: 2 });
    const key = await ephemeralSigner('second@example.org');
    const error = await refusal(() => place.ledger.policy.set(giving(key, 'root')), 'ROLE_REQUIRED');
    expect(error.message).toContain('has not signed for it');
  });
});

describe('a ledger of format 2 on disk', () => {
  test('is one that git reads, checks and verifies, and that release 0.1.0 refuses by name', async () => {
    const place = (await DISK?.init()) as Place;
    await recordRange(place.ledger, 'planner', 1, 2, { 1: ['stable'] });
    await place.ledger.policy.upgrade();
    await recordRange(place.ledger, 'planner', 3, 3);
    expect(readFileSync(join(place.gitdir, 'config'), 'utf8')).toMatch(/\[extensions\]\s+lineageformat = 2\n/i);
    expect(await fsckComplaints(place.gitdir)).toEqual([]);
    const stdout = await git(place.gitdir, ['log', '--format=%B', 'ledger']);
    expect(stdout).toMatch(/^upgrade to format 2\n\nFormat: 2\nSeq: 2\n/m);
    await git(place.gitdir, ['gc', '--quiet']);
    await passes(place);
  });
});
