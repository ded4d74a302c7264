/** `mcp guard --url` and `mcp login` as programs: what authorizes them comes from files and the environment, and a guard that is killed leaves nothing. */

import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LOOK, SEARCH } from '../mcp/guarded.js';
import { answer, rawServer } from '../mcp/http-servers.js';
import { CLIENT, ProtectedServer, RESULT } from '../mcp/protected-servers.js';
import { type Sandbox, withLedger } from './sandbox.js';
import { Spoken } from './spoken.js';

const CALL = { method: 'tools/call', params: { name: 'search', arguments: {} } };

function guard(box: Sandbox, url: string, ...options: string[]): Spoken {
  return new Spoken(box, ['mcp', 'guard', 'finder', '--json', '--url', url, ...options]);
}

it('sends the headers of a file, and what the file has when it changes', async () => {
  const box = await withLedger();
  const server = await ProtectedServer.open();
  server.authorization.valid.add('first-token').add('second-token');
  box.write('headers', '# of the operator\nAuthorization:  Bearer first-token\r\n\nX-Team: tools\n');
  const spoken = guard(box, server.url, '--headers', 'headers');
  spoken.open();
  spoken.say({ id: 1, ...CALL });
  expect((await spoken.answer(1)).result).toEqual(RESULT);
  box.write('headers', 'Authorization: Bearer second-token\n');
  spoken.say({ id: 2, ...CALL });
  expect((await spoken.answer(2)).result).toEqual(RESULT);
  expect(server.seen.at(-1)?.authorization).toBe('Bearer second-token');
  box.write('headers', 'Authorization: Bearer third-token\n');
  spoken.say({ id: 3, ...CALL });
  expect((await spoken.answer(3)).error.message).toContain('401');
  expect(spoken.err).toContain('"type":"unauthorized"');
  expect(spoken.out + spoken.err).not.toMatch(/(first|second|third)-token/);
  spoken.child.stdin?.end();
  expect(await spoken.closed).toBe(0);
});

it('logs in by a person, and then the guard calls what it may', async () => {
  const box = await withLedger();
  const server = await ProtectedServer.open();
  const login = new Spoken(box, ['mcp', 'login', server.url, '--credentials', 'weather.json']);
  await expect.poll(() => login.err, { timeout: 30_000 }).toMatch(/open in a browser: http\S+\n/);
  await fetch(/http\S+/.exec(login.err)?.[0] ?? '');
  expect(await login.closed).toBe(0);
  expect(login.out).toContain(`mcp guard MODULE --url ${server.url} --credentials weather.json`);
  expect(statSync(box.path('weather.json')).mode & 0o777).toBe(0o600);
  const spoken = guard(box, server.url, '--credentials', 'weather.json');
  spoken.open();
  spoken.say({ id: 1, ...CALL });
  expect((await spoken.answer(1)).result).toEqual(RESULT);
  const { access_token } = JSON.parse(readFileSync(box.path('weather.json'), 'utf8')).tokens;
  expect(login.out + login.err + spoken.out + spoken.err).not.toContain(access_token);
});

it('logs in by a secret, without a person', async () => {
  const box = await withLedger();
  const server = await ProtectedServer.open();
  box.write('secret', `${CLIENT.secret}\n`);
  const issuer = server.authorization.origin;
  const client = ['--client-credentials', '--client-id', CLIENT.id, '--client-secret-file', 'secret'];
  const argv = ['mcp', 'login', server.url, '--credentials', 'weather.json', ...client, '--issuer', issuer, '--json'];
  const login = new Spoken(box, argv);
  expect(await login.closed).toBe(0);
  expect(JSON.parse(login.out)).toEqual({ url: server.url, credentials: 'weather.json' });
});

