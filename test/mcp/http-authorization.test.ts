/** What authorizes a guard at a tool server over HTTP: tokens go to that server alone, are renewed, and stand in no message. */

import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { logInToToolServer, storedAuthorization, type ToolServerLogin } from '../../src/api/mcp.js';
import type { LedgerError } from '../../src/index.js';
import { nativeLocks } from '../../src/native-locks.js';
import { guarded, LOOK, SEARCH } from './guarded.js';
import { answer, bodyOf, EVENTS_TYPE, listening, OPENING, rawServer, start } from './http-servers.js';
import { CLIENT, ProtectedServer, RESULT } from './protected-servers.js';

const TOKEN = 'token-of-the-operator';

function fileForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-credentials-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'credentials.json');
}

/** Opens the page to log in as a browser does, and goes where it leads. */
async function browse(address: URL): Promise<void> {
  await fetch(address);
}

async function loggedIn(server: ProtectedServer, file: string, options: Partial<ToolServerLogin> = {}): Promise<void> {
  await logInToToolServer({ url: server.url, file, onAddress: (address) => void browse(address), ...options });
}

/** A guard that takes its tokens from the file, and a client of it whose call was answered. */
async function searching(server: ProtectedServer, file: string) {
  const place = await guarded();
  start(place, server.url, { authProvider: await storedAuthorization(file, server.url) });
  await place.client.open();
  expect((await place.client.call('search')).result).toEqual(RESULT);
  return place;
}

function failure(attempt: Promise<unknown>): Promise<LedgerError> {
  return attempt.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

describe('headers of the operator', () => {
  it('are asked for before each request, and a refusal names what to do, once', async () => {
    const server = await ProtectedServer.open();
    let token = 'an-old-token';
    const place = await guarded();
    start(place, server.url, { headers: () => ({ Authorization: `Bearer ${token}` }) });
    const { error } = await place.client.open();
    expect(error.message).toContain('it asks for authorization (401, "invalid_token")');
    expect(error.message).toContain('git-lineage mcp login');
    expect(JSON.stringify(error)).not.toContain(token);
    expect(await place.notice('unauthorized')).toMatchObject({ message: expect.stringContaining('401') });
    await place.client.open();
    expect(place.notices.filter(({ type }) => type === 'unauthorized')).toHaveLength(1);
    token = 'a-new-token';
    server.authorization.valid.add(token);
    await place.client.open();
    expect((await place.client.call('search')).result).toEqual(RESULT);
  });

  it('are in no message, also where the server repeats them', async () => {
    const url = await rawServer((_, response, request) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`${'x'.repeat(340)} ${request.headers.authorization} is no ${request.headers['x-key']}`);
    });
    const place = await guarded();
    start(place, url, { headers: { authorization: `Bearer ${TOKEN}`, 'x-key': 'another-secret' } });
    await place.client.open();
    const text = JSON.stringify([await place.client.call('search'), place.notices]);
    expect(text).toContain('***');
    expect(text).not.toContain(TOKEN.slice(0, 8));
    expect(text).not.toContain('another-secret');
  });

  it('go to no other origin, whatever is asked and wherever the server leads', async () => {
    const elsewhere: unknown[] = [];
    const other = await listening((request, response) => {
      elsewhere.push(request.headers);
      response.writeHead(404).end();
    });
    const leads: string[] = [];
    const url = await listening(async (request, response) => {
      const { id, method } = await bodyOf(request);
      const isOpening = method === 'initialize' || method === 'notifications/initialized';
      if (!isOpening) {
        leads.push(`${request.method} ${method ?? ''}`);
        return response.writeHead(leads.length % 2 === 0 ? 308 : 302, { location: other }).end();
      }
      if (id === undefined) return response.writeHead(202).end();
      return answer(response, id, OPENING, { 'mcp-session-id': '1' });
    });
    const place = await guarded();
    start(place, url, { headers: { authorization: `Bearer ${TOKEN}` } });
    await place.client.open();
    expect((await place.client.call('search')).error.message).toContain('is not followed');
    place.client.input.end();
    await place.ended;
    expect(leads).toEqual(expect.arrayContaining(['GET ', 'POST tools/list', 'DELETE ']));
    expect(elsewhere).toEqual([]);
  });

  it.each([
    ['content-type', 'text/plain'],
    ['Mcp-Session-Id', TOKEN],
    ['no name', TOKEN],
    ['x-key', `${TOKEN}\r\nx-more: 1`],
    ['x-key', `${TOKEN}€`],
  ])('are refused where they are none, or not for the operator to say: %s', async (name, value) => {
    const place = await guarded();
    start(place, 'http://127.0.0.1:1/', { headers: { [name]: value } });
    const error = await failure(place.ended);
    place.ended = Promise.resolve({ by: 'client', message: '' });
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(`${error.message}${JSON.stringify(error.data)}`).not.toContain(TOKEN);
  });
});

