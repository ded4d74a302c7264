/** `mcp guard` as a program: its streams are the protocol's, its environment is not the server's, and nobody outlives it. */

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SEARCH, SERVER } from '../mcp/guarded.js';
import { type Sandbox, withLedger } from './sandbox.js';
import { Spoken } from './spoken.js';

async function place(): Promise<{ box: Sandbox; argv: (trick?: string) => string[] }> {
  const box = await withLedger('--principal', 'ops@example.org');
  box.write('offer.json', JSON.stringify({ tools: [SEARCH] }));
  box.write('log', '');
  const command = [process.execPath, SERVER, box.path('offer.json'), box.path('log')];
  return { box, argv: (trick = '') => ['mcp', 'guard', 'finder', '--json', '--', ...command, trick] };
}

it('speaks the protocol on its streams and nothing else, and answers what was asked before the client went', async () => {
  const { box, argv } = await place();
  const guard = new Spoken(box, argv());
  guard.open();
  guard.say({ id: 1, method: 'tools/list' });
  guard.say({ id: 2, method: 'tools/call', params: { name: 'search', arguments: {} } });
  guard.child.stdin?.end();
  expect(await guard.closed).toBe(0);
  expect(guard.answers.map(({ id }) => id).sort()).toEqual([0, 1, 2]);
  expect((await guard.answer(1)).result.tools).toEqual([SEARCH]);
  expect(
    guard.err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ notice: { type: 'approved', version: 1 } }]);
  expect((await box.json('status'))[0]).toMatchObject({ moduleId: 'finder', active: 1 });
});

it('tells people on standard error what waits, and which command allows it', async () => {
  const { box, argv } = await place();
  await box.ok('policy', 'set', 'requireApproval=true');
  const guard = new Spoken(
    box,
    argv().filter((word) => word !== '--json'),
  );
  guard.open();
  guard.say({ id: 1, method: 'tools/call', params: { name: 'search' } });
  expect((await guard.answer(1)).error.data).toEqual({ code: 'NOT_APPROVED', module: 'finder' });
  expect(guard.err).toContain('no version of finder is active');
  const [, command = ''] = /to allow it: git-lineage (.*)/.exec(guard.err) ?? [];
  await box.ok(...command.split(' '));
  guard.say({ id: 2, method: 'tools/call', params: { name: 'search' } });
  expect((await guard.answer(2)).result.content[0].text).toBe('called search');
  guard.child.kill('SIGTERM');
  expect(await guard.closed).toBe(0);

  const second = new Spoken(
    box,
    argv().flatMap((word) => (word === '--json' ? [] : word === 'finder' ? 'seeker' : word)),
  );
  second.open();
  second.say({ id: 1, method: 'tools/list' });
  expect((await second.answer(1)).result.tools).toEqual([]);
  expect(second.err).toContain('finder has tools of these names as well: "search"; a client that goes by names alone');
  second.child.kill('SIGTERM');
  expect(await second.closed).toBe(0);
});

it('gives the server its environment, less what names the key that signs', async () => {
  const { box } = await place();
  const print = 'console.error(JSON.stringify(process.env)); process.exit(0)';
  const argv = ['mcp', 'guard', 'finder', '--', process.execPath, '-e', print];
  const env = { GIT_LINEAGE_PASSPHRASE: 'secret', WEATHER_TOKEN: 'token' };
  const guard = new Spoken(box, argv, env);
  expect(await guard.closed).toBe(3);
  const line = guard.err.split('\n').find((text) => text.startsWith('{')) ?? '{}';
  const seen = Object.keys(JSON.parse(line));
  expect(seen).toContain('WEATHER_TOKEN');
  expect(seen.filter((name) => /^(GIT_LINEAGE|NODE_CHANNEL)/.test(name))).toEqual([]);
  expect(guard.out).toBe('');
  expect(guard.err).toContain('REMOTE_UNREACHABLE');
});

it('ends with REMOTE_REFUSED where the server breaks the protocol', async () => {
  const { box, argv } = await place();
  const guard = new Spoken(box, argv('answer-too-early'));
  expect(await guard.closed).toBe(4);
  expect(guard.out).toBe('');
  const last = guard.err.trim().split('\n').at(-1) ?? '';
  expect(JSON.parse(last).error).toMatchObject({ code: 'REMOTE_REFUSED' });
});

it('is killed in the middle of a call: its client sees the end, and the server and its children end', async () => {
  const { box, argv } = await place();
  const guard = new Spoken(box, argv('stay-for-ever'));
  guard.open();
  guard.say({ id: 1, method: 'tools/call', params: { name: 'search' } });
  await expect.poll(() => readFileSync(box.path('log'), 'utf8'), { timeout: 30_000 }).toContain('tools/call');
  const [, pid] = /^pid (\d+)$/m.exec(readFileSync(box.path('log'), 'utf8')) ?? [];
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  const ended = guard.child.stdout === null ? null : once(guard.child.stdout, 'end');
  guard.child.kill('SIGKILL');
  await ended;
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 30_000 }).toBe(false);
});

it.each([
  { argv: ['mcp'], path: 'mcp' },
  { argv: ['mcp', 'guard', 'finder'], path: 'COMMAND' },
  { argv: ['mcp', 'guard', 'finder', '--on-change', 'nod', 'true'], path: '--on-change' },
])('refuses $argv', async ({ argv, path }) => {
  const { box } = await place();
  expect(await box.failure(argv)).toMatchObject({ exit: 2, code: 'INVALID_ARGUMENT', data: { issues: [{ path }] } });
});

it('serves the ledger to an agent, and refuses it the key of an operator', async () => {
  const { box } = await place();
  expect(await box.failure(['mcp', 'serve'])).toMatchObject({ exit: 4, code: 'ROLE_REQUIRED' });
  const agent = new Spoken(box, ['mcp', 'serve', '--read-only']);
  agent.open();
  agent.say({ id: 1, method: 'tools/call', params: { name: 'status', arguments: {} } });
  agent.say({ id: 2, method: 'tools/call', params: { name: 'stage', arguments: { module: 'm', files: { a: 'b' } } } });
  agent.child.stdin?.end();
  expect(await agent.closed).toBe(0);
  expect(agent.err).toBe('');
  expect(JSON.parse((await agent.answer(1)).result.content[0].text).modules).toEqual([]);
  expect((await agent.answer(2)).result.isError).toBe(true);
});
