/** `serve`: offers the ledger over HTTP, to read, until it is interrupted. */

import type { ServeOptions } from '../../api/server.js';
import { wholeNumber } from '../options/arguments.js';
import { findLedger } from '../options/find-ledger.js';
import { interrupted } from '../terminal/interrupted.js';
import { jsonLine, printable, styleFor } from '../terminal/render.js';
import type { Context, Library, Verb } from '../verb.js';
import { ALLOW_HOST, allowedHosts } from './ui.js';

/** What answers beside git: the metrics and the page, as far as they are asked for. */
async function besideGit({ library, given, io }: Context, gitdir: string) {
  const [metrics, ui] = [given.flag('metrics'), given.flag('ui')];
  if (!metrics && !ui) return null;
  const registry = metrics ? await newRegistry(library) : undefined;
  const ledger = await library.openLedger({ gitdir, registry, thread: false });
  const { pageHandler } = await import('../../api/server.js');
  const { metricsHandler } = await import('../../api/metrics.js');
  const page = ui ? pageHandler({ ledger, hosts: allowedHosts({ given, io, library }) }) : null;
  const tell = registry === undefined ? null : metricsHandler({ registry, ledgers: [ledger] });
  const handler: NonNullable<ServeOptions['handler']> = (request, response) =>
    tell?.(request, response) === true || page?.(request, response) === true;
  return {
    handler,
    close: async () => {
      page?.close();
      await ledger.close();
    },
  };
}

async function newRegistry({ notInstalled }: Library) {
  const { Registry } = await import('prom-client').catch(notInstalled('--metrics', 'prom-client'));
  return new Registry();
}

/** Printed while it runs: it is for whoever wants to connect. */
function announce({ io, given }: Context, ledger: string, url: string): void {
  if (given.flag('json')) {
    io.stdout.write(jsonLine({ ledger, url }));
    return;
  }
  const style = styleFor(io.stdout, io.env);
  io.stdout.write(
    `${style.paint(`serving ${printable(ledger)} at ${url}`, 'good')}\ngit-lineage clone ${url} copy.git\n`,
  );
}

export const serve: Verb = {
  name: 'serve',
  group: 'The ledger:',
  summary: 'Offer the ledger over HTTP to any git client, to read, until interrupted',
  options: [
    { flags: '--host <ADDRESS>', description: 'where to listen (default: 127.0.0.1, this machine alone)' },
    { flags: '--port <PORT>', description: 'the port (default: any free one)' },
    { flags: '--metrics', description: 'also answer /metrics, /healthz and /readyz, for Prometheus' },
    { flags: '--ui', description: 'also show the page for people, as git-lineage ui does' },
    ALLOW_HOST,
  ],
  example: 'git-lineage serve --port 8418',
  run: async (context) => {
    const { io, given } = context;
    const { serveLedger } = await import('../../api/server.js');
    const gitdir = await findLedger(context, 'read');
    const text = given.text('port');
    const port = text === undefined ? 0 : wholeNumber(text, '--port');
    const beside = await besideGit(context, gitdir);
    try {
      const server = await serveLedger({
        gitdir,
        handler: beside?.handler,
        hosts: allowedHosts(context),
        host: given.text('host'),
        port,
        onRequest: ({ status, said }) => {
          if (status >= 500 && said !== '') io.stderr.write(`${printable(said.trim())}\n`);
        },
      });
      const ending = interrupted();
      announce(context, gitdir, server.url);
      const signal = await ending;
      await server.close();
      return { json: { ended: signal }, blocks: [] };
    } finally {
      await beside?.close();
    }
  },
};