describe('a login', () => {
  it('by a person lets a guard call tools, and is in a file for its owner alone', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    await loggedIn(server, file, { scope: 'tools' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await searching(server, file);
    expect(server.seen.filter(({ body }) => body === 'tools/call')).toHaveLength(1);
  });

  it('says that its file cannot be written, and not that the server refused', async () => {
    const server = await ProtectedServer.open();
    const error = await failure(loggedIn(server, join(fileForTest(), 'no-folder', 'credentials.json')));
    expect(error.code).toBe('IO');
    expect(error.message).toContain('no-folder');
  });

  it('is written after a renewal that is under way, not in the middle of it', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    const native = await nativeLocks();
    const renewal = openSync(`${file}.lock`, 'a', 0o600);
    expect(native.tryLock(renewal)).toBe(true);
    const login = loggedIn(server, file);
    // By now the tokens are there.
    while (!server.authorization.seen.some(({ body }) => body.includes('grant_type='))) await pause(10);
    await pause(50);
    expect(existsSync(file)).toBe(false);
    closeSync(renewal);
    await login;
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is renewed where its token is refused, once for all calls of two guards, and each goes on', async () => {
    const server = await ProtectedServer.open();
    const { authorization } = server;
    const file = fileForTest();
    await loggedIn(server, file);
    const places = [await guarded(), await guarded()];
    for (const place of places) {
      start(place, server.url, { authProvider: await storedAuthorization(file, server.url) });
      await place.client.open();
      expect((await place.client.call('search')).result).toEqual(RESULT);
    }
    const renewals = () => authorization.seen.filter(({ body }) => body.includes('grant_type=refresh_token')).length;
    for (const times of [1, 2]) {
      authorization.expire();
      const calls = places.flatMap(({ client }) => ['search', 'look', 'search'].map((name) => client.call(name)));
      expect((await Promise.all(calls)).map(({ result }) => result)).toEqual(calls.map(() => RESULT));
      expect(renewals()).toBe(times);
    }
    const tokens = authorization.seen.map(({ authorization: sent }) => sent);
    expect(tokens.every((sent) => sent === undefined)).toBe(true);
  });

  it('that is over is an error that names the command, and another one counts without a restart', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    await loggedIn(server, file);
    const place = await searching(server, file);
    server.authorization.expire();
    const stored = readFileSync(file, 'utf8');
    // Somebody else used it: the authorization server takes nothing of that login any more.
    const { refresh_token } = JSON.parse(stored).tokens;
    for (let times = 0; times < 2; times++)
      await fetch(`${server.authorization.origin}/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
      });
    server.authorization.expire();
    const { error } = await place.client.call('search');
    expect(error.message).toContain(`log in again: git-lineage mcp login ${server.url}`);
    for (const secret of [refresh_token, JSON.parse(stored).tokens.access_token])
      expect(JSON.stringify([error, place.notices])).not.toContain(secret);
    await loggedIn(server, file);
    expect((await place.client.call('search')).result).toEqual(RESULT);
  });

  it('by a secret needs no person, and a token that is refused is asked for anew', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    const client = { ...CLIENT, issuer: server.authorization.origin };
    await loggedIn(server, file, { client, clientCredentials: true, onAddress: () => expect.unreachable() });
    const place = await guarded();
    start(place, server.url, { authProvider: await storedAuthorization(file, server.url) });
    await place.client.open();
    server.authorization.expire();
    expect((await place.client.call('search')).result).toEqual(RESULT);
    expect(server.seen.some(({ authorization }) => authorization?.includes(CLIENT.secret))).toBe(false);
  });

  it('brings its tokens and its secret to the authorization server that it was made at, and to no other', async () => {
    const server = await ProtectedServer.open();
    const hostile = await ProtectedServer.open();
    const file = fileForTest();
    await loggedIn(server, file);
    server.names = hostile.authorization.origin;
    server.authorization.expire();
    server.authorization.isClosed = true;
    const place = await guarded();
    start(place, server.url, { authProvider: await storedAuthorization(file, server.url) });
    expect((await place.client.open()).error.message).toContain('log in again');
    expect(hostile.authorization.seen).toEqual([]);
    const client = { ...CLIENT, issuer: server.authorization.origin };
    const error = await failure(loggedIn(server, fileForTest(), { client, clientCredentials: true }));
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED' });
    expect(error.message).not.toContain(CLIENT.secret);
    expect(hostile.authorization.seen.filter(({ path }) => path === '/token')).toEqual([]);
  });

  it('is in no message, also where the authorization server repeats what it was sent', async () => {
    const server = await ProtectedServer.open();
    const { authorization } = server;
    const file = fileForTest();
    await loggedIn(server, file, { clientCredentials: true, client: { ...CLIENT, issuer: authorization.origin } });
    authorization.expire();
    authorization.repeats = true;
    const place = await guarded();
    start(place, server.url, { authProvider: await storedAuthorization(file, server.url) });
    const text = JSON.stringify([await place.client.open(), await place.notice('unauthorized')]);
    expect(text).toContain('Raw body: Basic ***');
    expect(text).not.toContain(Buffer.from(CLIENT.secret).toString('base64').slice(8, 20));
  });

  it('does not suffice where the server wants more: an error that names the scope, and no new token', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    await loggedIn(server, file);
    server.scope = 'tools:write';
    const before = server.authorization.seen.length;
    const place = await guarded();
    start(place, server.url, { authProvider: await storedAuthorization(file, server.url) });
    const { error } = await place.client.open();
    expect(error.message).toContain('does not suffice (403, "insufficient_scope, scope tools:write")');
    expect(server.authorization.seen).toHaveLength(before);
  });

  interface Refusal {
    readonly where: string;
    readonly denies?: ProtectedServer['authorization']['denies'];
    readonly names?: string;
    readonly login?: Partial<ToolServerLogin>;
    readonly why: string;
  }
  const refusals: readonly Refusal[] = [
    { where: 'the person refuses', denies: { error: 'access_denied' }, why: 'access_denied' },
    {
      where: 'the answer is of another authorization server',
      denies: { iss: 'https://elsewhere.example', code: 'one' },
      why: 'elsewhere.example',
    },
    { where: 'the code is none', denies: { code: 'none' }, why: '' },
    { where: 'the server names an address that is not https', names: 'http://192.0.2.1', why: 'expected https' },
    {
      where: 'it is interrupted',
      login: { signal: AbortSignal.abort(), onAddress: () => undefined },
      why: 'interrupted',
    },
  ];
  it.each(refusals)('writes nothing where $where', async ({ denies, names, login, why }) => {
    const server = await ProtectedServer.open();
    if (denies !== undefined) server.authorization.denies = denies;
    if (names !== undefined) server.names = names;
    const file = fileForTest();
    const error = await failure(loggedIn(server, file, login));
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED', message: expect.stringContaining(why) });
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  it.each([
    { said: true, promised: true, taken: true },
    { said: true, promised: false, taken: true },
    { said: false, promised: false, taken: true },
    { said: false, promised: true, taken: false },
  ])('takes an answer with iss $said, promised $promised: $taken', async ({ said, promised, taken }) => {
    const server = await ProtectedServer.open();
    Object.assign(server.authorization.issuerInAnswers, { said, promised });
    const file = fileForTest();
    if (taken) {
      await loggedIn(server, file);
      expect(statSync(file).isFile()).toBe(true);
      return;
    }
    const error = await failure(loggedIn(server, file));
    const why = `expected iss=${server.authorization.origin}`;
    expect(error).toMatchObject({ code: 'REMOTE_REFUSED', message: expect.stringContaining(why) });
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  it('waits for the answer to its own question: others mean nothing', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    await loggedIn(server, file, {
      onAddress: async (address) => {
        const back = new URL(address.searchParams.get('redirect_uri') ?? '');
        for (const wrong of ['?code=stolen&state=guessed', '?error=access_denied', '']) {
          const { status } = await fetch(new URL(wrong, back));
          expect(status).toBe(404);
        }
        await browse(address);
      },
    });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ url: server.url, tokens: { token_type: 'Bearer' } });
  });

  it('takes no answer to a question that it has not sent', async () => {
    const server = await ProtectedServer.open();
    const statuses: number[] = [];
    server.authorization.onRegister = async (redirect) => {
      for (const early of ['?code=planted&state=', '?code=planted', '?error=access_denied&state='])
        statuses.push((await fetch(new URL(early, redirect))).status);
    };
    const file = fileForTest();
    await loggedIn(server, file);
    expect(statuses).toEqual([404, 404, 404]);
    expect(server.authorization.seen.filter(({ body }) => body.includes('planted'))).toEqual([]);
  });

  it('is possible at a server that asks for it late, of whoever lists', async () => {
    const server = await ProtectedServer.open();
    server.asksLate = true;
    const file = fileForTest();
    await loggedIn(server, file);
    await searching(server, file);
  });

  it('at a server that asks for nothing says so', async () => {
    const url = await rawServer((_, response) => response.writeHead(500).end());
    const error = await failure(logInToToolServer({ url, file: fileForTest(), onAddress: () => expect.unreachable() }));
    expect(error).toMatchObject({
      code: 'REMOTE_REFUSED',
      message: expect.stringContaining('expected 401 or metadata'),
    });
  });

  it.each<[Partial<ToolServerLogin>, string]>([
    [{ client: CLIENT }, 'client.issuer'],
    [{ clientCredentials: true }, 'client.secret'],
    [{ port: 65_536 }, 'port'],
    [{ scopes: 'tools' } as Partial<ToolServerLogin>, '"scopes"'],
    [{ clientCredentials: 'no' as unknown as boolean }, 'clientCredentials'],
    [{ url: 'http://example.org/mcp' }, 'url'],
  ])('refuses %j', async (options, path) => {
    const login = { url: 'http://127.0.0.1:1/mcp', file: fileForTest(), onAddress: () => expect.unreachable() };
    const error = await failure(logInToToolServer({ ...login, ...options }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', data: { issues: [{ path }] } });
  });

  it('says so where the port is taken, and writes nothing', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    const error = await failure(loggedIn(server, file, { port: Number(new URL(server.url).port) }));
    expect(error).toMatchObject({ code: 'IO', hint: 'choose another port, or 0 for any' });
    expect(existsSync(file)).toBe(false);
  });

  it('is for one server: its file is refused for another, and so is any other file', async () => {
    const server = await ProtectedServer.open();
    const file = fileForTest();
    await loggedIn(server, file);
    for (const [named, url] of [
      [file, 'https://elsewhere.example/mcp'],
      [new URL(import.meta.url).pathname, server.url],
    ] as const) {
      const error = await failure(storedAuthorization(named, url));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', data: { issues: [{ path: 'credentials' }] } });
      expect(error.message).not.toContain(JSON.parse(readFileSync(file, 'utf8')).tokens.access_token);
    }
    const missing = await failure(storedAuthorization(`${file}.none`, server.url));
    expect(missing).toMatchObject({ code: 'NOT_FOUND', data: { kind: 'FILE', what: `${file}.none` } });
    expect(missing.hint).toContain('git-lineage mcp login');
  });
});

it('takes a stream up again with the token that counts then', async () => {
  let valid = 'first-token';
  let given = valid;
  const url = await listening(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${valid}`) return response.writeHead(401).end();
    if (request.method === 'GET') {
      if (request.headers['last-event-id'] === undefined) return response.writeHead(405).end();
      response.writeHead(200, EVENTS_TYPE);
      return response.end(
        `data: {"jsonrpc":"2.0","id":${request.headers['last-event-id']},"result":{"content":[]}}\n\n`,
      );
    }
    const { id, method } = await bodyOf(request);
    if (method === 'initialize') return answer(response, id, OPENING);
    if (id === undefined) return response.writeHead(202).end();
    if (method === 'tools/list') return answer(response, id, { tools: [SEARCH, LOOK] });
    response.writeHead(200, EVENTS_TYPE);
    [valid, given] = ['second-token', 'second-token'];
    return response.end(`id: ${id}\nretry: 100\ndata:\n\n`);
  });
  const place = await guarded();
  start(place, url, { headers: () => ({ authorization: `Bearer ${given}` }) });
  await place.client.open();
  expect((await place.client.call('search')).result).toEqual({ content: [] });
});
