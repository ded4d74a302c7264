/** A swapper over a ledger whose remote goes away: it goes back all the same, and the ledger is told when it can be. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import { LedgerError } from './live.mjs';
import { liveScene, MODULE } from './scene.js';

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
    expect(await made.ledger.statusOf(MODULE, 2)).toBe('REVERTED');
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

it('a swap that the remote cannot take did not happen', async () => {
  const made = await liveScene();
  made.ledger.recordCheckpoint = () => Promise.reject(unreachable());
  expect(await made.swap('two')).toMatchObject({ phase: 'FAILED', checkpoint: null });
  expect(made.say()).toBe('one');
  expect((await made.ledger.latestCheckpoint(MODULE))?.version).toBe(1);
});
