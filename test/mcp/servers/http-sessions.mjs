/** A listener for clients that speak over streamable HTTP, with a transport of the protocol's SDK for each session. */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/**
 * @typedef {import('@modelcontextprotocol/sdk/server/streamableHttp.js').EventStore} EventStore
 */

/** What was sent, so that a client which was cut off can take a stream up again. @returns {EventStore} */
export function eventStore() {
  /** @type {{ stream: string, message: any }[]} */
  const events = [];
  return {
    storeEvent: async (stream, message) => `${events.push({ stream, message }) - 1}`,
    getStreamIdForEventId: async (id) => events[Number(id)]?.stream,
    replayEventsAfter: async (lastId, { send }) => {
      const stream = events[Number(lastId)]?.stream ?? '';
      for (const [i, event] of events.entries())
        if (i > Number(lastId) && event.stream === stream) await send(`${i}`, event.message);
      return stream;
    },
  };
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
}

/**
 * Serves on a port that is free. `open` joins each session's transport to whoever answers in it, and starts it; the transport's `onclose` tells
 * that one.
 *
 * @param {(transport: StreamableHTTPServerTransport) => Promise<void>} open
 * @param {{ eventStore?: () => EventStore, retryInterval?: number, enableJsonResponse?: boolean }} [given] for streams that can be taken up again, or
 * none for answers
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveSessions(open, { eventStore, ...given } = {}) {
  /** @type {Map<string, StreamableHTTPServerTransport>} */
  const sessions = new Map();
  /** @type {string[]} */
  const allowedHosts = [];
  const opened = async () => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
      enableDnsRebindingProtection: true,
      allowedHosts: [...allowedHosts],
      ...given,
      ...(eventStore === undefined ? {} : { eventStore: eventStore() }),
    });
    await open(transport);
    return transport;
  };
  const listener = createServer(async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    const body = request.method === 'POST' ? await bodyOf(request) : undefined;
    if (known === undefined && body?.method !== 'initialize') {
      response.writeHead(404).end();
      return;
    }
    const transport = known ?? (await opened());
    await transport.handleRequest(request, response, body);
    if (known === undefined && transport.sessionId === undefined) await transport.close();
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (listener.address());
  allowedHosts.push(`127.0.0.1:${port}`, `localhost:${port}`);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      for (const transport of sessions.values()) await transport.close();
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
