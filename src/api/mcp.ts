/** Tool servers (Model Context Protocol): a guard before one, and the ledger as one. Needs the package @modelcontextprotocol/sdk. */

/// <reference types="node" preserve="true" />

export type { ItemKind } from '../mcp/canonical-form.js';
export { guardToolServer } from '../mcp/guard-tool-server.js';
export type {
  GuardCallCode,
  GuardEnd,
  GuardNotice,
  GuardOptions,
  ServerCommand,
  ServerUrl,
} from '../mcp/guard-types.js';
export { logInToToolServer, type ToolServerLogin } from '../mcp/http/log-in.js';
export { storedAuthorization } from '../mcp/http/stored-authorization.js';
export type { FileObjections } from '../mcp/ledger-tools.js';
export { type LedgerToolsOptions, serveLedgerTools } from '../mcp/serve-ledger-tools.js';
