/** A server for the page alone. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkPort, listen } from '../listen.js';
import { type LedgersHandlerOptions, ledgersHandler } from './ledgers-handler.js';
import { overviewAnswer, type PageLedger } from './module-rows.js';
import { type PageHandlerOptions, pageHandler } from './page-handler.js';
import { SITE_FILES, siteFile } from './site-files.js';

/** What is shown, a ledger or several, and the address at which it is served. */
export type ServePageOptions = (PageHandlerOptions | LedgersHandlerOptions) & PageAddress;

/** Where a server listens. */
export interface PageAddress {
  /** The address to listen at; 127.0.0.1 by default, so that no other machine reaches it. */
  readonly host?: string | undefined;
  /** The port; 0, the default, is any free one. */
  readonly port?: number | undefined;
}

/** A page that is served, until `close`. */
export interface PageServer {
  /** What a browser opens: `http://HOST:PORT` and the path of the page. */
  readonly url: string;
  /** Ends what is open and frees the port. */
  close(): Promise<void>;
}

/** Reads what the first view takes before anybody waits for it. What cannot be read is told to whoever asks. */
async function prepare(ledgers: readonly PageLedger[]): Promise<void> {
  const reading = [...ledgers.map((ledger) => overviewAnswer(ledger, null)), ...SITE_FILES.map(siteFile)];
  await Promise.allSettled(reading);
}

/**
 * Serves the page over HTTP: of `ledger`, or of `ledgers` with a front. Whoever reaches the port reads everything in them: there are neither users nor encryption, so put a
 * proxy that has both in front of it before you bind it to more than this machine.
 * @throws `INVALID_ARGUMENT`, `IO`
 */
export async function servePage(options: ServePageOptions): Promise<PageServer> {
  const { host = '127.0.0.1', port = 0, ...shown } = options;
  checkPort(port);
  const handle = 'ledgers' in shown ? ledgersHandler(shown) : pageHandler(shown);
  const { createServer } = await import('node:http');
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (handle(request, response)) return;
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('there is nothing here\n');
  });
  const url = await listen(server, host, port);
  await prepare('ledgers' in shown ? shown.ledgers.map(({ ledger }) => ledger) : [shown.ledger]);
  return {
    url: new URL(shown.path ?? '/', url).href,
    close: () =>
      new Promise((done) => {
        handle.close();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
