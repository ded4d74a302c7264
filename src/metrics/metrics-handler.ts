/** What Prometheus and a supervisor ask of a service over HTTP, for a server that is there already. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import type { Registry } from 'prom-client';
import { invalidInput, isLedgerError, messageOf, quoted } from '../errors.js';
import { hostIssues, hostRefusal } from '../host-check.js';
import type { LedgerJournal } from '../ledger/ledger-journal.js';
import { type KnownOptions, optionIssues } from '../options-check.js';

/** What `/metrics` tells, and what `/readyz` makes sure of. */
export interface MetricsHandlerOptions {
  /** What `/metrics` tells; the ledgers and swappers of the service are given the same. */
  readonly registry: Registry;
  /** Ledgers that must be read and verified for the service to be ready. */
  readonly ledgers?:
    | readonly { readonly gitdir: string; readonly journal: Pick<LedgerJournal, 'totals'> }[]
    | undefined;
  /**
   * Whatever else the service needs, asked at each `/readyz`: it is not ready where this answers false, throws or
   * rejects.
   */
  readonly ready?: (() => unknown) | undefined;
  /**
   * The host names, without ports, that `/metrics` and `/readyz` may be asked for by, beside those of this machine's loopback and the address that
   * a request came to: another site's page reads them by no name of its own. Any name where it is left out.
   */
  readonly hosts?: readonly string[] | undefined;
}

/** Answers a request and returns true, or leaves it alone and returns false. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const TEXT = 'text/plain; charset=utf-8';

/** What the service waits for; empty where it is ready. */
async function unready({ ledgers = [], ready }: MetricsHandlerOptions): Promise<readonly string[]> {
  const found: string[] = [];
  for (const ledger of ledgers) {
    try {
      await ledger.journal.totals();
    } catch (error) {
      // Whoever asks is not told where on this machine it is.
      found.push(`${basename(ledger.gitdir)}: ${isLedgerError(error) ? error.code : 'it cannot be read'}`);
    }
  }
  try {
    if ((await ready?.()) === false) found.push('the service is not ready');
  } catch (error) {
    found.push(messageOf(error));
  }
  return found;
}

async function answerTo(path: string, options: MetricsHandlerOptions): Promise<Answer> {
  if (path === '/healthz') return { status: 200, type: TEXT, text: 'ok\n' };
  if (path === '/readyz') {
    const waiting = await unready(options);
    const [status, lines] = waiting.length === 0 ? [200, ['ok']] : [503, waiting];
    return { status, type: TEXT, text: lines.map((line) => `${line}\n`).join('') };
  }
  const { registry } = options;
  return { status: 200, type: registry.contentType, text: await registry.metrics() };
}

const PATHS: readonly string[] = ['/metrics', '/healthz', '/readyz'];

const KNOWN_OPTIONS: KnownOptions<MetricsHandlerOptions> = {
  registry: 'value',
  ledgers: 'value',
  ready: 'value',
  hosts: 'value',
};

function assertOptions(options: MetricsHandlerOptions): void {
  const { registry, ledgers, ready, hosts }: Partial<MetricsHandlerOptions> = options ?? {};
  const issues = [...optionIssues(options ?? {}, KNOWN_OPTIONS), ...hostIssues(hosts)];
  if (typeof (registry as Registry | undefined)?.metrics !== 'function')
    issues.push({ path: 'registry', expected: 'a Registry of prom-client', actual: quoted(registry) });
  if (
    ledgers !== undefined &&
    !(Array.isArray(ledgers) && ledgers.every((l) => typeof l?.journal?.totals === 'function'))
  )
    issues.push({ path: 'ledgers', expected: 'a list of ledgers', actual: quoted(ledgers) });
  if (ready !== undefined && typeof ready !== 'function')
    issues.push({ path: 'ready', expected: 'a function', actual: quoted(ready) });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'for example { registry, ledgers: [ledger] }');
}

/**
 * Answers `/metrics`, `/healthz` (the process answers) and `/readyz` (its ledgers can be read and verified; else 503, with a line for each
 * reason), for GET and HEAD. Other requests are left to the server. Who may ask is the server's business, but for `hosts`: module names and
 * versions are in what is told.
 *
 * @throws `INVALID_ARGUMENT`
 * @example
 * const handle = metricsHandler({ registry, ledgers: [ledger] });
 * createServer((request, response) => handle(request, response) || app(request, response)).listen(9464);
 */
export function metricsHandler(options: MetricsHandlerOptions): MetricsHandler {
  assertOptions(options);
  const hosts = options.hosts?.map((host) => host.toLowerCase());
  return (request, response) => {
    const { method = '', url = '' } = request;
    const path = url.split('?', 1)[0] ?? '';
    if (!PATHS.includes(path)) return false;
    const send = ({ status, type, text }: Answer): void => {
      // Whoever has the server may have answered or hung up meanwhile.
      if (response.headersSent || response.destroyed) return;
      const body = Buffer.from(text);
      const headers = { 'content-type': type, 'content-length': body.byteLength, 'cache-control': 'no-store' };
      response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body);
    };
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      send({ status: 405, type: TEXT, text: 'use GET or HEAD\n' });
      return true;
    }
    // That the process answers is no secret, and whoever looks after it may ask by any name.
    const isChecked = hosts !== undefined && path !== '/healthz';
    const refusal = isChecked ? hostRefusal(request, hosts, 'whoever watches this server') : null;
    if (refusal !== null) {
      send({ status: refusal.status, type: TEXT, text: `${refusal.text}\n` });
      return true;
    }
    answerTo(path, options)
      .catch((error: unknown) => ({ status: 500, type: TEXT, text: `${messageOf(error)}\n` }))
      .then(send)
      .catch(() => response.destroy());
    return true;
  };
}
