/** A witness on the network: C2SP tlog-witness, `add-checkpoint` and nothing else. */

import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asLedgerError, errnoOf, invalidInput, LedgerError, messageOf, numberIssues, quoted } from '../../errors.js';
import { hostIssues, hostRefusal } from '../../host-check.js';
import { ignoringFailures } from '../../ignoring-failures.js';
import { listen } from '../../listen.js';
import { type KnownOptions, optionIssues } from '../../options-check.js';
import { MAX_NOTE_BYTES, noteText } from '../format/note.js';
import { formatNoteKey, type NoteSigner, parseNoteKey, parseNoteSigner } from '../format/note-key.js';
import { Cosigner } from './cosigner.js';
import { type WitnessPlace, WitnessState } from './witness-state.js';

/** What was asked of a witness, and what it answered; told when the answer has ended. */
export interface WitnessedRequest {
  readonly method: string;
  /** As the client sent it. */
  readonly path: string;
  /** 0 where the client had gone before it was answered. */
  readonly status: number;
  /** The log, where the request was signed by its key. A 409 or 422 with an origin may be a log that forks. */
  readonly origin: string | null;
  /** Why it could not be answered (status 500); empty otherwise. */
  readonly said: string;
}

/** Which witness, for which logs, at which address. */
export interface ServeWitnessOptions extends WitnessPlace {
  /** The public keys of the logs that it cosigns, as `git-lineage checkpoint key` prints them: each is named after its log. */
  readonly logs: readonly string[];
  /** The address to listen at; 127.0.0.1 by default, so that no other machine reaches it. */
  readonly host?: string | undefined;
  /** The port; 0, the default, is any free one. */
  readonly port?: number | undefined;
  /** Names that it is asked by, beside those of loopback and the address that a client came to; others are refused (421). */
  readonly hosts?: readonly string[] | undefined;
  /** How many requests may be under way at once; others are asked to come back. 64 by default. */
  readonly limit?: number | undefined;
  /** How many of them may be of one address; 8 by default. */
  readonly clientLimit?: number | undefined;
  /** By when all of a request must have come, and its answer have been taken, in milliseconds; 10 s by default. */
  readonly timeLimitMs?: number | undefined;
  /** The time now, in seconds since the Unix epoch; the system's clock by default. */
  readonly now?: (() => number) | undefined;
  /** Told of each request when its answer has ended. What it throws, or rejects with, is ignored. */
  readonly onRequest?: ((request: WitnessedRequest) => unknown) | undefined;
}

/** A witness that answers, until `close`. */
export interface WitnessServer {
  /** `http://HOST:PORT/`: a log submits to `add-checkpoint` below it. */
  readonly url: string;
  /** The public key, as clients are given it. */
  readonly key: string;
  /** Frees the port, and the state for another process. */
  close(): Promise<void>;
}

const DEFAULT_LIMIT = 64;
const DEFAULT_CLIENT_LIMIT = 8;
const DEFAULT_TIME_MS = 10_000;
const RETRY_AFTER_SECONDS = 2;

/** A note, and before it the old size and 63 hashes. */
const MAX_BODY_BYTES = MAX_NOTE_BYTES + 4096;

/** The whole body; null where it is larger than any request. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', ...headers });
  response.end(body);
}

class Desk {
  private readonly options: ServeWitnessOptions;
  private readonly cosigner: Cosigner;
  private readonly hosts: readonly string[];
  /** Whoever watches cannot make a request fail. */
  private readonly tell: ((request: WitnessedRequest) => void) | undefined;
  private readonly running = new Map<IncomingMessage, string>();

  constructor(options: ServeWitnessOptions, cosigner: Cosigner) {
    this.options = options;
    this.cosigner = cosigner;
    this.hosts = (options.hosts ?? []).map((host) => host.toLowerCase());
    this.tell = ignoringFailures(options.onRequest);
  }

  private hasPlaceFor(address: string): boolean {
    const { limit = DEFAULT_LIMIT, clientLimit = DEFAULT_CLIENT_LIMIT } = this.options;
    const own = [...this.running.values()].filter((other) => other === address).length;
    return this.running.size < limit && own < clientLimit;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request;
    const address = request.socket.remoteAddress ?? '';
    const about = { origin: null as string | null, said: '' };
    response.on('close', () => {
      this.running.delete(request);
      this.tell?.({ method, path: url, status: response.headersSent ? response.statusCode : 0, ...about });
    });
    response.setTimeout(this.options.timeLimitMs ?? DEFAULT_TIME_MS, () => request.socket.destroy());
    const refusal = hostRefusal(request, this.hosts, 'logs');
    if (refusal !== null) answer(response, refusal.status, `${refusal.text}\n`);
    else if (url !== '/add-checkpoint') answer(response, 404, 'here is a witness: POST /add-checkpoint\n');
    else if (method !== 'POST') answer(response, 405, 'POST is what this takes\n', { allow: 'POST' });
    else if (!this.hasPlaceFor(address))
      answer(response, 503, 'too many requests at once\n', { 'retry-after': String(RETRY_AFTER_SECONDS) });
    else {
      this.running.set(request, address);
      this.cosigned(request, response, about).catch((error: unknown) => {
        about.said = messageOf(error);
        if (response.headersSent || response.destroyed) request.socket.destroy();
        else answer(response, 500, 'the witness cannot remember anything now, so it cosigns nothing\n');
      });
    }
  }

  private async cosigned(
    request: IncomingMessage,
    response: ServerResponse,
    about: { origin: string | null },
  ): Promise<void> {
    const body = await readBody(request);
    if (body === null) {
      // What is left of it is not read.
      answer(response, 413, `a request has ${MAX_BODY_BYTES} bytes at most\n`, { connection: 'close' });
      return;
    }
    const text = noteText(body);
    if (text === null) {
      answer(response, 400, 'a request is UTF-8\n');
      return;
    }
    const found = await this.cosigner.add(text);
    about.origin = found.origin;
    answer(response, found.status, found.body, { 'content-type': found.type });
  }
}

