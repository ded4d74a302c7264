/** Whoever holds a genuine key: entries that are right in everything but one. */

import { expect, it } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { Policy } from '../../src/index.js';
import { parsePrivateKey } from '../../src/signing/private-key.js';
import { signSshsig } from '../../src/signing/sshsig.js';
import { fixtureKey } from '../interop/ledger-on-disk.js';
import { attack, describeForgeries } from './attacks.js';
import type { Forge } from './forge.js';
import { EMPTY_TREE, type ForgedEntry } from './forged-entry.js';
import { type GoodLedger, goodLedger, type Name } from './good-ledger.js';

const place = goodLedger();

/** An entry by somebody, as far as `build` goes; sealed. */
const by =
  (
    name: Name,
    build: (entry: ForgedEntry, forge: Forge, good: GoodLedger) => unknown,
    changes: Parameters<ForgedEntry['seal']>[0] = {},
  ) =>
  async (forge: Forge, good: GoodLedger): Promise<void> => {
    const entry = forge.entry(good.people[name]);
    await build(entry, forge, good);
    await entry.seal(changes);
  };

const one = { forms: ['ledger'] as const };
const FILES = { 'index.js': 'export const plan = 6;\n', 'lib/parts.js': '//\n' };

it('passes entries that are right in everything, of every kind', async () => {
  const forge = place.copy('ledger');
  const { ci, ops, founder } = place.get().people;
  await forge.entry(ci).stage('planner', 6, 4, { files: FILES }).tag('planner', 6, 'stable').seal();
  await forge.entry(ci).activate('planner', 6).seal();
  await forge.entry(ci).untag('planner', 6, 'stable').tag('planner', 6, 'blue').seal();
  await forge.entry(ci).rollback('planner', 6, 4).seal();
  await forge.entry(ci).stage('fresh', 1, null).activate('fresh', 1).seal();
  await (await forge.entry(ops).report('approve', ['planner', 4, 5], { level: 'BREAKING' })).seal();
  await (await forge.entry(ops).report('withdraw', ['planner', 4, 5], { level: 'BREAKING', withdraws: 2 })).seal();
  await (await forge.entry(ci).report('report', ['fresh', 1, 2], { level: 'MINOR_CHANGE' })).seal();
  await forge.entry(ops).breakGlass('planner', 4, 6).seal();
  const entry = forge.entry(founder);
  await entry.policy({ ...entry.policyNow(), requireApproval: false }).seal();
  await forge.entry(ci).event({ type: 'restored', ref: 'refs/heads/fresh', foreign: null }).seal();
  const { outcome, steps } = await place.audit(forge.gitdir);
  expect(steps.flatMap((s) => s.problems.map((p) => `${s.name}: ${p.message}`))).toEqual([]);
  expect(outcome).toBe('passed');
});

const staged = (entry: ForgedEntry) => entry.stage('planner', 6, 4, { files: FILES });
const tagged = (entry: ForgedEntry) => entry.tag('planner', 4, 'blue');

