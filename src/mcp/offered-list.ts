/** What a tool server offers now: its lists, asked for again when they may have changed, within bounds. */

import { ITEM_KINDS, type ItemKind, type ItemText, itemsOf, type ServerDescription } from './canonical-form.js';
import { type Fault, isJsonObject, type Json, type JsonObject } from './json-reader.js';
import { type Response, RPC_ERROR } from './message.js';

/** Asks the server; rejects where no answer comes. */
type AskServer = (method: string, params: JsonObject) => Promise<Response>;

export type Offer = ServerDescription | Fault;

/** A list may have so many pages and bytes, all kinds together; more is refused, and so is a cursor that comes again. */
const MAX_PAGES = 100;
const MAX_LIST_BYTES = 10 * 2 ** 20;

const METHOD_OF_KIND: Readonly<Record<ItemKind, { readonly method: string; readonly capability: string }>> = {
  tools: { method: 'tools/list', capability: 'tools' },
  prompts: { method: 'prompts/list', capability: 'prompts' },
  resourceTemplates: { method: 'resources/templates/list', capability: 'resources' },
};

/** What is left of the bounds. */
interface Room {
  pages: number;
  bytes: number;
}

async function listOf(ask: AskServer, kind: ItemKind, room: Room): Promise<readonly Json[] | Fault> {
  const { method } = METHOD_OF_KIND[kind];
  const list: Json[] = [];
  const cursors = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    if (room.pages === 0) return { fault: `more than ${MAX_PAGES} pages` };
    room.pages -= 1;
    const { member, value, raw } = await ask(method, cursor === undefined ? {} : { cursor });
    // What it does not know, it does not offer.
    if (member === 'error' && value['code'] === RPC_ERROR.methodNotFound && cursor === undefined) return [];
    if (member === 'error') return { fault: `${method} was answered with an error` };
    room.bytes -= Buffer.byteLength(raw);
    if (room.bytes < 0) return { fault: `more than ${MAX_LIST_BYTES} bytes` };
    const { [kind]: page, nextCursor } = value;
    if (!Array.isArray(page)) return { fault: `${method} was answered without ${kind}` };
    list.push(...page);
    if (nextCursor === undefined || nextCursor === null) return list;
    if (typeof nextCursor !== 'string') return { fault: 'a cursor that is no text' };
    if (cursors.has(nextCursor)) return { fault: 'a cursor that leads back to a page before' };
    cursors.add(nextCursor);
    cursor = nextCursor;
  }
}

interface OfferedListParts {
  readonly ask: AskServer;
  /** What the server said of itself. */
  readonly self: Pick<ServerDescription, 'info' | 'instructions'> | Fault;
  /** What it said that it can. */
  readonly capabilities: JsonObject;
  readonly maxAgeMs: number;
}

/** All that a server describes, or why that is no list. Never rejects. */
async function askAll({ ask, self, capabilities }: OfferedListParts): Promise<Offer> {
  if ('fault' in self) return self;
  const room: Room = { pages: MAX_PAGES, bytes: MAX_LIST_BYTES };
  const items: Partial<Record<ItemKind, ReadonlyMap<string, ItemText>>> = {};
  try {
    for (const kind of ITEM_KINDS) {
      const list = isJsonObject(capabilities[METHOD_OF_KIND[kind].capability]) ? await listOf(ask, kind, room) : [];
      const found = 'fault' in list ? list : itemsOf(kind, list);
      if ('fault' in found) return found;
      items[kind] = found;
    }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
  return { ...self, items: items as ServerDescription['items'] };
}

export class OfferedList {
  private readonly parts: OfferedListParts;
  private offer: Offer = { fault: 'the server was not asked yet' };
  private askedAt = Number.NEGATIVE_INFINITY;
  private isStale = true;
  private asking: Promise<void> | null = null;

  constructor(parts: OfferedListParts) {
    this.parts = parts;
  }

  /** The server said that it has changed, or somebody has reason to think so. */
  markStale(): void {
    this.isStale = true;
  }

  /** What is offered, as it was known no longer ago than allowed. */
  async now(): Promise<Offer> {
    // Twice at most: a server that says without end that its list has changed is asked once more for each call, not for ever.
    for (let times = 0; times < 2 && !this.isFresh; times++) {
      this.asking ??= this.ask().finally(() => {
        this.asking = null;
      });
      await this.asking;
    }
    return this.offer;
  }

  private get isFresh(): boolean {
    return !this.isStale && performance.now() - this.askedAt <= this.parts.maxAgeMs;
  }

  private async ask(): Promise<void> {
    this.isStale = false;
    // The answer was made some time after the question: that is how old it is at most.
    const askedAt = performance.now();
    this.offer = await askAll(this.parts);
    this.askedAt = askedAt;
  }
}
