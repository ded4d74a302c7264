/** Outcomes that are reported of a version elsewhere: counted beside the ledger, judged as live calls are. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Outcome, outcomeRecorder, type SickVersion } from '../../src/api/swap.js';
import { ephemeralSigner, makeVersionManager } from '../../src/api/testing.js';
import { initLedger, type Ledger, openLedger } from '../../src/index.js';
import { refusal } from '../suite/expectations.js';
import { deferred, folder } from './scene.js';

const MODULE = 'summarise';

/** A ledger with a stable first version that was used 100 times, and a second that is active. */
async function scene(firstFailed = 1) {
  const gitdir = join(folder(), 'ledger.git');
  const signer = await ephemeralSigner('ops@example.org');
  const ledger = await initLedger({ gitdir, signer });
  onTestFinished(() => ledger.close());
  const outcomes = outcomeRecorder({ ledger });
  const say = (version: number, outcome: Outcome['outcome'], weight: number) => {
    outcomes.report({ moduleId: MODULE, version, outcome, weight });
    return outcomes.flush();
  };
  await ledger.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: { 'SKILL.md': 'one' } });
  await say(1, 'ok', 100 - firstFailed);
  if (firstFailed > 0) await say(1, 'failed', firstFailed);
  await ledger.recordCheckpoint({ moduleId: MODULE }, { files: { 'SKILL.md': 'two' } });
  const position = async () => (await ledger.journal.position()).seq;
  const active = async () => (await ledger.latestCheckpoint(MODULE))?.version;
  return { gitdir, signer, ledger, say, position, active };
}

describe('a version of which uses fail', () => {
  it('more often than of the one before is rolled back, and the journal has the numbers that decided', async () => {
    const { ledger, say, active } = await scene();
    expect(await say(2, 'ok', 20)).toEqual([]);
    const [sick] = await say(2, 'failed', 16);
    const summary = 'outcomes: 16 of 36 failed (44.4%), 1.0% of those of v1';
    expect(sick).toMatchObject({ moduleId: MODULE, version: 2, summary, restored: { version: 1 }, stayed: null });
    expect(await active()).toBe(1);
    expect([...(await ledger.versions.get(MODULE, 2)).tags].sort()).toEqual([summary, 'reverted'].sort());
    const { activation } = await ledger.versions.summary(MODULE);
    expect(activation).toMatchObject({ type: 'rollback', reason: 'HEALTH_FAILURE', fromVer: 2 });
    // Who goes on to say so of what is gone counts, and does nothing.
    expect(await say(2, 'failed', 50)).toEqual([]);
    expect((await ledger.audit()).outcome).toBe('passed');
  });

  it('as often as of the one before stays, whatever it is', async () => {
    const { say, position, active } = await scene(30);
    const before = await position();
    for (let i = 0; i < 20; i++) expect([...(await say(2, 'ok', 7)), ...(await say(2, 'failed', 3))]).toEqual([]);
    expect([await active(), await position()]).toEqual([2, before]);
  });

  it('is found out over processes and restarts, by what each has told', async () => {
    const { gitdir, signer, active } = await scene();
    const found: SickVersion[] = [];
    for (let i = 0; i < 4; i++) {
      const ledger = await openLedger({ gitdir, signer });
      const outcomes = outcomeRecorder({ ledger, onSick: (sick) => found.push(sick) });
      outcomes.report({ moduleId: MODULE, version: 2, outcome: 'failed', weight: 5 });
      await outcomes.close();
      await ledger.close();
    }
    expect(found).toMatchObject([{ version: 2, restored: { version: 1 } }]);
    expect(await active()).toBe(1);
  });

  it('stays where there is no way back, and where nobody may go it; both are told', async () => {
    const { ledger, gitdir, say, active } = await scene();
    const reader = await openLedger({ gitdir });
    onTestFinished(() => reader.close());
    const outcomes = outcomeRecorder({ ledger: reader });
    outcomes.report({ moduleId: MODULE, version: 2, outcome: 'failed', weight: 20 });
    expect(await outcomes.flush()).toMatchObject([{ restored: null, stayed: expect.stringMatching(/sign|key/) }]);
    await ledger.untag(MODULE, 1, 'stable');
    expect(await say(2, 'failed', 20)).toMatchObject([{ restored: null, stayed: expect.stringContaining('target') }]);
    expect(await active()).toBe(2);
  });

  it('is judged anew where it became active again', async () => {
    const { ledger, say, active } = await scene();
    await say(2, 'failed', 16);
    await ledger.untag(MODULE, 2, 'reverted');
    await ledger.recordCheckpoint({ moduleId: MODULE }, { files: { 'SKILL.md': 'three' } });
    expect(await say(3, 'failed', 4)).toEqual([]);
    expect(await active()).toBe(3);
  });
});

