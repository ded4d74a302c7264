/** The page for people, for a server that is there already. It reads the ledger and never writes to it. */

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type InputIssue, invalidInput, numberIssues, quoted } from '../errors.js';
import { hostIssues, isForeign, isOwnHost } from '../host-check.js';
import { type KnownOptions, optionIssues } from '../options-check.js';
import type { ProcessJson } from './answers.js';
import type { PageSource } from './ask.js';
import { failureOf, UnknownQuestion } from './failure.js';
import { ledgerSource } from './ledger-source.js';
import type { PageLedger } from './module-rows.js';
import { isSiteFile, siteFile } from './site-files.js';
import { TipStream } from './tip-stream.js';

/** What a process of the service says of itself. */
export type ProcessReport = ProcessJson;

/** Where a page is, who may ask for it, and how it is told of changes. */
export interface PagePlace {
  /** The path that the page has, with a slash at its end; `/` by default. */
  readonly path?: string | undefined;
  /** Names, beside those of this machine's loopback and the address that a request came to, that a Host header may have. */
  readonly hosts?: readonly string[] | undefined;
  /** How often the journal is looked at while somebody has the page open, in milliseconds; 1000 by default. */
  readonly pollMs?: number | undefined;
  /** How many open pages are told of changes at once; 64 by default. The others are asked to come back. */
  readonly maxClients?: number | undefined;
}

/** Which ledger the page shows, and where it is. */
export interface PageHandlerOptions extends PagePlace {
  /** The ledger to show. Opening and closing it is the caller's. */
  readonly ledger: PageLedger;
  /** The processes that follow the ledger, as far as they report where this service can see it. */
  readonly processes?: (() => readonly ProcessReport[] | Promise<readonly ProcessReport[]>) | undefined;
}

/** Answers a request and returns true, or leaves it alone and returns false. */
export interface PageHandler {
  (request: IncomingMessage, response: ServerResponse): boolean;
  /** Ends the streams of open pages, which would keep a server from closing. */
  close(): void;
}

/** Nothing but this server's own files, no markup of anybody else, no frame, no form. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  vary: 'accept-encoding',
};

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const DEFAULT_POLL_MS = 1000;
const DEFAULT_MAX_CLIENTS = 64;
const RETRY_AFTER_SECONDS = 30;
/** Less is sent as it is. */
const MIN_COMPRESSED = 1024;

interface Body {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly encoding: 'br' | 'gzip' | null;
}

function accepts(request: IncomingMessage, encoding: string): boolean {
  const header = String(request.headers['accept-encoding'] ?? '');
  return new RegExp(`(^|[,\\s])${encoding}\\s*(,|$|;(?!\\s*q=0(\\.0*)?\\s*(,|$)))`, 'i').test(header);
}

/** What is wrong with where a page is to be. */
export function placeIssues({ path, hosts, pollMs, maxClients }: PagePlace): InputIssue[] {
  const isPath = path === undefined || (typeof path === 'string' && /^\/([\w.~-]+\/)*$/.test(path));
  const expected = 'a path that begins and ends with a slash';
  return [
    ...(isPath ? [] : [{ path: 'path', expected, actual: quoted(path) }]),
    ...hostIssues(hosts),
    ...numberIssues('pollMs', pollMs, 1),
    ...numberIssues('maxClients', maxClients, 1),
  ];
}

export const PLACE_OPTIONS: KnownOptions<PagePlace> = {
  path: 'value',
  hosts: 'value',
  pollMs: 'value',
  maxClients: 'value',
};

const KNOWN_OPTIONS: KnownOptions<PageHandlerOptions> = { ledger: 'value', processes: 'value', ...PLACE_OPTIONS };

/** What is wrong with a ledger to be shown. `at` is where it was given. */
export function shownIssues({ ledger, processes }: Partial<PageHandlerOptions>, at = ''): InputIssue[] {
  const issues: InputIssue[] = [];
  if (typeof ledger?.journal?.position !== 'function')
    issues.push({ path: `${at}ledger`, expected: 'an open ledger', actual: quoted(ledger) });
  if (processes !== undefined && typeof processes !== 'function')
    issues.push({ path: `${at}processes`, expected: 'a function', actual: quoted(processes) });
  return issues;
}

class Page {
  private readonly source: PageSource;
  private readonly hosts: readonly string[];
  private readonly path: string;
  readonly tips: TipStream;

