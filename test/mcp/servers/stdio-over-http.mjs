/**
 * A server that speaks over its standard input and output, for clients that speak over streamable HTTP: each session starts it once. Messages
 * pass as they are. What it says by itself goes into the stream of the request that it is about, so that it arrives before the answer.
 */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/**
 * @typedef {object} Session
 * @property {StreamableHTTPServerTransport} http
 * @property {StdioClientTransport} server
 */

/** @param {readonly string[]} command @param {NodeJS.ProcessEnv} env @param {readonly string[]} allowedHosts @param {Map<string, Session>} sessions */
async function openSession(command, env, allowedHosts, sessions) {
  const [program = '', ...args] = command;
  const server = new StdioClientTransport({
    command: program,
    args,
    env: /** @type {Record<string, string>} */ (env),
    stderr: 'ignore',
  });
  /** @type {StreamableHTTPServerTransport} */
  const http = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => void sessions.set(id, { http, server }),
    enableDnsRebindingProtection: true,
    allowedHosts: [...allowedHosts],
  });
  /** Requests of the client that wait, the newest last. @type {(string | number)[]} */
  const waiting = [];
  http.onmessage = (message) => {
    if ('method' in message && 'id' in message) waiting.push(message.id);
    void server.send(message);
  };
  server.onmessage = (message) => {
    if (!('method' in message) && 'id' in message) waiting.splice(waiting.indexOf(/** @type {any} */ (message.id)), 1);
    const relatedRequestId = 'method' in message ? waiting.at(-1) : undefined;
    void http.send(message, relatedRequestId === undefined ? {} : { relatedRequestId }).catch(() => undefined);
  };
  http.onclose = () => void server.close();
  await server.start();
  await http.start();
  return http;
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
}

/**
 * Serves `command` on a port that is free.
 *
 * @param {readonly string[]} command @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveOverHttp(command, env) {
  /** @type {Map<string, Session>} */
  const sessions = new Map();
  /** @type {string[]} */
  const allowedHosts = [];
  const listener = createServer(async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    const body = request.method === 'POST' ? await bodyOf(request) : undefined;
    if (known === undefined && body?.method !== 'initialize') {
      response.writeHead(404).end();
      return;
    }
    const http = known?.http ?? (await openSession(command, env, allowedHosts, sessions));
    await http.handleRequest(request, response, body);
    if (known === undefined && http.sessionId === undefined) await http.close();
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (listener.address());
  allowedHosts.push(`127.0.0.1:${port}`, `localhost:${port}`);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    close: async () => {
      for (const { http, server } of sessions.values()) {
        await http.close();
        await server.close();
      }
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
