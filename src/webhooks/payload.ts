/** The bodies in which an event is sent. */

import type { WebhookEvent, WebhookPayload } from './webhook-types.js';

/** A message of a Slack incoming webhook: its text for notifications, its blocks for the channel. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly object[];
}

/** An alert as `POST /api/v2/alerts` of Alertmanager takes it. */
export interface AlertmanagerAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
}

const TITLE = {
  rollback: 'Rolled back',
  refusal: 'Refused',
  'break-glass': 'Glass broken',
  pending: 'Waits for approval',
} as const satisfies Record<WebhookEvent['type'], string>;

const ALERT = {
  rollback: ['GitLineageRollback', 'warning'],
  refusal: ['GitLineageRefusal', 'warning'],
  'break-glass': ['GitLineageBreakGlass', 'critical'],
  pending: ['GitLineagePending', 'info'],
} as const satisfies Record<WebhookEvent['type'], readonly [string, string]>;

/** Slack reads these three as markup in every text object; with them escaped, `<!channel>` calls nobody. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The event as a message for Slack's incoming webhooks. */
export function slackMessage({ type, text, timestamp, data }: WebhookEvent): SlackMessage {
  const place = data.entry === null ? timestamp : `journal ${data.entry.seq}, ${timestamp}`;
  return {
    text: escapeSlack(`${TITLE[type]}: ${text}`),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: TITLE[type], emoji: false } },
      { type: 'section', text: { type: 'plain_text', text: escapeSlack(text), emoji: false } },
      { type: 'context', elements: [{ type: 'plain_text', text: place, emoji: false }] },
    ],
  };
}

/** The event as the one alert of a list for Alertmanager, which resolves it after its `resolve_timeout`. */
export function alertmanagerAlerts({ id, type, text, timestamp, data }: WebhookEvent): readonly AlertmanagerAlert[] {
  const [alertname, severity] = ALERT[type];
  const { module, toVersion, code, reason, actor } = data;
  // Only what has few values is a label: each set of labels is an alert of its own.
  const version = toVersion === null ? null : String(toVersion);
  const labels = { module_id: module, version, code, ...(type === 'rollback' ? { reason } : {}) };
  const annotations = { actor, reason, journal: data.entry === null ? null : String(data.entry.seq) };
  return [
    {
      labels: { alertname, severity, ...present(labels) },
      annotations: { summary: text, event_id: id, ...present(annotations) },
      startsAt: timestamp,
    },
  ];
}

function present(fields: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

const BODIES: Readonly<Record<WebhookPayload, (event: WebhookEvent) => unknown>> = {
  standard: (event) => event,
  slack: slackMessage,
  alertmanager: alertmanagerAlerts,
};

export const PAYLOADS: readonly string[] = Object.keys(BODIES);

/** The JSON that is sent. */
export function bodyOf(event: WebhookEvent, payload: WebhookPayload): string {
  return JSON.stringify(BODIES[payload](event));
}
