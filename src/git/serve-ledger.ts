/** Offering a ledger to any git client, to read: smart HTTP through `git http-backend`, and nothing else. */

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import nodeFs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { messageOf } from '../errors.js';
import { hostRefusal } from '../host-check.js';
import { ignoringFailures } from '../ignoring-failures.js';
import { listen } from '../listen.js';
import { readCheckpointBlob } from './checkpoint-ref.js';
import { watchPace } from './client-pace.js';
import { endGroup } from './end-group.js';
import type { GitStore } from './git-store.js';
import { checkGit, relay, startBackend } from './http-backend.js';
import { openGitStore } from './open-repository.js';
import { answer } from './plain-answer.js';
import type { RepositoryReader } from './repository-reader.js';
import { assertServeOptions, type ServedRequest, type ServeOptions, type ServeSettings } from './serve-options.js';
import { type Asked, routeOf } from './served-route.js';

/** Ledgers that are served, until `close`. */
export interface LedgerServer {
  /** What a git client clones from: `http://HOST:PORT/`, and the name of a ledger with `.git` where several are served. */
  readonly url: string;
  /** Ends the fetches under way and frees the port. */
  close(): Promise<void>;
}

const DEFAULT_LIMIT = 8;
const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_BYTES_PER_SECOND = 1024;
const PACE_MS = 10_000;
/** By when a client must have sent the head of a request, and all of it: what git asks is some kilobytes. */
const HEAD_LIMIT_MS = 10_000;
const DEFAULT_REQUEST_MS = 60_000;
/** How often Node looks for clients that are late; left to itself, it looks every 30 s. */
const LATE_CHECK_MS = 1000;
const RETRY_AFTER_SECONDS = 2;
const MAX_SAID = 4096;

/** A ledger that is open; one that is served alone goes by any name. */
interface Offered {
  readonly name: string | null;
  readonly gitdir: string;
  readonly store: GitStore;
}

class Offer {
  private readonly options: ServeSettings;
  private readonly ledgers: readonly Offered[];
  private readonly limit: number;
  private readonly clientLimit: number;
  private readonly hosts: readonly string[];
  /** Whoever watches cannot make a request fail. */
  private readonly tell: ((request: ServedRequest) => void) | undefined;
  /** The fetches under way, with the addresses that they came from. */
  private readonly running = new Map<ChildProcessWithoutNullStreams, string>();

  constructor(options: ServeSettings, ledgers: readonly Offered[]) {
    this.options = options;
    this.ledgers = ledgers;
    this.limit = options.limit ?? DEFAULT_LIMIT;
    this.clientLimit = options.clientLimit ?? Math.max(1, this.limit - 2);
    this.hosts = (options.hosts ?? []).map((host) => host.toLowerCase());
    this.tell = ignoringFailures(options.onRequest);
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request;
    let said = '';
    response.on('close', () =>
      this.tell?.({ method, path: url, status: response.headersSent ? response.statusCode : 0, said }),
    );
    try {
      if (this.options.handler?.(request, response) === true) return;
    } catch (error) {
      said = messageOf(error);
      answer(response, 500, 'this cannot be answered here');
      return;
    }
    const asked = routeOf(method, url);
    const ledger =
      'status' in asked ? undefined : this.ledgers.find(({ name }) => name === null || name === asked.name);
    const refusal = hostRefusal(request, this.hosts, 'git');
    if (refusal !== null) answer(response, refusal.status, refusal.text);
    else if ('status' in asked) answer(response, asked.status, asked.text);
    else if (ledger === undefined) answer(response, 404, 'no ledger is here by that name: each is at /NAME.git');
    else if (asked.path === '/checkpoint') said = showCheckpoint(ledger.store, response);
    else if (!this.hasPlaceFor(addressOf(request)))
      answer(response, 503, 'too many fetches at once', { 'retry-after': String(RETRY_AFTER_SECONDS) });
    else {
      this.run(request, response, { ledger, asked }, (text) => {
        said = (said + text).slice(0, MAX_SAID);
      });
    }
  }

  private hasPlaceFor(address: string): boolean {
    const own = [...this.running.values()].filter((other) => other === address).length;
    return this.running.size < this.limit && own < this.clientLimit;
  }

