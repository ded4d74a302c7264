/**
 * A recorder signs a report by which an assessor found COMPATIBLE what breaks its callers, and activates the version on the strength of it.
 */

import nodeFs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { AuditProgress, AuditQuestion, AuditReport } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { PolicySettings } from '../../src/api/types.js';
import { ASSESSOR } from '../../src/assess/engine-version.js';
import { openGitStore } from '../../src/git/open-repository.js';
import { cloneLedger, type Ledger, openLedger } from '../../src/index.js';
import { OBEDIENT, WAITING } from '../assess/engine-scripts.js';
import { guardedPlace } from '../hooks/guarded-place.js';
import { appendEntry } from '../interop/append-entry.js';
import { BACKENDS, type Backend, type Place } from '../suite/backends.js';
import { refusal } from '../suite/expectations.js';
import { enrol, type Person, type RoleName } from '../suite/people.js';

/** Does as the files say. */
const honest = { script: OBEDIENT, timeLimitMs: 60_000 };
/** Finds everything COMPATIBLE. */
const lying = { script: WAITING, timeLimitMs: 60_000 };

const pair = { moduleId: 'planner', fromVer: 1, toVer: 2 };
const claim = { ...pair, level: 'COMPATIBLE', assessor: ASSESSOR, rationale: 'nothing changed' } as const;

/** In memory, so that nobody finds what another has measured. */
const MEMORY = BACKENDS.find(({ name }) => name === 'memfs') as Backend;
const DISK = BACKENDS.find(({ name }) => name === 'disk') as Backend;

/** A ledger that asks for approvals, with planner 1 active and planner 2 staged, which breaks it; the thief may record. */
async function scene(
  settings: Partial<PolicySettings>,
  backend = MEMORY,
): Promise<Place & { readonly thief: Person & { readonly liar: Ledger } }> {
  const config = { requireApproval: true, approveUnknown: true, ...settings };
  const place = await backend.init(config, { format: 2, assessor: honest });
  await place.ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { do: 'one' } });
  await place.ledger.stage({ moduleId: 'planner' }, { files: { do: 'BREAKING' } });
  const thief = await enrol(place, 'thief@example.org', ['recorder']);
  const liar = await place.open({ signer: thief.signer, assessor: lying });
  return { ...place, thief: { ...thief, liar } };
}

/** Somebody whose engine is honest. */
async function honestly(place: Place, principal: string, roles: readonly RoleName[]): Promise<Person> {
  const { signer } = await enrol(place, principal, roles);
  return { signer, ledger: await place.open({ signer, assessor: honest }) };
}

const problemsOf = ({ steps }: AuditReport) => steps.flatMap(({ problems }) => problems.map(({ message }) => message));

test('counts in a ledger where anybody may say what was measured', async () => {
  const { thief, ledger } = await scene({ measuredBy: 'any' });
  await thief.ledger.assessCompatibility(claim);
  await thief.ledger.activate('planner', 2);
  expect((await ledger.audit()).outcome).toBe('passed');
});

test('leaves the level UNKNOWN where an assessor measures, also by hand and by an engine that lies', async () => {
  const place = await scene({ measuredBy: 'assessor' });
  const { thief, ledger } = place;
  await thief.ledger.assessCompatibility(claim);
  const { assessor: _assessor, ...byHand } = claim;
  await thief.ledger.assessCompatibility(byHand);
  await thief.liar.assess('planner', 1, 2);
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'UNKNOWN' });
  const error = await refusal(() => thief.liar.activate('planner', 2), 'APPROVAL_REQUIRED');
  expect(error.hint).toMatch(/^run git-lineage assess planner 1 2 with a key that has the role assessor, or let an op/);
  const claims = await ledger.reports.list('planner', 1, 2);
  expect(claims.map(({ status }) => status)).toEqual(['raises', 'raises', 'raises']);
  const assessor = await honestly(place, 'ci@example.org', ['assessor']);
  await assessor.ledger.assess('planner', 1, 2);
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'BREAKING' });
  await ledger.approve('planner', 1, 2);
  await thief.ledger.activate('planner', 2);
  expect(problemsOf(await ledger.audit())).toEqual([]);
});

