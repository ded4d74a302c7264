/** A real server from the registry and the client of the protocol's SDK, with the guard between them and without: they tell no difference. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, it, onTestFinished } from 'vitest';
import { withLedger } from '../cli/sandbox.js';

const BIN = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
const MEMORY = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/server-memory/package.json'));

async function connected(command: string, args: string[], env: Record<string, string>): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: {} });
  const transport = new StdioClientTransport({ command, args, env, stderr: 'ignore' });
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  onTestFinished(() => client.close());
  return client;
}

it('lists, calls and reads through the guard as it does without', async () => {
  const box = await withLedger('--principal', 'ops@example.org');
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-memory-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = join(MEMORY, 'dist', 'index.js');
  const environment = (name: string) => ({
    ...(box.env as Record<string, string>),
    MEMORY_FILE_PATH: join(folder, name),
  });
  const bare = await connected(process.execPath, [server], environment('bare.jsonl'));
  const guard = [BIN, 'mcp', 'guard', 'memory', '--', process.execPath, server];
  const through = await connected(process.execPath, guard, environment('through.jsonl'));
  expect(through.getServerVersion()).toEqual(bare.getServerVersion());
  expect(through.getInstructions()).toEqual(bare.getInstructions());
  expect(through.getServerCapabilities()).toEqual(bare.getServerCapabilities());
  const tools = async (client: Client) => (await client.listTools()).tools.sort((a, b) => (a.name < b.name ? -1 : 1));
  expect((await tools(bare)).length).toBeGreaterThan(5);
  expect(await tools(through)).toEqual(await tools(bare));
  expect(await through.listResources()).toEqual(await bare.listResources());
  const entities = [{ name: 'ledger', entityType: 'thing', observations: ['it is signed'] }];
  for (const [name, given] of [
    ['create_entities', { entities }],
    ['read_graph', {}],
    ['search_nodes', { query: 'signed' }],
    ['no_such_tool', {}],
  ] as const) {
    const call = { name, arguments: given };
    const answers = await Promise.all([bare, through].map((client) => client.callTool(call).catch(() => 'refused')));
    if (name !== 'no_such_tool') expect(answers[1]).toEqual(answers[0]);
    else expect(answers[1]).toBe('refused');
  }
  expect((await box.json('status', 'memory')).active.version).toBe(1);
});
