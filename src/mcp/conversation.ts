/**
 * A client and a server, with the guard between them: who may say what, and under which id. Texts that pass are passed as they are
 * written; ids are the guard's own on both sides, so that nobody answers what was not asked of it.
 */

import type { Channel, ServerChannel } from './channel.js';
import type { JsonObject } from './json-reader.js';
import {
  errorText,
  type Message,
  type Notification,
  notificationText,
  type Request,
  type Response,
  RPC_ERROR,
  requestText,
  responseText,
} from './message.js';
import { mayAskClient, mayAskServer, mayTellClient, mayTellServer } from './passed-methods.js';
import { Calls, idKey, MAX_WAITING, progressToken } from './pending-calls.js';

/** A request of the client's. */
interface ClientCall {
  readonly request: Request;
  /** The id under which the server knows it; null while it is not passed on. */
  passedAs: number | null;
}

/** Whose question the server is answering: the client's, or the guard's own. */
type Asked =
  | { readonly call: ClientCall }
  | { readonly answer: (response: Response) => void; readonly fail: (error: Error) => void };

/** What both have said that they can, and the revision of the protocol that they speak. */
export interface Agreement {
  readonly protocol: string;
  readonly client: JsonObject;
  readonly server: JsonObject;
}

interface ConversationParts {
  readonly client: Channel;
  readonly server: ServerChannel;
  /** What of the client's `initialize` goes to the server. */
  readonly initializeParams: (request: Request) => string;
  /** Answers what the guard answers itself, and says what may be passed on: null, or the text of the answer. */
  readonly judge: (request: Request) => Promise<string | null>;
  /** What the client is told of the server's answer to `initialize`, and what both agree on; null where they do not. */
  readonly onInitialized: (
    request: Request,
    answer: Response,
  ) => Promise<{ readonly agreement: Agreement | null; readonly text: string }>;
  /** The client knows it, and has said so. */
  readonly onReady: () => void;
  /** The server says that a list has changed. */
  readonly onListChanged: (method: string) => void;
  readonly drop: (what: string) => void;
  /** The server broke the protocol in a way that no answer of it can be told from another any more. */
  readonly onViolation: (what: string) => void;
}

export class Conversation {
  private readonly parts: ConversationParts;
  private readonly toServer = new Calls<Asked>();
  private readonly toClient = new Calls<Request>();
  private readonly calls = new Map<string, ClientCall>();
  private readonly clientTokens = new Set<string>();
  private readonly serverTokens = new Set<string>();
  /** What the client said before it knew the server's answer to `initialize`: it is heard then. */
  private early: Message[] = [];
  private agreement: Agreement | null = null;
  private phase: 'new' | 'initializing' | 'ready' = 'new';
  private whenIdle: (() => void) | null = null;

  constructor(parts: ConversationParts) {
    this.parts = parts;
  }

  /** Resolves when no request of the client's waits for its answer. */
  async idle(): Promise<void> {
    if (this.calls.size > 0 || this.early.length > 0)
      await new Promise<void>((resolve) => {
        this.whenIdle = resolve;
      });
  }

