/** `webhook` as a program: signals, kills, two at once, and no word of what is secret. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { newSecret, type Receiver, receiver, verify } from '../webhooks/receiver.js';
import { type Json, type Sandbox, sandbox, withLedger } from './sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  /** What it printed when it began to follow. */
  readonly announced: Json;
  /** Everything that it printed so far, on both streams. */
  said(): string;
  /** Sends a signal; the exit code and the last line of stdout, once it has ended. */
  end(signal: NodeJS.Signals): Promise<[code: number | null, last: Json]>;
  ended: Promise<number | null>;
}

async function start(box: Sandbox, env: Record<string, string | undefined>, ...argv: string[]): Promise<Started> {
  const child = spawn(process.execPath, [BIN, 'webhook', ...argv, '--json'], {
    cwd: box.root,
    env: { ...box.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let [out, all] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      all += text;
      if (out.includes('\n')) resolve();
    });
    void ended.then(() => resolve());
  });
  const lines = () => out.split('\n').filter((line) => line !== '');
  return {
    child,
    announced: JSON.parse(lines()[0] ?? `"it ended: ${all}"`),
    said: () => all,
    ended,
    end: async (signal) => {
      child.kill(signal);
      const code = await ended;
      return [code, code === null ? null : JSON.parse(lines().at(-1) ?? 'null')];
    },
  };
}

/** A ledger with planner@1, which is stable. */
async function withPlanner(): Promise<Sandbox> {
  const box = await withLedger();
  box.write('planner/index.js', 'export const plan = 1;');
  await box.ok('record', 'planner', 'planner', '--tag', 'stable');
  return box;
}

/** The next version of planner is recorded, and rolled back. */
async function goesSick(box: Sandbox, version: number): Promise<void> {
  box.write('planner/index.js', `export const plan = ${version};`);
  await box.ok('record', 'planner', 'planner');
  await box.ok('rollback', 'planner', '--reason', 'health-failure');
}

function told(to: Receiver): (number | null)[] {
  return to.events().map(({ data }) => data.fromVersion);
}

/** Resolves once a position is that of the journal's last entry. */
async function settled(box: Sandbox, position: string): Promise<void> {
  const [{ oid }] = await box.json('history', '--limit', '1');
  while (JSON.parse(readFileSync(position, 'utf8')).oid !== oid) await pause(20);
}

function environment(to: Receiver): Record<string, string> & { readonly GIT_LINEAGE_WEBHOOK_SECRET: string } {
  const url = to.url.replace('http://', 'http://user:hunter2@');
  return { GIT_LINEAGE_WEBHOOK_URL: `${url}/T0KEN`, GIT_LINEAGE_WEBHOOK_SECRET: newSecret() };
}

test('what any process writes is told, signed; a signal ends it, and the next start tells what came meanwhile', async () => {
  const [box, to] = [await withPlanner(), await receiver()];
  const env = environment(to);
  const first = await start(box, env);
  const position = first.announced.position as string;
  expect(first.announced).toEqual({ ledger: box.ledger, destination: new URL(to.url).host, position });
  await goesSick(box, 2);
  await settled(box, position);
  expect(await first.end('SIGTERM')).toEqual([0, { ended: 'SIGTERM', delivered: 1, failed: 0 }]);
  await goesSick(box, 3);
  const second = await start(box, env);
  await settled(box, position);
  expect(await second.end('SIGINT')).toEqual([0, { ended: 'SIGINT', delivered: 1, failed: 0 }]);
  expect(told(to)).toEqual([2, 3]);
  for (const request of to.received) verify(request, env.GIT_LINEAGE_WEBHOOK_SECRET);

  const folder = join(box.ledger, 'lineage/webhooks');
  expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([position]);
  expect(statSync(position).mode & 0o777).toBe(0o600);
  const said = first.said() + second.said() + readFileSync(position, 'utf8');
  for (const word of ['user', 'hunter2', 'T0KEN', env.GIT_LINEAGE_WEBHOOK_SECRET.slice(6)])
    expect(said).not.toContain(word);
  await box.ok('doctor');
});

test('killed with an event under way it tells it again after the start, under the same id', async () => {
  const [box, to] = [await withPlanner(), await receiver()];
  const env = environment(to);
  const first = await start(box, env);
  to.replies.push(200, 'hang');
  for (const version of [2, 3, 4]) await goesSick(box, version);
  await to.count(2);
  expect(await first.end('SIGKILL')).toEqual([null, null]);
  const second = await start(box, env);
  await to.count(4);
  await second.end('SIGTERM');
  expect(told(to)).toEqual([2, 3, 3, 4]);
  const [, cut, again] = to.events();
  expect(again?.id).toBe(cut?.id);
});

test('killed again and again, wherever it is, it loses nothing', async () => {
  const [box, to] = [await withPlanner(), await receiver()];
  const env = environment(to);
  const versions = Array.from({ length: 6 }, (_, i) => i + 2);
  for (const version of versions) {
    const round = await start(box, env);
    const before = to.received.length;
    await goesSick(box, version);
    // In some rounds nothing may be told yet, in others an event is under way, or its position is being written.
    if (version % 2 === 0) await to.count(before + 1);
    await round.end('SIGKILL');
  }
  const last = await start(box, env);
  await settled(box, last.announced.position);
  await last.end('SIGTERM');
  expect([...new Set(told(to))].sort((a, b) => Number(a) - Number(b))).toEqual(versions);
  expect(new Set(to.events().map(({ id }) => id)).size).toBe(versions.length);
});

