/**
 * A tool server that is reached over streamable HTTP. Where it ends the session, another is begun, as the protocol asks of a client: the one
 * behind the guard, which speaks to it over one conversation, hears nothing of that.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { notInstalled } from '../../optional-package.js';
import type { ServerChannel, ServerListener } from '../channel.js';
import type { ServerUrl } from '../guard-types.js';
import type { Response as Answer } from '../message.js';
import { failureText } from './answer-text.js';
import { Authorization, checkHeaders } from './authorization.js';
import { HttpSession, type Sent, type SessionEvents, SessionGone, type SessionParts } from './http-session.js';
import { serverAddress } from './server-address.js';
import { answerIn, beginAgain, isSameServer, protocolOf } from './session-renewal.js';

/** So long a server that is told that a session has ended may take to say that it heard it, in milliseconds. */
const TERMINATION_MS = 2_000;

/** So many subscriptions are taken to the next session: a client cannot fill the memory with them. */
const MAX_KEPT = 1_000;

export class HttpServer implements ServerChannel {
  private readonly parts: Omit<SessionParts, 'events'>;
  private readonly scrubbed: (text: string) => string;
  private session: HttpSession;
  /** Sessions that wait for their last answers. */
  private retired: readonly HttpSession[] = [];
  private listener: ServerListener | null = null;
  /** Resolves when the client keeps up again. */
  private keepsUp: Promise<void> = Promise.resolve();
  private isPaused = false;
  private release: () => void = () => undefined;
  /** The last notification, or the opening: what is sent later arrives later. */
  private ordered: Promise<void> = Promise.resolve();
  /** How the conversation was opened: its first request, and the answer to it. */
  private opening: { readonly request: Sent; answer: Answer | null } | null = null;
  /** What the session was told that the next one has to be told as well, by what it is about. */
  private readonly kept = new Map<string, Sent>();
  private renewing: Promise<void> | null = null;

  private readonly events: SessionEvents = {
    take: (text) => this.take(text),
    waitsFor: (id) => this.listener?.waitsFor(id) ?? false,
    lost: (id, why) => this.lost(id, why),
    broken: (why) => this.end(why),
  };

  private constructor(parts: Omit<SessionParts, 'events'>, scrubbed: (text: string) => string) {
    this.parts = parts;
    this.scrubbed = scrubbed;
    this.session = new HttpSession({ ...parts, events: this.events });
  }

  /** @throws `INVALID_ARGUMENT` for what is no such URL, or where the SDK is not installed */
  static async open({ url, headers, authProvider }: ServerUrl): Promise<HttpServer> {
    const address = serverAddress(url);
    checkHeaders(typeof headers === 'function' ? await headers() : (headers ?? {}));
    const missing = 'npm install @modelcontextprotocol/sdk; a COMMAND does not need it';
    const sdk = await import('@modelcontextprotocol/sdk/client/streamableHttp.js').catch(
      notInstalled('url', '@modelcontextprotocol/sdk', missing),
    );
    const auth = await import('@modelcontextprotocol/sdk/client/auth.js');
    const onRefused = (why: string) => server.listener?.onRefused(why);
    const authorization = new Authorization({ address, headers, authProvider, sdk: auth, onRefused });
    const request = (to: string | URL, init: RequestInit) => authorization.request(to, init);
    const server = new HttpServer({ sdk, address, request }, (text) => authorization.scrubbed(text));
    return server;
  }

  listen(listener: ServerListener): void {
    this.listener = listener;
  }

  send(text: string): boolean {
    const sent = { ...(JSON.parse(text) as Omit<Sent, 'text'>), text };
    const { id, method, params } = sent;
    if (method === 'initialize' && id !== undefined) this.begin(sent);
    this.keep(sent);
    const sending = this.ordered.then(() => this.deliver(sent)).catch((error: unknown) => this.failed(sent, error));
    if (id === undefined || method === undefined || method === 'initialize') this.ordered = sending;
    if (method === 'notifications/cancelled') void sending.then(() => this.session.drop(params?.requestId));
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
    await Promise.race([this.session.terminate(), pause(TERMINATION_MS, undefined, { ref: false })]);
    for (const session of [...this.retired, this.session]) await session.close();
  }

  /** A client that did not come to an agreement may begin once more. */
  private begin(request: Sent): void {
    if (this.opening !== null) {
      const { session } = this;
      void session.terminate().then(() => this.retire(session));
      this.session = new HttpSession({ ...this.parts, events: this.events });
    }
    this.opening = { request, answer: null };
  }

  private retire(session: HttpSession): void {
    void session.retire();
    this.retired = [...this.retired, session].filter(({ isClosed }) => !isClosed);
  }

  /** Whatever the next session has to be told again: the level of the log, and what is subscribed to. */
  private keep(sent: Sent): void {
    const { method, params } = sent;
    const about = `resources/subscribe ${String(params?.uri)}`;
    if (method === 'resources/unsubscribe') this.kept.delete(about);
    if (method === 'logging/setLevel') this.kept.set(method, sent);
    if (method === 'resources/subscribe' && this.kept.size < MAX_KEPT) this.kept.set(about, sent);
  }

  /** A request that the server refuses because it has ended the session has not been looked at: it is sent again, once, in another session. */
  private async deliver(sent: Sent): Promise<void> {
    const { session } = this;
    try {
      await session.send(sent);
    } catch (error) {
      if (!(error instanceof SessionGone) || sent.id === undefined || sent.method === undefined) throw error;
      if (this.session === session) this.renewing ??= this.renew().finally(() => (this.renewing = null));
      await this.renewing;
      // Cancelled meanwhile: the server must not begin it.
      if (this.events.waitsFor(sent.id)) await this.session.send(sent);
    }
  }

  /** @throws where no session begins. The conversation ends where another server answers than the one that it began with. */
  private async renew(): Promise<void> {
    const { opening, session: old } = this;
    if (opening === null || opening.answer === null) throw new Error('it ended the session before it had begun');
    const { session, answer } = await beginAgain({
      open: (events) => new HttpSession({ ...this.parts, events }),
      events: this.events,
      opening: opening.request,
      again: [...this.kept.values()],
    });
    this.session = session;
    this.retire(old);
    if (isSameServer(opening.answer, answer)) this.listener?.onRenewed();
    else this.end('its session has ended, and in a new one it describes itself otherwise');
  }

  /** A request that did not get through is answered here: nobody else will. */
  private failed({ id, method }: Sent, error: unknown): void {
    if (id !== undefined && method !== undefined) this.lost(id, failureText(error));
  }

  private lost(id: string | number, why: string): void {
    const text = this.scrubbed(why).slice(0, 400);
    this.listener?.onLost(id, `the server could not be reached: ${text}`);
  }

  private end(why: string): void {
    const { listener } = this;
    this.listener = null;
    listener?.onEnd(why);
  }

  private async take(text: Uint8Array | string): Promise<void> {
    await this.keepsUp;
    this.learnOpening(text);
    this.listener?.onText(text);
  }

  private learnOpening(text: Uint8Array | string): void {
    const { opening } = this;
    if (opening === null || opening.answer !== null || opening.request.id === undefined) return;
    opening.answer = answerIn(text, opening.request.id);
    const protocol = opening.answer === null ? null : protocolOf(opening.answer);
    if (protocol !== null) this.session.setProtocol(protocol);
  }
}
