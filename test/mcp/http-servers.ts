/** Tool servers over HTTP for tests: whatever they answer with. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ServerUrl } from '../../src/api/mcp.js';
import type { Guarded, Message } from './guarded.js';

export async function listening(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

export async function bodyOf(request: IncomingMessage): Promise<Message> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

export const JSON_TYPE = { 'content-type': 'application/json' };
export const EVENTS_TYPE = { 'content-type': 'text/event-stream' };

export const OPENING = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'raw', version: '1' },
};

export function answerText(id: unknown, result: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

/** Answers with JSON. */
export function answer(response: ServerResponse, id: unknown, result: object, headers: object = {}): void {
  response.writeHead(200, { ...JSON_TYPE, ...headers });
  response.end(answerText(id, result));
}

/** A server that opens as it should, has no stream of its own, and leaves every other request to `handle`. */
export function rawServer(
  handle: (message: Message, response: ServerResponse, request: IncomingMessage) => unknown,
): Promise<string> {
  return listening(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    const message = await bodyOf(request);
    if (message.id === undefined) return response.writeHead(202).end();
    if (message.method === 'initialize') return answer(response, message.id, OPENING);
    return handle(message, response, request);
  });
}

/** Puts a guard before it. */
export function start(place: Guarded, url: string, given: Partial<ServerUrl> = {}): void {
  place.start('', { server: { url, ...given } });
}
