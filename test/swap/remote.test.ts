/** A swapper over a ledger whose remote goes away: it goes back all the same, and the ledger is told when it can be. */

import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ephemeralSigner, initLedger, LedgerError } from './live.mjs';
import { folder, liveScene, MODULE, says, scene } from './scene.js';

function unreachable(): Error {
  return new LedgerError('REMOTE_UNREACHABLE', 'nobody there', { remote: 'there', reason: 'gone', outcome: 'nothing' });
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a rollback while the remote is away', () => {
  it('happens in the process, says that it is not journaled, and is journaled when the remote is back', async () => {
    const made = await liveScene();
    const { rollback } = made.ledger;
    let away = true;
    made.ledger.rollback = (...args) => (away ? Promise.reject(unreachable()) : rollback.apply(made.ledger, args));
    made.health = false;
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', journaled: false, restored: { version: 1 } });
    expect(made.say()).toBe('one');
    expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(2);
    away = false;
    await vi.waitFor(async () => expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1), {
      timeout: 20_000,
      interval: 50,
    });
    expect(await made.ledger.versions.status(MODULE, 2)).toBe('REVERTED');
    expect(made.say()).toBe('one');
  });

  it('does not keep callers on the sick version where the remote does not answer', async () => {
    const made = await liveScene();
    const { rollback } = made.ledger;
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    made.ledger.rollback = async (...args) => {
      await answered;
      return rollback.apply(made.ledger, args);
    };
    made.health = false;
    const result = await made.swap('two');
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', journaled: false, restored: { version: 1 } });
    expect(made.say()).toBe('one');
    answer();
    await vi.waitFor(async () => expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1), {
      timeout: 20_000,
      interval: 50,
    });
  });

  it('is tried once more when the swapper closes, and what stays untold is said', async () => {
    const made = await liveScene();
    made.ledger.rollback = () => Promise.reject(unreachable());
    made.health = false;
    await made.swap('two');
    await made.swapper.close();
    const said = made.notices.flatMap((n) => (n.type === 'warning' ? [n.message] : []));
    expect(said.at(-1)).toContain(`git-lineage rollback ${MODULE} --to 1`);
  });
});

describe('a rollback that the ledger does not know of when its process ends', () => {
  /** A ledger on disk whose rollbacks fail while its remote is away. */
  async function remoteLedger() {
    const gitdir = join(folder(), 'ledger.git');
    const ledger = await initLedger({ gitdir, signer: await ephemeralSigner('operator@example.org') });
    onTestFinished(() => ledger.close());
    const { rollback } = ledger;
    const remote = { away: false };
    ledger.rollback = (...args) => (remote.away ? Promise.reject(unreachable()) : rollback.apply(ledger, args));
    return { ledger, remote };
  }

  /** A process that goes back while the remote is away, and ends. */
  async function endedAway() {
    const { ledger, remote } = await remoteLedger();
    const made = await liveScene({ ledger });
    remote.away = true;
    made.health = false;
    expect(await made.swap('two')).toMatchObject({ restored: { version: 1 }, journaled: false });
    await made.swapper.close();
    expect((await ledger.latestCheckpoint(MODULE))?.version).toBe(2);
    return { ledger, remote };
  }

  it('is told by the next process, before anything is loaded', async () => {
    const { ledger, remote } = await endedAway();
    remote.away = false;
    const next = await scene({ ledger });
    expect(await next.swapper.resume({ versionManager: ledger })).toMatchObject([{ version: 1, error: null }]);
    expect((await ledger.latestCheckpoint(MODULE))?.version).toBe(1);
    expect(await ledger.versions.status(MODULE, 2)).toBe('REVERTED');
  });

  it('is kept where the remote is still away: the version that was left does not run again, and the ledger is told later', async () => {
    const { ledger, remote } = await endedAway();
    const next = await scene({ ledger, followIntervalMs: 5 });
    expect(await next.swapper.resume({ versionManager: ledger })).toMatchObject([{ version: 1, error: null }]);
    expect(next.say()).toBe('one');
    expect(next.notices).toContainEqual(expect.objectContaining({ code: 'ROLLBACK_NOT_JOURNALED' }));
    const told = next.next((notice) => notice.type === 'warning' && notice.code === 'ROLLBACK_JOURNALED');
    remote.away = false;
    await told;
    expect((await ledger.latestCheckpoint(MODULE))?.version).toBe(1);
    await next.swapper.close();
    // Nothing is left to be told: what becomes active after that is not touched.
    await ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    const third = await scene({ ledger });
    expect(await third.swapper.resume({ versionManager: ledger })).toMatchObject([{ version: 3 }]);
  });

  it('is nothing any more where somebody has moved on', async () => {
    const { ledger, remote } = await endedAway();
    remote.away = false;
    await ledger.recordCheckpoint({ moduleId: MODULE }, { files: says('three') });
    const next = await scene({ ledger });
    expect(await next.swapper.resume({ versionManager: ledger })).toMatchObject([{ version: 3, error: null }]);
    expect(await ledger.versions.status(MODULE, 3)).toBe('ACTIVE');
  });
});

it('a swap that the remote cannot take did not happen', async () => {
  const made = await liveScene();
  made.ledger.recordCheckpoint = () => Promise.reject(unreachable());
  expect(await made.swap('two')).toMatchObject({ phase: 'FAILED', checkpoint: null });
  expect(made.say()).toBe('one');
  expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1);
});
