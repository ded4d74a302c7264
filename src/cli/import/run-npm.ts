/** Running the user's own npm, which knows their registries, scopes, tokens and proxies. */

import { spawn } from 'node:child_process';
import { Complaint, errnoOf } from '../complaint.js';
import { isObject } from '../content/package-json.js';
import type { Io } from '../verb.js';

/** What npm says with `--json` where it fails. */
interface NpmFailure {
  readonly code: string;
  readonly summary: string;
}

type NpmOutcome = { readonly ok: true; readonly json: unknown } | { readonly ok: false; readonly failure: NpmFailure };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function failureIn(json: unknown, stderr: string, code: number | null): NpmFailure {
  const error = isObject(json) && isObject(json['error']) ? json['error'] : {};
  const { code: name, summary, detail } = error;
  const said = [summary, detail].find((text) => typeof text === 'string' && text.trim() !== '');
  return {
    code: typeof name === 'string' ? name : '',
    summary: typeof said === 'string' ? said.trim() : stderr.trim().slice(-500) || `npm ended with ${code}`,
  };
}

function notStarted(error: unknown): Complaint<'IO'> {
  const errno = errnoOf(error);
  const why = errno === 'ENOENT' ? 'there is no npm on the PATH' : (errno ?? String(error));
  const data = { operation: 'run', path: 'npm', errno };
  return new Complaint('IO', `cannot run npm: ${why}`, data, 'install npm; it comes with Node.js', error);
}

/** Runs npm where the user is, so that every .npmrc counts that would count there. @throws `IO`; the signal's reason */
export function runNpm(io: Io, args: readonly string[], signal?: AbortSignal): Promise<NpmOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', [...args, '--json', '--loglevel=error', '--no-update-notifier'], {
      cwd: io.cwd,
      env: { ...io.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    const out: Buffer[] = [];
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', (error) => reject(signal?.aborted === true ? error : notStarted(error)));
    child.on('close', (code) => {
      const json = parsed(Buffer.concat(out).toString('utf8'));
      if (code === 0) resolve({ ok: true, json });
      else resolve({ ok: false, failure: failureIn(json, err, code) });
    });
  });
}

/** npm's codes for a registry that did not answer. */
const NO_ANSWER =
  /^(?:E(?:NOTFOUND|CONN\w+|TIMEDOUT|AI_AGAIN|NETUNREACH|HOSTUNREACH|SOCKET\w*|PIPE|5\d\d)|ERR_SOCKET_TIMEOUT|FETCH_ERROR)$/;
const NOT_ALLOWED = /^E(?:401|403|NEEDAUTH|OTP)$/;

/** A failure of npm about `what`, a package or a release. */
export function npmComplaint(what: string, { code, summary }: NpmFailure): Complaint {
  const remote = `npm's registry of ${what}`;
  const reason = code === '' ? summary : `${code}: ${summary}`;
  if (code === 'E404' || code === 'ETARGET') {
    const hint = 'check the name, and the registry of its scope with: npm config get registry';
    return new Complaint('NOT_FOUND', `npm does not find ${what}: ${reason}`, { kind: 'REMOTE', what }, hint);
  }
  if (NO_ANSWER.test(code)) {
    const hint = 'try again when it answers: what is imported stays, and the import goes on from there';
    return new Complaint('REMOTE_UNREACHABLE', `npm cannot reach the registry: ${reason}`, { remote, reason }, hint);
  }
  const hint = NOT_ALLOWED.test(code)
    ? 'log in to that registry with npm login, or give its token in .npmrc'
    : `see what npm itself says: npm view ${what}`;
  return new Complaint('REMOTE_REFUSED', `npm fails on ${what}: ${reason}`, { remote, reason }, hint);
}