test('is told by the audit where an entry past the gate counts on it', async () => {
  const { thief, ledger, gitdir, fs } = await scene({ measuredBy: 'assessor' }, DISK);
  await thief.ledger.assessCompatibility(claim);
  const versions = await openGitStore(fs ?? nodeFs, gitdir);
  const branch = 'refs/heads/planner';
  const move = { ref: branch, from: versions.readRefText(branch), to: versions.readRefText('refs/tags/planner/v2') };
  await appendEntry(versions, thief.signer, () => ({
    timestamp: Date.now() / 1000,
    events: [{ type: 'activate', moduleId: 'planner', version: 2 }],
    updates: [move],
  }));
  await versions.close();
  expect(problemsOf(await ledger.audit())).toEqual([
    'planner v2 became active, and was not allowed to: UNKNOWN needs the approval of an operator',
  ]);
});

test('raises a level, and gives way where it tells nothing', async () => {
  const place = await scene({ measuredBy: 'assessor' });
  const { thief, ledger } = place;
  const level = async () => (await ledger.gate('planner', 1, 2)).level;
  const assessor = await honestly(place, 'ci@example.org', ['assessor']);
  await thief.ledger.assessCompatibility({ ...claim, level: 'UNKNOWN', rationale: 'the time was over' });
  // The same words by the assessor's key are no repetition.
  await thief.ledger.assessCompatibility(claim);
  await assessor.ledger.assessCompatibility(claim);
  expect(await level()).toBe('COMPATIBLE');
  await thief.ledger.assessCompatibility({ ...claim, level: 'MINOR_CHANGE' });
  expect(await level()).toBe('MINOR_CHANGE');
  await thief.ledger.assessCompatibility({ ...claim, level: 'BREAKING' });
  expect(await level()).toBe('BREAKING');
  expect(await (await place.open()).gate('planner', 1, 2)).toEqual(await ledger.gate('planner', 1, 2));
});

test('is not made by giving its key the role later, nor does what an assessor measured fall with the role', async () => {
  const place = await scene({ measuredBy: 'assessor' });
  const { thief, ledger, open } = place;
  await thief.ledger.assessCompatibility(claim);
  const give = (person: Person, ...roles: RoleName[]) =>
    ledger.policy.set({
      signers: [{ principal: person.signer.principal, publicKey: person.signer.publicKey, roles }],
    });
  await give(thief, 'recorder', 'assessor');
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ level: 'UNKNOWN' });
  const assessor = await honestly(place, 'ci@example.org', ['assessor']);
  await assessor.ledger.assessCompatibility(claim);
  await give(assessor);
  expect(await (await open()).gate('planner', 1, 2)).toMatchObject({ allow: true, level: 'COMPATIBLE' });
  await ledger.activate('planner', 2);
  const report = await ledger.audit();
  expect(problemsOf(report)).toEqual([]);
  // Also where the reports are taken on the word of a pin.
  if (report.pin === null) throw new TypeError('an audit without a pin');
  await ledger.stage({ moduleId: 'planner' }, { files: { do: 'three' } });
  expect(problemsOf(await ledger.audit({ pin: report.pin, since: report.pin.seq - 1 }))).toEqual([]);
});

