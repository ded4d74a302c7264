/** Server-sent events: tells every open page that the journal has moved. One reader for all of them, none while there are none. */

import type { ServerResponse } from 'node:http';
import { isLedgerError } from '../errors.js';
import type { TipEvent } from './answers.js';
import type { PageSource } from './ask.js';

const KEEP_ALIVE_MS = 20_000;

interface TipStreamOptions {
  readonly source: Pick<PageSource, 'position'>;
  /** How often the journal is looked at, in milliseconds. */
  readonly pollMs: number;
  /** How many pages may be told at once. */
  readonly maxClients: number;
}

export class TipStream {
  private readonly options: TipStreamOptions;
  private readonly clients = new Set<ServerResponse>();
  private timer: NodeJS.Timeout | null = null;
  private last = '';
  private sentAt = 0;

  constructor(options: TipStreamOptions) {
    this.options = options;
  }

  get isFull(): boolean {
    return this.clients.size >= this.options.maxClients;
  }

  /** Takes a page in, its head sent. */
  add(response: ServerResponse): void {
    this.clients.add(response);
    response.on('close', () => {
      this.clients.delete(response);
      if (this.clients.size === 0) this.stop();
    });
    // Whoever comes later is told at once where the journal stands.
    if (this.last !== '') response.write(this.last);
    if (this.timer === null) this.look();
  }

  /** Ends every stream. */
  close(): void {
    for (const response of this.clients) response.end();
    this.clients.clear();
    this.stop();
  }

  private stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.last = '';
  }

  private look(): void {
    const looking = setTimeout(() => undefined, 0);
    this.timer = looking;
    void this.event().then((event) => {
      // The last page has gone meanwhile, or another one has begun anew.
      if (this.timer !== looking) return;
      if (event !== this.last) this.send(event);
      else if (Date.now() - this.sentAt >= KEEP_ALIVE_MS) this.send(': still here\n\n');
      this.timer = setTimeout(() => this.look(), this.options.pollMs);
      this.timer.unref();
    });
  }

  private send(text: string): void {
    if (!text.startsWith(':')) this.last = text;
    this.sentAt = Date.now();
    for (const response of this.clients) {
      // A page that does not read is not waited for: it comes back by itself.
      if (response.writableNeedDrain) response.destroy();
      else response.write(text);
    }
  }

  private async event(): Promise<string> {
    try {
      const { seq, oid } = await this.options.source.position();
      const tip: TipEvent = { seq, oid };
      return `event: tip\ndata: ${JSON.stringify(tip)}\n\n`;
    } catch (error) {
      const code = isLedgerError(error) ? error.code : 'INTERNAL';
      return `event: unreadable\ndata: ${JSON.stringify({ code })}\n\n`;
    }
  }
}
