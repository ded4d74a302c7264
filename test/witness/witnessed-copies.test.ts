/** Clone, fetch and audit that ask witnesses: what they accept, what they refuse, and what is left behind. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { cloneLedger, fetchLedger } from '../../src/index.js';
import { git, refsOf } from '../remote/ledger-remote.js';
import { served } from '../remote/servers.js';
import { aWitnessedLedger, checkpointAt, plantCheckpoint } from './a-witnessed-ledger.js';

const failed = ({ steps }: Awaited<ReturnType<typeof auditLedger>>) =>
  steps.filter(({ problems }) => problems.length > 0).map(({ name, problems }) => [name, problems[0]?.message]);

describe('a witnessed ledger', () => {
  test.each(['a path', 'http'])('is cloned over %s with its checkpoint, which is remembered', async (road) => {
    const from = await aWitnessedLedger();
    await from.write('1');
    const { published, cosigned } = await from.publish();
    expect([published, cosigned.length]).toEqual([true, 3]);
    await from.write('2');
    const url = road === 'http' ? (await served(from.gitdir)).url : from.gitdir;
    const gitdir = join(from.dir, 'copy.git');
    const { report } = await cloneLedger({ url, gitdir, witnesses: from.demand });
    const { seq } = await from.ledger.journal.position();
    expect(report.witnessed).toMatchObject({ size: seq, unwitnessed: 1 });
    expect(report.notWitnessed).toBeNull();
    expect(checkpointAt(gitdir)).toBe(checkpointAt(from.gitdir));
    expect(readFileSync(join(gitdir, 'lineage/checkpoint'), 'utf8')).toBe(report.witnessed?.checkpoint);
    expect(await refsOf(gitdir)).toEqual(await refsOf(from.gitdir));
    expect(await git(gitdir, 'fsck', '--strict', '--full', '--no-progress')).toBe('');
  });

  test('is fetched with a newer checkpoint, by us and by plain git', async () => {
    const from = await aWitnessedLedger();
    await from.publish();
    const [ours, plain] = ['ours.git', 'plain.git'].map((name) => join(from.dir, name)) as [string, string];
    for (const gitdir of [ours, plain]) await cloneLedger({ url: from.gitdir, gitdir, witnesses: from.demand });
    await from.write('1');
    await from.publish();
    const { adopted, witnessed } = await fetchLedger({ gitdir: ours, witnesses: from.demand });
    expect([adopted, witnessed?.unwitnessed]).toEqual([1, 0]);
    await git(plain, 'fetch', '--quiet');
    for (const gitdir of [ours, plain]) {
      expect(checkpointAt(gitdir)).toBe(checkpointAt(from.gitdir));
      expect(await auditLedger({ path: gitdir, witnesses: { ...from.demand, refuseUnwitnessed: true } })).toMatchObject(
        {
          outcome: 'passed',
          witnessed: { unwitnessed: 0 },
        },
      );
    }
  });

  test('is fetched with its checkpoint where nobody asks for it', async () => {
    const from = await aWitnessedLedger();
    const gitdir = join(from.dir, 'copy.git');
    await cloneLedger({ url: from.gitdir, gitdir });
    await from.publish();
    expect(await fetchLedger({ gitdir })).toMatchObject({ adopted: 0, witnessed: null });
    expect(checkpointAt(gitdir)).toBe(checkpointAt(from.gitdir));
  });

  test('that is idle is cosigned again', async () => {
    const from = await aWitnessedLedger();
    const now = Date.now() / 1000;
    from.setNow(now - 7200);
    await from.publish();
    const audit = () => auditLedger({ path: from.gitdir, witnesses: from.demand });
    expect((await audit()).notWitnessed?.fault).toBe('TOO_FEW');
    from.setNow(now);
    const { size, published } = await from.publish();
    expect([size, published]).toEqual([(await from.ledger.journal.position()).seq + 1, true]);
    expect(await audit()).toMatchObject({ outcome: 'passed', notWitnessed: null });
  });

  test('passes its audit, and doctor, with the checkpoint beside its refs', async () => {
    const from = await aWitnessedLedger();
    await from.publish();
    expect((await auditLedger({ path: from.gitdir })).outcome).toBe('passed');
    expect((await from.ledger.journal.doctor()).findings).toEqual([]);
    await git(from.gitdir, 'gc', '--quiet', '--prune=now');
    await from.write('1');
    expect((await from.publish()).published).toBe(true);
    expect((await from.ledger.journal.doctor()).findings).toEqual([]);
  });
});

describe('what is not witnessed', () => {
  test('is not cloned, and leaves nothing behind', async () => {
    const from = await aWitnessedLedger();
    const gitdir = join(from.dir, 'copy.git');
    await expect(cloneLedger({ url: from.gitdir, gitdir, witnesses: from.demand })).rejects.toMatchObject({
      code: 'NOT_WITNESSED',
      data: { fault: 'NO_CHECKPOINT' },
      message: expect.stringContaining(from.gitdir),
    });
    expect(readdirSync(from.dir)).toEqual(['modules.git']);
  });

  test('is not asked for with a demand that is none: nothing is fetched', async () => {
    const from = await aWitnessedLedger();
    const gitdir = join(from.dir, 'copy.git');
    const witnesses = { ...from.demand, required: 1 };
    await expect(cloneLedger({ url: 'http://127.0.0.1:9/', gitdir, witnesses })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  test('is not fetched, and nothing here moves', async () => {
    const from = await aWitnessedLedger();
    await from.publish();
    const gitdir = join(from.dir, 'copy.git');
    await cloneLedger({ url: from.gitdir, gitdir, witnesses: from.demand });
    const before = [await refsOf(gitdir), readFileSync(join(gitdir, 'lineage/pin.json'), 'utf8')];
    await from.write('1');
    const strict = { ...from.demand, refuseUnwitnessed: true };
    await expect(fetchLedger({ gitdir, witnesses: strict })).rejects.toMatchObject({
      code: 'NOT_WITNESSED',
      data: { fault: 'UNWITNESSED' },
    });
    expect([await refsOf(gitdir), readFileSync(join(gitdir, 'lineage/pin.json'), 'utf8')]).toEqual(before);
    expect((await fetchLedger({ gitdir, witnesses: from.demand })).witnessed?.unwitnessed).toBe(1);
  });

  test('fails the audit in a step of its own', async () => {
    const from = await aWitnessedLedger();
    const report = await auditLedger({ path: from.gitdir, witnesses: from.demand });
    expect(failed(report)).toEqual([['witnesses', expect.stringContaining('refs/witness/checkpoint')]]);
    expect(report).toMatchObject({ outcome: 'failed', witnessed: null, notWitnessed: { fault: 'NO_CHECKPOINT' } });
  });
});

describe('beside the refs of a ledger', () => {
  test.each([
    ['something else than a checkpoint', 'hello\n', 'refs/witness/checkpoint', /is no checkpoint/],
    ['a checkpoint under another name', null, 'refs/witness/checkpoint2', /is no ref of a ledger/],
    ['a checkpoint below another name', null, 'refs/witness/w1/checkpoint', /is no ref of a ledger/],
  ])('%s fails the audit', async (_, text, ref, message) => {
    const from = await aWitnessedLedger(1);
    await from.publish();
    plantCheckpoint(from.gitdir, text ?? checkpointAt(from.gitdir), ref);
    expect(failed(await auditLedger({ path: from.gitdir }))).toEqual([['refs', expect.stringMatching(message)]]);
  });

  test('the checkpoint of another ledger fails the audit', async () => {
    const [from, other] = [await aWitnessedLedger(1), await aWitnessedLedger(1)];
    await other.publish();
    plantCheckpoint(from.gitdir, checkpointAt(other.gitdir));
    expect(failed(await auditLedger({ path: from.gitdir }))).toEqual([
      ['refs', expect.stringMatching(/another ledger/)],
    ]);
    await expect(cloneLedger({ url: from.gitdir, gitdir: join(from.dir, 'copy.git') })).rejects.toMatchObject({
      code: 'AUDIT_FAILED',
    });
  });
});