test('by an assessor whose key is revoked blocks until the pair is assessed again, and allows nothing', async () => {
  const place = await scene({ measuredBy: 'assessor', approveUnknown: false });
  const { ledger } = place;
  const revoke = async (person: Person): Promise<void> => {
    const { fingerprint } = person.signer.publicKey;
    await ledger.policy.set({ revoke: [{ fingerprint, from: 1 }] });
  };
  const [first, second] = [
    await honestly(place, 'first@example.org', ['assessor']),
    await honestly(place, 'second@example.org', ['assessor']),
  ];
  await first.ledger.assessCompatibility({ ...claim, level: 'BREAKING' });
  await revoke(first);
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'BREAKING' });
  expect((await ledger.pendingApprovals()).map(({ toVer }) => toVer)).toEqual([2]);
  await second.ledger.assessCompatibility(claim);
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true, level: 'COMPATIBLE' });
  expect(await ledger.pendingApprovals()).toEqual([]);
  // What the first one found blocks again as soon as nobody else is believed.
  await revoke(second);
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'BREAKING' });
  const third = await honestly(place, 'third@example.org', ['assessor']);
  // The same words as the second one's, whom nobody believes any more.
  await third.ledger.assessCompatibility(claim);
  await ledger.activate('planner', 2);
  expect(problemsOf(await ledger.audit())).toEqual([]);
});

test('can be ruled out in a ledger of format 2 alone', async () => {
  const { ledger } = await MEMORY.init();
  const error = await refusal(() => ledger.policy.set({ settings: { measuredBy: 'assessor' } }), 'INVALID_CONFIG');
  expect(error.hint).toContain('git-lineage upgrade');
  expect((await ledger.policy.upgrade()).measuredBy).toBe('any');
  const wrong = { measuredBy: 'nobody' } as unknown as Partial<PolicySettings>;
  const other = await refusal(() => ledger.policy.set({ settings: wrong }), 'INVALID_CONFIG');
  expect(other.message).toContain('any, assessor, recheck');
});

test('is measured again before it counts, in a new ledger of format 2', async () => {
  const { thief, ledger, open } = await scene({});
  expect((await ledger.policy.get()).measuredBy).toBe('recheck');
  await thief.ledger.assessCompatibility(claim);
  await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1 }, { files: { do: 'MINOR_CHANGE' } });
  await thief.ledger.assessCompatibility({ ...claim, toVer: 3 });
  await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false, level: 'BREAKING' });
  expect(await ledger.live.permit('planner', 3)).toMatchObject({ allow: true, level: 'MINOR_CHANGE' });
  const again = await open({ signer: thief.signer, assessor: honest });
  await again.activate('planner', 3);
  expect(problemsOf(await ledger.audit())).toEqual([]);
});

test('takes the place of no UNKNOWN that is measured again', async () => {
  const { thief, ledger } = await scene({});
  await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1 }, { files: { do: 'UNKNOWN' } });
  await thief.ledger.assessCompatibility({ ...claim, toVer: 3 });
  const error = await refusal(() => ledger.activate('planner', 3), 'APPROVAL_REQUIRED');
  expect(error.data).toMatchObject({ level: 'UNKNOWN' });
  // Content that was kept elsewhere cannot be measured: a recorder's word on it does not count either.
  await ledger.stage({ moduleId: 'planner', version: 4, parentVer: 1, checksum: 'elsewhere' });
  await thief.ledger.assessCompatibility({ ...claim, toVer: 4 });
  await refusal(() => thief.liar.activate('planner', 4), 'APPROVAL_REQUIRED');
  expect(await ledger.reports.list('planner', 1, 4)).toMatchObject([
    { level: 'COMPATIBLE', status: 'unchecked' },
    { level: 'UNKNOWN', rationale: expect.stringContaining('without files') },
  ]);
});

test('by an assessor’s key settles what this machine cannot tell, and does not hide what it finds', async () => {
  const place = await scene({});
  const { thief, ledger } = place;
  await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1 }, { files: { do: 'UNKNOWN' } });
  const assessor = await honestly(place, 'ci@example.org', ['assessor']);
  await assessor.ledger.assessCompatibility(claim);
  await assessor.ledger.assessCompatibility({ ...claim, toVer: 3 });
  await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
  await (await place.open({ signer: thief.signer, assessor: honest })).activate('planner', 3);
  expect(problemsOf(await ledger.audit())).toEqual([]);
});