  /** Asks the server in the guard's own name. Rejects where no answer comes in time. */
  ask(method: string, params: JsonObject, timeoutMs: number): Promise<Response> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        clearTimeout(timer);
        done();
      };
      const id = this.toServer.add({
        answer: (response) => settle(() => resolve(response)),
        fail: (error) => settle(() => reject(error)),
      });
      const timer = setTimeout(() => {
        this.toServer.cancel(id);
        this.parts.server.send(notificationText('notifications/cancelled', JSON.stringify({ requestId: id })));
        reject(new Error(`the server did not answer ${method} within ${timeoutMs} ms`));
      }, timeoutMs);
      timer.unref();
      this.send(this.parts.server, requestText(id, method, JSON.stringify(params)));
    });
  }

  tellClient(method: string): void {
    if (this.phase === 'ready') this.send(this.parts.client, notificationText(method));
  }

  fromClient(message: Message | null): void {
    const { client } = this.parts;
    if (message === null) this.send(client, errorText(null, RPC_ERROR.invalidRequest, 'no message of JSON-RPC 2.0'));
    else if (this.isOpening && this.early.length < MAX_WAITING) this.early.push(message);
    else if (message.kind === 'request') void this.clientAsks(message);
    else if (message.kind === 'notification') this.clientTells(message);
    else this.clientAnswers(message);
  }

  fromServer(message: Message | null): void {
    if (message === null) this.parts.drop('what is no message of JSON-RPC 2.0');
    else if (message.kind === 'request') this.serverAsks(message);
    else if (message.kind === 'notification') this.serverTells(message);
    else this.serverAnswers(message);
  }

  /** Whether somebody waits for the server's answer to a request. */
  waitsFor(id: string | number): boolean {
    return typeof id === 'number' && this.toServer.get(id) !== undefined;
  }

  /** The server does not answer a request any more: whoever asked hears why. */
  lost(id: string | number, why: string): void {
    const asked = this.waitsFor(id) ? this.toServer.take(id).call : null;
    if (asked === null) return;
    const value = { code: RPC_ERROR.internal, message: `git-lineage: ${why}` };
    if ('fail' in asked) asked.fail(new Error(why));
    else this.passBack(asked.call, { kind: 'response', id, member: 'error', value, raw: JSON.stringify(value) });
  }

  /** Whoever does not keep up is waited for. */
  private send(to: Pick<Channel, 'send'>, text: string): void {
    const { client, server } = this.parts;
    if (!to.send(text)) (to === client ? server : client).pause();
  }

  private refuse(request: Request, code: number, message: string): void {
    this.answer(request, errorText(request.id, code, message));
  }

  private answer({ id }: Request, text: string): void {
    this.calls.delete(idKey(id));
    this.send(this.parts.client, text);
    this.tellIdle();
  }

  private tellIdle(): void {
    if (this.calls.size === 0 && this.early.length === 0) this.whenIdle?.();
  }

  private get isOpening(): boolean {
    return this.phase === 'initializing' && this.agreement === null;
  }

  private async clientAsks(request: Request): Promise<void> {
    const { id, method } = request;
    if (this.calls.has(idKey(id)) || this.calls.size >= MAX_WAITING) {
      // Not by `answer`: under this id another waits.
      const what = this.calls.has(idKey(id)) ? 'the id of a request that is not answered yet' : 'too many requests';
      this.send(this.parts.client, errorText(id, RPC_ERROR.invalidRequest, what));
      return;
    }
    const call: ClientCall = { request, passedAs: null };
    this.calls.set(idKey(id), call);
    if (method === 'initialize') return this.initialize(call);
    if (this.agreement === null) {
      if (method === 'ping') return this.answer(request, responseText(id, 'result', '{}'));
      // That of 2026-07-28 has no `initialize`: its clients go back to this one where a server does not know their first request.
      const code = method === 'server/discover' ? RPC_ERROR.methodNotFound : RPC_ERROR.invalidRequest;
      return this.refuse(request, code, `${method} before initialize`);
    }
    if (!mayAskServer(method, this.agreement.server, this.agreement.protocol))
      return this.refuse(request, RPC_ERROR.methodNotFound, `${method} is nothing that the server said it can`);
    const answer = await this.parts.judge(request);
    // Cancelled meanwhile.
    if (this.calls.get(idKey(id)) !== call) return;
    if (answer !== null) this.answer(request, answer);
    else this.pass(call, request.rawParams);
  }

  private pass(call: ClientCall, rawParams: string | null): void {
    const { request } = call;
    const token = progressToken(request);
    if (token !== null) this.clientTokens.add(token);
    call.passedAs = this.toServer.add({ call });
    this.send(this.parts.server, requestText(call.passedAs, request.method, rawParams));
  }

  private initialize(call: ClientCall): void {
    const { request } = call;
    if (this.phase === 'new') {
      this.phase = 'initializing';
      this.pass(call, this.parts.initializeParams(request));
    } else this.refuse(request, RPC_ERROR.invalidRequest, 'initialize for the second time');
  }

  private async initialized({ request }: ClientCall, response: Response): Promise<void> {
    const { agreement, text } = await this.parts.onInitialized(request, response);
    this.agreement = agreement;
    // Where they did not come to an agreement, the client may try again.
    if (agreement === null) this.phase = 'new';
    this.answer(request, text);
    const { early } = this;
    this.early = [];
    for (const message of early) this.fromClient(message);
    this.tellIdle();
  }

  private clientTells(notification: Notification): void {
    const { method, params, rawParams } = notification;
    const { server, drop } = this.parts;
    if (method === 'notifications/initialized') this.ready(notification);
    else if (this.agreement === null || !mayTellServer(method, this.agreement.client)) drop(`${method} of the client`);
    else if (method === 'notifications/cancelled') this.clientCancels(params);
    else if (method === 'notifications/progress' && !isKnownToken(params, this.serverTokens))
      drop(`${method} of the client, of nothing`);
    else this.send(server, notificationText(method, rawParams));
  }

  private ready({ method, rawParams }: Notification): void {
    if (this.agreement === null || this.phase === 'ready') {
      this.parts.drop(`${method} out of its turn`);
      return;
    }
    this.phase = 'ready';
    this.send(this.parts.server, notificationText(method, rawParams));
    this.parts.onReady();
  }

  private clientCancels({ requestId, reason }: JsonObject): void {
    const isId = typeof requestId === 'string' || typeof requestId === 'number';
    const call = isId ? this.calls.get(idKey(requestId)) : undefined;
    // One that is answered already, or the first, which cannot be.
    if (!isId || call === undefined || call.request.method === 'initialize') return;
    this.calls.delete(idKey(requestId));
    this.tellIdle();
    if (call.passedAs === null) return;
    this.toServer.cancel(call.passedAs);
    const params = { requestId: call.passedAs, ...(typeof reason === 'string' ? { reason } : {}) };
    this.send(this.parts.server, notificationText('notifications/cancelled', JSON.stringify(params)));
  }

  private clientAnswers({ id, member, raw }: Response): void {
    const { call } = this.toClient.take(id);
    if (call === null) {
      this.parts.drop('an answer of the client to what nobody asked');
      return;
    }
    const token = progressToken(call);
    if (token !== null) this.serverTokens.delete(token);
    this.send(this.parts.server, responseText(call.id, member, raw));
  }

  private serverAnswers(response: Response): void {
    const { drop, onViolation } = this.parts;
    if (this.phase === 'new') {
      onViolation('it answers before it is asked');
      return;
    }
    const { place, call: asked } = this.toServer.take(response.id);
    if (place === 'answered') onViolation('it answers a request for the second time');
    else if (place === 'cancelled') drop('an answer to what was cancelled');
    else if (asked === null) drop('an answer to what nobody asked');
    else if ('answer' in asked) asked.answer(response);
    else this.passBack(asked.call, response);
  }

  private passBack(call: ClientCall, response: Response): void {
    const { request } = call;
    if (request.method === 'initialize') {
      void this.initialized(call, response);
      return;
    }
    const token = progressToken(request);
    // A task goes on after its call was answered.
    if (token !== null && request.params['task'] === undefined) this.clientTokens.delete(token);
    this.answer(request, responseText(request.id, response.member, response.raw));
  }

  private serverAsks(request: Request): void {
    const { client, drop } = this.parts;
    const { id, method, rawParams } = request;
    const isReady = this.phase === 'ready';
    if (method === 'ping' && !isReady) {
      this.answerServer(responseText(id, 'result', '{}'));
      return;
    }
    const isKnown = isReady && mayAskClient(method, this.agreement?.client ?? {});
    if (!isKnown || this.toClient.size >= MAX_WAITING) {
      drop(isKnown ? 'one request too many of the server' : `${method} of the server, which the client did not offer`);
      this.answerServer(errorText(id, RPC_ERROR.methodNotFound, `${method} is nothing that the client offers`));
      return;
    }
    const token = progressToken(request);
    if (token !== null) this.serverTokens.add(token);
    this.send(client, requestText(this.toClient.add(request), method, rawParams));
  }

  /** A server that asks without end and reads no answer is not read any more. */
  private answerServer(text: string): void {
    const { server } = this.parts;
    if (!server.send(text)) server.pause();
  }

  private serverTells({ method, params, rawParams }: Notification): void {
    const { client, onListChanged, drop } = this.parts;
    const { agreement } = this;
    if (this.phase !== 'ready' || agreement === null || !mayTellClient(method, agreement.server, agreement.client))
      drop(`${method} of the server`);
    else if (/\/list_changed$/.test(method)) onListChanged(method);
    else if (method === 'notifications/cancelled') this.serverCancels(params);
    else if (method === 'notifications/progress' && !isKnownToken(params, this.clientTokens))
      drop(`${method} of the server, of nothing`);
    else this.send(client, notificationText(method, rawParams));
  }

  private serverCancels({ requestId, reason }: JsonObject): void {
    const [id] = [...this.toClient.entries()].find(([, request]) => request.id === requestId) ?? [];
    if (id === undefined) return;
    this.toClient.cancel(id);
    const params = { requestId: id, ...(typeof reason === 'string' ? { reason } : {}) };
    this.send(this.parts.client, notificationText('notifications/cancelled', JSON.stringify(params)));
  }
}

function isKnownToken({ progressToken: token }: JsonObject, known: ReadonlySet<string>): boolean {
  return (typeof token === 'string' || typeof token === 'number') && known.has(idKey(token));
}