describeForgeries('an entry signed by', place, [
  attack('an approver, who stages', 'signers', /has not the role to sign "stage" \(recorder/, by('ops', staged), one),
  attack('the recovery key, which stages', 'signers', /has not the role to sign "stage"/, by('recovery', staged), one),
  attack('a retired key', 'signers', /none: it is retired/, by('old', tagged)),
  attack('a revoked key', 'signers', /has not the role/, by('thief', tagged)),
  attack(
    'a retired key, for a rollback',
    'signers',
    /has not the role to sign "rollback"/,
    by('old', (e) => e.rollback('memory', 3, 1)),
    one,
  ),
  attack(
    'a recorder, who breaks the glass',
    'signers',
    /sign "break-glass"/,
    by('ci', (e) => e.breakGlass('planner', 4, 5)),
    one,
  ),
  attack('a key that nobody knows', 'signers', /which the ledger does not know/, async (forge) => {
    await tagged(forge.entry(await ephemeralSigner('ci@example.org'))).seal();
  }),
  attack(
    'somebody else than its actor',
    'signers',
    /its Actor is lead@example.org, its key belongs to ops/,
    async (forge, { people }) => {
      await forge.entry(people.lead).rollback('memory', 3, 1).seal({ signer: people.ops });
    },
  ),
  attack('a signature of another entry', 'signers', /over another content/, async (forge, { people }) => {
    const [, old = ''] = /gpgsig ([\s\S]*?-----END SSH SIGNATURE-----)/.exec(forge.text(forge.tip)) ?? [];
    await tagged(forge.entry(people.ci)).seal({ signature: () => old.replaceAll('\n ', '\n') });
  }),
  attack(
    'a signature for another purpose',
    'signers',
    /the namespace "git"/,
    async (forge, { people }) => {
      const key = parsePrivateKey(fixtureKey('nistp256'));
      const sign = async (payload: Uint8Array) => signSshsig(key, payload, 'file');
      await tagged(forge.entry(people.ci)).seal({ signer: { ...people.ci, sign } });
    },
    one,
  ),
]);

describeForgeries('an entry', place, [
  attack(
    'that skips a number',
    'journal',
    /its Seq is \d+, not \d+/,
    by('ci', tagged, { text: (t) => ({ ...t, seq: t.seq + 1 }) }),
  ),
  attack(
    'of another past',
    'journal',
    /Previous-SHA256 is not the hash/,
    by('ci', tagged, { text: (t) => ({ ...t, previousSha256: 'a'.repeat(64) }) }),
  ),
  attack(
    'without a past',
    ['journal'],
    /Previous-SHA256/,
    by('ci', tagged, { text: (t) => ({ ...t, previousSha256: null }) }),
    one,
  ),
  attack(
    'with a second Init',
    ['journal', 'refs', 'signers'],
    /Init may come once/,
    by('ci', (e) => e.event({ type: 'init', format: 1 })),
    one,
  ),
  attack('that is a merge', 'journal', /it has 2 parents/, async (forge, { people }) => {
    await tagged(forge.entry(people.ci)).seal({ parents: [forge.tip, forge.version('planner', 5)] });
  }),
  attack(
    'with another subject',
    'journal',
    /not written as the format says/,
    by('ci', tagged, { message: (m) => m.replace(/^.*/, 'nothing') }),
    one,
  ),
  attack(
    'with a line that the format has not',
    'journal',
    /not written as/,
    by('ci', tagged, { message: (m) => `${m}Signed-off-by: me\n` }),
    one,
  ),
  attack(
    'in CRLF, signed so',
    'journal',
    /not written as/,
    by('ci', tagged, { message: (m) => m.replaceAll('\n', '\r\n') }),
    one,
  ),
  attack(
    'with an encoding, signed so',
    'journal',
    /its headers are: .*encoding/,
    by('ci', tagged, { payload: (p) => p.replace('\n\n', '\nencoding latin1\n\n') }),
    one,
  ),
  attack(
    'with another time zone, signed so',
    'journal',
    /its bytes are not/,
    by('ci', tagged, { payload: (p) => p.replace(' +0000\ncommitter', ' +0001\ncommitter') }),
  ),
  attack(
    'whose author is not its committer',
    'journal',
    /expected the author ci@/,
    by('ci', tagged, { payload: (p) => p.replace('author ci@example.org', 'author ops@example.org') }),
    one,
  ),
  attack(
    'whose git date is not its own',
    'journal',
    /expected the committer date/,
    by('ci', tagged, { payload: (p) => p.replace(/(committer .*?) (\d+) \+/, '$1 1700000000 +') }),
    one,
  ),
  attack(
    'with white space at its end',
    'journal',
    /not written as/,
    by('ci', tagged, { payload: (p) => `${p}\n` }),
    one,
  ),
  attack(
    'whose tree has a file more',
    'journal',
    /its tree is not that of the entry before/,
    async (forge, { people }) => {
      const tree = forge.tree([
        ...forge.readTree(forge.treeOf(forge.tip)),
        { mode: '100644', name: 'zz', oid: forge.write('blob', 'x') },
      ]);
      await tagged(forge.entry(people.ci)).seal({ tree });
    },
  ),
  attack(
    'dated before the one before it',
    'dates',
    /its Timestamp \S+ is before/,
    by('ci', (e) => {
      e.timestamp -= 2;
      return tagged(e);
    }),
  ),
  attack(
    'dated in the future',
    'dates',
    /is in the future/,
    by('ci', (e) => {
      e.timestamp += 200_000;
      return tagged(e);
    }),
  ),
]);

describeForgeries('a Ref-Update', place, [
  attack(
    'that is missing',
    'refs',
    /it leaves refs\/heads\/planner at/,
    by('ci', (e) => {
      staged(e).activate('planner', 6).moves.delete('refs/heads/planner');
    }),
  ),
  attack(
    'that no event permits',
    'refs',
    /it moves refs\/heads\/memory, which no event of it permits/,
    by('ci', (e, forge) => staged(e).move('refs/heads/memory', forge.version('memory', 1))),
  ),
  attack(
    'from where the ref was not',
    'refs',
    /it moves refs\/heads\/planner from \w+; it was at/,
    by('ci', (e, forge) =>
      staged(e).activate('planner', 6).move('refs/heads/planner', e.version('planner', 6), forge.version('planner', 1)),
    ),
  ),
  attack(
    'that is there twice',
    'refs',
    /it moves refs\/heads\/planner twice/,
    by('ci', (e) => staged(e).activate('planner', 6), {
      text: (t) => ({ ...t, updates: [...t.updates, ...t.updates.filter((u) => u.ref === 'refs/heads/planner')] }),
    }),
  ),
  attack(
    'of a ref that is none of a ledger',
    'refs',
    /refs\/evil\/x, which is no ref that an entry can move/,
    by('ci', (e, forge) => staged(e).move('refs/evil/x', forge.tip)),
    one,
  ),
  attack(
    'of the journal',
    'refs',
    /refs\/heads\/ledger, which is no ref that an entry can move/,
    by('ci', (e, forge) => staged(e).move('refs/heads/ledger', forge.tip, null)),
    one,
  ),
  attack(
    'that removes a version',
    'refs',
    /refs\/tags\/planner\/v5, which no event of it permits/,
    by('ci', (e) => staged(e).move('refs/tags/planner/v5', null)),
  ),
  attack(
    'to another commit than the version',
    'refs',
    /it leaves refs\/heads\/planner at/,
    by('ci', (e, forge) => staged(e).activate('planner', 6, forge.version('planner', 3))),
  ),
  attack(
    'that a Restored excuses',
    'refs',
    /it leaves refs\/heads\/planner at/,
    by('ci', (e, forge) =>
      e
        .event({ type: 'restored', ref: 'refs/heads/planner', foreign: null })
        .move('refs/heads/planner', forge.version('planner', 1)),
    ),
  ),
  attack(
    'of a report that a Restored excuses',
    'refs',
    /it leaves refs\/tags\/compat\/planner\/4-5\/1 at nothing/,
    by('ci', (e) =>
      e
        .event({ type: 'restored', ref: 'refs/tags/compat/planner/4-5/1', foreign: null })
        .move('refs/tags/compat/planner/4-5/1', null),
    ),
    one,
  ),
  attack(
    'of notes that a Restored excuses',
    'refs',
    /it leaves refs\/notes\/tags at/,
    by('ci', async (e, forge) =>
      e
        .event({ type: 'restored', ref: 'refs/notes/tags', foreign: null })
        .move('refs/notes/tags', await e.note('refs/notes/tags', new Map([[forge.version('planner', 1), null]]), {})),
    ),
    one,
  ),
]);

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

/** A staged version that is wrong somewhere. */
const staging = (
  changes: Parameters<ForgedEntry['stage']>[3],
  version = 6,
  parent: number | null = 4,
  id = 'planner',
) => by('ci', (e) => e.stage(id, version, parent, { files: FILES, ...changes }));

describeForgeries('a version', place, [
  attack('whose number was spent', ['versions', 'refs'], /its number is not after 5/, staging({}, 5, 4)),
  attack(
    'whose number was passed by',
    ['versions', 'refs'],
    /its number is not after 70, the highest used/,
    staging({}, 69, 1, 'bulk'),
    one,
  ),
  attack(
    'of a module that differs in case alone',
    'versions',
    /a module planner is there already, which differs in case/,
    staging({}, 1, null, 'Planner'),
  ),
  attack('made from a version of another module', 'versions', /expected the parent/, async (forge, { people }) => {
    await forge
      .entry(people.ci)
      .stage('planner', 6, 4, { files: FILES, parents: [forge.version('memory', 3)] })
      .seal();
  }),
  attack(
    'made from nothing, by its commit',
    'versions',
    /expected the parent \w+, found none/,
    staging({ parents: [] }),
    one,
  ),
  attack(
    'with a second parent',
    'versions',
    /expected the parent \w+, found \w+ and \w+/,
    async (forge, { people }) => {
      const parents = [forge.version('planner', 4), forge.version('planner', 5)];
      await forge.entry(people.ci).stage('planner', 6, 4, { files: FILES, parents }).seal();
    },
    one,
  ),
  attack(
    'made from one that is not there',
    'versions',
    /is made from v3333, which is not in the ledger/,
    staging({ parents: [], event: { parentVer: 3333 }, sealed: (s) => ({ ...s, version: 6, parentVer: 4 }) }),
    one,
  ),
  attack(
    'whose trailers name another module',
    'versions',
    /the journal says Module planner, its commit memory/,
    staging({ sealed: (s) => ({ ...s, moduleId: 'memory' }) }),
    one,
  ),
  attack(
    'whose trailers name another number',
    'versions',
    /the journal says Version 6, its commit 7/,
    staging({ sealed: (s) => ({ ...s, version: 7 }) }),
    one,
  ),
  attack(
    'whose trailers name another parent',
    'versions',
    /the journal says Parent-Version 4, its commit 2/,
    staging({ sealed: (s) => ({ ...s, parentVer: 2 }) }),
    one,
  ),
  attack(
    'whose checksum is another one’s in the journal',
    'versions',
    /the journal says Checksum x/,
    staging({ event: { checksum: 'x' }, note: 'x\n' }),
    one,
  ),
  attack(
    'whose checksum is a lie that all three tell',
    'versions',
    /its files have the checksum sha256-tree:\w+, its commit says sha256:/,
    staging({ sealed: (s) => ({ ...s, checksum: `sha256:${'0'.repeat(64)}` }) }),
  ),
  attack(
    'whose note says another checksum',
    'versions',
    /refs\/notes\/checksum notes .*its events say/,
    staging({ note: 'sha256:x\n' }),
  ),
  attack(
    'whose commit is that of another version',
    'versions',
    /the journal says Version 6, its commit 5/,
    by('ci', (e, forge) => {
      staged(e).move('refs/tags/planner/v6', forge.version('planner', 5));
      e.checksums.clear();
      e.checksums.set(
        forge.version('planner', 5),
        /^Checksum: (.*\n)/m.exec(forge.text(e.version('planner', 6)))?.[1] ?? '',
      );
    }),
    one,
  ),
  attack(
    'recorded in another’s name',
    'versions',
    /expected the author ci@example.org/,
    staging({ principal: 'ops@example.org' }),
    one,
  ),
  attack(
    'whose git date is not its own',
    'versions',
    /expected the author date/,
    staging({ raw: (t) => t.replaceAll(/(> )\d+( \+0000)/g, '$11700000000$2') }),
  ),
  attack(
    'in another time zone',
    'versions',
    /its bytes are not/,
    staging({ raw: (t) => t.replaceAll(' +0000', ' +0001') }),
    one,
  ),
  attack(
    'with another encoding',
    'versions',
    /its headers are: .*encoding/,
    staging({ raw: (t) => t.replace('\n\n', '\nencoding latin1\n\n') }),
    one,
  ),
  attack(
    'whose message goes on',
    'versions',
    /not written as a version/,
    staging({ raw: (t) => `${t}Approved-By: everybody\n` }),
    one,
  ),
  attack(
    'with a subject of its own',
    'versions',
    /not written as a version/,
    staging({ raw: (t) => t.replace('planner v6', 'planner v6 (stable)') }),
    one,
  ),
  attack(
    'whose link leads out of the module',
    'versions',
    /a link whose target stays inside/,
    async (forge, { people }) => {
      const tree = forge.files({ 'index.js': '//\n', passwd: '../../etc/passwd' }, { passwd: '120000' });
      await forge.entry(people.ci).stage('planner', 6, 4, { tree }).seal();
    },
    one,
  ),
  attack(
    'with names that differ in case alone',
    'versions',
    /differs only in case/,
    staging({ files: { 'a.js': '1', 'A.js': '2' } }),
    one,
  ),
  attack('with a backslash in a name', 'versions', /no backslash/, staging({ files: { 'a\\b.js': '1' } }), one),
  attack(
    'with a file of git’s',
    ['objects', 'versions'],
    /git’s own|git's own/,
    staging({ files: { '.gitmodules': '[x]\n' } }),
    one,
  ),
  attack('with an empty folder', 'versions', /empty folder/, staging({ files: { 'index.js': '//\n', 'secret/': '' } })),
  attack('without files, with an empty folder', 'versions', /empty folder/, staging({ files: { 'secret/': '' } }), one),
  attack(
    'with folders nested without end',
    'versions',
    /nested too deeply/,
    async (forge, { people }) => {
      let tree = forge.files({ x: '1' });
      for (let i = 0; i < 2100; i++) tree = forge.tree([{ mode: '40000', name: 'a', oid: tree }]);
      await forge
        .entry(people.ci)
        .stage('planner', 6, 4, { tree: EMPTY_TREE, raw: (t) => t.replace(/^tree \w+/, `tree ${tree}`) })
        .seal();
    },
    one,
  ),
  attack(
    'with more files than anybody could count',
    'versions',
    /more than \d+ files/,
    async (forge, { people }) => {
      let tree = forge.files({ x: '1' });
      for (let i = 0; i < 12; i++)
        tree = forge.tree([...'abcdefghij'].map((name) => ({ mode: '40000', name, oid: tree })));
      await forge
        .entry(people.ci)
        .stage('planner', 6, 4, { tree: EMPTY_TREE, raw: (t) => t.replace(/^tree \w+/, `tree ${tree}`) })
        .seal();
    },
    one,
  ),
]);

/** Another notes tree in place of the one that an entry makes. */
const notesTree =
  (ref: string, change: (forge: Forge, tree: string, before: string) => string, build = tagged) =>
  async (forge: Forge, { people }: GoodLedger) => {
    const before = forge.treeOf(forge.ref(ref));
    await build(forge.entry(people.ci)).seal({
      notesTree: (tree, at) => (at === ref ? change(forge, tree, before) : tree),
    });
  };
const TAGS = 'refs/notes/tags';
const SUMS = 'refs/notes/checksum';
const add = (forge: Forge, tree: string, name: string, text: string, mode = '100644') =>
  forge.tree([...forge.readTree(tree).filter((e) => e.name !== name), { mode, name, oid: forge.write('blob', text) }]);

describeForgeries('notes', place, [
  attack(
    'of a version that no event names',
    'tags',
    /changes the note of \w{40}, which no event does/,
    by('ci', (e, forge) => tagged(e).tags.set(forge.version('planner', 1), new Set(['stable', 'golden']))),
  ),
  attack(
    'of a checksum that no event names',
    'versions',
    /changes the note of \w{40}, which no event does/,
    by('ci', (e, forge) => staged(e).checksums.set(forge.version('planner', 1), 'x\n')),
  ),
  attack(
    'on a commit that is none',
    'tags',
    /changes the note of bbbb\w+, which no event does/,
    by('ci', (e) => tagged(e).tags.set('b'.repeat(40), new Set(['x']))),
  ),
  attack(
    'that say more than the events',
    'tags',
    /notes "blue\\ngolden\\n" on/,
    by('ci', (e, forge) => tagged(e).tags.get(forge.version('planner', 4))?.add('golden')),
  ),
  attack(
    'that say less than the events',
    'tags',
    /lacks the note|notes null/,
    by('ci', (e, forge) => tagged(e).tags.get(forge.version('planner', 4))?.clear()),
    one,
  ),
  attack(
    'that do not move',
    ['tags', 'refs'],
    /it does not move refs\/notes\/tags/,
    by('ci', (e) => {
      tagged(e).tags.clear();
    }),
    one,
  ),
  attack(
    'with a file that is no note',
    'tags',
    /changes "README", which is no note/,
    notesTree(TAGS, (forge, tree) => add(forge, tree, 'README', 'x')),
  ),
  attack(
    'with a folder that is none',
    'tags',
    /"zz", which is no note/,
    notesTree(TAGS, (forge, tree) =>
      forge.tree([...forge.readTree(tree), { mode: '40000', name: 'zz', oid: forge.files({ x: '1' }) }]),
    ),
    one,
  ),
  attack(
    'twice on one commit, at two depths',
    'tags',
    /notes \w{40} twice/,
    notesTree(TAGS, (forge, tree) => add(forge, tree, forge.version('planner', 4), 'golden\n')),
  ),
  attack('twice on one commit, the old one kept', 'tags', /notes \w{40} twice/, async (forge, { people }) => {
    const target = forge.version('planner', 2);
    const before = forge.treeOf(forge.ref(TAGS));
    const fresh = forge.write('blob', 'blue\ngolden\nstable\n');
    await forge
      .entry(people.ci)
      .tag('planner', 2, 'golden')
      .seal({
        notesTree: () => forge.tree([...forge.readTree(before), { mode: '100644', name: target, oid: fresh }]),
      });
  }),
  attack(
    'twice on one commit, with the same text',
    'tags',
    /notes \w{40} twice/,
    async (forge, { people }) => {
      const target = forge.version('planner', 2);
      await forge
        .entry(people.ci)
        .tag('planner', 2, 'golden')
        .untag('planner', 2, 'golden')
        .seal({
          notesTree: (tree) => add(forge, tree, target, 'blue\nstable\n'),
        });
    },
    one,
  ),
  attack(
    'that are executable',
    'tags',
    /which is no note/,
    notesTree(TAGS, (forge, tree) => add(forge, tree, forge.version('planner', 4), 'blue\n', '100755')),
    one,
  ),
  attack(
    'all in one, none of the old ones left',
    'tags',
    /changes the note of/,
    notesTree(TAGS, (forge) => forge.files({ [forge.version('planner', 4)]: 'blue\n' })),
    one,
  ),
  attack(
    'with more folders than anybody could count',
    'tags',
    /no notes tree|more than/,
    notesTree(TAGS, (forge, tree) => {
      const hex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
      let below = forge.files({ '00': 'x' });
      for (let i = 0; i < 18; i++) {
        const oid = below;
        below = forge.tree(hex.map((name) => ({ mode: '40000', name, oid })));
      }
      return forge.tree([
        ...forge.readTree(tree).filter((e) => e.name !== '00'),
        { mode: '40000', name: '00', oid: below },
      ]);
    }),
    one,
  ),
  attack(
    'in another’s name',
    'tags',
    /expected the author ci@/,
    by('ci', tagged, { notesCommit: (t) => t.replaceAll('ci@example.org', 'ops@example.org') }),
    one,
  ),
  attack(
    'of another day',
    'tags',
    /expected the author date/,
    by('ci', tagged, { notesCommit: (t) => t.replaceAll(/> \d+ /g, '> 1700000000 ') }),
    one,
  ),
  attack(
    'that say something else of themselves',
    'tags',
    /its message is not the one/,
    by('ci', tagged, { notesCommit: (t) => t.replace('Notes of', 'Nothing of') }),
    one,
  ),
  attack(
    'that begin anew',
    'tags',
    /expected the parent \w+, found none/,
    by('ci', tagged, { notesCommit: (t) => t.replace(/parent \w+\n/, '') }),
  ),
  attack(
    'that hide what came between',
    'tags',
    /expected the parent/,
    by('ci', tagged, { notesCommit: (t) => t.replace(/parent \w+\n/, (p) => p + p) }),
    one,
  ),
  attack(
    'of checksums that begin anew',
    'versions',
    /expected the parent/,
    by('ci', staged, { notesCommit: (t) => t.replace(/parent \w+\n/, '') }),
    one,
  ),
  attack('with a checksum twice, at two depths', 'versions', /notes \w{40} twice/, async (forge, { people }) => {
    const entry = staged(forge.entry(people.ci));
    const target = entry.version('planner', 6);
    await entry.seal({ notesTree: (tree, ref) => (ref === SUMS ? add(forge, tree, target, 'sha256:x\n') : tree) });
  }),
]);

const made = 'it was active already';
describeForgeries('an activation', place, [
  attack(
    'of a breaking version that nobody approved',
    'activations',
    /planner v5 became active, and was not allowed to: BREAKING needs the approval of an operator/,
    by('ci', (e) => e.activate('planner', 5)),
  ),
  attack(
    'of one whose approval was withdrawn',
    'activations',
    /needs the approval/,
    async (forge, { people: { ops, ci } }) => {
      await (await forge.entry(ops).report('approve', ['planner', 4, 5], { level: 'BREAKING' })).seal();
      await (await forge.entry(ops).report('withdraw', ['planner', 4, 5], { level: 'BREAKING', withdraws: 2 })).seal();
      await forge.entry(ci).activate('planner', 5).seal();
    },
  ),
  attack(
    'that comes before its approval',
    'activations',
    /needs the approval/,
    async (forge, { people: { ops, ci } }) => {
      await forge.entry(ci).activate('planner', 5).seal();
      await (await forge.entry(ops).report('approve', ['planner', 4, 5], { level: 'BREAKING' })).seal();
    },
  ),
  attack(
    'by the policy that its own entry brings',
    'activations',
    /needs the approval/,
    by('founder', (e) => e.policy({ ...e.policyNow(), requireApproval: false }).activate('planner', 5)),
    one,
  ),
  attack(
    'that skips its parent',
    'activations',
    /the active version is v2, not v3|was made from|the active version is/,
    by('ci', (e) => staged(e).stage('planner', 7, 6, { files: FILES }).activate('planner', 7)),
  ),
  attack(
    'of a sibling',
    'activations',
    /the active version is v4, not v2/,
    by('ci', (e) => e.stage('planner', 6, 2, { files: FILES }).activate('planner', 6)),
  ),
  attack(
    'of a version that was reverted',
    'activations',
    /was reverted/,
    by('ci', (e) => staged(e).tag('planner', 6, 'reverted').activate('planner', 6)),
  ),
  attack(
    'of what is active',
    'activations',
    new RegExp(made),
    by('ci', (e) => e.activate('planner', 4)),
  ),
  attack(
    'of a version that is not there',
    ['activations', 'refs'],
    /planner v9 becomes active and is not in the ledger/,
    by('ci', (e, forge) => e.activate('planner', 9, forge.version('planner', 5))),
    one,
  ),
  attack(
    'past the gate, from another version than it says',
    'activations',
    /made from v4, became active in place of v4; the entry says of v2/,
    by('ops', (e) => e.breakGlass('planner', 2, 5)),
    one,
  ),
  attack(
    'past the gate, of what is active',
    'activations',
    /became active in place of v4/,
    by('ops', (e) => e.breakGlass('planner', 2, 4)),
    one,
  ),
]);

describeForgeries('a tag or rollback', place, [
  attack(
    'that reverts the active version',
    'tags',
    /the active version is rolled back, not tagged/,
    by('ci', (e) => e.tag('planner', 4, 'reverted')),
  ),
  attack(
    'that leaves a version stable and reverted',
    'tags',
    /both stable and reverted/,
    by('ci', (e) => e.tag('planner', 5, 'reverted').tag('planner', 5, 'stable')),
  ),
  attack(
    'that is there already',
    'tags',
    /it carried that tag already/,
    by('ci', (e) => e.tag('planner', 2, 'blue')),
  ),
  attack(
    'that was not there',
    'tags',
    /it did not carry it/,
    by('ci', (e) => e.untag('planner', 4, 'blue').tag('planner', 4, 'x')),
    one,
  ),
  attack(
    'of a version that is not there',
    'tags',
    /that version is not in the ledger/,
    by('ci', (e) => e.event({ type: 'tag', moduleId: 'planner', version: 99, tag: 'x' })),
    one,
  ),
  attack('to no ancestor', 'tags', /v3 is no ancestor of v4/, async (forge, { people: { ci } }) => {
    await forge.entry(ci).untag('planner', 3, 'reverted').seal();
    await forge.entry(ci).rollback('planner', 4, 3).seal();
  }),
  attack(
    'to a version that comes after',
    'tags',
    /v5 is no ancestor of v4/,
    by('ci', (e) => e.rollback('planner', 4, 5)),
    one,
  ),
  attack(
    'from a version that is not active',
    'tags',
    /rollback planner v5 -> v2: the active version was v4/,
    by('ci', (e) => e.rollback('planner', 5, 2)),
  ),
  attack('to a version that was reverted', 'tags', /v1 had been reverted itself/, async (forge, { people: { ci } }) => {
    await forge.entry(ci).untag('planner', 1, 'stable').tag('planner', 1, 'reverted').seal();
    await forge.entry(ci).rollback('planner', 4, 1).seal();
  }),
  attack(
    'that does not say reverted',
    ['tags', 'refs'],
    /lacks the note|does not move refs\/notes\/tags/,
    by('ci', (e) => {
      e.rollback('planner', 4, 2).tags.clear();
    }),
    one,
  ),
]);
