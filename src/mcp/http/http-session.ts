/**
 * A session with a tool server over streamable HTTP, by the transport of the protocol's SDK. That has the session's id and takes a stream up
 * again where it broke; it is shown when streams begin, go on and end, and none of what they say: it takes the last of two equal names.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_LINE_BYTES } from '../channel.js';
import { failureText, reasonOf, typeOf } from './answer-text.js';
import { eventsIn, StreamFault } from './event-stream.js';
import { bodyOf } from './server-address.js';

type Sdk = typeof import('@modelcontextprotocol/sdk/client/streamableHttp.js');
type Transport = InstanceType<Sdk['StreamableHTTPClientTransport']>;

/** A message as it goes out: made here, so it is one. */
export interface Sent {
  readonly text: string;
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly requestId?: unknown; readonly uri?: unknown };
}

/** What a session tells. */
export interface SessionEvents {
  /** Resolves when the next message may come. */
  take(text: Uint8Array | string): Promise<void>;
  /** Whether somebody still waits for the answer to a request. */
  waitsFor(id: string | number): boolean;
  /** No answer to a request comes any more. */
  lost(id: string | number, why: string): void;
  /** The server says what not every reader takes for the same: nothing more is read. */
  broken(why: string): void;
}

export interface SessionParts {
  readonly sdk: Sdk;
  readonly address: URL;
  /** Sends a request with what authorizes it; rejects where it is refused for want of that. */
  readonly request: (url: string | URL, init: RequestInit) => Promise<Response>;
  readonly events: SessionEvents;
}

/** A server's word that nothing is left of the session that a request names. */
export class SessionGone extends Error {}

/** A stream of events: of a request until that is answered, or of the session. It goes on where another connection takes it up. */
interface Stream {
  readonly number: number;
  readonly requestId: string | number | null;
  lastEventId: string | null;
  /** So long the server wants to be left alone before the stream is taken up, in milliseconds. */
  retryMs: number;
  /** How often it could not be taken up, one time after the other. */
  failures: number;
}

/**
 * So often the transport tries to take a stream up before it gives up. It is told to wait for the least time only: the rest of a pause is made here,
 * where it ends with the session.
 */
const RECONNECTION = {
  maxRetries: 3,
  initialReconnectionDelay: 100,
  maxReconnectionDelay: 100,
  reconnectionDelayGrowFactor: 1,
};
const LEAST_RETRY_MS = RECONNECTION.initialReconnectionDelay;
const USUAL_RETRY_MS = 1_000;
const MOST_RETRY_MS = 300_000;

const EVENTS = 'text/event-stream';
const ENDED = 'its session has ended';

export class HttpSession {
  private readonly transport: Transport;
  private readonly parts: SessionParts;
  private readonly posting = new AsyncLocalStorage<Sent>();
  private readonly streams = new Map<number, Stream>();
  /** Requests whose connection is open, each with what closes it. */
  private readonly open = new Map<string | number, AbortController>();
  private lastStream = 0;
  /** That of the session, once it was asked for. */
  private ownStream: Stream | undefined;
  private isRetired = false;
  /** Nothing is sent in it, and nothing comes, any more. */
  isClosed = false;

  constructor(parts: SessionParts) {
    this.parts = parts;
    const fetch = (url: string | URL, init: RequestInit = {}) => this.fetch(url, init);
    const options = { fetch, reconnectionOptions: RECONNECTION };
    this.transport = new parts.sdk.StreamableHTTPClientTransport(parts.address, options);
    void this.transport.start();
  }

  /** The revision that both agree on stands in a header from then on. */
  setProtocol(version: string): void {
    this.transport.setProtocolVersion(version);
  }

  /** Resolves when the server has taken the message: its answer may come later. @throws SessionGone, or why it could not be sent */
  async send(sent: Sent): Promise<void> {
    const message = JSON.parse(sent.text) as Parameters<Transport['send']>[0];
    try {
      await this.posting.run(sent, () => this.transport.send(message));
    } catch (error) {
      throw this.isClosed ? new Error(ENDED) : error;
    }
  }

