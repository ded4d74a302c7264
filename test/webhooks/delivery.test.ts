/** Delivering events: what is sent, what is tried again, and what is given up. */

import { expect, test } from 'vitest';
import { freePort } from '../free-port.js';
import { collected } from '../suite/expectations.js';
import { newSecret, receiver, verify } from './receiver.js';
import { goesSick, NEVER, scene } from './scene.js';

test('an event is POSTed as JSON, signed by Standard Webhooks, under an id of its own', async () => {
  const { ledger, to, secret, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  await goesSick(ledger, 2);
  expect(await hooks.flush()).toBe(true);
  const position = await ledger.journal.position();
  expect(to.received).toHaveLength(1);
  const [request] = to.received;
  if (request === undefined) throw new Error('nothing came');
  expect([request.method, request.path]).toEqual(['POST', '/hooks']);
  expect(request.headers['content-type']).toBe('application/json');
  verify(request, secret);
  const { timestamp, ...event } = to.events()[0] ?? { timestamp: '' };
  const [entry] = await collected(ledger.history({ limit: 1 }));
  expect(Date.parse(timestamp)).toBe(Math.round((entry?.timestamp ?? 0) * 1000));
  expect(event).toEqual({
    schema: 1,
    id: `msg_${position.oid}_0`,
    type: 'rollback',
    text: expect.stringMatching(/^planner was rolled back from v2 to v1 by \S+ \(HEALTH_FAILURE\)$/),
    data: {
      module: 'planner',
      fromVersion: 2,
      toVersion: 1,
      reason: 'HEALTH_FAILURE',
      code: null,
      actor: expect.stringMatching(/@|\w/),
      entry: position,
      ledger: await ledger.journal.root(),
    },
  });
  expect(request.headers['webhook-id']).toBe(`msg_${position.oid}_0`);
  expect(hooks.status()).toEqual({ delivered: 1, failed: 0, dropped: 0, queued: 0, disabled: false, failure: null });
});

test('each of two secrets signs, so that one can be replaced by the other', async () => {
  const { ledger, to, secret, make } = await scene();
  const next = newSecret();
  const hooks = make({ secret: [next, secret] });
  await hooks.follow(ledger, { intervalMs: NEVER });
  await goesSick(ledger, 2);
  await hooks.flush();
  for (const request of to.received) verify(request, next, secret);
  expect(to.received).toHaveLength(1);
});

test('errors of the server, a broken connection and no answer in time are tried again, under the same id', async () => {
  const { ledger, to, secret, clock, problems, make } = await scene();
  const hooks = make({ timeoutMs: 100 });
  await hooks.follow(ledger, { intervalMs: NEVER });
  to.replies.push(500, 'cut', 'hang', 408, 429, 503);
  await goesSick(ledger, 2);
  expect(await hooks.flush(60_000)).toBe(true);
  expect(to.received).toHaveLength(7);
  for (const request of to.received) verify(request, secret);
  expect(new Set(to.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  // Signed anew: each pause moves the clock, and a receiver refuses what is older than five minutes.
  expect(new Set(to.received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(7);
  expect(clock.pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000]);
  expect(problems).toEqual([
    { type: 'retrying', id: to.events()[0]?.id, message: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 500$/) },
  ]);
  expect(hooks.status()).toMatchObject({ delivered: 1, failure: null });
});

test('a receiver that is not there is tried until it is', async () => {
  const { ledger, clock, problems, make } = await scene();
  const port = await freePort();
  const hooks = make({ url: `http://127.0.0.1:${port}/late` });
  await hooks.follow(ledger, { intervalMs: NEVER });
  const late: Awaited<ReturnType<typeof receiver>>[] = [];
  clock.onPause = async () => {
    if (clock.pauses.length === 3) late.push(await receiver(port));
  };
  await goesSick(ledger, 2);
  expect(await hooks.flush(60_000)).toBe(true);
  expect(late[0]?.received.map(({ path }) => path)).toEqual(['/late']);
  expect(clock.pauses).toHaveLength(3);
  expect(problems).toMatchObject([{ type: 'retrying', message: expect.stringContaining('ECONNREFUSED') }]);
});

test('pauses double up to five minutes, up to half of each is chance, and Retry-After makes them longer', async () => {
  const { ledger, to, clock, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  to.replies.push(...new Array<number>(11).fill(502));
  clock.onPause = () => {
    clock.chance = clock.pauses.length > 8 ? 0.5 : 0;
  };
  await goesSick(ledger, 2);
  await hooks.flush(60_000);
  const doubled = [1, 2, 4, 8, 16, 32, 64, 128, 256].map((seconds) => seconds * 1000);
  expect(clock.pauses).toEqual([...doubled, 225_000, 225_000]);

  clock.pauses.splice(0);
  clock.chance = 0;
  const date = new Date(clock.now() + 100_000).toUTCString();
  const asked = ['20', date, '-5', 'soon', '999999'];
  to.replies.push(...asked.map((value) => [503, { 'retry-after': value }] as const));
  await goesSick(ledger, 3);
  await hooks.flush(60_000);
  const [seconds, until = 0, negative, words, capped] = clock.pauses;
  expect([seconds, negative, words, capped]).toEqual([20_000, 4000, 8000, 3_600_000]);
  // The date was 100 s ahead before the first pause of 20 s.
  expect(until).toBeGreaterThan(70_000);
  expect(until).toBeLessThanOrEqual(80_000);
});

test('what the receiver rejects is not sent again, and holds up nothing', async () => {
  const { ledger, to, clock, problems, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  to.replies.push(400, 401, 404);
  for (const version of [2, 3, 4, 5]) await goesSick(ledger, version);
  expect(await hooks.flush()).toBe(true);
  expect(to.events().map(({ data }) => data.fromVersion)).toEqual([2, 3, 4, 5]);
  expect(clock.pauses).toEqual([]);
  expect(problems.map((problem) => [problem.type, 'attempts' in problem && problem.attempts])).toEqual(
    new Array(3).fill(['failed', 1]),
  );
  expect(hooks.status()).toMatchObject({ delivered: 1, failed: 3 });
});

test('a redirect is not followed: it could lead anywhere', async () => {
  const { ledger, to, problems, make } = await scene();
  const elsewhere = await receiver();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  to.replies.push([307, { location: elsewhere.url }]);
  await goesSick(ledger, 2);
  await hooks.flush();
  expect([to.received.length, elsewhere.received.length]).toEqual([1, 0]);
  expect(problems).toMatchObject([{ type: 'failed', message: expect.stringContaining('redirects are not followed') }]);
});

test('410 ends it: nothing more is sent, and it is told', async () => {
  const { ledger, to, problems, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  to.replies.push(410);
  await goesSick(ledger, 2);
  await goesSick(ledger, 3);
  expect(await hooks.flush()).toBe(false);
  expect(to.received).toHaveLength(1);
  expect(problems).toEqual([{ type: 'disabled', message: expect.stringMatching(/ answered 410$/) }]);
  expect(hooks.status().disabled).toBe(true);
});

test('an event that cannot be delivered for a day is given up; those after it come', async () => {
  const { ledger, to, clock, problems, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  clock.onPause = () => void to.replies.push(500);
  to.replies.push(500);
  await goesSick(ledger, 2);
  await goesSick(ledger, 3);
  await hooks.flush(60_000);
  expect(problems.map(({ type }) => type)).toEqual(['retrying', 'failed']);
  expect(hooks.status()).toMatchObject({ delivered: 1, failed: 1, failure: null });
  const hours = clock.pauses.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
  expect(Math.round(hours)).toBe(24);
});
