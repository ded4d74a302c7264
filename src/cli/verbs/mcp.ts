/** `mcp`: tool servers of the Model Context Protocol. */

import { invalidArgument } from '../complaint.js';
import type { Verb } from '../verb.js';
import { mcpGuard } from './mcp-guard.js';
import { mcpLogin } from './mcp-login.js';
import { mcpServe } from './mcp-serve.js';

export const mcp: Verb = {
  name: 'mcp',
  group: 'The ledger:',
  summary: 'Guard a tool server (MCP) whose tools are a module of the ledger, or serve the ledger to an agent',
  example: 'git-lineage mcp guard weather -- node weather-server.js',
  run: () => {
    const hint = 'git-lineage mcp guard MODULE -- COMMAND…, git-lineage mcp login URL, or git-lineage mcp serve';
    throw invalidArgument('mcp', 'guard, login or serve', 'neither', hint);
  },
  verbs: [mcpGuard, mcpLogin, mcpServe],
};
