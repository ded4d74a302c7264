/** A recorder signs COMPATIBLE for a version that begins to reach the network, leaves that out of the report, and activates it. */

import nodeFs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { AuditReport } from '../../src/api/audit.js';
import type { PolicySettings } from '../../src/api/types.js';
import { ASSESSOR } from '../../src/assess/engine-version.js';
import { openGitStore } from '../../src/git/open-repository.js';
import { cloneLedger, type Ledger, openLedger } from '../../src/index.js';
import { WAITING } from '../assess/engine-scripts.js';
import { appendEntry } from '../interop/append-entry.js';
import { BACKENDS, type Backend, type Place } from '../suite/backends.js';
import { refusal } from '../suite/expectations.js';
import { enrol, type Person } from '../suite/people.js';

const DISK = BACKENDS.find(({ name }) => name === 'disk') as Backend;

/** Finds everything COMPATIBLE, and no capability. */
const lying = { script: WAITING, timeLimitMs: 60_000 };

const claim = { moduleId: 'planner', fromVer: 1, toVer: 2, level: 'COMPATIBLE', assessor: ASSESSOR } as const;

/** planner 1 active, and planner 2 staged, which reaches the network; the thief may record. */
async function scene(
  settings?: Partial<PolicySettings>,
): Promise<Place & { readonly thief: Person & { readonly liar: Ledger } }> {
  const place = await DISK.init(settings, { format: 2 });
  const version = (body: string) => ({ files: { 'index.js': `export const send = () => ${body};\n` } });
  await place.ledger.recordCheckpoint({ moduleId: 'planner' }, version('1'));
  await place.ledger.stage({ moduleId: 'planner' }, version("Number(fetch('https://example.org'))"));
  const thief = await enrol(place, 'thief@example.org', ['recorder']);
  const liar = await place.open({ signer: thief.signer, assessor: lying });
  return { ...place, thief: { ...thief, liar } };
}

const problemsOf = ({ steps }: AuditReport) => steps.flatMap(({ problems }) => problems.map(({ message }) => message));

test('does not hide it from who activates the version: it is measured again', async () => {
  const { thief, ledger } = await scene();
  await thief.ledger.assessCompatibility(claim);
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: true });
  const error = await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
  expect(error.message).toContain('COMPATIBLE, gaining network, needs the approval of an operator');
  expect(await ledger.gate('planner', 1, 2)).toMatchObject({ allow: false });
});

test('does not help by BREAKING either, which an approver has let pass', async () => {
  const { thief, ledger } = await scene({ requireApproval: true });
  await thief.ledger.assessCompatibility({ ...claim, level: 'BREAKING' });
  await ledger.approve('planner', 1, 2);
  await refusal(() => ledger.activate('planner', 2), 'APPROVAL_REQUIRED');
});

test('is refused by whoever pulls it, and found by an audit that measures again', async () => {
  const { thief, ledger, gitdir } = await scene();
  const copy = `${gitdir}.copy`;
  await cloneLedger({ url: gitdir, gitdir: copy });
  const reader = await openLedger({ gitdir: copy });
  onTestFinished(() => reader.close());
  await thief.liar.activate('planner', 2);
  const before = await reader.journal.position();
  const error = await refusal(() => reader.replicas.pull('origin'), 'AUDIT_FAILED');
  expect(error.message).toContain('measured here, it is COMPATIBLE, gaining network');
  expect(await reader.journal.position()).toEqual(before);
  expect((await ledger.audit()).outcome).toBe('passed');
  expect((await ledger.audit({ remeasure: 'unapproved' })).outcome).toBe('failed');
});

test('with the true hash of the findings, and no capability, is found by the same audit', async () => {
  const { thief, ledger } = await scene({ measuredBy: 'any' });
  const { findingsSha256 } = await ledger.reports.preview('planner', 1, 2);
  await thief.ledger.assessCompatibility({ ...claim, findingsSha256 });
  await thief.liar.activate('planner', 2);
  expect(problemsOf(await ledger.audit({ remeasure: 'unapproved' }))).toEqual([
    `report planner/1-2/1 says that ${ASSESSOR} found the capabilities none gained; it finds network`,
  ]);
});

test('is told by the audit where an entry past the gate leaves the approval out', async () => {
  const { thief, ledger, gitdir } = await scene();
  await ledger.assess('planner', 1, 2);
  const versions = await openGitStore(nodeFs, gitdir);
  const branch = 'refs/heads/planner';
  const move = { ref: branch, from: versions.readRefText(branch), to: versions.readRefText('refs/tags/planner/v2') };
  await appendEntry(versions, thief.signer, () => ({
    timestamp: Date.now() / 1000,
    events: [{ type: 'activate', moduleId: 'planner', version: 2 }],
    updates: [move],
  }));
  await versions.close();
  expect(problemsOf(await ledger.audit())).toEqual([
    'planner v2 became active, and was not allowed to: COMPATIBLE, gaining network, needs the approval of an operator',
  ]);
});