test('is refused by whoever pulls it: the version is measured there', async () => {
  const { thief, ledger, gitdir } = await scene({ approveUnknown: false }, DISK);
  const copy = `${gitdir}.copy`;
  await cloneLedger({ url: gitdir, gitdir: copy });
  const reader = await openLedger({ gitdir: copy, assessor: honest });
  onTestFinished(() => reader.close());
  await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1 }, { files: { do: 'MINOR_CHANGE' } });
  await thief.liar.activate('planner', 3);
  expect((await reader.replicas.pull('origin')).adopted).toBeGreaterThan(0);
  await ledger.rollback('planner', 'MANUAL', { to: 1 });
  await thief.liar.activate('planner', 2);
  expect((await ledger.audit()).outcome).toBe('passed');
  const before = await reader.journal.position();
  const error = await refusal(() => reader.replicas.pull('origin'), 'AUDIT_FAILED');
  expect(error.message).toContain('measured here, it is BREAKING');
  expect(await reader.journal.position()).toEqual(before);
});

test('is refused where it is pushed to: the version is measured in quarantine', async () => {
  const config = { requireApproval: true };
  const { hub, git, root, signer } = await guardedPlace({ format: 2, config });
  const two = { files: { 'index.js': 'export const a = 1;\nexport const b = 2;\n' } };
  const owner = await openLedger({ gitdir: hub, signer });
  await owner.recordCheckpoint({ moduleId: 'tool' }, two);
  const thief = await ephemeralSigner('thief@example.org');
  const { principal, publicKey } = thief;
  await owner.policy.set({ signers: [{ principal, publicKey, roles: ['recorder'] }] });
  await owner.close();
  const node = `${root}/thief.git`;
  expect(await git(root, ['clone', '--quiet', '--mirror', hub, node])).toMatchObject({ code: 0 });
  const liar = await openLedger({ gitdir: node, signer: thief, assessor: lying });
  onTestFinished(() => liar.close());
  const push = () => git(node, ['push', '--mirror', hub]);
  await liar.recordCheckpoint({ moduleId: 'tool' }, { files: { 'index.js': `${two.files['index.js']}// the same\n` } });
  expect(await push()).toMatchObject({ code: 0 });
  await liar.recordCheckpoint({ moduleId: 'tool' }, { files: { 'index.js': 'export const a = 1;\n' } });
  const { code, out } = await push();
  expect(out).toContain('measured here, it is BREAKING');
  expect(code).not.toBe(0);
});

test('is found by an audit that measures again, whatever the copy says that was measured', async () => {
  const { thief, ledger } = await scene({}, DISK);
  // Its engine leaves what it says in the ledger's own cache, too.
  await thief.liar.activate('planner', 2);
  await thief.liar.recordCheckpoint({ moduleId: 'planner' }, { files: { do: 'COMPATIBLE, and true' } });
  expect(await ledger.audit()).toMatchObject({ outcome: 'passed', remeasured: null });
  const told: AuditProgress[] = [];
  const report = await ledger.audit({ remeasure: 'unapproved', onProgress: (progress) => told.push(progress) });
  const why = `report planner/1-2/1 says that ${ASSESSOR} found COMPATIBLE; it finds BREAKING`;
  expect(report).toMatchObject({ outcome: 'failed', remeasured: { same: 1, differs: [] } });
  expect(report.steps.at(-1)).toMatchObject({ name: 'levels', checked: 2, problems: [{ message: why }] });
  expect(told.filter(({ step }) => step === 'levels').map(({ done }) => done)).toEqual([0, 1, 2]);
  expect((await ledger.journal.lastAudit())?.outcome).toBe('passed');
  // Once its key is not believed any more, what it said is tainted, and told.
  const { fingerprint } = thief.signer.publicKey;
  await ledger.policy.set({ revoke: [{ fingerprint, from: 1 }] });
  const after = await ledger.audit({ remeasure: 'unapproved' });
  const differs = [{ toVer: 2, level: 'COMPATIBLE', assessor: null, measured: 'BREAKING', engine: ASSESSOR }];
  expect(after).toMatchObject({ outcome: 'passed', remeasured: { same: 1, differs } });
});

