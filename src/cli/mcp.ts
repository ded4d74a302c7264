/** `mcp`: tool servers of the Model Context Protocol. */

import { invalidArgument } from './complaint.js';
import { mcpGuard } from './mcp-guard.js';
import type { Verb } from './verb.js';

export const mcp: Verb = {
  name: 'mcp',
  group: 'The ledger:',
  summary: 'Stand between a client and a tool server (MCP), whose tools are a module of the ledger',
  example: 'git-lineage mcp guard weather -- node weather-server.js',
  run: () => {
    const hint = 'git-lineage mcp guard MODULE -- COMMAND…';
    throw invalidArgument('mcp', 'guard', 'nothing', hint);
  },
  verbs: [mcpGuard],
};
