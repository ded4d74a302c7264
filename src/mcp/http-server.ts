/**
 * A tool server that is reached over streamable HTTP, by the transport of the protocol's SDK. The bytes that come are judged before that
 * transport reads them: it takes the last of two equal names.
 */

import { invalidInput, messageOf, quoted } from '../errors.js';
import { notInstalled } from '../optional-package.js';
import { type Channel, type ChannelListener, MAX_LINE_BYTES } from './channel.js';
import { eventsOf } from './event-stream.js';
import type { ServerUrl } from './guard-types.js';
import { errorText, RPC_ERROR } from './message.js';

type Transport = import('@modelcontextprotocol/sdk/client/streamableHttp.js').StreamableHTTPClientTransport;

/** A message as it goes out: made here, so it is one. */
interface Sent {
  readonly id?: string | number;
  readonly method?: string;
}

/** A server's word that nothing is left of the session that a request names. */
const SESSION_GONE = 404;

/** The whole body, or null where it is larger than anybody reads. */
async function bodyOf(response: Response): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > MAX_LINE_BYTES) return null;
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

export class HttpServer implements Channel {
  private readonly transport: Transport;
  private listener: ChannelListener | null = null;
  /** Resolves when the client keeps up again. */
  private keepsUp: Promise<void> = Promise.resolve();
  private isPaused = false;
  private release: () => void = () => undefined;
  /** The last notification: what is sent later arrives later. */
  private notified: Promise<void> = Promise.resolve();
  private openingId: string | number | null = null;

  private constructor(make: (fetch: (url: string | URL, init?: RequestInit) => Promise<Response>) => Transport) {
    this.transport = make((url, init) => this.fetch(url, init));
  }

  /** @throws `INVALID_ARGUMENT` for what is no such URL, or where the SDK is not installed */
  static async open({ url, headers }: ServerUrl): Promise<HttpServer> {
    const address = checkedUrl(url);
    const missing = 'npm install @modelcontextprotocol/sdk; a COMMAND does not need it';
    const sdk = await import('@modelcontextprotocol/sdk/client/streamableHttp.js').catch(
      notInstalled('url', '@modelcontextprotocol/sdk', missing),
    );
    const { StreamableHTTPClientTransport } = sdk;
    const requestInit = { headers: { ...headers } };
    const server = new HttpServer((fetch) => new StreamableHTTPClientTransport(address, { fetch, requestInit }));
    await server.transport.start();
    return server;
  }

  listen(listener: ChannelListener): void {
    this.listener = listener;
  }

  send(text: string): boolean {
    const message = JSON.parse(text) as Sent;
    const { id, method } = message;
    if (method === 'initialize' && id !== undefined) this.openingId = id;
    const sending = this.notified.then(() => this.transport.send(message as Parameters<Transport['send']>[0]));
    const sent = sending.catch((error: unknown) => this.failed(message, error));
    if (id === undefined || method === undefined) this.notified = sent;
    return true;
  }

  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.keepsUp = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  resume(): void {
    this.isPaused = false;
    this.release();
  }

  async close(): Promise<void> {
    this.listener = null;
    this.resume();
    // A server that does not answer any more keeps its session.
    await Promise.race([this.transport.terminateSession().catch(() => undefined), pause(2_000)]);
    await this.transport.close();
  }

  /** A request that did not get through is answered here: nobody else will. */
  private failed({ id, method }: Sent, error: unknown): void {
    const status = error !== null && typeof error === 'object' && 'code' in error ? error.code : undefined;
    if (status === SESSION_GONE && this.openingId !== id) {
      this.end('it does not know the session any more');
      return;
    }
    if (id === undefined || method === undefined) return;
    const message = `git-lineage: the server could not be reached: ${messageOf(error).slice(0, 200)}`;
    this.listener?.onText(errorText(id, RPC_ERROR.internal, message));
  }

  private end(why: string): void {
    const { listener } = this;
    this.listener = null;
    listener?.onEnd(why);
  }

  private async take(text: Uint8Array | string): Promise<void> {
    await this.keepsUp;
    this.learnProtocol(text);
    this.listener?.onText(text);
  }

  /** The revision that both agree on stands in a header from then on. */
  private learnProtocol(text: Uint8Array | string): void {
    if (this.openingId === null) return;
    try {
      const { id, result } = JSON.parse(Buffer.from(text).toString('utf8')) as {
        id?: unknown;
        result?: { protocolVersion?: unknown };
      };
      if (id !== this.openingId || typeof result?.protocolVersion !== 'string') return;
      this.openingId = null;
      if (/^[0-9-]{1,20}$/.test(result.protocolVersion)) this.transport.setProtocolVersion(result.protocolVersion);
    } catch {
      // Whoever listens says what is wrong with it.
    }
  }

  /** What the transport fetches with: no redirect is followed, and it reads nothing that was not taken here first. */
  private async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(url, { ...init, redirect: 'error' });
    const { status, statusText, headers } = response;
    const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
    if (!response.ok || response.body === null) return response;
    if (type === 'text/event-stream') {
      const events = eventsOf(
        (message) => this.take(message),
        (why) => this.end(`it sent ${why}`),
      );
      return new Response(response.body.pipeThrough(events), { status, statusText, headers });
    }
    if (type !== 'application/json') return response;
    const body = await bodyOf(response);
    if (body === null) {
      this.end(`it sent a body of more than ${MAX_LINE_BYTES} bytes`);
      throw new Error('a body that nobody reads');
    }
    await this.take(body);
    return new Response(body, { status, statusText, headers });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/;

function checkedUrl(url: string): URL {
  const hint = 'a token for the server goes into headers, and over https; http is for this machine alone';
  const wrong = (actual: string) => {
    const expected = 'an https URL without user and password, or http on this machine';
    return invalidInput('INVALID_ARGUMENT', [{ path: 'url', expected, actual }], hint);
  };
  if (!URL.canParse(url)) throw wrong(quoted(url));
  const parsed = new URL(url);
  const isLocal = parsed.protocol === 'http:' && LOOPBACK.test(parsed.hostname);
  if (parsed.protocol !== 'https:' && !isLocal) throw wrong(quoted(`${parsed.protocol}//${parsed.host}`));
  if (parsed.username !== '' || parsed.password !== '') throw wrong('a URL with a user or a password');
  return parsed;
}
