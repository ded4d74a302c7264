/** Entries of format 2 made past every check of a writer: readers and the audit refuse each, with the rule that it breaks. */

import nodeFs from 'node:fs';
import { expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import { openGitStore } from '../../src/git/open-repository.js';
import { initLedger, type Ledger, openLedger, type Policy, type Signer } from '../../src/index.js';
import { journalTree } from '../../src/ledger/journal-tree.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import {
  COUNTERSIGN_NAMESPACE,
  countersignedText,
  formatCountersignatures,
} from '../../src/model/countersignatures.js';
import type { LedgerEvent } from '../../src/model/ledger-event.js';
import { changePolicy } from '../../src/model/policy.js';
import { formatPolicy } from '../../src/model/policy-text.js';
import { appendEntry } from '../interop/append-entry.js';
import { inFolder } from '../interop/ledger-on-disk.js';
import { recordRange, refusal } from '../suite/expectations.js';
import { Forge } from './forge.js';

interface Scene {
  readonly gitdir: string;
  readonly ledger: Ledger;
  readonly policy: Policy;
  readonly root: Signer;
  readonly admin: Signer;
}

/** A ledger whose root is one key and whose admin is another: entries 0 to 2. */
async function scene(body: (scene: Scene) => Promise<void>): Promise<void> {
  await inFolder(async (dir) => {
    const gitdir = `${dir}/ledger.git`;
    const [root, admin] = [await ephemeralSigner('root@example.org'), await ephemeralSigner('admin@example.org')];
    const ledger = await initLedger({ gitdir, signer: root, format: 2 });
    const policy = await ledger.policy.set({
      signers: [{ principal: admin.principal, publicKey: admin.publicKey, roles: ['admin', 'recorder'] }],
    });
    await recordRange(ledger, 'planner', 1, 1);
    await body({ gitdir, ledger, policy, root, admin });
    await ledger.close();
  });
}

function stating(policy: Policy): LedgerEvent {
  const { policyJson, allowedSigners } = formatPolicy(policy);
  return { type: 'policy', policySha256: sha256Hex(policyJson), signersSha256: sha256Hex(allowedSigners) };
}

interface Forgery {
  readonly signer: Signer;
  readonly events: readonly LedgerEvent[];
  readonly policy?: Policy;
  readonly countersignatures?: string;
}

async function forge(gitdir: string, { signer, events, policy, countersignatures }: Forgery): Promise<void> {
  const store = await openGitStore(nodeFs, gitdir);
  await appendEntry(store, signer, (drafts, last) => ({
    timestamp: Date.now() / 1000,
    ...(policy === undefined
      ? { tree: last.tree }
      : { tree: drafts.tree(journalTree(formatPolicy(policy), countersignatures ?? null)) }),
    events,
    updates: [],
  }));
  await store.close();
}

async function refused({ gitdir }: Scene, reason: RegExp): Promise<void> {
  const report = await auditLedger({ path: gitdir });
  const problems = report.steps.flatMap(({ problems: found }) => found.map(({ message }) => message));
  expect(problems.join('\n')).toMatch(reason);
  const ledger = await openLedger({ gitdir });
  const error = await refusal(() => ledger.policy.get(), 'BAD_SIGNATURE');
  expect(error.message).toMatch(reason);
  await ledger.close();
}

test('an admin alone makes a root, or sets a threshold', async () => {
  for (const change of [
    (admin: Signer) => ({
      signers: [{ principal: admin.principal, publicKey: admin.publicKey, roles: ['root' as const] }],
    }),
    () => ({ settings: { clockTolerance: 60, adminThreshold: 2 } }),
  ])
    await scene(async (it) => {
      // Two admins, so that the threshold can be reached.
      const other = await ephemeralSigner('other@example.org');
      const before = await it.ledger.policy.set({
        signers: [{ principal: other.principal, publicKey: other.publicKey, roles: ['admin'] }],
      });
      const policy = changePolicy(before, change(it.admin));
      await forge(it.gitdir, { signer: it.admin, events: [stating(policy)], policy });
      await refused(it, /takes the signature of a key with the role root; it has 0/);
    });
});

