/** A receiver of webhooks: a real HTTP server, which keeps what it is sent and answers as it is told. */

import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import type { WebhookEvent } from '../../src/api/server.js';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status and headers; `hang` never answers, `cut` breaks the connection. */
export type Reply = number | readonly [status: number, headers: Readonly<Record<string, string>>] | 'hang' | 'cut';

export interface Receiver {
  /** `http://127.0.0.1:<port>/hooks` */
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers to come, first to last; after them 200. */
  readonly replies: Reply[];
  /** Resolves once so many requests have come. */
  count(requests: number): Promise<void>;
  /** The events in the bodies so far. */
  events(): WebhookEvent[];
  close(): Promise<void>;
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return;
  if (reply === 'cut') {
    response.destroy();
    return;
  }
  const [status, headers] = typeof reply === 'number' ? [reply, {}] : reply;
  response.writeHead(status, headers).end('what a receiver says is not read');
}

export async function receiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const replies: Reply[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      answer(response, replies.shift() ?? 200);
      for (const look of waiting) look();
    });
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    replies,
    count: (requests) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < requests) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    events: () => received.map(({ body }) => JSON.parse(body) as WebhookEvent),
    close,
  };
}

export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Checks a delivery as a receiver would, by the text of the Standard Webhooks specification. */
export function verify({ headers, body }: Received, ...secrets: string[]): void {
  const [id, timestamp] = [headers['webhook-id'], headers['webhook-timestamp']];
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  expect(headers['webhook-signature']).toBe(signatures.join(' '));
  expect(timestamp).toMatch(/^\d{10}$/);
}
