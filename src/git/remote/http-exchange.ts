/** One request of git's HTTP transport: credentials where they are asked for, a limit on silence, statuses as errors. */

import { LedgerError } from '../../errors.js';
import { secretsOf } from '../../url-credentials.js';
import type { FetchLimits } from './fetch-limits.js';
import { remoteRefused, saidBy, unreachable, untrusted } from './remote-error.js';
import type { RemoteUrl } from './remote-url.js';

/** What a server is to be told about who asks: a user and a password (a token), or headers of any kind. */
export interface RemoteCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A server asks who wants to know. */
export interface CredentialRequest {
  /** Without credentials. */
  readonly url: string;
  /** What was tried and refused, or null. */
  readonly refused: RemoteCredentials | null;
}

/** Answers a server's question; null where there is nothing to answer. Asked at most twice for a host. */
export type OnAuth = (request: CredentialRequest) => Promise<RemoteCredentials | null> | RemoteCredentials | null;

export interface ExchangeOptions {
  readonly onAuth?: OnAuth | undefined;
  /** How long a server may be silent, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** How long all of it may take, in milliseconds. */
  readonly timeLimitMs: number;
  readonly limits: FetchLimits;
  readonly signal?: AbortSignal | undefined;
}

/** git's own default: 20 for libcurl, of which one is usual. */
const MAX_REDIRECTS = 5;
const MAX_CREDENTIALS = 2;
const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_ERROR_BYTES = 2048;

interface HttpAnswer {
  readonly url: string;
  readonly contentType: string;
  /** The body; it throws `REMOTE_UNREACHABLE` where it breaks off or falls silent. */
  readonly body: AsyncIterable<Uint8Array>;
}

interface HttpQuestion {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
}

function authorization({ username, password, headers }: RemoteCredentials): Record<string, string> {
  if (username === undefined && password === undefined) return { ...headers };
  const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
  return { ...headers, authorization: `Basic ${basic}` };
}

/** OpenSSL's names for a chain that ends at an authority which is not known here. */
const UNTRUSTED: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** A failure of the network, in the words of its innermost cause. */
function networkError(remote: string, error: unknown): LedgerError {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause !== undefined) innermost = innermost.cause;
  if (innermost instanceof AggregateError && innermost.errors.length > 0) innermost = innermost.errors[0];
  const reason = saidBy(innermost instanceof Error ? innermost.message : String(innermost)) || 'it cannot be reached';
  const { code } = Object(innermost) as { code?: unknown };
  return UNTRUSTED.has(code) ? untrusted(remote, reason, error) : unreachable(remote, reason, error);
}

/** Talks to one remote, remembering who it was told that we are. */
export class HttpExchange {
  private readonly options: ExchangeOptions;
  private readonly remote: string;
  /** By when all must be said; milliseconds of `performance.now`. */
  private readonly deadline: number;
  private origin: string;
  private credentials: RemoteCredentials | null;
  /** What the remote was told, in every form in which it may come back. */
  readonly secrets = new Set<string>();
  private asked = 0;

  constructor(remote: RemoteUrl, options: ExchangeOptions) {
    this.options = options;
    this.remote = remote.shown;
    this.deadline = performance.now() + options.timeLimitMs;
    this.origin = new URL(remote.address).origin;
    this.credentials = remote.credentials;
    this.hide(remote.credentials);
  }

  /** Asks, following redirects for a GET, until there is an answer of status 200. */
  async ask(question: HttpQuestion): Promise<HttpAnswer> {
    let url = question.url;
    for (let redirects = 0; ; ) {
      const { response, body } = await this.send({ ...question, url });
      if (response.status === 200) return { url, contentType: response.headers.get('content-type') ?? '', body };
      if (REDIRECTS.includes(response.status) && question.method === 'GET' && redirects < MAX_REDIRECTS) {
        await response.body?.cancel();
        url = this.redirected(url, response.headers.get('location'));
        redirects += 1;
        continue;
      }
      const text = await firstBytes(body);
      if (response.status === 401 && (await this.findCredentials(url))) continue;
      throw this.refusal(response, text);
    }
  }

