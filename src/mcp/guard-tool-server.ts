/** A guard between a client and a tool server: what the client lists and calls is held to the active version of a module. */

import { invalidInput, messageOf, numberIssues, quoted } from '../errors.js';
import { ignoringFailures } from '../ignoring-failures.js';
import { assertModuleId } from '../model/module-id.js';
import { type KnownOptions, optionIssues } from '../options-check.js';
import { ApprovedList } from './approved-list.js';
import { type Channel, LineChannel, type ServerChannel } from './channel.js';
import { Conversation } from './conversation.js';
import type { GuardEnd, GuardNotice, GuardOptions, ServerCommand, ServerUrl } from './guard-types.js';
import { HttpServer } from './http/http-server.js';
import { readJson } from './json-reader.js';
import { ListGate } from './list-gate.js';
import { errorText, messagesOf, type Request, type Response, RPC_ERROR, responseText } from './message.js';
import { OfferedList } from './offered-list.js';
import { OnceInAWhile } from './once-in-a-while.js';
import { initializeParams, type Opening, openingOf, openingText } from './open-conversation.js';
import { StagedChanges } from './staged-changes.js';
import { StdioServer } from './stdio-server.js';
import { targetOf } from './target.js';

/** However often a server says that its lists have changed, they are looked at, and the client is told, once in so many milliseconds. */
const CHANGE_PAUSE_MS = 1_000;

/** Once the client has said all, so long is waited for what it asked, in milliseconds. */
const LAST_ANSWERS_MS = 10_000;

/** Of what is dropped, so many different things are told: the rest is the server's to repeat. */
const MAX_DROPPED = 50;

/** What a client may be told of lists, by the kind of what changed. */
const LIST_CHANGED = {
  tools: 'notifications/tools/list_changed',
  prompts: 'notifications/prompts/list_changed',
  resourceTemplates: 'notifications/resources/list_changed',
} as const;

const GUARD_OPTIONS: KnownOptions<GuardOptions> = {
  ledger: 'value',
  moduleId: 'value',
  server: 'value',
  input: 'value',
  output: 'value',
  onChange: 'value',
  maxListAgeMs: 'value',
  pollMs: 'value',
  listTimeoutMs: 'value',
  onNotice: 'value',
  signal: 'value',
};

const SERVER_URL: KnownOptions<ServerUrl> = { url: 'value', headers: 'value', authProvider: 'value' };
const SERVER_COMMAND: KnownOptions<ServerCommand> = { command: 'value', cwd: 'value', env: 'value' };

function checkOptions(options: GuardOptions): void {
  const { moduleId, server, onChange, maxListAgeMs, pollMs, listTimeoutMs } = options;
  assertModuleId(moduleId);
  const issues = [
    ...optionIssues(options, GUARD_OPTIONS),
    ...('url' in server ? optionIssues(server, SERVER_URL) : optionIssues(server, SERVER_COMMAND)),
    ...numberIssues('maxListAgeMs', maxListAgeMs, 0),
    ...numberIssues('pollMs', pollMs, 1),
    ...numberIssues('listTimeoutMs', listTimeoutMs, 1),
  ];
  if (onChange !== undefined && onChange !== 'hold' && onChange !== 'activate')
    issues.push({ path: 'onChange', expected: 'hold or activate', actual: quoted(onChange) });
  if (issues.length > 0) throw invalidInput('INVALID_ARGUMENT', issues, 'leave them out for the defaults');
}

class Guard {
  private readonly options: GuardOptions;
  private readonly client: Channel;
  private readonly server: ServerChannel;
  private readonly approvedList: ApprovedList;
  private readonly conversation: Conversation;
  private readonly notifiers = new Map<string, OnceInAWhile>();
  private readonly dropped = new Set<string>();
  private readonly looking: OnceInAWhile;
  private readonly tell: (notice: GuardNotice) => void;
  private refusal: string | null = null;
  private gate: ListGate | null = null;
  private offered: OfferedList | null = null;
  private poll: NodeJS.Timeout | null = null;
  private end: (end: GuardEnd) => void = () => undefined;
  private readonly ended = new Promise<GuardEnd>((resolve) => {
    this.end = resolve;
  });

