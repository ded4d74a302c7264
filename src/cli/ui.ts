/** `ui`: shows the ledger as a page for people, until it is interrupted. */

import { wholeNumber } from './arguments.js';
import { interrupted } from './interrupted.js';
import { jsonLine, printable, styleFor } from './render.js';
import type { Context, OptionSpec, Verb } from './verb.js';
import { withLedger } from './with-ledger.js';

export const ALLOW_HOST: OptionSpec = {
  flags: '--allow-host <HOST>',
  description: 'a name that the page may be asked for by, such as that of a proxy; may be given several times',
  repeat: true,
};

/** The names that are given; an address to listen at may be a name itself. */
export function allowedHosts({ given }: Context): string[] {
  const host = given.text('host');
  return [...given.list('allow-host'), ...(host === undefined ? [] : [host])];
}

/** Printed while it runs: it is for whoever wants to look. */
function announce({ io, given }: Context, ledger: string, url: string): void {
  if (given.flag('json')) {
    io.stdout.write(jsonLine({ ledger, url }));
    return;
  }
  const style = styleFor(io.stdout, io.env);
  io.stdout.write(`${style.paint(`showing ${printable(ledger)} at ${url}`, 'good')}\n`);
}

export const ui: Verb = {
  name: 'ui',
  group: 'The ledger:',
  summary: 'Show the ledger as a page in a browser, to read, until interrupted',
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
  run: (context) =>
    withLedger(context, 'read', async ({ ledger }) => {
      const { given, library } = context;
      const text = given.text('port');
      const processes = given.list('processes');
      const server = await library.servePage({
        ledger,
        host: given.text('host'),
        port: text === undefined ? 0 : wholeNumber(text, '--port'),
        hosts: allowedHosts(context),
        ...(processes.length === 0 ? {} : { processes: library.processesByMetrics(processes) }),
      });
      const ending = interrupted();
      announce(context, ledger.gitdir, server.url);
      const signal = await ending;
      await server.close();
      return { json: { ended: signal }, blocks: [] };
    }),
};
