/** Whoever holds an admin's key, and states a policy that is wrong. */

import { ephemeralSigner } from '../../src/api/testing.js';
import type { Policy } from '../../src/index.js';
import { attack, describeForgeries } from './attacks.js';
import type { ForgedEntry } from './forged-entry.js';
import { goodLedger, type Name } from './good-ledger.js';
import { by, one } from './sealed-entry.js';

const place = goodLedger();

/** The policy stated anew by an admin, with other files. */
const stating = (
  change: (policy: Policy) => Policy,
  files?: Parameters<ForgedEntry['policy']>[1],
  stated?: boolean,
  name: Name = 'founder',
) => by(name, (e) => e.policy(change(e.policyNow()), files, stated));

const same = (policy: Policy) => policy;

const lines = (change: (all: string[]) => string[]) => (files: { policyJson: string; allowedSigners: string }) => ({
  ...files,
  allowedSigners: change(files.allowedSigners.trimEnd().split('\n'))
    .map((line) => `${line}\n`)
    .join(''),
});

const signer = (name: string, change: Partial<Policy['signers'][number]>) => (policy: Policy) => ({
  ...policy,
  signers: policy.signers.map((s) => (s.principal.startsWith(name) ? { ...s, ...change } : s)),
});

describeForgeries('a policy', place, [
  attack(
    'by a recorder, who grants itself more',
    'signers',
    /sign "policy" \(admin/,
    stating(signer('ci', { roles: ['admin', 'approver', 'recorder'] }), undefined, true, 'ci'),
  ),
  attack(
    'by a key that it brings along',
    'signers',
    /which the ledger does not know/,
    async (forge) => {
      const mallory = await ephemeralSigner('mallory@example.org');
      const entry = forge.entry(mallory);
      const { principal, publicKey } = mallory;
      const policy = entry.policyNow();
      await entry
        .policy({
          ...policy,
          signers: [...policy.signers, { principal, publicKey, roles: ['admin'], revokedFrom: null }],
        })
        .seal();
    },
    one,
  ),
  attack(
    'that no event states',
    'journal',
    /its tree is not that of the entry before, and it states no policy/,
    by('founder', (e) => {
      e.policy({ ...e.policyNow(), requireApproval: false }).events.length = 0;
      e.rollback('memory', 3, 1);
    }),
  ),
  attack(
    'other than its event states',
    'journal',
    /its files are not those that its Policy line names/,
    by('founder', (e) =>
      e.policy(
        { ...e.policyNow(), requireApproval: false },
        (f) => ({ ...f, policyJson: f.policyJson.replace('"requiredApprovals": 1', '"requiredApprovals": 2') }),
        false,
      ),
    ),
  ),
  attack(
    'stated twice',
    'journal',
    /more than one policy/,
    by('founder', (e) => e.policy(e.policyNow()).policy(e.policyNow())),
    one,
  ),
  attack(
    'with a file more in the tree',
    'journal',
    /its tree has README.md, allowed_signers, hook of mode 100755, policy.json, not/,
    async (forge, { people }) => {
      const entry = forge.entry(people.founder).event({ type: 'restored', ref: 'refs/heads/planner', foreign: null });
      entry.policy(entry.policyNow());
      const tree = forge.tree([
        ...forge.readTree(forge.treeOf(forge.tip)),
        { mode: '100755', name: 'hook', oid: forge.write('blob', '#!/bin/sh\n') },
      ]);
      await entry.seal({ tree });
    },
  ),
  attack(
    'with a key dropped',
    'signers',
    /not the one before with keys added at its end/,
    stating((p) => ({ ...p, signers: p.signers.filter((s) => !s.principal.startsWith('lead')) })),
  ),
  attack(
    'with a key of another owner',
    'signers',
    /not the one before/,
    stating(signer('old', { principal: 'mallory@example.org' })),
  ),
  attack(
    'with its keys in another order',
    'signers',
    /not the one before/,
    stating((p) => ({ ...p, signers: [...p.signers].reverse() })),
    one,
  ),
  attack(
    'with a key twice',
    'journal',
    /not as git-lineage writes them/,
    stating(
      same,
      lines((all) => [...all, all[0] ?? '']),
    ),
  ),
  attack(
    'with a key of two owners',
    'journal',
    /not as git-lineage writes them/,
    stating(
      same,
      lines((all) => [...all, (all[0] ?? '').replace(/^\S+/, 'mallory@example.org')]),
    ),
    one,
  ),
  attack(
    'with a pattern in place of a name',
    'journal',
    /not as git-lineage writes them/,
    stating(
      same,
      lines((all) => [...all, (all[0] ?? '').replace(/^\S+/, '*@example.org')]),
    ),
    one,
  ),
  attack(
    'with options of a key',
    'journal',
    /not as git-lineage writes them/,
    stating(
      same,
      lines(([first = '', ...rest]) => [first.replace(' ', ' cert-authority '), ...rest]),
    ),
    one,
  ),
  attack(
    'with a comment',
    'journal',
    /not as git-lineage writes them/,
    stating(
      same,
      lines((all) => ['# mine', ...all]),
    ),
    one,
  ),
  attack(
    'with white space that git passes over',
    'journal',
    /not as git-lineage writes them/,
    stating(
      same,
      lines((all) => all.map((l) => `${l} `)),
    ),
    one,
  ),
  attack(
    'with a setting that nobody knows',
    'journal',
    /not as git-lineage writes them/,
    stating(same, (f) => ({ ...f, policyJson: f.policyJson.replace('{', '{\n  "gate": "open",') })),
    one,
  ),
  attack(
    'that leaves no admin',
    'signers',
    /it leaves no key with the role admin/,
    stating((p) => ({ ...p, signers: p.signers.map((s) => ({ ...s, roles: s.roles.filter((r) => r !== 'admin') })) })),
  ),
  attack(
    'that takes a revocation back',
    'signers',
    /was revoked from entry \d+ on, and is not any more/,
    stating(signer('thief', { revokedFrom: null })),
  ),
  attack(
    'that moves a revocation to a later entry',
    'signers',
    /and is now from \d+ on/,
    stating(signer('thief', { revokedFrom: 20 })),
    one,
  ),
  attack(
    'that gives a revoked key a role',
    'journal',
    /not as git-lineage writes them/,
    stating(signer('thief', { roles: ['recorder'] })),
    one,
  ),
  attack(
    'that revokes from an entry to come',
    'signers',
    /which is still to come/,
    stating(signer('lead', { revokedFrom: 10_000, roles: [] })),
    one,
  ),
]);