  /** Nobody waits for the answer to a request any more: its connection is closed. */
  drop(id: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.open.get(id)?.abort();
  }

  /** Tells the server that the session has ended, where it listens. */
  terminate(): Promise<void> {
    return this.transport.terminateSession().catch(() => undefined);
  }

  /** Nothing more is sent: closes when what was sent before has its answers. */
  async retire(): Promise<void> {
    this.isRetired = true;
    await this.closeIfIdle();
  }

  /** Closes every connection; what waits for an answer is lost. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.transport.close();
    for (const connection of this.open.values()) connection.abort();
    for (const { requestId } of this.streams.values()) if (requestId !== null) this.parts.events.lost(requestId, ENDED);
    this.streams.clear();
  }

  /** What the transport fetches with. */
  private fetch(url: string | URL, init: RequestInit): Promise<Response> {
    if (this.isClosed) throw new Error('the session is closed');
    const sent = this.posting.getStore();
    if (init.method === 'POST' && sent !== undefined) return this.post(url, init, sent);
    if (init.method === 'GET') return this.listen(url, init);
    return this.parts.request(url, init);
  }

  /** Of a request the answer is taken, or the stream that brings it is read; of anything else it counts that it arrived. */
  private async post(url: string | URL, init: RequestInit, { text, id, method }: Sent): Promise<Response> {
    const ending = new AbortController();
    const isRequest = id !== undefined && method !== undefined;
    if (isRequest) this.open.set(id, ending);
    let isStreaming = false;
    try {
      // As it is written: the transport writes numbers anew, and large ones otherwise.
      const response = await this.parts.request(url, { ...init, signal: ending.signal, body: text });
      const hadSession = new Headers(init.headers).has('mcp-session-id');
      if (response.status === 404 && hadSession) {
        await response.body?.cancel();
        throw new SessionGone('it does not know the session any more');
      }
      if (!response.ok) throw new Error(`it answers ${await reasonOf(response)}`);
      const headers = method === 'initialize' ? sessionHeader(response) : {};
      const accepted = new Response(null, { status: 202, headers });
      if (!isRequest) {
        await response.body?.cancel();
        return accepted;
      }
      if (typeOf(response) === EVENTS && response.body !== null) {
        isStreaming = true;
        return this.shown(response.body, this.newStream(id), headers);
      }
      await this.takeAnswer(response, id);
      return accepted;
    } finally {
      if (isRequest && !isStreaming) this.forget(id);
    }
  }

  private async takeAnswer(response: Response, id: string | number): Promise<void> {
    const { events } = this.parts;
    const type = typeOf(response);
    if (type !== 'application/json') {
      await response.body?.cancel();
      const what = type === '' ? `${response.status} and nothing` : `${type.slice(0, 50)}, which is no message`;
      throw new Error(`it answers with ${what}: is this the address of a tool server?`);
    }
    const { bytes, isWhole } = await bodyOf(response, MAX_LINE_BYTES);
    if (!isWhole) {
      events.broken(`it sent a body of more than ${MAX_LINE_BYTES} bytes`);
      return;
    }
    await events.take(bytes);
    events.lost(id, 'its answer is not the one to the request');
  }

  private newStream(requestId: string | number | null): Stream {
    this.lastStream += 1;
    const stream = { number: this.lastStream, requestId, lastEventId: null, retryMs: USUAL_RETRY_MS, failures: 0 };
    this.streams.set(stream.number, stream);
    return stream;
  }

