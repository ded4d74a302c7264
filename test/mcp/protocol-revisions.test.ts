/** Which revisions of the protocol a guard speaks, and what becomes of a client or a server of another. */

import { LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { approved, type Client, LOOK, SEARCH } from './guarded.js';

const OFFER = { tools: [SEARCH, LOOK] };
const NEWEST = '2025-11-25';

/** A conversation that is opened in one revision: what the server was asked for, and what the client is told. */
async function opened(protocolVersion: string) {
  const made = await approved(OFFER);
  const client = await made.again();
  const answer = await client.open({}, protocolVersion);
  const asked = made.received.findLast(({ method }) => method === 'initialize');
  return { asked: asked.params.protocolVersion, told: answer.result.protocolVersion, tools: await client.tools() };
}

describe('a guard', () => {
  it('speaks the newest revision of the SDK that it takes its transport from', () => {
    expect(LATEST_PROTOCOL_VERSION).toBe(NEWEST);
  });

  it.each(['2024-11-05', '2025-03-26', '2025-06-18', NEWEST])('passes %s on', async (revision) => {
    expect(await opened(revision)).toEqual({ asked: revision, told: revision, tools: ['look', 'search'] });
  });

  it.each(['2024-10-07', '2026-07-28', '2099-01-01', ''])(
    'asks the server for the newest that it reads where a client asks for "%s"',
    async (revision) => {
      expect(await opened(revision)).toEqual({ asked: NEWEST, told: NEWEST, tools: ['look', 'search'] });
    },
  );

  it('knows no request of a revision without initialize, so that a client of both falls back', async () => {
    const made = await approved(OFFER);
    const client: Client = await made.again();
    expect((await client.ask('server/discover')).error.code).toBe(-32601);
    expect((await client.open()).result.protocolVersion).toBe(NEWEST);
    expect(await client.tools()).toEqual(['look', 'search']);
    expect(made.received.some(({ method }) => method === 'server/discover')).toBe(false);
  });
});
