/** Whoever does not read is waited for, so that what is meant for it does not pile up in the guard. */

import { expect, it } from 'vitest';
import type { Channel } from '../../src/mcp/channel.js';
import { Conversation } from '../../src/mcp/conversation.js';
import { readJson } from '../../src/mcp/json-reader.js';
import { messagesOf, responseText } from '../../src/mcp/message.js';

/** A channel that takes a text, and says that it is full. */
class Full implements Channel {
  readonly sent: string[] = [];
  paused = false;

  listen(): void {}

  send(text: string): boolean {
    this.sent.push(text);
    return false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  async close(): Promise<void> {}
}

function conversation() {
  const [client, server] = [new Full(), new Full()];
  const made = new Conversation({
    client,
    server,
    initializeParams: () => '{}',
    judge: async () => null,
    onInitialized: async ({ id }) => ({
      agreement: { protocol: '2025-11-25', client: {}, server: { tools: {} } },
      text: responseText(id, 'result', '{}'),
    }),
    onReady: () => undefined,
    onListChanged: () => undefined,
    drop: () => undefined,
    onViolation: () => undefined,
  });
  const message = (text: string) => {
    const read = readJson(text);
    return 'fault' in read ? null : (messagesOf(read)[0] ?? null);
  };
  return { client, server, made, message };
}

it('a server that asks and reads no answer is not read any more', () => {
  const { server, made, message } = conversation();
  for (const method of ['ping', 'sampling/createMessage']) {
    made.fromServer(message(`{"jsonrpc":"2.0","id":1,"method":"${method}"}`));
    expect(server.paused).toBe(true);
    server.resume();
  }
});

it('a client that does not read stops its server, and a server that does not read its client', async () => {
  const { client, server, made, message } = conversation();
  made.fromClient(message('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}'));
  expect([client.paused, server.paused]).toEqual([true, false]);
  client.resume();
  made.fromServer(message('{"jsonrpc":"2.0","id":1,"result":{}}'));
  await expect.poll(() => server.paused).toBe(true);
  expect(client.paused).toBe(false);
});