  /** The stream of the session, or one of a request that is taken up again. */
  private async listen(url: string | URL, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const resumed = headers.get('last-event-id');
    const known = resumed === null ? this.ownStream : this.streams.get(Number(resumed));
    const nothing = new Response(null, { status: 405 });
    if (known !== undefined && this.isDone(known)) this.streams.delete(known.number);
    if (resumed !== null && (known === undefined || this.isDone(known))) return nothing;
    const stream = known ?? this.newStream(null);
    if (stream.requestId === null) this.ownStream = stream;
    headers.delete('last-event-id');
    // Latin-1 is what a header holds: these are the bytes of the id.
    const { lastEventId } = stream;
    if (lastEventId !== null) headers.set('last-event-id', Buffer.from(lastEventId).toString('latin1'));
    const ending = stream.requestId === null ? undefined : this.open.get(stream.requestId);
    const signal = ending?.signal ?? init.signal ?? null;
    try {
      const rest = stream.retryMs - LEAST_RETRY_MS;
      if (known !== undefined && rest > 0) await pause(rest, undefined, { ref: false, ...(signal ? { signal } : {}) });
      const response = await this.parts.request(url, { ...init, headers, signal });
      if (response.ok && response.body !== null && typeOf(response) === EVENTS) {
        stream.failures = 0;
        return this.shown(response.body, stream);
      }
      await response.body?.cancel();
      // It has no such stream, or none any more: asking again would not help.
      if (response.status < 500) {
        this.finish(stream, `it does not go on with the answer (${response.status})`);
        return nothing;
      }
      throw new Error(`it answers ${response.status}`);
    } catch (error) {
      stream.failures += 1;
      if (stream.failures >= RECONNECTION.maxRetries) this.finish(stream, failureText(error));
      throw error;
    }
  }

  private isDone({ requestId }: Stream): boolean {
    return requestId !== null && !this.parts.events.waitsFor(requestId);
  }

  /** Nothing more comes on a stream. */
  private finish({ number, requestId }: Stream, why: string): void {
    this.streams.delete(number);
    if (requestId === null) return;
    this.forget(requestId);
    this.parts.events.lost(requestId, why);
  }

  private forget(id: string | number): void {
    this.open.delete(id);
    void this.closeIfIdle();
  }

  private async closeIfIdle(): Promise<void> {
    if (this.isRetired && !this.isClosed && this.open.size === 0) await this.close();
  }

  /** What the transport sees of a stream: that it goes on, and when it has brought what it was opened for. */
  private shown(body: AsyncIterable<Uint8Array>, stream: Stream, headers: Record<string, string> = {}): Response {
    const shown = new ReadableStream<Uint8Array>({ start: (to) => void this.read(body, stream, to) });
    return new Response(shown, { headers: { 'content-type': EVENTS, ...headers } });
  }

  private async read(
    body: AsyncIterable<Uint8Array>,
    stream: Stream,
    to: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    const { events } = this.parts;
    const show = (lines: string) => to.enqueue(Buffer.from(`${lines}\n\n`));
    try {
      for await (const { id, retryMs, message } of eventsIn(body)) {
        if (message !== null) await events.take(message);
        stream.lastEventId = id ?? stream.lastEventId;
        if (this.isDone(stream)) {
          // Leaving closes the connection, whether or not the server has more to say on it.
          show('data: {"jsonrpc":"2.0","id":0,"result":{}}');
          break;
        }
        if (retryMs !== null) stream.retryMs = Math.min(Math.max(retryMs, LEAST_RETRY_MS), MOST_RETRY_MS);
        if (id !== null) show(`id: ${stream.number}\ndata:`);
      }
      to.close();
    } catch (error) {
      if (error instanceof StreamFault) events.broken(`it sent ${error.message}`);
      to.error(error);
    }
    if (this.isDone(stream) || stream.lastEventId === null)
      this.finish(stream, 'it ended the stream before the answer');
  }
}

/** The id of a session is given with the answer that opens it, and stays. */
function sessionHeader({ headers }: Response): Record<string, string> {
  const id = headers.get('mcp-session-id');
  return id === null ? {} : { 'mcp-session-id': id };
}