it('two recorders at once lose nothing of what they are told', async () => {
  const { ledger, gitdir } = await scene(0);
  const recorders = Array.from({ length: 4 }, () => outcomeRecorder({ ledger }));
  for (let round = 0; round < 5; round++) {
    for (const recorder of recorders) recorder.report({ moduleId: MODULE, version: 1, outcome: 'ok' });
    await Promise.all(recorders.map((recorder) => recorder.flush()));
  }
  const path = join(gitdir, 'lineage', 'outcomes', `${MODULE}.json`);
  expect(JSON.parse(readFileSync(path, 'utf8')).versions).toMatchObject({ 1: { bad: 0, of: 120 } });
  // A file that is not as it was written is begun anew.
  for (const spoilt of ['{"versions": {"1": 7}}', 'null', '[]', '{']) {
    writeFileSync(path, spoilt);
    recorders[0]?.report({ moduleId: MODULE, version: 1, outcome: 'ok' });
    await recorders[0]?.flush();
    const { versions } = JSON.parse(readFileSync(path, 'utf8'));
    expect([spoilt, versions]).toEqual([spoilt, { 1: { bad: 0, of: 1, recent: { bad: 0, of: 1 } } }]);
  }
});

it('what could not be written is written later, without anybody asking', async () => {
  const { ledger, gitdir } = await scene(0);
  const path = join(gitdir, 'lineage', 'outcomes', `${MODULE}.json`);
  const told = () => JSON.parse(readFileSync(path, 'utf8')).versions[1].of;
  rmSync(path);
  mkdirSync(path);
  const failed = deferred<unknown>();
  const outcomes = outcomeRecorder({ ledger, everyMs: 1, onError: failed.resolve });
  outcomes.report({ moduleId: MODULE, version: 1, outcome: 'ok', weight: 7 });
  expect(await failed.promise).toMatchObject({ code: 'IO' });
  rmSync(path, { recursive: true });
  await vi.waitFor(() => expect(told()).toBe(7), { timeout: 30_000 });
});

it('what is no outcome is refused, and so is one of a version that is not there', async () => {
  const { ledger, gitdir } = await scene();
  const outcomes = outcomeRecorder({ ledger });
  const good: Outcome = { moduleId: MODULE, version: 1, outcome: 'ok' };
  for (const [wrong, path] of [
    [{ ...good, outcome: 'meh' }, 'outcome'],
    [{ ...good, weight: 0 }, 'weight'],
    [{ ...good, weight: 1.5 }, 'weight'],
    [{ ...good, version: 0 }, 'version'],
    [{ ...good, moduleId: '../x' }, 'moduleId'],
  ] as const) {
    const error = await refusal(async () => outcomes.report(wrong as Outcome), 'INVALID_ARGUMENT');
    expect([...new Set(error.data.issues.map((issue) => issue.path))]).toEqual([path]);
  }
  outcomes.report({ ...good, version: 9 });
  await refusal(() => outcomes.flush(), 'NOT_FOUND');
  expect(await outcomes.flush()).toEqual([]);
  outcomes.report({ ...good, moduleId: 'nobody' });
  await refusal(() => outcomes.flush(), 'NOT_FOUND');
  expect(existsSync(join(gitdir, 'lineage', 'outcomes', 'nobody.json'))).toBe(false);
  const memory = await makeVersionManager();
  onTestFinished(() => memory.close());
  await refusal(async () => outcomeRecorder({ ledger: memory }), 'INVALID_ARGUMENT');
  // What looks like a ledger and lacks a call that is needed later is refused at once.
  const versions = Object.create(ledger.versions, { summary: { value: undefined } });
  const partial: Ledger = Object.create(ledger, { versions: { value: versions } });
  await refusal(async () => outcomeRecorder({ ledger: partial }), 'INVALID_ARGUMENT');
});
