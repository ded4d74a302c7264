/** Whoever holds a genuine key: reports, approvals and withdrawals that are right in everything but one. */

import { ephemeralSigner } from '../../src/api/testing.js';
import { attack, describeForgeries } from './attacks.js';
import type { Forge } from './forge.js';
import type { ForgedEntry, ReportChanges } from './forged-entry.js';
import { type GoodLedger, goodLedger, type Name } from './good-ledger.js';

const place = goodLedger();
const one = { forms: ['ledger'] as const };

type Pair = readonly [string, number | null, number];
type Given = Parameters<ForgedEntry['report']>[2];
const PAIR: Pair = ['planner', 4, 5];

/** An entry with one report, by somebody. */
const report =
  (name: Name, type: 'report' | 'approve' | 'withdraw', given: Given, changes: ReportChanges = {}, pair = PAIR) =>
  async (forge: Forge, { people }: GoodLedger): Promise<void> => {
    await (await forge.entry(people[name]).report(type, pair, given, changes)).seal();
  };

const approve = (changes: ReportChanges, given: Given = { level: 'BREAKING' }) =>
  report('ops', 'approve', given, changes);
const find = (changes: ReportChanges, given: Given = {}) => report('ci', 'report', given, changes);

/** The text of a tag, with other bytes in it and signed so. */
const signedSo = (change: (text: string) => string) => find({ payload: change });

describeForgeries('an approval', place, [
  attack(
    'by a recorder',
    ['reports', 'signers'],
    /signed by ci@example.org, whose key has not the role approver/,
    report('ci', 'approve', { level: 'BREAKING' }),
  ),
  attack(
    'by a retired key',
    ['reports', 'signers'],
    /has not the role approver/,
    report('old', 'approve', { level: 'BREAKING' }),
    one,
  ),
  attack(
    'by a revoked key',
    ['reports', 'signers'],
    /has not the role approver/,
    report('thief', 'approve', { level: 'BREAKING' }),
  ),
  attack(
    'in the name of another approver',
    'reports',
    /it says Approved-By lead@example.org, and is signed by ops/,
    approve({ text: (t) => ({ ...t, approvedBy: 'lead@example.org' }) }),
  ),
  attack('signed by another approver than its entry', 'reports', /signed by/, async (forge, { people }) => {
    const given = { level: 'BREAKING', approvedBy: 'lead@example.org' } as const;
    await (await forge.entry(people.ops).report('approve', PAIR, given, { signer: people.lead })).seal();
  }),
  attack(
    'that its entry calls a report',
    'reports',
    /it says Approved-By ci@example.org, and its entry calls it a "report"/,
    find({ text: (t) => ({ ...t, approvedBy: 'ci@example.org' }) }),
  ),
  attack(
    'that says auto',
    'reports',
    /it says Approved-By auto, and its entry calls it a "approve"/,
    approve({ text: (t) => ({ ...t, approvedBy: 'auto' }) }),
    one,
  ),
  attack(
    'of a lesser level than the one in force',
    'reports',
    /it approves COMPATIBLE; BREAKING was in force/,
    approve({}, {}),
  ),
  attack(
    'whose entry says another level',
    'reports',
    /expected Level BREAKING, its text says COMPATIBLE/,
    approve({ event: { level: 'BREAKING' } }, {}),
  ),
  attack(
    'of a version that is not there yet',
    'reports',
    /it is about v6, which is not in the ledger/,
    report('ops', 'approve', { level: 'UNKNOWN' }, {}, ['planner', 4, 6]),
  ),
  attack('of other content', 'reports', /it is a tag of \w{40}, not of v5/, async (forge, { people }) => {
    const changes = { object: forge.version('planner', 3) };
    await (await forge.entry(people.ops).report('approve', PAIR, { level: 'BREAKING' }, changes)).seal();
  }),
  attack(
    'that is replayed from another pair',
    ['reports', 'dates'],
    /SHA-256|its header says "compat\/planner\/2-3\/4"/,
    async (forge, { people }) => {
      const entry = await forge.entry(people.ops).report('approve', PAIR, { level: 'BREAKING' });
      await entry.move('refs/tags/compat/planner/4-5/2', forge.ref('refs/tags/compat/planner/2-3/4')).seal();
    },
  ),
  attack(
    'that is replayed with its hash',
    ['reports', 'dates'],
    /its header says "compat\/planner\/2-3\/4": it was made for another place/,
    async (forge, { people }) => {
      const old = forge.ref('refs/tags/compat/planner/2-3/4');
      const [, payloadSha256 = ''] =
        /^Approve: planner 2-3\/4 \S+ (\w+)$/m.exec(
          forge
            .journal()
            .map((oid) => forge.text(oid))
            .join('\n'),
        ) ?? [];
      const entry = await forge
        .entry(people.ops)
        .report('approve', PAIR, { level: 'BREAKING' }, { event: { payloadSha256 } });
      await entry.move('refs/tags/compat/planner/4-5/2', old).seal();
    },
  ),
  attack(
    'with the number of another',
    ['reports'],
    /its number is 7; the next of its pair is 2/,
    approve({ event: { seq: 7 } }),
    one,
  ),
]);