  constructor(options: GuardOptions, server: ServerChannel) {
    this.options = options;
    this.tell = ignoringFailures(options.onNotice) ?? (() => undefined);
    this.client = new LineChannel(options.input, options.output);
    this.server = server;
    this.approvedList = new ApprovedList(options.ledger, options.moduleId);
    this.looking = new OnceInAWhile(() => void this.gate?.look(), CHANGE_PAUSE_MS);
    this.conversation = new Conversation({
      client: this.client,
      server,
      initializeParams,
      judge: (request) => this.judge(request),
      onInitialized: (request, response) => this.open(request, response),
      onReady: () => this.looking.ask(),
      onListChanged: (method) => this.listChanged(method),
      drop: (what) => this.drop(what),
      onViolation: (message) => this.end({ by: 'guard', message: `the server broke the protocol: ${message}` }),
    });
  }

  async run(): Promise<GuardEnd> {
    const { signal, pollMs = 1_000 } = this.options;
    const stop = () => this.end({ by: 'client', message: 'it was interrupted' });
    signal?.addEventListener('abort', stop);
    this.server.listen({
      onText: (text) => this.fromServer(text),
      onDrain: () => this.resume(),
      onEnd: (why) => this.end({ by: 'server', message: `the server has ended: ${why}` }),
      waitsFor: (id) => this.conversation.waitsFor(id),
      onLost: (id, why) => this.conversation.lost(id, why),
      onRenewed: () => this.lookAgain(),
      onRefused: (why) => this.unauthorized(why),
    });
    this.client.listen({
      onText: (text) => this.fromClient(text),
      onDrain: () => this.resume(),
      onEnd: () => void this.lastAnswers(),
    });
    this.poll = setInterval(() => void this.followLedger(), pollMs);
    if (signal?.aborted === true) stop();
    const end = await this.ended;
    signal?.removeEventListener('abort', stop);
    clearInterval(this.poll);
    for (const notifier of [this.looking, ...this.notifiers.values()]) notifier.stop();
    await this.client.close();
    await this.server.close();
    return end;
  }

  /** Whichever was paused for the one that reads again. */
  private resume(): void {
    this.client.resume();
    this.server.resume();
  }

  private async lastAnswers(): Promise<void> {
    const end = () => this.end({ by: 'client', message: 'the client has ended' });
    const wait = setTimeout(end, LAST_ANSWERS_MS);
    await this.conversation.idle();
    clearTimeout(wait);
    end();
  }

  private fromServer(text: Uint8Array | string): void {
    const json = readJson(text);
    if (!('fault' in json)) for (const message of messagesOf(json)) this.conversation.fromServer(message);
    else if (json.isAmbiguous === true)
      this.end({ by: 'guard', message: `the server sent what not every reader takes for the same: ${json.fault}` });
    else this.drop('a line that is no JSON');
  }

  private fromClient(text: Uint8Array | string): void {
    const json = readJson(text);
    if ('fault' in json) this.client.send(errorText(null, RPC_ERROR.parse, json.fault));
    else for (const message of messagesOf(json)) this.conversation.fromClient(message);
  }

  private drop(what: string): void {
    if (this.dropped.size >= MAX_DROPPED || this.dropped.has(what)) return;
    this.dropped.add(what);
    this.tell({ type: 'dropped', message: what });
  }

  /** Once, until it is refused for another reason: each request is refused for the same. */
  private unauthorized(message: string): void {
    if (this.refusal === message) return;
    this.refusal = message;
    this.tell({ type: 'unauthorized', message });
  }