test('a countersignature counts for its own change, ledger and purpose alone', async () => {
  for (const way of ['other change', 'namespace git', 'own key twice', 'other file'] as const)
    await scene(async (it) => {
      const head = { rootSha256: '', policySeq: 0, policySha256: '' };
      const store = await openGitStore(nodeFs, it.gitdir);
      const oids = [];
      for await (const { oid } of it.ledger.history()) oids.unshift(oid);
      Object.assign(head, {
        rootSha256: sha256Hex(store.readCommit(oids[0] ?? '').raw),
        policySeq: 1,
        policySha256: sha256Hex(store.readCommit(oids[1] ?? '').raw),
      });
      await store.close();
      const policy = changePolicy(it.policy, { settings: { rootThreshold: 1, adminThreshold: 2 } });
      const event = stating(policy);
      const about = way === 'other change' ? stating(it.policy) : event;
      const payload = Buffer.from(countersignedText(head, about));
      const by = way === 'own key twice' ? it.admin : it.root;
      const armour = await by.sign(payload, way === 'namespace git' ? 'git' : COUNTERSIGN_NAMESPACE);
      const file = formatCountersignatures([{ fingerprint: by.publicKey.fingerprint, armour }]);
      const sha256 = sha256Hex(way === 'other file' ? `${file}x` : file);
      const events: LedgerEvent[] = [event, { type: 'countersigned', sha256 }];
      await forge(it.gitdir, { signer: it.admin, events, policy, countersignatures: file });
      const reason = {
        'other change': /expected one over this content/,
        'namespace git': /expected the namespace|namespace/,
        'own key twice': /does not hold one signature of each key/,
        'other file': /is not the file that its Countersigned line names/,
      }[way];
      await refused(it, reason);
    });
});

test('an admin alone lifts a revocation; roots lift none that a key signed which is believed', async () => {
  for (const by of ['admin', 'root'] as const)
    await scene(async (it) => {
      const ci = await ephemeralSigner('ci@example.org');
      const { principal, publicKey } = ci;
      await it.ledger.policy.set({ signers: [{ principal, publicKey, roles: ['recorder'] }] });
      const { fingerprint } = publicKey;
      const before = await it.ledger.policy.set({ revoke: [{ fingerprint, from: 3 }] });
      // As if nobody whose key is believed had revoked it.
      const policy = changePolicy(before, { lift: [fingerprint] }, () => [{ seq: 4, signer: null, from: 3 }]);
      await forge(it.gitdir, { signer: it[by], events: [stating(policy)], policy });
      await refused(it, /a key of ci@example.org was revoked from entry 3 on, and is not any more/);
    });
  await scene(async (it) => {
    const [thief, boss] = [await ephemeralSigner('thief@example.org'), await ephemeralSigner('boss@example.org')];
    const signers = [thief, boss].map(({ principal, publicKey }) => ({
      principal,
      publicKey,
      roles: ['admin' as const],
    }));
    await it.ledger.policy.set({ signers });
    const { fingerprint } = boss.publicKey;
    const stolen = await openLedger({ gitdir: it.gitdir, signer: thief });
    await stolen.policy.set({ revoke: [{ fingerprint, from: 3 }] });
    await stolen.close();
    const before = await it.ledger.policy.set({ revoke: [{ fingerprint: thief.publicKey.fingerprint, from: 4 }] });
    const policy = changePolicy(before, { lift: [fingerprint] }, () => [{ seq: 4, signer: null, from: 3 }]);
    await forge(it.gitdir, { signer: it.admin, events: [stating(policy)], policy });
    await refused(
      it,
      /the lift of a revocation of SHA256:\S+ takes the signature of a key with the role root; it has 0/,
    );
  });
});