test('is found by a newcomer whose clone measures again, and nothing is kept', async () => {
  const place = await DISK.init({ measuredBy: 'any' }, { format: 2 });
  await place.ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': 'export const a = 1;\n' } });
  await place.ledger.stage({ moduleId: 'planner' }, { files: { 'index.js': 'export {};\n' } });
  await place.ledger.assessCompatibility(claim);
  await place.ledger.activate('planner', 2);
  const url = place.gitdir;
  const { report } = await cloneLedger({ url, gitdir: `${url}.trusting` });
  expect(report).toMatchObject({ outcome: 'passed', remeasured: null });
  const wary = { url, gitdir: `${url}.wary`, remeasure: 'unapproved' } as const;
  const error = await refusal(() => cloneLedger(wary), 'AUDIT_FAILED');
  expect(error.message).toContain(`says that ${ASSESSOR} found COMPATIBLE; it finds BREAKING`);
  expect(nodeFs.existsSync(wary.gitdir)).toBe(false);
});

test('with findings that the engine does not have, under its true level, is found by the same audit', async () => {
  const { ledger } = await scene({ measuredBy: 'any' });
  const { findingsSha256 } = await ledger.reports.preview('planner', 1, 2);
  const found = { ...claim, level: 'BREAKING', findingsSha256: 'f'.repeat(64) } as const;
  await ledger.assessCompatibility(found);
  await ledger.assess('planner', 1, 2);
  await ledger.approve('planner', 1, 2);
  await ledger.activate('planner', 2);
  const others = `findings with the SHA-256 ${found.findingsSha256}; it finds some with ${findingsSha256}`;
  expect(problemsOf(await ledger.audit({ remeasure: 'all' }))).toEqual([
    `report planner/1-2/1 says that ${ASSESSOR} found ${others}`,
  ]);
});

test('by another engine, or for want of time, is told and no failure; what was approved is measured where that is asked', async () => {
  const { ledger } = await scene({ measuredBy: 'any' });
  const stage = (version: number, text: string) =>
    ledger.stage({ moduleId: 'planner', version, parentVer: version - 1 }, { files: { do: text } });
  const say = (toVer: number, level: 'UNKNOWN' | 'COMPATIBLE', assessor: string) =>
    ledger.assessCompatibility({ moduleId: 'planner', fromVer: toVer - 1, toVer, level, assessor });
  await say(2, 'UNKNOWN', ASSESSOR);
  await ledger.approve('planner', 1, 2);
  await ledger.activate('planner', 2);
  await stage(3, 'MINOR_CHANGE');
  await say(3, 'COMPATIBLE', 'another/1');
  await ledger.activate('planner', 3);
  await ledger.policy.set({ settings: { approveUnknown: false } });
  await stage(4, 'MINOR_CHANGE, too');
  await say(4, 'UNKNOWN', ASSESSOR);
  await ledger.activate('planner', 4);
  expect(await ledger.audit({ remeasure: 'unapproved' })).toMatchObject({
    outcome: 'passed',
    remeasured: {
      same: 0,
      differs: [
        { toVer: 3, level: 'COMPATIBLE', assessor: 'another/1', measured: 'MINOR_CHANGE', engine: ASSESSOR },
        { toVer: 4, level: 'UNKNOWN', assessor: ASSESSOR, measured: 'MINOR_CHANGE', limit: null },
      ],
    },
  });
  // An UNKNOWN where the same engine finds BREAKING has hidden it.
  expect(problemsOf(await ledger.audit({ remeasure: 'all' }))).toEqual([
    `report planner/1-2/1 says that ${ASSESSOR} found UNKNOWN; it finds BREAKING`,
  ]);
  const wrong = { remeasure: 'some' } as unknown as AuditQuestion;
  await refusal(() => ledger.audit(wrong), 'INVALID_ARGUMENT');
});
