/** `mcp serve`: the ledger as tools for an agent, on standard input and output, until the agent ends. */

import { secretIssues } from '../content/secrets.js';
import { interrupted } from '../terminal/interrupted.js';
import type { Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

export const mcpServe: Omit<Verb, 'group'> = {
  name: 'serve',
  summary: 'Serve the ledger as tools for an agent, which may stage and go back, and approve nothing',
  options: [{ flags: '--read-only', description: 'open the ledger without a key: what writes is refused' }],
  example: 'git-lineage mcp serve --key agent',
  run: async (context) => {
    const { io, given } = context;
    const stopping = new AbortController();
    void interrupted().then(() => stopping.abort());
    return withLedger(context, given.flag('read-only') ? 'read' : 'write', async ({ ledger, signer, progress }) => {
      progress.clear();
      const { serveLedgerTools } = await import('../../api/mcp.js');
      await serveLedgerTools({
        ledger,
        fingerprint: signer?.publicKey.fingerprint ?? null,
        input: io.stdin,
        output: io.stdout,
        objections: secretIssues,
        signal: stopping.signal,
      });
      return { json: undefined, blocks: [] };
    });
  },
};
