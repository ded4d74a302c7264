/** Who is told what a swapper does: any number of observers, and whoever listens on the diagnostics channel. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import type { SwapNotice } from '../../src/api/swap.js';
import { liveScene, MODULE, says } from './scene.js';

it('tells every observer, whatever another one throws, until it wants no more', async () => {
  const made = await liveScene({ healthWindowMs: 0 });
  const [first, second]: [string[], string[]] = [[], []];
  made.swapper.subscribe(() => {
    throw new Error('not today');
  });
  const end = made.swapper.subscribe(({ type }) => first.push(type));
  made.swapper.subscribe(({ type }) => second.push(type));
  await made.swap('two');
  expect(first).toEqual(expect.arrayContaining(['committed', 'healthy', 'promoted']));
  end();
  const before = first.length;
  await made.swap('three');
  expect(first).toHaveLength(before);
  expect(second.filter((type) => type === 'committed')).toHaveLength(2);
});

it('publishes each notice on the channel `git-lineage:swap`', async () => {
  const made = await liveScene({ healthWindowMs: 0 });
  const heard: SwapNotice[] = [];
  const listen = (notice: unknown): void => void heard.push(notice as SwapNotice);
  subscribe('git-lineage:swap', listen);
  onTestFinished(() => void unsubscribe('git-lineage:swap', listen));
  await made.swap('two');
  expect(heard).toEqual(made.notices);
});

it('refuses an observer that is no function', async () => {
  const made = await liveScene();
  expect(() => made.swapper.subscribe({} as never)).toThrow(/observer: expected a function/);
});

it('tells of a swap that failed, with its step and its reason', async () => {
  const made = await liveScene();
  made.opinion = 'it has no plan';
  await made.swap('two');
  const failed = {
    type: 'failed',
    moduleId: MODULE,
    version: 2,
    step: 'validate',
    reason: 'it is not valid: it has no plan',
    error: null,
  };
  expect(made.notices).toContainEqual(failed);
});

it('tells of a window that a newer version ends, and of a version that somebody else made active', async () => {
  const made = await liveScene({ healthWindowMs: 600_000 });
  const open = made.next((notice) => notice.type === 'step' && notice.step === 'health');
  const two = made.swap('two');
  await open;
  void made.swap('three');
  await two;
  expect(made.notices).toContainEqual({ type: 'superseded', moduleId: MODULE, version: 2, by: 3 });
  await made.ledger.recordCheckpoint({ moduleId: MODULE, tags: ['stable'] }, { files: says('four') });
  await made.swapper.resume({ versionManager: made.ledger });
  expect(made.notices).toContainEqual({ type: 'followed', moduleId: MODULE, version: 4, fromVer: 3 });
});

it('tells of health and promotion apart: a policy may not promote', async () => {
  const made = await liveScene({ healthWindowMs: 0, policy: { promoteStable: false } });
  await made.swap('two');
  expect(made.told()).toContain('healthy');
  expect(made.told()).not.toContain('promoted');
});

it('ignores what an asynchronous observer rejects with', async () => {
  const made = await liveScene({ healthWindowMs: 0 });
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const end = made.swapper.subscribe((async () => {
    throw new Error('not today');
  }) as () => void);
  await made.swap('two');
  end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled).toEqual([]);
});