const KNOWN_OPTIONS: KnownOptions<ServeWitnessOptions> = {
  stateDir: 'value',
  keyFile: 'value',
  logs: 'value',
  host: 'value',
  port: 'value',
  hosts: 'value',
  limit: 'value',
  clientLimit: 'value',
  timeLimitMs: 'value',
  now: 'value',
  onRequest: 'value',
};

/** @throws `INVALID_ARGUMENT` with every option that is not as it should be */
function assertOptions(options: ServeWitnessOptions): void {
  const { logs, onRequest } = options;
  const issues = [
    ...optionIssues(options, KNOWN_OPTIONS),
    ...numberIssues('port', options.port, 0, 65535),
    ...numberIssues('limit', options.limit, 1),
    ...numberIssues('clientLimit', options.clientLimit, 1),
    ...numberIssues('timeLimitMs', options.timeLimitMs, 1),
    ...hostIssues(options.hosts),
    ...(Array.isArray(logs) && logs.length > 0
      ? []
      : [{ path: 'logs', expected: 'the public key of at least one log', actual: quoted(logs) }]),
    ...(onRequest === undefined || typeof onRequest === 'function'
      ? []
      : [{ path: 'onRequest', expected: 'a function', actual: quoted(onRequest) }]),
  ];
  if (issues.length > 0)
    throw invalidInput(
      'INVALID_ARGUMENT',
      issues,
      'port 0 is any free one; git-lineage checkpoint key prints the public key of a log',
    );
}

async function readSigner(keyFile: string): Promise<NoteSigner> {
  const text = await readFile(keyFile, 'utf8').catch((error: unknown) => {
    const hint = 'git-lineage witness --init makes a witness and its key';
    const message = `there is no key of a witness: ${keyFile}`;
    if (errnoOf(error) === 'ENOENT')
      throw new LedgerError('NOT_FOUND', message, { kind: 'FILE', what: keyFile }, { hint, cause: error });
    const data = { operation: 'read', path: keyFile, errno: errnoOf(error) };
    throw new LedgerError('IO', `cannot read the key of the witness: ${messageOf(error)}`, data, {
      hint,
      cause: error,
    });
  });
  return parseNoteSigner(text, 'witness');
}

/**
 * Runs a witness: it cosigns each checkpoint of its logs that continues the one before, and never two that do not. What it has
 * cosigned is on disk before it answers.
 *
 * @throws `NOT_FOUND` where its state is lost, or its key, `INVALID_CONFIG` where the state is another key's, `INVALID_KEY`,
 * `INVALID_ARGUMENT`, `IO` where another process has the state, or the address cannot be had
 */
export async function serveWitness(options: ServeWitnessOptions): Promise<WitnessServer> {
  const { stateDir, keyFile, host = '127.0.0.1', port = 0, timeLimitMs = DEFAULT_TIME_MS } = options;
  assertOptions(options);
  const logs = options.logs.map((text) => parseNoteKey(text, 'log'));
  const signer = await readSigner(keyFile);
  const key = formatNoteKey(signer.key);
  const state = await WitnessState.open(stateDir, key);
  try {
    const cosigner = new Cosigner(state, signer, logs, options.now ?? (() => Date.now() / 1000));
    const desk = new Desk(options, cosigner);
    const { createServer } = await import('node:http');
    const limits = { headersTimeout: timeLimitMs, requestTimeout: timeLimitMs, connectionsCheckingInterval: 1000 };
    const server = createServer(limits, (request, response) => desk.handle(request, response));
    return {
      url: await listen(server, host, port),
      key,
      close: async () => {
        await new Promise<void>((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
        // Another process may have the state once nothing is written to it here.
        await cosigner.settled();
        await state.close();
      },
    };
  } catch (error) {
    await state.close();
    throw asLedgerError(error, 'listen');
  }
}
