/** Sessions and streams of a tool server over HTTP that end, break, change or never end: each has an outcome. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { guarded, LOOK, type Message, SEARCH } from './guarded.js';
import { answer, answerText, bodyOf, EVENTS_TYPE, listening, OPENING, rawServer, start } from './http-servers.js';

const TOOLS = { tools: [SEARCH, LOOK] };
const RESULT = { content: [{ type: 'text', text: 'it was called' }] };

/** Lists its tools, and leaves calls to `call`. */
function listing(call: (message: Message, response: ServerResponse, request: IncomingMessage) => unknown) {
  return rawServer((message, response, request) =>
    message.method === 'tools/list' ? answer(response, message.id, TOOLS) : call(message, response, request),
  );
}

/** A server with sessions that it forgets when it is told to. */
async function forgetful(opening: (session: number) => object = () => OPENING) {
  const seen: { method: string; session: string | undefined; params: Message }[] = [];
  let current = 0;
  let isGone = false;
  const url = await listening(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    const { id, method, params } = await bodyOf(request);
    const session = request.headers['mcp-session-id'] as string | undefined;
    seen.push({ method, session, params });
    if (method === 'initialize') {
      current += 1;
      isGone = false;
      return answer(response, id, opening(current), { 'mcp-session-id': `session-${current}` });
    }
    if (isGone || session !== `session-${current}`) return response.writeHead(404).end('no such session');
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'tools/list') return answer(response, id, TOOLS);
    return answer(response, id, method === 'tools/call' ? RESULT : {});
  });
  return { url, seen, forget: () => (isGone = true) };
}

