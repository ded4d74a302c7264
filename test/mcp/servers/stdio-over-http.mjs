/**
 * A server that speaks over its standard input and output, for clients that speak over streamable HTTP: each session starts it once. Messages
 * pass as they are. What it says by itself goes into the stream of the request that it is about, so that it arrives before the answer.
 */

import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { serveSessions } from './http-sessions.mjs';

/**
 * Serves `command` on a port that is free.
 *
 * @param {readonly string[]} command @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export function serveOverHttp(command, env) {
  const [program = '', ...args] = command;
  return serveSessions(async (http) => {
    const server = new StdioClientTransport({
      command: program,
      args,
      env: /** @type {Record<string, string>} */ (env),
      stderr: 'ignore',
    });
    /** Requests of the client that wait, the newest last. @type {(string | number)[]} */
    const waiting = [];
    http.onmessage = (message) => {
      if ('method' in message && 'id' in message) waiting.push(message.id);
      void server.send(message);
    };
    server.onmessage = (message) => {
      if (!('method' in message) && 'id' in message)
        waiting.splice(waiting.indexOf(/** @type {any} */ (message.id)), 1);
      const relatedRequestId = 'method' in message ? waiting.at(-1) : undefined;
      void http.send(message, relatedRequestId === undefined ? {} : { relatedRequestId }).catch(() => undefined);
    };
    http.onclose = () => void server.close();
    await server.start();
    await http.start();
  });
}
