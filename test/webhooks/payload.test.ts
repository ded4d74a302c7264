/** The bodies for Slack and Alertmanager, the options, the metrics. */

import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { alertmanagerAlerts, slackMessage, type WebhookEvent, webhooks } from '../../src/api/server.js';
import { isLedgerError } from '../../src/index.js';
import { refusal } from '../suite/expectations.js';
import { newSecret, verify } from './receiver.js';
import { goesSick, NEVER, scene } from './scene.js';

const EVENT: WebhookEvent = {
  schema: 1,
  id: 'msg_1',
  type: 'break-glass',
  timestamp: '2026-11-27T06:31:33.000Z',
  text: 'ops made planner v2 active past the gate: <!channel> & <https://evil.example|log in>',
  data: {
    module: 'planner',
    fromVersion: 1,
    toVersion: 2,
    reason: '<!channel> & <https://evil.example|log in>',
    code: null,
    actor: 'ops@example.org',
    entry: { seq: 7, oid: 'b'.repeat(40) },
    ledger: 'a'.repeat(40),
  },
};

/** Every string in a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

test("what others wrote is text to Slack: it calls nobody and makes no link of another's name", () => {
  const message = slackMessage(EVENT);
  expect(message.text).toBe(
    'Glass broken: ops made planner v2 active past the gate: &lt;!channel&gt; &amp; &lt;https://evil.example|log in&gt;',
  );
  expect(texts(message).filter((text) => /[<>]|&(?!amp;|lt;|gt;)/.test(text))).toEqual([]);
  expect(JSON.stringify(message)).not.toContain('mrkdwn');
  expect(message.blocks).toEqual([
    { type: 'header', text: { type: 'plain_text', text: 'Glass broken', emoji: false } },
    {
      type: 'section',
      text: { type: 'plain_text', text: message.text.replace('Glass broken: ', ''), emoji: false },
    },
    {
      type: 'context',
      elements: [{ type: 'plain_text', text: 'journal 7, 2026-11-27T06:31:33.000Z', emoji: false }],
    },
  ]);
});

test('what cannot be seen, or turns a line round, is spelled out, and a long text is cut between characters', async () => {
  const { ledger, to, make } = await scene();
  const hooks = make();
  await hooks.follow(ledger, { intervalMs: NEVER });
  const live = (reason: string) =>
    hooks.onEvent({ type: 'failed', moduleId: 'planner', version: 2, step: 'load', reason, error: null });
  live('one\n  two\u202e three\u0000\u200b');
  live('😀'.repeat(400));
  await hooks.flush();
  const [seen, long] = to.events();
  expect(seen?.data.reason).toBe('one two\\u202e three\\u0000\\u200b');
  expect(seen?.text).toMatch(/^planner: v2 did not go live, it failed in the step load: one two/);
  expect(long?.data.reason).toMatch(/^(?:😀)+…$/u);
  expect(long?.text.length).toBeLessThan(520);
});

test('Alertmanager is sent a list with one alert: few labels, the rest as annotations', () => {
  expect(alertmanagerAlerts(EVENT)).toEqual([
    {
      labels: { alertname: 'GitLineageBreakGlass', severity: 'critical', module_id: 'planner', version: '2' },
      annotations: {
        summary: EVENT.text,
        event_id: 'msg_1',
        actor: 'ops@example.org',
        reason: EVENT.data.reason,
        journal: '7',
      },
      startsAt: EVENT.timestamp,
    },
  ]);
});

test.each(['slack', 'alertmanager'] as const)(
  'the payload %s is what is sent, without a secret if there is none',
  async (payload) => {
    const { ledger, to, make } = await scene();
    const hooks = make({ payload, secret: undefined });
    await hooks.follow(ledger, { intervalMs: NEVER });
    await goesSick(ledger, 2);
    await hooks.flush();
    const [request] = to.received;
    const body: unknown = JSON.parse(request?.body ?? '');
    const isAlert = payload === 'alertmanager';
    expect(body).toMatchObject(
      isAlert
        ? [{ labels: { alertname: 'GitLineageRollback', reason: 'HEALTH_FAILURE' } }]
        : { blocks: expect.any(Array) },
    );
    expect(request?.headers['webhook-id']).toMatch(/^msg_/);
    expect(request?.headers['webhook-signature']).toBeUndefined();
  },
);

test('a signature covers the payload of Slack as well where there is a secret', async () => {
  const { ledger, to, secret, make } = await scene();
  const hooks = make({ payload: 'slack' });
  await hooks.follow(ledger, { intervalMs: NEVER });
  await goesSick(ledger, 2);
  await hooks.flush();
  for (const request of to.received) verify(request, secret);
  expect(to.received).toHaveLength(1);
});

test('user and password of a URL are sent as basic authentication, and are in no message', async () => {
  const { ledger, to, problems, make } = await scene();
  const url = to.url.replace('http://', 'http://us%40er:pa%3Ass@');
  const hooks = make({ url: `${url}?token=hidden` });
  await hooks.follow(ledger, { intervalMs: NEVER });
  to.replies.push(500, 'cut', 400);
  await goesSick(ledger, 2);
  await hooks.flush();
  const expected = `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`;
  expect(to.received.map(({ headers, path }) => [headers.authorization, path])).toEqual(
    new Array(3).fill([expected, '/hooks?token=hidden']),
  );
  expect(problems.map(({ type }) => type)).toEqual(['retrying', 'failed']);
  const said = JSON.stringify([problems, hooks.status()]);
  for (const word of ['us@er', 'us%40er', 'pa:ss', 'pa%3Ass', 'hidden', 'hooks']) expect(said).not.toContain(word);
});

test('every option that is wrong is named, and neither secret nor URL is in the message', async () => {
  const secret = newSecret();
  const url = 'https://example.org/hooks';
  const given = {
    url: 'http://user:hunter2@example.org/T0KEN',
    secret: secret.slice(0, 20),
    payload: 'teams',
    events: ['rollback', 'lunch'],
    timeoutMs: 0,
    giveUpAfterMs: -1,
    maxQueued: 1.5,
    registry: {},
    onProblem: 1,
  };
  const error = await refusal(() => webhooks(given as never), 'INVALID_ARGUMENT');
  expect(error.data.issues.map(({ path }) => path)).toEqual([
    'url',
    'secret',
    'events',
    'payload',
    'timeoutMs',
    'giveUpAfterMs',
    'maxQueued',
    'registry',
    'onProblem',
  ]);
  for (const word of ['hunter2', 'T0KEN', secret.slice(6, 20)]) expect(JSON.stringify(error)).not.toContain(word);
  const wrong = (options: object) => {
    try {
      webhooks(options as never);
      return 'nothing';
    } catch (thrown) {
      return isLedgerError(thrown, 'INVALID_ARGUMENT') ? thrown.data.issues.map(({ path }) => path).join() : thrown;
    }
  };
  for (const bad of [
    '',
    'x',
    'ftp://example.org',
    'http://example.org',
    'https://%:%@example.org',
    'https://u%zz@example.org',
  ])
    expect([bad, wrong({ url: bad, secret })]).toEqual([bad, 'url']);
  for (const bad of [
    undefined,
    '',
    'secret',
    `${secret}=`,
    [],
    [secret, 'x'],
    'whsec_YWJj',
    secret.replace('whsec_', ''),
  ])
    expect([bad, wrong({ url, secret: bad })]).toEqual([bad, 'secret']);
  expect(wrong(null as never)).toBe('url,secret');
  for (const good of ['http://localhost:1/', 'http://127.0.0.1/', 'http://[::1]/', 'https://example.org'])
    expect([good, wrong({ url: good, secret })]).toEqual([good, 'nothing']);
  expect(wrong({ url: 'http://alertmanager:9093/api/v2/alerts', payload: 'alertmanager', allowHttp: true })).toBe(
    'nothing',
  );
});

test('what was sent is counted by host and outcome, for all destinations of a registry', async () => {
  const { ledger, to, make } = await scene();
  const registry = new Registry();
  const [one, other] = [make({ registry }), make({ registry, events: ['break-glass'] })];
  await one.follow(ledger, { intervalMs: NEVER });
  await other.follow(ledger, { intervalMs: NEVER });
  to.replies.push(400, 200, 410);
  for (const version of [2, 3, 4]) await goesSick(ledger, version);
  await one.flush();
  await other.flush();
  const host = new URL(to.url).host;
  const text = await registry.metrics();
  for (const line of [
    `asm_webhook_events_total{destination="${host}",outcome="delivered"} 1`,
    `asm_webhook_events_total{destination="${host}",outcome="failed"} 1`,
    `asm_webhook_events_total{destination="${host}",outcome="dropped"} 0`,
    `asm_webhook_queued{destination="${host}"} 0`,
    `asm_webhook_disabled{destination="${host}"} 1`,
  ])
    expect(text.split('\n')).toContain(line);
});
