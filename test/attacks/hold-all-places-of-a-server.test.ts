/** An attacker who wants nobody else to be served: clients that ask for everything and take nothing, or never end their question. */

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type ServedRequest, type ServeOptions, serveLedger } from '../../src/api/server.js';
import { source } from '../remote/ledger-remote.js';
import { served } from '../remote/servers.js';
import { refusal } from '../suite/expectations.js';

function client(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

const question = (tip: string): string => {
  const body = `0032want ${tip}\n00000009done\n`;
  const head = [
    'POST /git-upload-pack HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/x-git-upload-pack-request',
    `Content-Length: ${body.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
};

it('a client that takes nothing of what it asked for is let go, and its place is free', {
  timeout: 120_000,
}, async () => {
  const from = await source(false);
  // More than the buffers between two processes hold, and nothing that could be made smaller.
  const files = { 'noise.bin': randomBytes(24 * 2 ** 20) };
  await from.ledger.recordCheckpoint({ moduleId: 'noise' }, { files });
  const done: ServedRequest[] = [];
  const { url } = await served(from.gitdir, { limit: 1, onRequest: (request) => done.push(request) });
  const slow = client(url);
  slow.pause();
  slow.write(question((await from.ledger.journal.position()).oid));
  await expect.poll(() => done.length, { timeout: 60_000 }).toBe(1);
  const answer = await fetch(`${url}info/refs?service=git-upload-pack`);
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
});

it('one address cannot have all places', async () => {
  const { gitdir, ledger } = await source(false);
  const { url } = await served(gitdir, { limit: 4 });
  const half = question((await ledger.journal.position()).oid).slice(0, -4);
  for (let i = 0; i < 2; i++) client(url).write(half);
  // By now both have their place; a third of the same address has none, though two are free.
  await expect
    .poll(async () => (await fetch(`${url}info/refs?service=git-upload-pack`)).status, { timeout: 30_000 })
    .toBe(503);
});

it.each([
  ['the head of its question', (all: string) => all.slice(0, all.indexOf('\r\n\r\n'))],
  ['its question', (all: string) => all.replace(/(Content-Length: )\d+/, '$1100000')],
])('a client that does not come to the end of %s is let go, however often it says something', async (_, part) => {
  const { gitdir, ledger } = await source(false);
  // Nobody looks at its silence.
  const { url } = await served(gitdir, { limit: 1, idleTimeoutMs: 600_000, requestTimeoutMs: 300 });
  const slow = client(url);
  slow.resume();
  slow.write(part(question((await ledger.journal.position()).oid)));
  const more = setInterval(() => slow.write('0'), 20);
  onTestFinished(() => clearInterval(more));
  await new Promise((gone) => slow.on('close', gone));
  await expect
    .poll(async () => (await fetch(`${url}info/refs?service=git-upload-pack`)).status, { timeout: 30_000 })
    .toBe(200);
});

it.each([
  { limit: 0 },
  { limit: 'x' },
  { clientLimit: 1.5 },
  { idleTimeoutMs: 'x' },
  { requestTimeoutMs: 0 },
  { minBytesPerSecond: -1 },
  { hosts: 'localhost' },
  { onRequest: 'x' },
])('an option that would switch a limit off by mistake is refused: %j', async (options) => {
  const { gitdir } = await source(false);
  const error = await refusal(() => serveLedger({ gitdir, ...(options as Partial<ServeOptions>) }), 'INVALID_ARGUMENT');
  expect(error.message).toContain(Object.keys(options)[0]);
});

it('a watcher that rejects ends nothing', async () => {
  const { gitdir } = await source(false);
  let told = 0;
  const onRequest = async (): Promise<void> => {
    told += 1;
    throw new Error('the watcher is broken');
  };
  const { url } = await served(gitdir, { onRequest });
  for (let i = 1; i <= 2; i++) {
    await (await fetch(`${url}nothing`)).text();
    await expect.poll(() => told).toBe(i);
  }
});