test('a receiver that fails is tried until the end comes, which waits for nobody; nothing is lost', async () => {
  const [box, to] = [await withPlanner(), await receiver()];
  const env = environment(to);
  to.replies.push(500, 500, 500);
  const first = await start(box, env);
  await goesSick(box, 2);
  await to.count(2);
  const [code, last] = await first.end('SIGTERM');
  expect([code, last.ended]).toEqual([0, 'SIGTERM']);
  expect(first.said()).toContain('"type":"retrying"');
  expect(first.said()).not.toContain('hunter2');
  if (last.delivered === 0) {
    const second = await start(box, env);
    await to.count(to.received.length + 1);
    await second.end('SIGTERM');
  }
  expect(new Set(told(to))).toEqual(new Set([2]));
});

test('two at once lose nothing, and a third tells nothing anew', async () => {
  const [box, to] = [await withPlanner(), await receiver()];
  const env = environment(to);
  const both = [await start(box, env), await start(box, env)];
  for (const version of [2, 3, 4]) await goesSick(box, version);
  await settled(box, both[0]?.announced.position);
  for (const each of both) expect((await each.end('SIGTERM'))[0]).toBe(0);
  expect(new Set(told(to))).toEqual(new Set([2, 3, 4]));
  const ids = new Set(to.received.map(({ headers }) => headers['webhook-id']));
  expect(ids.size).toBe(3);
  const count = to.received.length;
  const third = await start(box, env);
  await third.end('SIGTERM');
  expect(to.received).toHaveLength(count);
});

test('it ends as refused where the receiver is gone for good', async () => {
  const [box, to] = [await withPlanner(), await receiver()];
  to.replies.push(410);
  const only = await start(box, environment(to));
  await goesSick(box, 2);
  expect(await only.ended).toBe(4);
  const [report = ''] = only.said().trim().split('\n').slice(-1);
  expect(JSON.parse(report).error).toMatchObject({
    code: 'REMOTE_REFUSED',
    message: expect.stringContaining('answered 410'),
    data: { remote: new URL(to.url).host },
  });
  expect(report).not.toContain('hunter2');
});

test('the URL as an argument, a position of its own, the payload and the events are what is asked for', async () => {
  const [box, to] = [await withPlanner(), await receiver()];
  const argv = [
    to.url,
    '--payload',
    'slack',
    '--event',
    'break-glass',
    '--event',
    'pending',
    '--position',
    'here.json',
  ];
  const only = await start(box, { GIT_LINEAGE_WEBHOOK_URL: 'https://example.org/unused' }, ...argv);
  expect(only.announced.position).toBe(box.path('here.json'));
  await goesSick(box, 2);
  box.write('planner/index.js', 'export const plan = 3;');
  await box.ok('stage', 'planner', 'planner');
  await box.ok('break-glass', 'planner@3', '--reason', 'see <!channel>');
  await to.count(1);
  await only.end('SIGTERM');
  const [body] = to.received.map((request) => JSON.parse(request.body) as { text: string });
  expect(body?.text).toMatch(/^Glass broken: .*see &lt;!channel&gt;$/);
  expect(to.received).toHaveLength(1);
});

test('what is missing or wrong is said before anything is opened, and without the secret', async () => {
  const box = sandbox();
  const url = 'https://user:hunter2@example.org/T0KEN';
  const secret = newSecret();
  const attempts: [argv: string[], env: Record<string, string>, path: string][] = [
    [[], { GIT_LINEAGE_WEBHOOK_SECRET: secret }, 'URL'],
    [[url], {}, 'GIT_LINEAGE_WEBHOOK_SECRET'],
    [[url], { GIT_LINEAGE_WEBHOOK_SECRET: ' ' }, 'GIT_LINEAGE_WEBHOOK_SECRET'],
    [[url], { GIT_LINEAGE_WEBHOOK_SECRET: secret.slice(0, 20) }, 'secret'],
    [[url, '--payload', 'teams'], { GIT_LINEAGE_WEBHOOK_SECRET: secret }, '--payload'],
    [[url, '--event', 'refusal'], { GIT_LINEAGE_WEBHOOK_SECRET: secret }, '--event'],
    [[url.replace('https', 'http')], { GIT_LINEAGE_WEBHOOK_SECRET: secret }, 'url'],
    [[url, url], { GIT_LINEAGE_WEBHOOK_SECRET: secret }, 'webhook'],
  ];
  for (const [argv, env, path] of attempts) {
    const error = await box.failure(['webhook', ...argv], { env });
    expect([argv, error.exit, error.data.issues[0].path]).toEqual([argv, 2, path]);
    expect([argv, error.hint.includes('--allow-http')]).toEqual([argv, path === 'url']);
    const said = JSON.stringify(error);
    for (const word of ['hunter2', 'T0KEN', secret.slice(6, 20)]) expect(said).not.toContain(word);
  }
  const env = { GIT_LINEAGE_WEBHOOK_SECRET: secret };
  expect(await box.failure(['webhook', url], { env })).toMatchObject({ code: 'NOT_A_LEDGER' });
});