test('an entry says one thing that admins sign for, upgrades nothing twice, and dates nothing but what is before it', async () => {
  const clock = (first: number, last: number): LedgerEvent => ({ type: 'clock', first, last });
  const cases: readonly (readonly [readonly LedgerEvent[], RegExp])[] = [
    [[clock(1, 2), clock(1, 2)], /more than one thing that admins sign for/],
    [[{ type: 'upgrade', format: 2, versionsSha256: 'a'.repeat(64) }], /it upgrades to format 2 a ledger of format 2/],
    [[clock(0, 1)], /misdated, and not up to itself/],
  ];
  for (const [events, reason] of cases)
    await scene(async (it) => {
      await forge(it.gitdir, { signer: it.admin, events });
      await refused(it, reason);
    });
});

test('an upgrade seals the versions that are there, and makes roots of the founders alone', async () => {
  await inFolder(async (dir) => {
    const gitdir = `${dir}/ledger.git`;
    const [root, admin] = [await ephemeralSigner('root@example.org'), await ephemeralSigner('admin@example.org')];
    const ledger = await initLedger({ gitdir, signer: root });
    const before = await ledger.policy.set({
      signers: [{ principal: admin.principal, publicKey: admin.publicKey, roles: ['admin'] }],
    });
    await recordRange(ledger, 'planner', 1, 1);
    const store = await openGitStore(nodeFs, gitdir);
    const upgraded: Policy = { ...before, format: 2 };
    const policy = changePolicy(upgraded, {
      signers: [{ principal: admin.principal, publicKey: admin.publicKey, roles: ['root', 'admin'] }],
    });
    const seal = { type: 'upgrade', format: 2, versionsSha256: 'a'.repeat(64) } as const;
    await appendEntry(store, admin, (drafts) => ({
      format: 2,
      timestamp: Date.now() / 1000,
      tree: drafts.tree(journalTree(formatPolicy(policy))),
      events: [seal, stating(policy)],
      updates: [],
    }));
    await store.close();
    const report = await auditLedger({ path: gitdir });
    const problems = report.steps.flatMap(({ problems: found }) => found.map(({ message }) => message));
    expect(problems).toEqual([
      expect.stringMatching(/^its policy cannot follow|its roots are SHA256:\S+; an upgrade makes roots of SHA256:/),
      expect.stringMatching(/^the upgrade seals its versions as a{64}; those of the ledger are [0-9a-f]{64}$/),
    ]);
    await ledger.close();
  });
});

test('an approval names the capabilities that were in force, and no others', async () => {
  for (const [seen, problems] of [
    [['network', 'code'], []],
    [[], [/: it approves the capabilities none; network code were in force$/]],
    [['network'], [/: it approves the capabilities network; network code were in force$/]],
    [
      ['process', 'network', 'code'],
      [/: it approves the capabilities process network code; network code were in force$/],
    ],
    [['process', 'code'], [/: it approves the capabilities process code; network code were in force$/]],
  ] as const)
    await scene(async ({ gitdir, ledger, root }) => {
      await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'two' });
      const report = { moduleId: 'planner', fromVer: 1, toVer: 2, level: 'COMPATIBLE', assessor: 'engine 1' } as const;
      await ledger.assessCompatibility({ ...report, capabilitiesAdded: ['network', 'code'] });
      const entry = new Forge(gitdir).entry(root);
      const given = seen.length === 0 ? {} : { capabilitiesAdded: seen };
      await (await entry.report('approve', ['planner', 1, 2], given)).seal({
        text: (text) => ({ ...text, format: 2 }),
      });
      const { steps } = await auditLedger({ path: gitdir });
      const found = steps.flatMap(({ name, problems: told }) => told.map(({ message }) => [name, message]));
      expect(found).toEqual(problems.map((message) => ['reports', expect.stringMatching(message)]));
    });
});