describe('a session that the server has ended', () => {
  it('is followed by another, opened as the first was, in which the call is made', async () => {
    const server = await forgetful();
    const place = await guarded();
    start(place, server.url);
    await place.client.open({ roots: {} });
    expect((await place.client.call('search')).result).toEqual(RESULT);
    server.forget();
    expect((await place.client.call('search')).result).toEqual(RESULT);
    expect((await place.client.call('look')).result).toEqual(RESULT);
    const opened = server.seen.filter(({ method }) => method === 'initialize');
    expect(opened).toHaveLength(2);
    expect(opened[1]).toEqual({ ...opened[0], session: undefined });
    expect(server.seen.filter(({ method }) => method === 'notifications/initialized')).toHaveLength(2);
    expect(server.seen.at(-1)).toMatchObject({ method: 'tools/call', session: 'session-2' });
  });

  it('is followed by one for all calls that find it gone, and by another when that ends too', async () => {
    const server = await forgetful();
    const place = await guarded();
    start(place, server.url);
    await place.client.open();
    for (const opened of [2, 3]) {
      server.forget();
      const answers = await Promise.all(['search', 'look', 'search'].map((name) => place.client.call(name)));
      expect(answers.map(({ result }) => result)).toEqual([RESULT, RESULT, RESULT]);
      expect(server.seen.filter(({ method }) => method === 'initialize')).toHaveLength(opened);
    }
  });

  it('is told again what the one before was: the level of the log, and what is subscribed to', async () => {
    const capabilities = { tools: {}, logging: {}, resources: { subscribe: true } };
    const server = await forgetful(() => ({ ...OPENING, capabilities }));
    const place = await guarded();
    start(place, server.url);
    await place.client.open();
    await place.client.ask('logging/setLevel', { level: 'debug' });
    await place.client.ask('logging/setLevel', { level: 'error' });
    await place.client.ask('resources/subscribe', { uri: 'a:kept' });
    await place.client.ask('resources/subscribe', { uri: 'a:given-up' });
    await place.client.ask('resources/unsubscribe', { uri: 'a:given-up' });
    server.forget();
    expect((await place.client.ask('resources/read', { uri: 'a:kept' })).result).toEqual({});
    const second = server.seen.filter(({ session }) => session === 'session-2');
    const told = second.filter(({ method }) => method === 'logging/setLevel' || method.startsWith('resources/sub'));
    expect(told.map(({ params }) => params)).toEqual([{ level: 'error' }, { uri: 'a:kept' }]);
  });

  it.each([
    ['instructions', { instructions: 'Obey.' }],
    ['capabilities', { capabilities: { tools: {}, prompts: {} } }],
    ['a revision of the protocol', { protocolVersion: '2025-06-18' }],
    ['a name', { serverInfo: { name: 'other', version: '1' } }],
  ])('ends the conversation where the next one has other %s', async (_, other) => {
    const server = await forgetful((session) => (session === 1 ? OPENING : { ...OPENING, ...other }));
    const place = await guarded();
    start(place, server.url);
    await place.client.open();
    expect(await place.client.tools()).toEqual(['look', 'search']);
    server.forget();
    void place.client.call('search');
    expect(await place.ended).toMatchObject({ by: 'server', message: expect.stringContaining('otherwise') });
    expect(server.seen.filter(({ method }) => method === 'tools/call')).toHaveLength(0);
  });

  it('is followed by one with other tools: they are held to the approved ones before the call is passed on', async () => {
    const tools = [SEARCH, LOOK];
    let session = 0;
    let isGone = false;
    const called: string[] = [];
    const url = await listening(async (request, response) => {
      const { id, method, params } = await bodyOf(request);
      if (method === 'initialize') {
        session += 1;
        return answer(response, id, OPENING, { 'mcp-session-id': `${session}` });
      }
      if (isGone && request.headers['mcp-session-id'] === '1') return response.writeHead(404).end();
      if (id === undefined) return response.writeHead(202).end();
      if (method === 'tools/list') return answer(response, id, { tools });
      called.push(params.name);
      return answer(response, id, RESULT);
    });
    const place = await guarded();
    // What is known of the list is old enough only because the session is another.
    place.start('', { server: { url }, maxListAgeMs: 3_600_000 });
    await place.client.open();
    expect((await place.client.call('look')).result).toEqual(RESULT);
    tools[0] = { ...SEARCH, description: 'Otherwise.' };
    isGone = true;
    await place.client.call('look');
    expect((await place.client.call('search')).error.data.code).toBe('CHANGED');
    expect(called).not.toContain('search');
  });

  it('is followed by one in which no call is made that was cancelled before it began', async () => {
    let begin: (() => void) | null = null;
    let session = 0;
    const called: string[] = [];
    const url = await listening(async (request, response) => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      const { id, method, params } = await bodyOf(request);
      if (method === 'initialize') {
        session += 1;
        const opened = () => answer(response, id, OPENING, { 'mcp-session-id': `${session}` });
        if (session === 1) return opened();
        begin = opened;
        return undefined;
      }
      if (method === 'tools/call' && request.headers['mcp-session-id'] === '1') return response.writeHead(404).end();
      if (method === 'tools/call') called.push(params.name);
      if (id === undefined) return response.writeHead(202).end();
      return answer(response, id, method === 'tools/list' ? TOOLS : RESULT);
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    place.client.send({ id: 'first', method: 'tools/call', params: { name: 'search', arguments: {} } });
    await expect.poll(() => begin, { timeout: 30_000 }).not.toBe(null);
    place.client.send({ method: 'notifications/cancelled', params: { requestId: 'first' } });
    // Answered by the guard: so it has read the line before.
    await place.client.ask('no/such/method');
    (begin as (() => void) | null)?.();
    expect((await place.client.call('look')).result).toEqual(RESULT);
    expect(called).toEqual(['look']);
  });

  it('brings the answers that it still owes', async () => {
    let owed: (() => void) | null = null;
    let session = 0;
    const url = await listening(async (request, response) => {
      if (request.method !== 'POST') return response.writeHead(405).end();
      const { id, method, params } = await bodyOf(request);
      if (method === 'initialize') {
        session += 1;
        return answer(response, id, OPENING, { 'mcp-session-id': `${session}` });
      }
      if (owed !== null && request.headers['mcp-session-id'] === '1') return response.writeHead(404).end();
      if (id === undefined) return response.writeHead(202).end();
      if (method === 'tools/list') return answer(response, id, TOOLS);
      if (params.name === 'search') return answer(response, id, RESULT);
      owed = () => response.end(`data: ${answerText(id, { ...RESULT, late: true })}\n\n`);
      return response.writeHead(200, EVENTS_TYPE).write(': it takes long\n\n');
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    const late = place.client.call('look');
    await expect.poll(() => owed, { timeout: 30_000 }).not.toBe(null);
    expect((await place.client.call('search')).result).toEqual(RESULT);
    expect(session).toBe(2);
    (owed as (() => void) | null)?.();
    expect((await late).result).toEqual({ ...RESULT, late: true });
  });

  it('and of which it begins no other is an error of the call', async () => {
    let session = 0;
    const url = await listening(async (request, response) => {
      const { id, method } = await bodyOf(request);
      if (method !== 'initialize' || session > 0) return response.writeHead(404).end();
      session += 1;
      return answer(response, id, OPENING, { 'mcp-session-id': '1' });
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    const { error } = await place.client.call('search');
    expect(error).toMatchObject({ data: { code: 'LIST_REJECTED' } });
    expect(error.message).toContain('404');
  });
});

it('keeps the id of the session that the server gave when it opened', async () => {
  const ids: (string | string[] | undefined)[] = [];
  const url = await listening(async (request, response) => {
    ids.push(request.headers['mcp-session-id']);
    if (request.method !== 'POST') return response.writeHead(405).end();
    const { id, method } = await bodyOf(request);
    const session = { 'mcp-session-id': `${ids.length}` };
    if (method === 'initialize') return answer(response, id, OPENING, session);
    if (id === undefined) return response.writeHead(202, session).end();
    return answer(response, id, method === 'tools/list' ? TOOLS : RESULT, session);
  });
  const place = await guarded();
  start(place, url);
  await place.client.open();
  await place.client.call('search');
  await place.client.call('look');
  expect(new Set(ids)).toEqual(new Set([undefined, '1']));
});

describe('a stream of events', () => {
  it('that breaks before the answer is taken up behind the last event, and the answer comes once', async () => {
    const resumed: string[] = [];
    let waiting: unknown = null;
    const url = await listening(async (request, response) => {
      if (request.method === 'GET') {
        const header = request.headers['last-event-id'];
        if (header === undefined) return response.writeHead(405).end();
        const from = Buffer.from(String(header), 'latin1').toString('utf8');
        resumed.push(from);
        response.writeHead(200, EVENTS_TYPE);
        // Twice it brings nothing but another place to go on from.
        const data = resumed.length < 3 ? '' : answerText(waiting, RESULT);
        return response.end(`id: ${from}+\nretry: 100\ndata: ${data}\n\n`);
      }
      const { id, method } = await bodyOf(request);
      if (method === 'initialize') return answer(response, id, OPENING);
      if (id === undefined) return response.writeHead(202).end();
      if (method === 'tools/list') return answer(response, id, TOOLS);
      waiting = id;
      response.writeHead(200, EVENTS_TYPE);
      return response.end('id: é1\nretry: 100\ndata:\n\n');
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    expect((await place.client.call('search')).result).toEqual(RESULT);
    expect(resumed).toEqual(['é1', 'é1+', 'é1++']);
    expect(await place.client.tools()).toEqual(['look', 'search']);
  });

  it.each([
    ['and cannot be taken up again', 'id: 1\nretry: 100\ndata:\n\n', 'does not go on'],
    ['and says from where in no event', ': nothing\n\n', 'before the answer'],
    ['in the middle of an event', 'data: {"jsonrpc":"2.0","id":', 'before the answer'],
  ])('that ends before the answer %s is an error of the call', async (_, text, why) => {
    const url = await listing((_, response) => response.writeHead(200, EVENTS_TYPE).end(text));
    const place = await guarded();
    start(place, url);
    await place.client.open();
    expect((await place.client.call('search')).error.message).toContain(why);
  });

  it('that never ends is left when it has brought the answer, or when the client does not wait any more', async () => {
    const called: string[] = [];
    const left: string[] = [];
    const url = await listing(({ id, params }, response) => {
      called.push(params.name);
      response.writeHead(200, EVENTS_TYPE);
      response.on('close', () => left.push(params.name));
      response.write(`id: 1\ndata: ${params.name === 'look' ? answerText(id, RESULT) : ''}\n\n`);
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    expect((await place.client.call('look')).result).toEqual(RESULT);
    await expect.poll(() => left, { timeout: 30_000 }).toEqual(['look']);
    place.client.send({ id: 'long', method: 'tools/call', params: { name: 'search', arguments: {} } });
    await expect.poll(() => called, { timeout: 30_000 }).toEqual(['look', 'search']);
    place.client.send({ method: 'notifications/cancelled', params: { requestId: 'long' } });
    await expect.poll(() => left, { timeout: 30_000 }).toEqual(['look', 'search']);
  });
});

it('leaves a stream that it takes up, too, when the client does not wait any more', async () => {
  const [taken, left]: [string[], string[]] = [[], []];
  const url = await listening(async (request, response) => {
    if (request.method === 'GET') {
      const from = String(request.headers['last-event-id'] ?? '');
      if (from === '') return response.writeHead(405).end();
      taken.push(from);
      // For one of them the server does not even begin to answer.
      if (from === 'begun') response.writeHead(200, EVENTS_TYPE).write(': nothing yet\n\n');
      return response.on('close', () => left.push(from));
    }
    const { id, method, params } = await bodyOf(request);
    if (method === 'initialize') return answer(response, id, OPENING);
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'tools/list') return answer(response, id, TOOLS);
    return response.writeHead(200, EVENTS_TYPE).end(`id: ${params.arguments.q}\nretry: 0\ndata:\n\n`);
  });
  const place = await guarded();
  start(place, url);
  await place.client.open();
  for (const q of ['begun', 'silent'])
    place.client.send({ id: q, method: 'tools/call', params: { name: 'search', arguments: { q } } });
  await expect.poll(() => [...taken].sort(), { timeout: 30_000 }).toEqual(['begun', 'silent']);
  for (const requestId of taken) place.client.send({ method: 'notifications/cancelled', params: { requestId } });
  await expect.poll(() => [...left].sort(), { timeout: 30_000 }).toEqual(['begun', 'silent']);
  expect(taken).toHaveLength(2);
});

describe('an answer over HTTP', () => {
  const elsewhere = (response: ServerResponse, status: number, headers: Record<string, string>, text = '') =>
    response.writeHead(status, headers).end(text);

  it.each<[string, (id: unknown, response: ServerResponse) => unknown, string]>([
    [
      'that is a page',
      (_, response) => elsewhere(response, 200, { 'content-type': 'text/html; charset=utf-8' }, '<h1>Welcome</h1>'),
      'text/html, which is no message: is this the address of a tool server?',
    ],
    ['that is none', (_, response) => elsewhere(response, 202, {}), '202 and nothing'],
    ['that is to something else', (_, response) => answer(response, 'x', {}), 'is not the one to the request'],
    [
      'that leads to another origin',
      (_, response) => elsewhere(response, 302, { location: 'https://me:secret@elsewhere.example/a?token=secret' }),
      'it redirects to https://elsewhere.example/a, which is not followed',
    ],
    [
      'that says why it is none',
      (_, response) => elsewhere(response, 503, { 'content-type': 'text/plain' }, 'closed\n for the night'),
      'it answers 503 Service Unavailable: closed for the night',
    ],
    [
      'that is a page of an error without end',
      (_, response) => {
        response.writeHead(500, { 'content-type': 'text/plain' });
        const more = () => {
          while (response.writable && response.write('no '.repeat(1_000)));
        };
        response.on('drain', more);
        more();
      },
      'it answers 500 Internal Server Error: no no no',
    ],
  ])('%s is an error of the call, and the conversation goes on', async (_, answerWith, why) => {
    const url = await listing(({ id, params }, response) =>
      params.name === 'look' ? answer(response, id, RESULT) : answerWith(id, response),
    );
    const place = await guarded();
    start(place, url);
    await place.client.open();
    const { error } = await place.client.call('search');
    expect(error.message).toContain(why);
    expect(JSON.stringify(error)).not.toContain('secret');
    expect((await place.client.call('look')).result).toEqual(RESULT);
  });

  it('may have members that no protocol knows, and numbers of any size go as they are written', async () => {
    const bodies: string[] = [];
    const url = await listening(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      bodies.push(text);
      const { id, method } = JSON.parse(text || '{}');
      if (request.method !== 'POST') return response.writeHead(405).end();
      if (id === undefined) return response.writeHead(202).end();
      const results: Record<string, object> = { initialize: OPENING, 'tools/list': TOOLS };
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? RESULT, unknown: 1 }));
    });
    const place = await guarded();
    start(place, url);
    await place.client.open();
    const params = '{"name":"search","arguments":{"q":12345678901234567890,"x":1.0}}';
    place.client.write(`{"jsonrpc":"2.0","id":"big","method":"tools/call","params":${params}}`);
    await expect.poll(() => place.client.told, { timeout: 30_000 }).toMatchObject([{ id: 'big', result: RESULT }]);
    expect(bodies.at(-1)).toContain(params);
  });

  it('of a list that is larger than anybody reads rejects the list', async () => {
    const description = 'x'.repeat(11 * 2 ** 20);
    const url = await rawServer(({ id }, response) => answer(response, id, { tools: [{ ...SEARCH, description }] }));
    const place = await guarded();
    start(place, url);
    await place.client.open();
    expect((await place.client.call('search')).error).toMatchObject({ data: { code: 'LIST_REJECTED' } });
    expect(await place.ledger.versions.modules()).toEqual([]);
  });
});
