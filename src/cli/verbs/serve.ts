/** `serve`: offers the ledger over HTTP, to read, until it is interrupted. */

import type { Registry } from 'prom-client';
import type { ServeSettings } from '../../api/server.js';
import type { Ledger } from '../library.js';
import { wholeNumber } from '../options/arguments.js';
import { findLedger } from '../options/find-ledger.js';
import { foldersGiven, type NamedFolder } from '../options/named-folders.js';
import { interrupted } from '../terminal/interrupted.js';
import { jsonLine, printable, styleFor } from '../terminal/render.js';
import type { Context, Library, Verb } from '../verb.js';
import { ALLOW_HOST, allowedHosts } from './ui.js';

/** The ledgers of the folders, open; all of them, or none. */
async function openEach(library: Library, folders: readonly NamedFolder[], registry: Registry | undefined) {
  const open: { readonly name: string; readonly ledger: Ledger }[] = [];
  const close = async (): Promise<void> => {
    for (const { ledger } of open) await ledger.close();
  };
  try {
    for (const { name, gitdir } of folders)
      open.push({ name, ledger: await library.openLedger({ gitdir, registry, thread: false }) });
    return { open, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What answers beside git: the metrics and the page, as far as they are asked for. */
async function besideGit({ library, given, io }: Context, folders: readonly NamedFolder[]) {
  const [metrics, ui] = [given.flag('metrics'), given.flag('ui')];
  if (!metrics && !ui) return null;
  const registry = metrics ? await newRegistry(library) : undefined;
  const { open, close } = await openEach(library, folders, registry);
  const { ledgersHandler, pageHandler } = await import('../../api/server.js');
  const { metricsHandler } = await import('../../api/metrics.js');
  const hosts = allowedHosts({ given, io, library });
  const [only] = open;
  const pages = () =>
    only !== undefined && open.length === 1
      ? pageHandler({ ledger: only.ledger, hosts })
      : ledgersHandler({ ledgers: open, hosts });
  const page = ui ? pages() : null;
  const ledgers = open.map(({ ledger }) => ledger);
  const tell = registry === undefined ? null : metricsHandler({ registry, ledgers, hosts });
  const handler: NonNullable<ServeSettings['handler']> = (request, response) =>
    tell?.(request, response) === true || page?.(request, response) === true;
  return {
    handler,
    close: async () => {
      page?.close();
      await close();
    },
  };
}

async function newRegistry({ notInstalled }: Library) {
  const { Registry } = await import('prom-client').catch(notInstalled('--metrics', 'prom-client'));
  return new Registry();
}

/** Printed while it runs: it is for whoever wants to connect. */
function announce({ io, given }: Context, folders: readonly NamedFolder[], url: string): void {
  const ledgers = folders.map(({ gitdir }) => gitdir);
  const [ledger] = ledgers;
  const urls = folders.map(({ name }) => `${url}${name}.git`);
  if (given.flag('json')) {
    io.stdout.write(jsonLine(folders.length === 1 ? { ledger, url } : { ledgers, url, urls }));
    return;
  }
  const style = styleFor(io.stdout, io.env);
  const commands =
    folders.length === 1
      ? [`git-lineage clone ${url} copy.git`]
      : folders.map(({ name }, i) => `git-lineage clone ${urls[i]} ${name}.git`);
  const said = style.paint(`serving ${ledgers.map(printable).join(', ')} at ${url}`, 'good');
  io.stdout.write(`${[said, ...commands].join('\n')}\n`);
}

/** The ledgers that are to be served: those of the command line, or the one that is found. */
async function foldersToServe(context: Context): Promise<readonly NamedFolder[]> {
  const folders = foldersGiven(context, 'serve');
  return folders.length > 0 ? folders : [{ name: '', gitdir: await findLedger(context, 'read') }];
}

export const serve: Verb = {
  name: 'serve',
  group: 'The ledger:',
  summary: 'Offer the ledger over HTTP to any git client, to read, until interrupted',
  arguments: [{ name: '[DIR...]', description: 'folders of ledgers, or NAME=DIR; of several each is at /NAME.git' }],
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
    const folders = await foldersToServe(context);
    const [only] = folders;
    const text = given.text('port');
    const port = text === undefined ? 0 : wholeNumber(text, '--port');
    const beside = await besideGit(context, folders);
    try {
      const server = await serveLedger({
        ...(only !== undefined && folders.length === 1 ? { gitdir: only.gitdir } : { ledgers: folders }),
        handler: beside?.handler,
        hosts: allowedHosts(context),
        host: given.text('host'),
        port,
        onRequest: ({ status, said }) => {
          if (status >= 500 && said !== '') io.stderr.write(`${printable(said.trim())}\n`);
        },
      });
      const ending = interrupted();
      announce(context, folders, server.url);
      const signal = await ending;
      await server.close();
      return { json: { ended: signal }, blocks: [] };
    } finally {
      await beside?.close();
    }
  },
};
