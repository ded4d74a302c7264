/** The server that has all that the protocol's conformance suite asks a server for, over HTTP, with a guard before it and without: its client tells no difference. */

import { expect, it, onTestFinished } from 'vitest';
import { withLedger } from '../cli/sandbox.js';
import { conformanceServer } from './servers/conformance-server.mjs';
import { Connection, guardBeforeUrl } from './servers/connect.mjs';
import { eventStore, serveSessions } from './servers/http-sessions.mjs';

/** Streams that a client can take up again, or answers of one piece: in those the server cannot ask anything. */
const SERVED = { streams: { eventStore, retryInterval: 100 }, answers: { enableJsonResponse: true } };
const ASKING = /sampling|elicitation/;

const PROMPT = { type: 'ref/prompt', name: 'test_prompt_with_arguments' };
const TEMPLATE = { type: 'ref/resource', uri: 'test://template/{id}/data' };

const QUESTIONS: readonly [method: string, params?: Record<string, unknown>][] = [
  ['ping'],
  ['tools/call', { name: 'test_sampling', arguments: { prompt: 'ä € 𝄞 \u2028' } }],
  ['prompts/get', { name: 'test_simple_prompt' }],
  ['prompts/get', { name: 'test_prompt_with_arguments', arguments: { arg1: 'one', arg2: 'two' } }],
  ['prompts/get', { name: 'test_prompt_with_embedded_resource', arguments: { resourceUri: 'test://example' } }],
  ['prompts/get', { name: 'test_prompt_with_image' }],
  ['resources/read', { uri: 'test://static-text' }],
  ['resources/read', { uri: 'test://static-binary' }],
  ['resources/read', { uri: 'test://template/123/data' }],
  ['resources/read', { uri: 'test://none' }],
  ['resources/subscribe', { uri: 'test://watched-resource' }],
  ['resources/unsubscribe', { uri: 'test://watched-resource' }],
  ['logging/setLevel', { level: 'debug' }],
  ['completion/complete', { ref: PROMPT, argument: { name: 'arg1', value: 'par' } }],
  ['completion/complete', { ref: TEMPLATE, argument: { name: 'id', value: '1' } }],
];

async function heard(connection: Connection, kind: keyof typeof SERVED) {
  const offered = await connection.offered();
  const tools = (offered['tools'] as { name: string }[]).map(({ name }) => name);
  const isAnswered = (text: string) => kind === 'streams' || !ASKING.test(text);
  const answers: unknown[] = [];
  for (const name of tools.filter(isAnswered))
    answers.push([name, await connection.ask('tools/call', { name, arguments: {} })]);
  for (const [method, params] of QUESTIONS.filter((question) => isAnswered(JSON.stringify(question))))
    answers.push([method, await connection.ask(method, params)]);
  return { offered, answers, told: connection.told };
}

it.each(['streams', 'answers'] as const)('offers and answers over HTTP the same through a guard: %s', async (kind) => {
  const served = await serveSessions(async (transport) => {
    await conformanceServer().connect(transport as Parameters<ReturnType<typeof conformanceServer>['connect']>[0]);
  }, SERVED[kind]);
  onTestFinished(() => served.close());
  const box = await withLedger();
  const bare = await Connection.openUrl(served.url);
  onTestFinished(() => bare.close());
  const expected = await heard(bare, kind);
  expect(expected.answers.length).toBeGreaterThan(20);
  const through = await Connection.open(guardBeforeUrl('conformance', served.url), box.env as NodeJS.ProcessEnv);
  onTestFinished(() => through.close());
  expect(await heard(through, kind)).toEqual(expected);
  expect(through.notices).toEqual([{ type: 'approved', version: 1 }]);
});
