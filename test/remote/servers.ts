/** Servers that misbehave, each in one way, and real ones started by the tests. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { type LedgerServer, type ServeOptions, serveLedger } from '../../src/api/server.js';
import { CgiHead } from '../../src/git/cgi-head.js';
import { freePort } from '../free-port.js';
import { GIT_ENV } from './ledger-remote.js';

/** The ledger at `gitdir`, offered for as long as the test runs. */
export async function served(gitdir: string, options: Partial<ServeOptions> = {}): Promise<LedgerServer> {
  const server = await serveLedger({ gitdir, ...options });
  onTestFinished(() => server.close());
  return server;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that does as `handler` says; its URL. */
export async function httpServer(handler: Handler): Promise<string> {
  const server: Server = createServer(handler);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(
    () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a proxy does with the answer to a request. */
export interface Meddler {
  /** Answers in the server's place where it returns true. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Changes the body of upload-pack's answer; `after` says what comes then. */
  readonly body?: (body: Buffer) => { readonly bytes: Buffer; readonly after: 'end' | 'break' | 'silence' };
}

/** A proxy before `target` that meddles. */
export function meddling(target: string, meddler: Meddler): Promise<string> {
  const to = new URL(target);
  return httpServer((asked, response) => {
    if (meddler.instead?.(asked, response) === true) return;
    const { body } = meddler;
    const options = { host: to.hostname, port: to.port, method: asked.method, path: asked.url, headers: asked.headers };
    const passing = request(options, (answer) => {
      response.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? '' });
      if (body === undefined || asked.method !== 'POST') {
        answer.pipe(response);
        return;
      }
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const changed = body(Buffer.concat(parts));
        if (changed.after === 'end') response.end(changed.bytes);
        else response.write(changed.bytes, () => changed.after === 'break' && response.destroy());
      });
    });
    passing.on('error', () => response.destroy());
    asked.pipe(passing);
  });
}

/**
 * git's own server for what lies below `base`, as a web server starts it, without a setting beside the repositories' own; its URL. Of git's
 * protocol it speaks version 0, as behind a web server that hands no header on, or what the client asks for.
 */
export function httpBackend(base: string, protocol: 'version 0' | 'any version' = 'version 0'): Promise<string> {
  return httpServer((asked, response) => {
    const [path = '', query = ''] = (asked.url ?? '').split('?', 2);
    const header = (name: string): string => String(asked.headers[name] ?? '');
    const env = {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: base,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: asked.method,
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      ...(protocol === 'any version' ? { GIT_PROTOCOL: header('git-protocol') } : {}),
    };
    const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => undefined);
    asked.pipe(child.stdin);
    const head = new CgiHead();
    child.stdout.on('data', (chunk: Buffer) => {
      if (response.headersSent) response.write(chunk);
      else {
        const parsed = head.add(chunk);
        if (parsed === null) return;
        for (const { name, value } of parsed.headers) response.setHeader(name, value);
        response.writeHead(parsed.status).write(parsed.body);
      }
    });
    child.on('close', () => response.end());
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

/** Waits until somebody listens at the port. Rejects where the process that was to do it has ended. */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  while (!(await accepts(port)))
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
}

/** `git daemon` for what lies below `base`; its URL without a path. */
export async function gitDaemon(base: string): Promise<string> {
  const port = await freePort();
  const args = ['daemon', '--reuseaddr', '--export-all', '--listen=127.0.0.1', `--port=${port}`, `--base-path=${base}`];
  // A group of its own: `git daemon` is git, and the daemon a child of it.
  const child: ChildProcess = spawn('git', args, { env: { ...GIT_ENV }, stdio: 'ignore', detached: true });
  onTestFinished(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  await listening(port, child);
  return `git://127.0.0.1:${port}`;
}