  private hide(credentials: RemoteCredentials | null): void {
    if (credentials === null) return;
    const { username = '', password = '', headers = {} } = credentials;
    // Of a header what follows its scheme as well: `Bearer …`.
    const values = Object.values(headers).flatMap((value) => [value, value.replace(/^\S+\s+/, '')]);
    const all = [...this.secrets, ...secretsOf({ username, password }), ...values.filter((value) => value !== '')];
    this.secrets.clear();
    for (const secret of all.sort((a, b) => b.length - a.length)) this.secrets.add(secret);
  }

  private redirected(from: string, location: string | null): string {
    const to = location !== null && URL.canParse(location, from) ? new URL(location, from) : null;
    const secure = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.startsWith('http:'));
    if (to === null || !secure) {
      const hint = 'give the address that it redirects to, if you trust it';
      throw remoteRefused(this.remote, 'it redirects to where one does not go from there', hint);
    }
    to.username = '';
    to.password = '';
    if (to.origin !== this.origin) {
      // Another host is not told what this one was.
      this.origin = to.origin;
      this.credentials = null;
      this.asked = 0;
    }
    return to.href;
  }

  private async findCredentials(url: string): Promise<boolean> {
    const { onAuth } = this.options;
    if (onAuth === undefined || this.asked >= MAX_CREDENTIALS) return false;
    this.asked += 1;
    const { origin, pathname } = new URL(url);
    const path = pathname.replace(/\/(info\/refs|git-upload-pack|git-receive-pack)$/, '');
    const found = await onAuth({ url: `${origin}${path}`, refused: this.credentials });
    this.credentials = found ?? this.credentials;
    this.hide(found);
    return found !== null;
  }

  private async send(question: HttpQuestion): Promise<{ response: Response; body: AsyncIterable<Uint8Array> }> {
    const { signal, idleTimeoutMs, timeLimitMs } = this.options;
    signal?.throwIfAborted();
    const late = new AbortController();
    const lateAfter = (ms: number, reason: string) => setTimeout(() => late.abort(reason), Math.max(0, ms));
    const timer = lateAfter(idleTimeoutMs, `it said nothing for ${idleTimeoutMs / 1000} s`);
    // Whoever sends a byte now and then is never silent.
    const last = lateAfter(this.deadline - performance.now(), `it was not done within ${timeLimitMs / 1000} s`);
    const settled = (): void => {
      clearTimeout(timer);
      clearTimeout(last);
    };
    const failed = (error: unknown): LedgerError | unknown => {
      settled();
      if (signal?.aborted === true) return signal.reason;
      if (error instanceof LedgerError) return error;
      if (late.signal.aborted) return unreachable(this.remote, String(late.signal.reason), error);
      return networkError(this.remote, error);
    };
    const response = await fetch(question.url, {
      method: question.method,
      headers: { 'user-agent': 'git/git-lineage', ...question.headers, ...authorization(this.credentials ?? {}) },
      body: question.body ?? null,
      redirect: 'manual',
      signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
    }).catch((error: unknown) => {
      throw failed(error);
    });
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of response.body ?? []) {
          timer.refresh();
          yield chunk;
          timer.refresh();
        }
      } catch (error) {
        throw failed(error);
      } finally {
        settled();
      }
    }
    return { response, body: body() };
  }

  private refusal({ status }: Response, text: string): LedgerError {
    const said = saidBy(text.startsWith('<') ? '' : text);
    const reason = said === '' ? `HTTP status ${status}` : `HTTP status ${status}: ${said}`;
    if (status === 429 || status >= 500) return unreachable(this.remote, reason);
    const hint: Readonly<Record<number, string>> = {
      401: 'it wants to know who asks: give credentials, or have git remember them (git credential)',
      403: 'the credentials do not allow this',
      404: 'there is no repository at this address, or none that these credentials may see',
      410: 'there is no repository at this address any more',
    };
    const redirect = 'give the address that it redirects to, if you trust it';
    const other = REDIRECTS.includes(status) ? redirect : 'check the address';
    return remoteRefused(this.remote, reason, hint[status] ?? other);
  }
}

async function firstBytes(body: AsyncIterable<Uint8Array>): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of body) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= MAX_ERROR_BYTES) break;
  }
  const text = bytes.toString('utf8', 0, MAX_ERROR_BYTES);
  // Not within a word: half of a secret would not be known for one.
  return bytes.length >= MAX_ERROR_BYTES ? text.replace(/\S*$/, '') : text;
}
