/** Refusals of this process, and that nothing of the telling holds up the live side. */

import { expect, test } from 'vitest';
import { LedgerError, type LedgerNotice } from '../../src/index.js';
import { BACKENDS } from '../suite/backends.js';
import { recordRange, refusal } from '../suite/expectations.js';
import { enrol } from '../suite/people.js';
import { MODULE, scene as swapScene } from '../swap/scene.js';
import { goesSick, NEVER, scene } from './scene.js';

function refused(message: string): LedgerNotice {
  const error = new LedgerError('VERSION_REVERTED', message, { moduleId: 'planner', version: 7 });
  return { type: 'refused', code: error.code, error };
}

test('a write that the ledger refuses is told with its code; wrong input and a lost race are not', async () => {
  const { to, make } = await scene();
  const hooks = make();
  const [backend] = BACKENDS;
  if (backend === undefined) throw new Error('no backend');
  const { ledger } = await backend.init({}, { onEvent: hooks.onEvent });
  await recordRange(ledger, 'planner', 1, 2, { 1: ['stable'] });
  await ledger.rollback('planner', 'MANUAL');
  await refusal(() => ledger.activate('planner', 9), 'NOT_FOUND');
  await refusal(() => ledger.activate('planner', 2), 'VERSION_REVERTED');
  expect(await hooks.flush()).toBe(true);
  expect(to.events()).toEqual([
    {
      schema: 1,
      id: expect.stringMatching(/^msg_[0-9a-f-]{36}$/),
      type: 'refusal',
      timestamp: expect.any(String),
      text: expect.stringMatching(/^A write about planner was refused \(VERSION_REVERTED\): /),
      data: {
        module: 'planner',
        fromVersion: null,
        toVersion: 2,
        reason: expect.any(String),
        code: 'VERSION_REVERTED',
        actor: null,
        entry: null,
        ledger: null,
      },
    },
  ]);
});

test('a swap that fails before its version is live is told with its step', async () => {
  const { to, make } = await scene();
  const hooks = make();
  const live = await swapScene({ onEvent: hooks.onEvent });
  live.opinion = 'it has no plan';
  await live.swap('two');
  await hooks.flush();
  expect(to.events().map(({ type, data }) => [type, data.module, data.toVersion, data.code])).toEqual([
    ['refusal', MODULE, 1, 'validate'],
  ]);
});

test('what the ledger refuses within a swap is told once', async () => {
  const { to, make } = await scene();
  const hooks = make();
  const [backend] = BACKENDS;
  if (backend === undefined) throw new Error('no backend');
  const place = await backend.init();
  const { signer } = await enrol(place, 'reader@example.org', ['approver']);
  const ledger = await place.open({ signer, onEvent: hooks.onEvent });
  const live = await swapScene({ ledger, onEvent: hooks.onEvent });
  expect(await live.swap('one')).toMatchObject({ phase: 'FAILED' });
  expect(await live.swap('two')).toMatchObject({ phase: 'FAILED' });
  await hooks.flush();
  expect(to.events().map(({ data }) => data.code)).toEqual(['ROLE_REQUIRED', 'ROLE_REQUIRED']);
});

test('a receiver that never answers holds up no swap and no rollback', async () => {
  const { to, make } = await scene();
  const hooks = make({ clock: undefined });
  const live = await swapScene({ onEvent: hooks.onEvent });
  await hooks.follow(live.ledger, { intervalMs: 10 });
  to.replies.push('hang', 'hang');
  live.opinion = 'it is not ready';
  await live.swap('zero');
  live.opinion = true;
  await to.count(1);
  expect(await live.swap('one')).toMatchObject({ phase: 'COMMITTED' });
  live.health = 'it is sick';
  expect(await live.swap('two')).toMatchObject({ phase: 'ROLLED_BACK' });
  await to.count(2);
  expect(live.say()).toBe('one');
  // Both requests are still open.
  expect(hooks.status()).toMatchObject({ delivered: 0, queued: 2 });
  await hooks.close(0);
  expect(hooks.status()).toMatchObject({ delivered: 0, dropped: 1 });
});

test('of refusals that wait only so many are kept, the newest', async () => {
  const { to, problems, make } = await scene();
  const hooks = make({ maxQueued: 2 });
  to.replies.push('hang');
  hooks.onEvent(refused('first'));
  await to.count(1);
  for (const name of ['second', 'third', 'fourth', 'fifth']) hooks.onEvent(refused(name));
  expect(hooks.status()).toMatchObject({ queued: 3, dropped: 2 });
  expect(problems.map(({ type, message }) => [type, message])).toEqual(
    new Array(2).fill(['dropped', 'more than 2 refusals wait']),
  );
  await hooks.close(0);
  expect(hooks.status()).toMatchObject({ queued: 0, dropped: 5 });
  hooks.onEvent(refused('too late'));
  expect(hooks.status()).toMatchObject({ queued: 0, dropped: 6 });
});

test('an observer that throws, or rejects, holds up no telling', async () => {
  const { ledger, to, make } = await scene();
  const hooks = make({
    onProblem: (problem) => {
      if (problem.type === 'failed') throw new Error('an observer of its own mind');
      return Promise.reject(new Error('another one'));
    },
  });
  await hooks.follow(ledger, { intervalMs: NEVER });
  to.replies.push(500, 400);
  await goesSick(ledger, 2);
  await goesSick(ledger, 3);
  expect(await hooks.flush()).toBe(true);
  expect(hooks.status()).toMatchObject({ delivered: 1, failed: 1 });
});

test('a ledger is followed once, and not by webhooks that are closed', async () => {
  const { ledger, make } = await scene();
  const hooks = make();
  const following = hooks.follow(ledger, { intervalMs: NEVER });
  await refusal(() => hooks.follow(ledger), 'INVALID_ARGUMENT');
  await following;
  await refusal(() => hooks.follow(ledger), 'INVALID_ARGUMENT');
  await refusal(() => hooks.follow({} as never), 'INVALID_ARGUMENT');
  await refusal(() => hooks.follow(ledger, { positionFile: '', intervalMs: 0 }), 'INVALID_ARGUMENT');
  await hooks.close();
  await refusal(() => hooks.follow(ledger), 'INVALID_ARGUMENT');
});