  constructor(source: PageSource, { path = '/', hosts = [], pollMs, maxClients }: PagePlace) {
    this.source = source;
    this.path = path;
    this.hosts = hosts.map((host) => host.toLowerCase());
    this.tips = new TipStream({
      source,
      pollMs: pollMs ?? DEFAULT_POLL_MS,
      maxClients: maxClients ?? DEFAULT_MAX_CLIENTS,
    });
  }

  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { method = '', url = '' } = request;
    const [path = '', query = ''] = url.split('?', 2);
    const name = this.nameOf(path);
    if (name === null) return false;
    for (const [header, value] of Object.entries(HEADERS)) response.setHeader(header, value);
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      this.refuse(response, 405, 'this page is read-only: use GET or HEAD');
    } else if (!isOwnHost(request, this.hosts))
      this.refuse(response, 421, 'this server does not go by that name: it has to be allowed (--allow-host NAME)');
    else if (name.startsWith('data/') && isForeign(request))
      this.refuse(response, 403, 'this is told to pages of this server alone');
    else if (name === 'to-slash') response.writeHead(308, { location: this.path, 'content-length': 0 }).end();
    else if (name === 'data/events') this.stream(request, response);
    else {
      this.answer(request, name, query)
        .then((body) => this.send(request, response, body))
        .catch((error: unknown) => this.fail(request, response, error));
    }
    return true;
  }

  /** What of this page a path names; null where it names none of it. */
  private nameOf(path: string): string | null {
    if (path === this.path) return 'index.html';
    if (`${path}/` === this.path) return 'to-slash';
    if (!path.startsWith(this.path)) return null;
    const name = path.slice(this.path.length);
    return isSiteFile(name) || name.startsWith('data/') ? name : null;
  }

  private refuse(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, { 'content-type': TEXT_TYPE, 'cache-control': 'no-store' }).end(`${text}\n`);
  }

  private stream(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).end();
      return;
    }
    if (this.tips.isFull) {
      response.setHeader('retry-after', String(RETRY_AFTER_SECONDS));
      this.refuse(response, 503, 'too many pages are open: this one is not told of changes by itself');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    this.tips.add(response);
  }

  private async answer(request: IncomingMessage, name: string, query: string): Promise<Body | 'unchanged'> {
    if (isSiteFile(name)) {
      const { type, etag, plain, gzip: zipped, brotli } = await siteFile(name);
      if (accepts(request, 'br')) return { type, etag, bytes: brotli, encoding: 'br' };
      if (accepts(request, 'gzip')) return { type, etag, bytes: zipped, encoding: 'gzip' };
      return { type, etag, bytes: plain, encoding: null };
    }
    return this.data(request, name.slice('data/'.length), query);
  }

  /** An answer of the ledger. What depends on the journal alone is the same until that moves. */
  private async data(request: IncomingMessage, path: string, query: string): Promise<Body | 'unchanged'> {
    const question = path.endsWith('.json') ? path.slice(0, -'.json'.length) : '';
    const changes = this.source.changing.includes(question);
    const { oid } = await this.source.position();
    const etag = `W/"${oid}"`;
    if (!changes && request.headers['if-none-match'] === etag) return 'unchanged';
    const value = await this.source.ask(question, new URLSearchParams(query));
    if (value === null) throw new UnknownQuestion();
    const bytes = Buffer.from(JSON.stringify(value));
    const own = changes ? `W/"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"` : etag;
    if (request.headers['if-none-match'] === own) return 'unchanged';
    if (bytes.byteLength < MIN_COMPRESSED || !accepts(request, 'gzip'))
      return { type: JSON_TYPE, etag: own, bytes, encoding: null };
    return { type: JSON_TYPE, etag: own, bytes: await promisify(gzip)(bytes), encoding: 'gzip' };
  }

  private send(request: IncomingMessage, response: ServerResponse, body: Body | 'unchanged'): void {
    // Whoever has the server may have answered or hung up meanwhile.
    if (response.headersSent || response.destroyed) return;
    response.setHeader('cache-control', 'no-cache');
    if (body !== 'unchanged') response.setHeader('etag', body.etag);
    if (body === 'unchanged' || request.headers['if-none-match'] === body.etag) {
      response.writeHead(304).end();
      return;
    }
    if (body.encoding !== null) response.setHeader('content-encoding', body.encoding);
    response.writeHead(200, { 'content-type': body.type, 'content-length': body.bytes.byteLength });
    response.end(request.method === 'HEAD' ? undefined : body.bytes);
  }

  private fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (response.headersSent || response.destroyed) return;
    const [status, failure] = failureOf(error);
    const bytes = Buffer.from(JSON.stringify(failure));
    const head = { 'content-type': JSON_TYPE, 'cache-control': 'no-store', 'content-length': bytes.byteLength };
    response.writeHead(status, head).end(request.method === 'HEAD' ? undefined : bytes);
  }
}

/**
 * Answers the page and its data below `path`, for GET and HEAD; other paths are left to the server. Requests whose Host header names neither
 * this machine's loopback, nor the address that they came to, nor one of `hosts` are refused (421). Whoever may ask is the server's business:
 * the page shows everything in the ledger, files included.
 *
 * @throws `INVALID_ARGUMENT`
 * @example
 * const page = pageHandler({ ledger, path: '/ledger/' });
 * createServer((request, response) => page(request, response) || app(request, response)).listen(8080);
 */
export function pageHandler(options: PageHandlerOptions): PageHandler {
  const given = options ?? {};
  const issues = [...optionIssues(given, KNOWN_OPTIONS), ...shownIssues(given), ...placeIssues(given)];
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'for example { ledger, path: "/ledger/" }');
  return handlerOf(ledgerSource(options), options);
}

/** Answers the page of whatever answers its questions. */
export function handlerOf(source: PageSource, place: PagePlace): PageHandler {
  const page = new Page(source, place);
  return Object.assign(
    (request: IncomingMessage, response: ServerResponse): boolean => page.handle(request, response),
    { close: () => page.tips.close() },
  );
}
