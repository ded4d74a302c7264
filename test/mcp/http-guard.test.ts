/** A guard before a tool server over streamable HTTP: a real server of the protocol's SDK, and hostile ones of plain HTTP. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { guardToolServer } from '../../src/api/mcp.js';
import type { LedgerError } from '../../src/index.js';
import { Client, guarded, LOOK, type Message, MODULE, SEARCH } from './guarded.js';
import { bodyOf, listening, rawServer, start } from './http-servers.js';

/** A server of the SDK's that offers what it is told. */
async function realServer(offer: { tools: object[] }, enableJsonResponse: boolean) {
  const server = new Server({ name: 'real', version: '1.0.0' }, { capabilities: { tools: { listChanged: true } } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: offer.tools as (typeof SEARCH & { inputSchema: { type: 'object' } })[],
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
    const progressToken = params._meta?.progressToken;
    if (progressToken !== undefined)
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    return { content: [{ type: 'text', text: `called ${params.name}` }] };
  });
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => 'a-session', enableJsonResponse });
  await server.connect(transport as Parameters<typeof server.connect>[0]);
  const seen: { method: string | undefined; headers: IncomingMessage['headers'] }[] = [];
  const url = await listening(async (request, response) => {
    seen.push({ method: request.method, headers: request.headers });
    await transport.handleRequest(request, response, request.method === 'POST' ? await bodyOf(request) : undefined);
  });
  onTestFinished(() => server.close());
  return { url, server, seen };
}

describe('a server over HTTP', () => {
  it.each([true, false])('is held to the ledger as one that was started is (JSON: %s)', async (json) => {
    const offer = { tools: [SEARCH, LOOK] };
    const { url, server, seen } = await realServer(offer, json);
    const place = await guarded();
    start(place, url, { headers: { authorization: 'Bearer of-the-operator' } });
    expect((await place.client.open()).result.serverInfo).toEqual({ name: 'real', version: '1.0.0' });
    expect(await place.client.tools()).toEqual(['look', 'search']);
    const called = await place.client.call('search', { _meta: { progressToken: 7 } });
    expect(called.result.content).toEqual([{ type: 'text', text: 'called search' }]);
    if (!json) expect(place.client.told).toMatchObject([{ params: { progressToken: 7, progress: 1 } }]);
    offer.tools = [{ ...SEARCH, description: 'Otherwise.' } as typeof SEARCH, LOOK];
    await server.sendToolListChanged();
    expect((await place.client.call('search')).error.data.code).toBe('CHANGED');
    expect((await place.client.call('look')).result.content[0].text).toBe('called look');
    expect(await place.notice('staged')).toMatchObject({ version: 2, fromVer: 1, level: 'COMPATIBLE' });
    place.client.input.end();
    expect(await place.ended).toMatchObject({ by: 'client' });
    expect(seen.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'a-session' } });
    expect(seen.every(({ headers }) => headers.authorization === 'Bearer of-the-operator')).toBe(true);
    expect(seen.at(-1)?.headers['mcp-protocol-version']).toBe('2025-11-25');
  });

  it('that is not there is an error of the first request', async () => {
    const place = await guarded();
    const url = await listening((_, response) => response.destroy());
    start(place, url);
    expect((await place.client.open()).error.message).toContain('the server could not be reached');
  });
});

describe('what a hostile one wants', () => {
  const events = (text: string) => (_: Message, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(Buffer.from(text, 'latin1'));
  };

  it('send the guard, and what it says, elsewhere: no redirect is followed, also not on the same machine', async () => {
    const elsewhere: string[] = [];
    const other = await listening((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end();
    });
    const url = await rawServer((_, response) => response.writeHead(307, { location: other }).end());
    const place = await guarded();
    start(place, url);
    await place.client.open();
    expect((await place.client.call('search')).error.data.code).toBe('LIST_REJECTED');
    expect(elsewhere).toEqual([]);
  });

  it.each([
    ['have a member twice, in a body', '{"jsonrpc":"2.0","id":ID,"result":{"tools":[{"name":"a","name":"b"}]}}'],
    ['send bytes that each reader takes otherwise', '{"jsonrpc":"2.0","id":ID,"result":{"x":"\xff"}}'],
  ])('%s: the session ends', async (_, text) => {
    const url = await rawServer(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(Buffer.from(text.replace('ID', id), 'latin1'));
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    void place.client.call('search');
    expect(await place.ended).toMatchObject({ by: 'guard' });
  });

  it.each([
    [
      'have a member twice, in an event',
      'event: message\r\ndata: {"jsonrpc":"2.0","id":2,\r\ndata: "result":{"a":1,"a":2}}\r\n\r\n',
      'guard',
    ],
    ['send an event that is no text', 'data: {"x":"\xff"}\n\n', 'server'],
  ])('%s: the session ends', async (_, text, by) => {
    const place = await guarded();
    start(place, await rawServer(events(text)));
    await place.client.open();
    void place.client.call('search');
    expect(await place.ended).toMatchObject({ by });
  });

  it('say in the header that it is one thing, and send another: no answer at all', async () => {
    const url = await rawServer(({ id }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`data: {"jsonrpc":"2.0","id":${id},"result":{"tools":[]}}\n\n`);
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    const { error } = await place.client.call('search');
    expect(error.data.code).toBe('LIST_REJECTED');
    expect(await place.ledger.versions.modules()).toEqual([]);
  });
});

it.each(['ftp://example.org', 'http://example.org/mcp', 'https://me:secret@example.org/mcp', 'weather'])(
  'refuses the address %s, and repeats no password',
  async (url) => {
    const place = await guarded();
    const { input, output } = new Client();
    const options = { ledger: place.ledger, moduleId: MODULE, server: { url }, input, output };
    const error: LedgerError = await guardToolServer(options).then(
      () => expect.unreachable(),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', data: { issues: [{ path: 'url' }] } });
    expect(error.message).not.toContain('secret');
  },
);
