/** Whoever holds a genuine key: entries that are right in everything but one. */

import { expect, it } from 'vitest';
import { ephemeralSigner } from '../../src/api/testing.js';
import { parsePrivateKey } from '../../src/signing/private-key.js';
import { signSshsig } from '../../src/signing/sshsig.js';
import { fixtureKey } from '../interop/ledger-on-disk.js';
import { attack, describeForgeries } from './attacks.js';
import { goodLedger } from './good-ledger.js';
import { by, FILES, one, staged, tagged } from './sealed-entry.js';

const place = goodLedger();

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
