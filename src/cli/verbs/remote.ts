/** `remote [URL]`: the remote that every write goes through. */

import { resolve } from 'node:path';
import { invalidArgument } from '../complaint.js';
import { gitOutput } from '../git/run-git.js';
import { findLedger } from '../options/find-ledger.js';
import { viewLine } from '../terminal/view-age.js';
import type { Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

/** The name under which git knows it, too. */
const NAME = 'origin';

/** Writes the repository's config, having made sure that the library takes the URL. */
async function set(context: Context, gitdir: string, url: string): Promise<void> {
  await (await context.library.openLedger({ gitdir, thread: false, remote: { url } })).close();
  await gitOutput(context.io, gitdir, ['config', '--file', 'config', `remote.${NAME}.url`, url]);
  await gitOutput(context.io, gitdir, ['config', '--file', 'config', 'lineage.remote', NAME]);
}

export const remote: Verb = {
  name: 'remote',
  group: 'The ledger:',
  summary: 'Show or set the remote that every write goes through',
  arguments: [{ name: '[URL]', description: 'https, ssh, git or file; user@host:path; a path beginning with / or .' }],
  options: [{ flags: '--none', description: "writes are this ledger's own again" }],
  example: 'git-lineage remote ssh://git@host.example/modules.git',
  run: async (context) => {
    const { io, given } = context;
    const gitdir = await findLedger(context, 'write');
    const url = given.text('URL');
    if (url !== undefined && given.flag('none'))
      throw invalidArgument('URL', 'either a URL or --none', 'both', 'leave one of them out');
    if (url !== undefined) await set(context, gitdir, /^\.\.?(\/|$)/.test(url) ? resolve(io.cwd, url) : url);
    // Set to nothing, so that it is the same whether there was one or not.
    if (given.flag('none')) await gitOutput(io, gitdir, ['config', '--file', 'config', 'lineage.remote', '']);
    return withLedger(context, 'read', async ({ ledger }) => {
      const replication = await ledger.replicas.status();
      const line = replication.remote === null ? 'none: every write is of this ledger alone' : replication.remote;
      const view = viewLine(replication, Date.now() / 1000);
      return { json: replication, blocks: [{ line }, ...(view === null ? [] : [{ line: view }])] };
    });
  },
};