  private async open(request: Request, response: Response) {
    const failed = (text: string) => ({ agreement: null, text });
    if (response.member === 'error') return failed(responseText(request.id, 'error', response.raw));
    const opening = openingOf(request, response);
    if (opening === null) {
      const message = 'git-lineage: the server speaks a revision of the protocol that the guard does not';
      return failed(errorText(request.id, RPC_ERROR.internal, message));
    }
    const { ledger, moduleId } = this.options;
    try {
      const text = await openingText(request, response, opening, { approvedList: this.approvedList, ledger, moduleId });
      this.makeGate(opening);
      return { agreement: opening.agreement, text };
    } catch (error) {
      return failed(errorText(request.id, RPC_ERROR.refused, `git-lineage: ${messageOf(error)}`));
    }
  }

  private makeGate({ capabilities, self }: Opening): void {
    const { ledger, moduleId, onChange = 'hold', maxListAgeMs = 5_000, listTimeoutMs = 30_000 } = this.options;
    const { tell, approvedList } = this;
    const ask = (method: string, params: object) => this.conversation.ask(method, { ...params }, listTimeoutMs);
    this.offered = new OfferedList({ ask, self, capabilities, maxAgeMs: maxListAgeMs });
    this.gate = new ListGate({
      moduleId,
      approvedList,
      offered: this.offered,
      changes: new StagedChanges({ ledger, moduleId, onChange, tell }),
      mayBecomeActive: onChange === 'activate',
      tell,
      onChanged: (kind) => this.notifyClient(LIST_CHANGED[kind]),
    });
  }

  /** Null where a request may be passed on, else the answer to it. */
  private async judge(request: Request): Promise<string | null> {
    const target = targetOf(request);
    if (target === null) return null;
    if ('invalid' in target) return errorText(request.id, RPC_ERROR.invalidParams, target.invalid);
    const { kind, name } = target;
    if (this.gate === null) return errorText(request.id, RPC_ERROR.internal, 'git-lineage: no list is known yet');
    if (name !== null) {
      const refusal = await this.gate.refusal(kind, name);
      return refusal === null ? null : this.refusalText(request, refusal);
    }
    const listing = await this.gate.listing(kind);
    if ('refusal' in listing) return this.refusalText(request, listing.refusal);
    return responseText(request.id, 'result', `{"${kind}":[${listing.items.join(',')}]}`);
  }

  private refusalText({ id }: Request, { code, message }: { code: string; message: string }): string {
    const data = { code, module: this.options.moduleId };
    return errorText(id, RPC_ERROR.refused, `git-lineage: ${message}`, data);
  }

  private lookAgain(): void {
    this.offered?.markStale();
    this.looking.ask();
  }

  private listChanged(method: string): void {
    this.lookAgain();
    // What resources there are is not approved: the server's word on that passes. Of tools and prompts the client sees what is approved.
    if (method === LIST_CHANGED.resourceTemplates) this.notifyClient(method);
  }

  private notifyClient(method: string): void {
    const notifier =
      this.notifiers.get(method) ?? new OnceInAWhile(() => this.conversation.tellClient(method), CHANGE_PAUSE_MS);
    this.notifiers.set(method, notifier);
    notifier.ask();
  }

  /** Between calls: a client that only lists is told of a rollback as well. */
  private async followLedger(): Promise<void> {
    await this.gate?.followLedger();
  }
}

/**
 * Stands between a client and a tool server (Model Context Protocol) until one of them ends. What the server describes is held against the
 * active version of a module: what differs is staged as a new version and assessed, and waits there. The client sees what is both
 * approved and offered, as it was approved; a call to anything else is refused, with the command that would allow it.
 *
 * The first list becomes active by itself where the policy does not `requireApproval`; else nothing is shown until somebody makes it active.
 * A rollback takes effect with the next call. Behaviour that changes behind the same list cannot be seen.
 *
 * Resolves when the conversation has ended and the server with it. Rejects with `INVALID_ARGUMENT`, `INVALID_MODULE_ID` before it begins.
 */
export async function guardToolServer(options: GuardOptions): Promise<GuardEnd> {
  checkOptions(options);
  const { server } = options;
  const channel = 'url' in server ? await HttpServer.open(server) : new StdioServer(server);
  return new Guard(options, channel).run();
}
