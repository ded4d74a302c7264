/**
 * A client for the scenarios of the protocol's conformance suite for clients: `mcp guard --url` is what the suite's server sees, the client of
 * the SDK speaks through it. The suite gives the address as the last argument. Where the scenario asks for OAuth, it logs in first.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { BIN, Connection, guardBeforeUrl } from './connect.mjs';
import { LedgerFolder } from './ledger-folder.mjs';

const scenario = env['MCP_CONFORMANCE_SCENARIO'] ?? '';
/** The document of a client, where the authorization server takes the address of one for its id. */
const DOCUMENT = 'https://conformance-test.local/client-metadata.json';
const context = JSON.parse(env['MCP_CONFORMANCE_CONTEXT'] ?? '{}');

/** What an operator knows of the authorization server that the secret is for. @param {string} url @returns {Promise<string>} */
async function issuerOf(url) {
  const { origin, pathname } = new URL(url);
  const metadata = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`);
  return /** @type {any} */ (await metadata.json()).authorization_servers[0];
}

/** Opens what the login prints as a browser does. @param {string} url @param {LedgerFolder} ledger @param {string} [scope] @returns {Promise<string>} the file */
async function logIn(url, ledger, scope) {
  const file = join(ledger.path, 'credentials.json');
  const words = ['mcp', 'login', url, '--credentials', file];
  if (scope !== undefined) words.push('--scope', scope);
  const id = scenario === 'auth/basic-cimd' ? DOCUMENT : context.client_id;
  if (id !== undefined) words.push('--client-id', id);
  if (context.client_secret !== undefined) {
    writeFileSync(join(ledger.path, 'secret'), context.client_secret);
    words.push('--client-secret-file', join(ledger.path, 'secret'), '--issuer', await issuerOf(url));
  }
  if (scenario.startsWith('auth/client-credentials')) words.push('--client-credentials');
  const login = spawn(process.execPath, [BIN, ...words], {
    env: ledger.guardEnv,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let said = '';
  login.stderr.setEncoding('utf8').on('data', (text) => {
    const before = /in a browser: (\S+)\n/.test(said);
    said += text;
    const [, address] = /in a browser: (\S+)\n/.exec(said) ?? [];
    if (!before && address !== undefined) void fetch(address);
  });
  const [code] = await once(login, 'close');
  if (code !== 0) throw new Error(said);
  return file;
}

const url = argv.at(-1) ?? '';
const ledger = await LedgerFolder.make();
try {
  const login = scenario.startsWith('auth/') ? ['--credentials', await logIn(url, ledger)] : [];
  const connection = await Connection.open([...guardBeforeUrl('scenario', url), ...login], ledger.guardEnv);
  const { tools } = await connection.client.listTools().catch(() => ({ tools: [] }));
  for (const { name } of tools) {
    const call = { name, arguments: name === 'add_numbers' ? { a: 1, b: 2 } : {} };
    const { error } = await connection.ask('tools/call', call);
    // The server wants more than was allowed: a person allows it, and the guard that runs goes on.
    const refused = connection.notices.find(({ type }) => type === 'unauthorized');
    const [, scope] = /insufficient_scope, scope ([^"]+)"/.exec(refused?.message ?? '') ?? [];
    if (error === undefined || scope === undefined) continue;
    await logIn(url, ledger, scope);
    await connection.ask('tools/call', call);
  }
  await connection.close();
} finally {
  ledger.remove();
}