describeForgeries('a report', place, [
  attack(
    'of another ledger',
    'reports',
    /expected Ledger \w{40}, its text says c{40}/,
    find({ text: (t) => ({ ...t, ledger: 'c'.repeat(40) }) }),
  ),
  attack(
    'of another module',
    'reports',
    /expected Module planner, its text says memory/,
    find({ text: (t) => ({ ...t, moduleId: 'memory' }) }),
    one,
  ),
  attack(
    'of another pair',
    'reports',
    /expected From 4, its text says 2/,
    find({ text: (t) => ({ ...t, fromVer: 2 }) }),
    one,
  ),
  attack(
    'of another version',
    'reports',
    /expected To 5, its text says 6/,
    find({ text: (t) => ({ ...t, toVer: 6 }) }),
    one,
  ),
  attack(
    'on a pair the wrong way round',
    'reports',
    /as made from v5, which comes after/,
    report('ci', 'report', {}, {}, ['planner', 5, 3]),
    one,
  ),
  attack(
    'of another checksum',
    'reports',
    /its To-Checksum is x, that of v5/,
    find({ text: (t) => ({ ...t, toChecksum: 'x' }) }),
  ),
  attack(
    'that says that it is unbound',
    'reports',
    /its To-Checksum is null/,
    find({ text: (t) => ({ ...t, toChecksum: null }) }),
    one,
  ),
  attack(
    'that says that it is bound',
    'reports',
    /its To-Checksum is x, that of v6 null/,
    report('ci', 'report', { toChecksum: 'x' }, {}, ['planner', 4, 6]),
    one,
  ),
  attack(
    'less severe than what was measured',
    'reports',
    /COMPATIBLE is less severe than its Measured-Level BREAKING/,
    find({}, { measuredLevel: 'BREAKING', assessor: 'engine 1' }),
  ),
  attack(
    'that says what going back would break, in format 1',
    'reports',
    /it says Return-Level, in an entry of format 1/,
    find({}, { returnLevel: 'BREAKING' }),
  ),
  attack(
    'that pins its findings, in format 1',
    'reports',
    /it says Findings-SHA256, in an entry of format 1/,
    find({}, { assessor: 'engine 1', findingsSha256: 'e'.repeat(64) }),
  ),
  attack(
    'that names capabilities, in format 1',
    'reports',
    /it says Capabilities-Added, in an entry of format 1/,
    find({}, { assessor: 'engine 1', capabilitiesAdded: ['network'] }),
  ),
  attack(
    'with another hash in the journal',
    'reports',
    /its signed text has the SHA-256/,
    find({ event: { payloadSha256: 'd'.repeat(64) } }),
  ),
  attack(
    'whose header says another place',
    'reports',
    /its header says "compat\/planner\/4-5\/9"/,
    find({ name: 'compat/planner/4-5/9' }),
  ),
  attack(
    'whose tagger is somebody else',
    'reports',
    /expected the tagger ci@example.org/,
    find({ tagger: 'ops@example.org' }),
  ),
  attack(
    'in another time zone',
    'reports',
    /its bytes are not/,
    signedSo((t) => t.replace('+0000', '+0001')),
    one,
  ),
  attack(
    'of a tree',
    ['reports', 'objects'],
    /it is a tag of a tree/,
    signedSo((t) => t.replace('type commit', 'type tree')),
    one,
  ),
  attack(
    'with a header more',
    'reports',
    /its headers are/,
    signedSo((t) => t.replace('\n\n', '\nencoding latin1\n\n')),
    one,
  ),
  attack(
    'whose text goes on',
    'reports',
    /not written as a report/,
    signedSo((t) => `${t}Approved-By: everybody\n`),
    one,
  ),
  attack('that is not signed', 'reports', /it is not signed/, find({ raw: (t) => t.replace(/-----BEGIN[\s\S]*/, '') })),
  attack('whose signature has a line more', 'reports', /OpenSSH armour/, find({ raw: (t) => `${t}\n` })),
  attack(
    'with two signatures',
    'reports',
    /SHA-256|not written as a report/,
    find({ raw: (t) => t + t.slice(t.indexOf('-----BEGIN')) }),
    one,
  ),
  attack('signed by nobody that is known', 'reports', /which the ledger does not know/, async (forge, { people }) => {
    const signer = await ephemeralSigner('ci@example.org');
    await (await forge.entry(people.ci).report('report', PAIR, {}, { signer })).seal();
  }),
  attack('dated before the entry before', 'dates', /its date \d+ is not between/, find({ seconds: 1_790_000_000 })),
  attack('dated after its entry', 'dates', /its date \d+ is not between/, find({ seconds: 1_790_009_999 }), one),
  attack(
    'of a module that differs in case alone',
    'reports',
    /differs from its module in case alone/,
    report('ci', 'report', {}, {}, ['PLANNER', null, 1]),
    one,
  ),
  attack('in the place of another', 'reports', /which was at \w{40}/, find({ event: { seq: 1 } }), one),
]);

describeForgeries('a withdrawal', place, [
  attack(
    'by a recorder',
    ['reports', 'signers'],
    /has not the role approver/,
    async (forge, { people: { ops, ci } }) => {
      await (await forge.entry(ops).report('approve', PAIR, { level: 'BREAKING' })).seal();
      await (await forge.entry(ci).report('withdraw', PAIR, { level: 'BREAKING', withdraws: 2 })).seal();
    },
  ),
  attack(
    'of nothing',
    'reports',
    /it withdraws 1, which is no standing approval/,
    report('ops', 'withdraw', { level: 'BREAKING', withdraws: 1 }),
  ),
  attack(
    'a second time',
    'reports',
    /it withdraws 2, which is no standing approval/,
    report('ops', 'withdraw', { level: 'BREAKING', withdraws: 2 }, {}, ['planner', 2, 3]),
  ),
  attack(
    'that does not say of what',
    'reports',
    /it withdraws nothing/,
    report('ops', 'withdraw', { level: 'BREAKING' }),
    one,
  ),
  attack(
    'that its entry calls a report',
    'reports',
    /its entry calls it a "report", it withdraws an approval/,
    find({}, { level: 'BREAKING', withdraws: 1 }),
  ),
]);