  private run(
    request: IncomingMessage,
    response: ServerResponse,
    { ledger: { gitdir }, asked }: { ledger: Offered; asked: Asked },
    say: (text: string) => void,
  ): void {
    const child = startBackend(request, gitdir, asked, this.options.path);
    this.running.set(child, addressOf(request));
    const gone = (): void => {
      this.running.delete(child);
    };
    child.on('error', (error) => {
      gone();
      say(error.message);
      if (!response.headersSent) answer(response, 500, 'git cannot be started here');
    });
    child.on('close', gone);
    child.stderr.setEncoding('utf8').on('data', say);
    child.stdin.on('error', () => undefined);
    request.pipe(child.stdin);
    relay(child, response, say);
    const idle = this.options.idleTimeoutMs ?? DEFAULT_IDLE_MS;
    response.setTimeout(idle, () => request.socket.destroy());
    const bytesPerSecond = this.options.minBytesPerSecond ?? DEFAULT_BYTES_PER_SECOND;
    watchPace(response, { bytesPerSecond, overMs: PACE_MS }, () => request.socket.destroy());
    // The client has gone, or has all of it.
    response.on('close', () => endGroup(child.pid));
  }

  endAll(): void {
    for (const child of this.running.keys()) endGroup(child.pid);
  }
}

function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}

/** Answers with the last checkpoint, as witnesses cosigned it; returns why it cannot. */
function showCheckpoint(reader: RepositoryReader, response: ServerResponse): string {
  try {
    const bytes = readCheckpointBlob(reader);
    if (bytes === null) answer(response, 404, 'this ledger has no checkpoint');
    else
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' }).end(bytes);
    return '';
  } catch (error) {
    answer(response, 500, 'the checkpoint cannot be read here');
    return messageOf(error);
  }
}

/**
 * Offers a ledger over HTTP for reading: `git clone`, `git fetch` and `git ls-remote` work with any client, pushes are
 * refused, and files are not handed out. The address `/` and any `/<name>.git` are the one ledger; `checkpoint` below it is the last
 * checkpoint, where there is one. Of several `ledgers` each is at `/NAME.git` alone; they share the places for fetches.
 *
 * Whoever reaches the port reads everything in the ledger: there are neither users nor encryption, so put a proxy that
 * has both in front of it before you bind it to more than this machine.
 * @throws `NOT_A_LEDGER`, `UNSUPPORTED_REPOSITORY`, `INVALID_ARGUMENT`, `IO`
 */
export async function serveLedger(options: ServeOptions): Promise<LedgerServer> {
  assertServeOptions(options);
  const given = 'ledgers' in options ? options.ledgers : [{ name: null, gitdir: options.gitdir }];
  const ledgers: Offered[] = [];
  const closeAll = async (): Promise<void> => {
    for (const { store } of ledgers) await store.close();
  };
  try {
    for (const { name, gitdir } of given) {
      const path = resolve(gitdir);
      ledgers.push({ name, gitdir: path, store: await openGitStore(nodeFs, path) });
    }
    return await serveFrom(ledgers, options, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function serveFrom(
  ledgers: readonly Offered[],
  options: ServeSettings,
  closeAll: () => Promise<void>,
): Promise<LedgerServer> {
  const { host = '127.0.0.1', port = 0 } = options;
  await checkGit(options.path);
  const offer = new Offer(options, ledgers);
  const { createServer } = await import('node:http');
  const requestTimeout = options.requestTimeoutMs ?? DEFAULT_REQUEST_MS;
  const deadlines = {
    headersTimeout: Math.min(HEAD_LIMIT_MS, requestTimeout),
    requestTimeout,
    connectionsCheckingInterval: Math.min(LATE_CHECK_MS, requestTimeout),
  };
  const server = createServer(deadlines, (request, response) => offer.handle(request, response));
  return {
    url: await listen(server, host, port),
    close: async () => {
      await new Promise<void>((done) => {
        server.close(() => done());
        offer.endAll();
        server.closeAllConnections();
      });
      await closeAll();
    },
  };
}
