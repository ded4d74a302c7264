/** A guarded conversation for a test: a ledger, a scripted server, and a client that sees every message. */

import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { type GuardEnd, type GuardNotice, type GuardOptions, guardToolServer } from '../../src/api/mcp.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { PolicySettings } from '../../src/api/types.js';
import { initLedger, type Ledger } from '../../src/index.js';

// biome-ignore lint/suspicious/noExplicitAny: messages are what these tests check
export type Message = any;

import { filesOf, ITEM_KINDS, itemsOf, type ServerDescription, selfDescription } from '../../src/mcp/canonical-form.js';
import type { JsonObject } from '../../src/mcp/json-reader.js';

export const SERVER = fileURLToPath(new URL('scripted-server.mjs', import.meta.url));
export const MODULE = 'finder';

export const SEARCH = {
  name: 'search',
  description: 'Looks things up.',
  inputSchema: { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] },
  annotations: { readOnlyHint: true },
};
export const LOOK = { name: 'look', description: 'Looks.', inputSchema: { type: 'object' } };

export interface Offer {
  tools?: object[];
  prompts?: object[];
  resourceTemplates?: object[];
  self?: { serverInfo?: object; instructions?: string };
  capabilities?: object;
}

/** A client that asks, and keeps what it is told. */
export class Client {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  /** Every message that came and is no answer to what was asked. */
  readonly told: Message[] = [];
  private readonly waiting = new Map<number, (answer: Message) => void>();
  private last = 0;

  constructor() {
    let rest = '';
    this.output.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.take(JSON.parse(line));
    });
  }

  private take(message: Message): void {
    const waiting = message.method === undefined ? this.waiting.get(message.id) : undefined;
    if (waiting === undefined) this.told.push(message);
    else waiting(message);
    if (waiting !== undefined) this.waiting.delete(message.id);
  }

  write(line: string): void {
    this.input.write(`${line}\n`);
  }

  send(message: object): void {
    this.write(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  /** @returns the whole answer */
  ask(method: string, params: object = {}): Promise<Message> {
    this.last += 1;
    const id = this.last;
    const answer = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.send({ id, method, params });
    return answer;
  }

  async open(capabilities: object = {}, protocolVersion = '2025-11-25'): Promise<Message> {
    const clientInfo = { name: 'test', version: '1' };
    const answer = await this.ask('initialize', { protocolVersion, capabilities, clientInfo });
    this.send({ method: 'notifications/initialized' });
    return answer;
  }

  async tools(): Promise<string[]> {
    const { result } = await this.ask('tools/list');
    return result.tools.map(({ name }: Message) => name);
  }

  call(name: string, params: object = {}): Promise<Message> {
    return this.ask('tools/call', { name, arguments: {}, ...params });
  }
}

export class Guarded {
  readonly folder: string;
  readonly client = new Client();
  readonly notices: GuardNotice[] = [];
  readonly ledger: Ledger;
  ended: Promise<GuardEnd> = Promise.resolve({ by: 'client', message: '' });

  constructor(ledger: Ledger, folder: string) {
    this.folder = folder;
    this.ledger = ledger;
  }

  get log(): string {
    return join(this.folder, 'log');
  }

  /** What the server received, in order. */
  get received(): Message[] {
    const lines = readFileSync(this.log, 'utf8').trim().split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  /** The tools that were called at the server. */
  get called(): string[] {
    return this.received.filter(({ method }) => method === 'tools/call').map(({ params }) => params.name);
  }

  /** What the server offers from now on: it may read the file at any moment, and finds the one or the other. */
  offer(offer: Offer): void {
    const file = join(this.folder, 'offer.json');
    writeFileSync(`${file}.new`, JSON.stringify(offer));
    renameSync(`${file}.new`, file);
  }

  start(trick = '', options: Partial<GuardOptions> = {}, client = this.client): Promise<GuardEnd> {
    const command = [process.execPath, SERVER, join(this.folder, 'offer.json'), this.log, trick] as const;
    const stopping = new AbortController();
    this.ended = guardToolServer({
      ledger: this.ledger,
      moduleId: MODULE,
      server: { command: [...command], env: process.env },
      input: client.input,
      output: client.output,
      onNotice: (notice) => this.notices.push(notice),
      // A look at each call: a test does not wait for a list to grow old.
      maxListAgeMs: 0,
      pollMs: 20,
      signal: stopping.signal,
      ...options,
    });
    onTestFinished(async () => {
      stopping.abort();
      await this.ended;
    });
    return this.ended;
  }

  /** Another conversation, after this one has ended. */
  async again(): Promise<Client> {
    this.client.input.end();
    await this.ended;
    const client = new Client();
    this.start('', {}, client);
    return client;
  }

  /** The notice of a type that came last. */
  async notice<T extends GuardNotice['type']>(type: T): Promise<Extract<GuardNotice, { type: T }>> {
    await expect.poll(() => this.notices.some((notice) => notice.type === type), { timeout: 30_000 }).toBe(true);
    return this.notices.findLast((notice) => notice.type === type) as Extract<GuardNotice, { type: T }>;
  }
}

/** A ledger, and an offer that nobody has approved yet. */
export async function guarded(
  offer: Offer = { tools: [SEARCH, LOOK] },
  settings: Partial<PolicySettings> = {},
): Promise<Guarded> {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-mcp-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const signer = await ephemeralSigner('ops@example.org');
  const ledger = await initLedger({ gitdir: join(folder, 'modules.git'), signer, thread: false, config: settings });
  onTestFinished(() => ledger.close());
  const made = new Guarded(ledger, folder);
  made.offer(offer);
  writeFileSync(made.log, '');
  return made;
}

/** The files by which a guard would know the offer. */
export function filesOfOffer({ self = {}, ...lists }: Offer): ReadonlyMap<string, string> {
  const said = selfDescription({ serverInfo: { name: 'scripted', ...self.serverInfo }, ...self } as JsonObject);
  const items = Object.fromEntries(
    ITEM_KINDS.map((kind) => [kind, itemsOf(kind, (lists[kind] ?? []) as JsonObject[])]),
  );
  return filesOf({ ...said, items } as unknown as ServerDescription);
}

/**
 * The same, with a first version that is active: what it begins with. Nothing is measured: that takes a process of its own, and
 * `guard.test.ts` has it.
 */
export async function approved(
  offer: Offer = { tools: [SEARCH, LOOK] },
  trick = '',
  options: Partial<GuardOptions> = {},
  capabilities: object = {},
): Promise<Guarded> {
  const made = await guarded(offer);
  await made.ledger.recordCheckpoint({ moduleId: MODULE }, { files: filesOfOffer(offer) });
  if (options.ledger === undefined) made.ledger.assess = () => Promise.reject(new Error('nothing is measured here'));
  made.start(trick, options);
  await made.client.open(capabilities);
  return made;
}
