/** The guide docs/guide/webhooks.md: its payloads are those that are sent, and its receiver, commands and service run. */

import { expect, onTestFinished, test } from 'vitest';
import { alertmanagerAlerts, slackMessage, type WebhookEvent, WebhookEventType } from '../../src/api/server.js';
import { freePort } from '../free-port.js';
import { MarkdownDocument } from './document.js';
import { Program } from './program.js';
import { Workplace } from './workplace.js';

const guide = new MarkdownDocument('docs/guide/webhooks.md');

function only(info: string): string {
  const [text, ...others] = guide.texts(info);
  expect([info, others]).toEqual([info, []]);
  return text ?? '';
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
  const place = new Workplace();
  // The last of what is undone: the programs are killed first.
  onTestFinished(() => place.remove());
  const url = `http://127.0.0.1:${await freePort()}/hooks`;
  const [setSecret = '', follow = ''] = only('sh').trim().split('\n');
  expect(setSecret).toContain('openssl rand');
  place.env['GIT_LINEAGE_WEBHOOK_SECRET'] = place.run(`${setSecret}\nprintf %s "$GIT_LINEAGE_WEBHOOK_SECRET"`);
  place.write('receiver.mjs', only('js receiver.mjs').replace('8090', new URL(url).port));
  place.write('service.ts', only('ts service.ts'));
  const receiver = new Program(place, 'node receiver.mjs');

  place.write('planner/index.js', 'export const plan = 1;\n');
  place.run('git-lineage init modules.git --principal ops@example.org');
  place.env['GIT_LINEAGE_DIR'] = place.path('modules.git');
  place.run('git-lineage record planner planner --tag stable');
  const verb = new Program(place, follow.replace('https://example.org/hooks', url));
  expect(await verb.line(/^telling/)).toContain(new URL(url).host);
  place.write('planner/index.js', 'export const plan = 2;\n');
  place.run('git-lineage record planner planner\ngit-lineage rollback planner --reason health-failure');
  expect(await receiver.line(/^rollback: /)).toBe(`rollback: ${documented.text}`);
  await verb.end('SIGTERM');

  place.env['GIT_LINEAGE_WEBHOOK_URL'] = url;
  expect(place.compile(['service.ts'])).toBe('');
  expect(place.run('node service.js')).toBe('FAILED\n');
  expect(await receiver.line(/^refusal: /)).toMatch(
    /^refusal: planner: v1 did not go live, it failed in the step validate: /,
  );
  // A stranger is turned away.
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
  await receiver.end('SIGTERM');
}, 120_000);
