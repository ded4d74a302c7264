/** `ui`: shows a ledger, or several, as a page for people, until it is interrupted. */

import { basename } from 'node:path';
import type { PageServer, ShownLedger } from '../../api/server.js';
import { invalidArgument } from '../complaint.js';
import { wholeNumber } from '../options/arguments.js';
import { foldersGiven, type NamedFolder } from '../options/named-folders.js';
import { interrupted } from '../terminal/interrupted.js';
import { jsonLine, printable, styleFor } from '../terminal/render.js';
import type { Answer, Context, OptionSpec, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

export const ALLOW_HOST: OptionSpec = {
  flags: '--allow-host <HOST>',
  description: 'a name that it may be asked for by, such as that of a proxy; may be given several times',
  repeat: true,
};

/** The names that are given; an address to listen at may be a name itself. */
export function allowedHosts({ given }: Context): string[] {
  const host = given.text('host');
  return [...given.list('allow-host'), ...(host === undefined ? [] : [host])];
}

/** The folders that are given. Where several ledgers are shown, nobody says which of them a process follows. */
function foldersToShow(context: Context): readonly NamedFolder[] {
  const folders = foldersGiven(context, 'ui');
  if (folders.length > 1 && context.given.list('processes').length > 0) {
    const hint = 'show that ledger alone, or call ledgersHandler in a service: it takes processes for each ledger';
    throw invalidArgument('--processes', 'one ledger, whose versions the processes run', `${folders.length}`, hint);
  }
  return folders;
}

/** Printed while it runs: it is for whoever wants to look. */
function announce({ io, given }: Context, ledgers: readonly string[], { url }: PageServer): void {
  if (given.flag('json')) {
    const [ledger] = ledgers;
    io.stdout.write(jsonLine(ledgers.length === 1 ? { ledger, url } : { ledgers, url }));
    return;
  }
  const style = styleFor(io.stdout, io.env);
  io.stdout.write(`${style.paint(`showing ${ledgers.map(printable).join(', ')} at ${url}`, 'good')}\n`);
}

/** Serves what is open until a signal comes. */
async function show(context: Context, ledgers: readonly ShownLedger[]): Promise<Answer> {
  const { given } = context;
  const { processesByMetrics, servePage } = await import('../../api/server.js');
  const text = given.text('port');
  const processes = given.list('processes');
  const address = {
    host: given.text('host'),
    port: text === undefined ? 0 : wholeNumber(text, '--port'),
    hosts: allowedHosts(context),
  };
  const [only] = ledgers;
  const server = await servePage(
    only !== undefined && ledgers.length === 1
      ? {
          ...address,
          ledger: only.ledger,
          ...(processes.length === 0 ? {} : { processes: processesByMetrics(processes) }),
        }
      : { ...address, ledgers },
  );
  const ending = interrupted();
  announce(
    context,
    ledgers.map(({ ledger }) => ledger.gitdir),
    server,
  );
  const signal = await ending;
  await server.close();
  return { json: { ended: signal }, blocks: [] };
}

/** Opens the first folder, then the others inside it: each is closed again, whatever happens to the rest. */
function withEach(context: Context, folders: readonly NamedFolder[], open: readonly ShownLedger[]): Promise<Answer> {
  const [next, ...rest] = folders;
  if (next === undefined) return show(context, open);
  const within = ({ ledger }: { readonly ledger: ShownLedger['ledger'] }) =>
    withEach(context, rest, [...open, { name: next.name, ledger }]);
  return withLedger(context, 'read', within, next.gitdir);
}

export const ui: Verb = {
  name: 'ui',
  group: 'The ledger:',
  summary: 'Show the ledger as a page in a browser, to read, until interrupted',
  arguments: [{ name: '[DIR...]', description: 'folders of ledgers, or NAME=DIR; several are shown with a front' }],
  options: [
    { flags: '--host <ADDRESS>', description: 'where to listen (default: 127.0.0.1, this machine alone)' },
    { flags: '--port <PORT>', description: 'the port (default: any free one)' },
    ALLOW_HOST,
    {
      flags: '--processes <URL>',
      description: 'a process that follows the ledger, by where it serves its metrics; may be given several times',
      repeat: true,
    },
  ],
  example: 'git-lineage ui --port 8419',
  run: async (context) => {
    const folders = foldersToShow(context);
    if (folders.length > 0) return withEach(context, folders, []);
    return withLedger(context, 'read', ({ ledger }) => show(context, [{ name: basename(ledger.gitdir), ledger }]));
  },
};
