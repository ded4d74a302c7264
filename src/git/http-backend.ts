/** `git http-backend`, run for one request to read: the settings and the environment that it gets, its answer handed on, its end. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import nodeFs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LedgerError } from '../errors.js';
import { CgiHead, type CgiHeader } from './cgi-head.js';
import { configEntries } from './config.js';
import { answer } from './plain-answer.js';
import { hasMarker, PACK_OBJECTS_HOOK } from './redaction-marker.js';
import type { Asked } from './served-route.js';
import { SyncFiles, unlessFails } from './sync-files.js';

/** Settings that no config file of the ledger overrides. */
const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['http.receivepack', 'false'],
  ['http.uploadpack', 'true'],
  ['http.getanyfile', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['protocol.allow', 'never'],
];

/** Of a ledger with redactions everything else is sent; whoever fetches with plain git asks for it with `--filter=blob:limit=1g`. */
const REDACTED_SETTINGS: typeof SETTINGS = [
  ['uploadpack.packObjectsHook', PACK_OBJECTS_HOOK],
  ['uploadpack.allowFilter', 'true'],
];

/** Looked at for each request: a file may be redacted while the ledger is served. */
function isRedacted(gitdir: string): boolean {
  const config = unlessFails(() => new SyncFiles(nodeFs).readText(`${gitdir}/config`), null);
  return hasMarker(configEntries(config ?? ''));
}

/** Of this process's environment git gets the path alone: no setting of the user's, no repository, no credentials. */
function environmentOf(
  request: IncomingMessage,
  gitdir: string,
  { path, query }: Asked,
  searched: string | undefined,
): NodeJS.ProcessEnv {
  const all = isRedacted(gitdir) ? [...SETTINGS, ...REDACTED_SETTINGS] : SETTINGS;
  const settings = all.flatMap(([name, value], i) => [
    [`GIT_CONFIG_KEY_${i}`, name],
    [`GIT_CONFIG_VALUE_${i}`, value],
  ]);
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  const protocol = header('git-protocol');
  return {
    PATH: searched ?? process.env['PATH'],
    LC_ALL: 'C',
    GIT_PROJECT_ROOT: gitdir,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(settings),
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method,
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    CONTENT_TYPE: header('content-type'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    ...(header('content-length') === '' ? {} : { CONTENT_LENGTH: header('content-length') }),
    ...(/^[A-Za-z0-9=:,._-]{1,256}$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {}),
  };
}

/** Starts git for a request, in a group of its own, so that pack-objects ends with it. `path` is where git is looked for. */
export function startBackend(
  request: IncomingMessage,
  gitdir: string,
  asked: Asked,
  path: string | undefined,
): ChildProcessWithoutNullStreams {
  const env = environmentOf(request, gitdir, asked, path);
  return spawn('git', ['http-backend'], { cwd: gitdir, env, detached: true });
}

function headersOf(headers: readonly CgiHeader[]): string[] {
  return headers.flatMap(({ name, value }) => [name, value]);
}

/** Hands on what git answers: a head in the manner of CGI, and the body. */
export function relay(
  child: ChildProcessWithoutNullStreams,
  response: ServerResponse,
  say: (text: string) => void,
): void {
  const head = new CgiHead();
  child.stdout.on('data', (chunk: Buffer) => {
    let body: Buffer = chunk;
    if (!response.headersSent) {
      const parsed = head.add(chunk);
      if (parsed === null) return;
      response.writeHead(parsed.status, headersOf(parsed.headers));
      body = parsed.body;
    }
    if (body.length > 0 && !response.write(body)) {
      child.stdout.pause();
      response.once('drain', () => child.stdout.resume());
    }
  });
  child.on('close', (code, signal) => {
    if (!response.headersSent) {
      say(`git http-backend ended with ${signal ?? code}`);
      answer(response, 500, 'the ledger cannot be read here');
    } else if (code === 0) response.end();
    // A body that is cut short must not look whole.
    else response.destroy();
  });
}

/** @throws `IO` where git is not there: every fetch would fail. */
export async function checkGit(path: string | undefined): Promise<void> {
  const env = { PATH: path ?? process.env['PATH'] };
  const child = spawn('git', ['--version'], { env, stdio: 'ignore' });
  const error = await new Promise<NodeJS.ErrnoException | null>((done) => {
    child.once('error', done);
    child.once('close', () => done(null));
  });
  if (error === null) return;
  const data = { operation: 'start', path: 'git', errno: error.code ?? null };
  const hint = 'install git: its http-backend is what answers the clients';
  throw new LedgerError('IO', `git cannot be started here: ${error.message}`, data, { hint, cause: error });
}