it('is killed in the middle of a call: its client sees the end, the server too, and the next guard begins anew', async () => {
  const box = await withLedger();
  let left = 0;
  const url = await rawServer(({ id, method, params }, response) => {
    if (method === 'tools/list') return answer(response, id, { tools: [SEARCH, LOOK] });
    if (params.name === 'look') return answer(response, id, RESULT);
    response.on('close', () => {
      left += 1;
    });
    return response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': it takes long\n\n');
  });
  const spoken = guard(box, url);
  spoken.open();
  spoken.say({ id: 1, method: 'tools/call', params: { name: 'look', arguments: {} } });
  expect((await spoken.answer(1)).result).toEqual(RESULT);
  spoken.say({ id: 2, ...CALL });
  spoken.say({ id: 3, method: 'tools/call', params: { name: 'look', arguments: {} } });
  await spoken.answer(3);
  const ended = spoken.child.stdout === null ? null : once(spoken.child.stdout, 'end');
  spoken.child.kill('SIGKILL');
  await ended;
  await expect.poll(() => left, { timeout: 30_000 }).toBe(1);
  expect(spoken.answers.map(({ id }) => id)).toEqual([0, 1, 3]);
  const next = guard(box, url);
  next.open();
  next.say({ id: 1, method: 'tools/call', params: { name: 'look', arguments: {} } });
  expect((await next.answer(1)).result).toEqual(RESULT);
  // Interrupted in the middle of a call, it ends as it should.
  next.say({ id: 2, ...CALL });
  next.say({ id: 3, method: 'tools/call', params: { name: 'look', arguments: {} } });
  await next.answer(3);
  next.child.kill('SIGTERM');
  expect(await next.closed).toBe(0);
});

it('ends with its client, also while it waits to take a stream up again', async () => {
  const box = await withLedger();
  let calls = 0;
  const url = await rawServer(({ id, method }, response) => {
    if (method === 'tools/list') return answer(response, id, { tools: [SEARCH] });
    calls += 1;
    return response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\nretry: 250000\ndata:\n\n');
  });
  const spoken = guard(box, url);
  spoken.open();
  spoken.say({ id: 1, ...CALL });
  await expect.poll(() => calls, { timeout: 30_000 }).toBe(1);
  spoken.say({ method: 'notifications/cancelled', params: { requestId: 1 } });
  spoken.child.stdin?.end();
  expect(await spoken.closed).toBe(0);
});

const URL = 'http://127.0.0.1:1/mcp';
const GUARD = ['mcp', 'guard', 'finder', '--url', URL];
const LOGIN = ['mcp', 'login', URL, '--credentials', 'a.json'];

it.each([
  { argv: ['mcp', 'guard', 'finder', '--headers', 'good', 'true'], path: '--headers' },
  { argv: ['mcp', 'guard', 'finder', '--credentials', 'good', 'true'], path: '--credentials' },
  { argv: [...GUARD, '--headers', 'twice'], path: '--headers' },
  { argv: [...GUARD, '--headers', 'bad'], path: '--headers' },
  { argv: [...GUARD, '--headers', 'good', '--credentials', 'a.json'], path: '--credentials' },
  { argv: [...GUARD, '--credentials', 'good'], path: 'credentials' },
  { argv: [...GUARD, '--headers', 'own'], path: 'headers.host' },
  { argv: ['mcp', 'login', URL], path: '--credentials' },
  { argv: [...LOGIN, '--port', 'any'], path: '--port' },
  { argv: [...LOGIN, '--client-credentials'], path: '--client-secret-file' },
  { argv: [...LOGIN, '--client-secret-file', 'good', '--issuer', URL], path: '--client-id' },
  { argv: [...LOGIN, '--issuer', URL], path: '--client-id' },
  { argv: [...LOGIN, '--client-id', 'a', '--client-secret-file', 'good'], path: '--issuer' },
])('refuses $argv, and repeats no secret', async ({ argv, path }) => {
  const box = await withLedger();
  box.write('good', 'Authorization: Bearer a-secret-token\n');
  box.write('twice', 'X-Key: a-secret-token\nx-key: a-secret-token\n');
  box.write('bad', 'Bearer a-secret-token\n');
  box.write('own', 'Host: a-secret-token\n');
  const failure = await box.failure(argv);
  expect(failure).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT', data: { issues: [{ path }] } });
  expect(JSON.stringify(failure)).not.toContain('a-secret-token');
});

it('refuses two authorizations, one of them in the environment', async () => {
  const box = await withLedger();
  box.write('good', 'Authorization: Bearer one\n');
  const env = { GIT_LINEAGE_MCP_AUTHORIZATION: 'Bearer a-secret-token' };
  for (const option of ['--headers', '--credentials']) {
    const failure = await box.failure([...GUARD, option, 'good'], { env });
    expect(failure).toMatchObject({ exit: 2, data: { issues: [{ path: option }] } });
  }
});
