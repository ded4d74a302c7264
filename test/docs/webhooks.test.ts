/** The guide docs/guide/webhooks.md: its payloads are those that are sent, and its receiver, commands and service run. */

import { expect, test } from 'vitest';
import { alertmanagerAlerts, slackMessage, type WebhookEvent, WebhookEventType } from '../../src/api/server.js';
import { freePort } from '../free-port.js';
import { receiver } from '../webhooks/receiver.js';
import { MarkdownDocument, meant } from './document.js';
import { Program } from './program.js';
import { placeWithPlanner, type Workplace } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/webhooks.md');

function only(info: string): string {
  const [text, ...others] = guide.texts(info);
  expect([info, others]).toEqual([info, []]);
  return text ?? '';
}

/** The next version of planner is recorded, and goes sick. */
function goesSick(place: Workplace): void {
  place.write('planner/index.mjs', 'export const plan = 2;\n');
  place.run('git-lineage record planner planner\ngit-lineage rollback planner --reason health-failure');
}

const documented = JSON.parse(only('json')) as WebhookEvent;

test('the payloads for Slack and Alertmanager are those of the event that it shows', () => {
  expect(JSON.parse(only('json slack'))).toEqual(slackMessage(documented));
  expect(JSON.parse(only('json alertmanager'))).toEqual(alertmanagerAlerts(documented));
});

test('its links lead somewhere, and its tables name every event and field', () => {
  expect(guide.brokenLinks).toEqual([]);
  for (const type of Object.values(WebhookEventType)) expect(guide.text).toContain(`| \`${type}\` |`);
  const fields = guide.section('What is sent');
  const { data, ...outer } = documented;
  for (const name of [...Object.keys(outer), ...Object.keys(data)])
    expect(fields.slice(fields.indexOf('| field | is |'))).toContain(`\`${name}\``);
});

test('its receiver takes what its commands and its service send, each event once', async () => {
  const place = placeWithPlanner();
  const url = `http://127.0.0.1:${await freePort()}/hooks`;
  const [setSecret = '', follow = ''] = guide.commands('From the command line');
  expect(setSecret).toContain('openssl rand');
  place.env['GIT_LINEAGE_WEBHOOK_SECRET'] = place.run(`${setSecret}\nprintf %s "$GIT_LINEAGE_WEBHOOK_SECRET"`);
  place.write('receiver.mjs', only('js receiver.mjs').replace('8090', new URL(url).port));
  place.write('service.ts', only('ts service.ts'));
  const listening = new Program(place, 'node receiver.mjs');

  const verb = new Program(place, meant(follow, { 'https://example.org/hooks': url }));
  expect(await verb.line(/^telling/)).toContain(new URL(url).host);
  goesSick(place);
  expect(await listening.line(/^rollback: /)).toBe(`rollback: ${documented.text}`);
  await verb.end('SIGTERM');

  place.env['GIT_LINEAGE_WEBHOOK_URL'] = url;
  expect(place.compile(['service.ts'])).toBe('');
  expect(place.run('node service.js')).toBe('FAILED\n');
  expect(await listening.line(/^refusal: /)).toMatch(
    /^refusal: planner: v1 did not go live, it failed in the step validate: /,
  );
  // A stranger is turned away.
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
  await listening.end('SIGTERM');
}, 120_000);

/** A payload with the types for its values. */
function shapeOf(payload: unknown): unknown {
  if (Array.isArray(payload)) return payload.map(shapeOf);
  if (payload === null || typeof payload !== 'object') return typeof payload;
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, shapeOf(value)]));
}

test.each([
  ['Slack', 'https://hooks.slack.com/services/…', 'slack'],
  ['Alertmanager', 'http://alertmanager:9093/api/v2/alerts', 'alertmanager'],
])(
  'the command for %s sends what it takes',
  async (section, documentedUrl, payload) => {
    const [command = '', ...others] = guide.commands(section);
    expect([command, others]).toEqual([expect.stringContaining(documentedUrl), []]);
    const place = placeWithPlanner();
    // As written it is accepted, http to another machine included; nothing is sent before something happens.
    const asWritten = new Program(place, command);
    expect(await asWritten.line(/^telling/)).toContain(new URL(documentedUrl).host);
    await asWritten.end('SIGTERM');

    const to = await receiver();
    const verb = new Program(place, meant(command, { [documentedUrl]: to.url }));
    expect(await verb.line(/^telling/)).toContain(new URL(to.url).host);
    goesSick(place);
    await to.count(1);
    const [sent] = to.received;
    expect(shapeOf(JSON.parse(sent?.body ?? ''))).toEqual(shapeOf(JSON.parse(only(`json ${payload}`))));
    expect(sent?.body).toContain(documented.text);
    await verb.end('SIGTERM');
  },
  120_000,
);
