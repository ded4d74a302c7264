/** Writing through what git itself serves: git daemon, smart HTTP, and the command line over them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LedgerError } from '../../src/index.js';
import { GIT_ENVIRONMENT, git, gitRefs } from '../crash/real-git.mjs';
import { freePort } from '../free-port.js';
import { scene } from './places.js';
import { listening } from './servers.js';

const files = (code: string) => ({ files: { 'index.js': `export const plan = ${code};\n` } });

async function gitDaemon(base: string): Promise<string> {
  const port = await freePort();
  const args = ['daemon', '--reuseaddr', '--export-all', '--enable=receive-pack', `--base-path=${base}`];
  const child = spawn('git', [...args, '--listen=127.0.0.1', `--port=${port}`, base], {
    env: GIT_ENVIRONMENT,
    stdio: 'ignore',
    detached: true,
  });
  onTestFinished(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  await listening(port, child);
  return `git://127.0.0.1:${port}`;
}

/** `git http-backend` as a CGI program behind a small server; `drop` cuts the connection of a push before it is answered. */
async function httpBackend(base: string, drop: () => boolean = () => false): Promise<string> {
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const child = spawn('git', ['http-backend'], {
      env: {
        ...GIT_ENVIRONMENT,
        GIT_PROJECT_ROOT: base,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: 'tester',
        REQUEST_METHOD: request.method,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('close', () => {
      if (request.method === 'POST' && url.pathname.endsWith('/git-receive-pack') && drop()) {
        request.socket.destroy();
        return;
      }
      const answer = Buffer.concat(parts);
      const end = answer.indexOf('\r\n\r\n');
      const headers = answer
        .toString('latin1', 0, end)
        .split('\r\n')
        .map((line) => line.split(': '));
      const status = headers.find(([name]) => name === 'Status')?.[1];
      response.statusCode = status === undefined ? 200 : Number.parseInt(status, 10);
      for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value);
      response.end(answer.subarray(end + 4));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['git daemon', gitDaemon],
  ['git http-backend', (base: string) => httpBackend(base)],
])('two nodes write through %s', async (_, serve) => {
  const { remote, node } = await scene();
  const url = `${await serve(dirname(remote))}/remote.git`;
  const [a, b] = [await node('a', { remote: { url } }), await node('b', { remote: { url } })];
  await a.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, files('1'));
  await b.recordCheckpoint({ moduleId: 'planner' }, files('2'));
  await a.rollback('planner', 'MANUAL');
  await b.replicas.pull();
  expect(gitRefs(a.gitdir)).toEqual(gitRefs(remote));
  expect(gitRefs(b.gitdir)).toEqual(gitRefs(remote));
});

test('an acknowledgement that smart HTTP lost is looked up, and the write is there once', async () => {
  const { remote, node } = await scene();
  let lost = 0;
  const base = await httpBackend(dirname(remote), () => lost++ === 0);
  const a = await node('a', { remote: { url: `${base}/remote.git` } });
  expect((await a.recordCheckpoint({ moduleId: 'planner' }, files('1'))).version).toBe(1);
  // curl sends a request again whose connection broke: the remote compares the old values, and takes it once.
  expect(lost).toBeGreaterThan(0);
  expect((await a.journal.position()).seq).toBe(1);
  expect(gitRefs(remote)).toEqual(gitRefs(a.gitdir));
  expect(await git(remote, ['rev-list', '--count', 'refs/heads/ledger'])).toBe('2');
});

test('a server that never answers is given up, and the write has not happened here', async () => {
  const { node } = await scene();
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    silent.closeAllConnections();
    return new Promise<void>((resolve) => silent.close(() => resolve()));
  });
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/remote.git`;
  const a = await node('a', { remote: { url, timeoutMs: 300 } });
  const error = await a.recordCheckpoint({ moduleId: 'planner' }, files('1')).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(LedgerError);
  expect(error).toMatchObject({ code: 'REMOTE_UNREACHABLE', data: { outcome: 'nothing' } });
  expect((await a.journal.position()).seq).toBe(0);
});
