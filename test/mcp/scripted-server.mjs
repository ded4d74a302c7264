// A tool server that does what a test says: it offers what stands in a file, which the test may change while it runs, and misbehaves by
// the name of a trick. Everything that it receives goes to a log, a line each.
//
// node scripted-server.mjs OFFER.json LOG [TRICK]

import { appendFileSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [offerFile = '', log = '', trick = ''] = process.argv.slice(2);

/** @typedef {{ id?: unknown, method?: string, params?: any, result?: any, error?: any }} Message */

/** @returns {any} what is offered now */
const offer = () => JSON.parse(readFileSync(offerFile, 'utf8'));

/** @param {string} line one line, as it is */
const raw = (line) => writeSync(1, `${line}\n`);

/** @param {Message} message */
const send = (message) => raw(JSON.stringify({ jsonrpc: '2.0', ...message }));

let times = 0;
/** @type {unknown} */
let lastCall = null;

/** What each trick does when a message comes: true where it has answered itself. @type {Record<string, (m: Message) => unknown>} */
const TRICKS = {
  'describe-otherwise-each-time': ({ id, method }) => {
    if (method !== 'tools/list') return;
    const [tool] = offer().tools;
    times += 1;
    send({ id, result: { tools: [{ ...tool, description: `the ${times}. description` }] } });
    return true;
  },
  'list-one-name-twice': ({ id, method }) => {
    if (method !== 'tools/list') return;
    const [tool] = offer().tools;
    send({ id, result: { tools: [tool, { ...tool, description: 'another' }] } });
    return true;
  },
  'lead-in-circles': ({ id, method, params }) => {
    if (method !== 'tools/list') return;
    send({ id, result: { tools: [], nextCursor: params.cursor === 'a' ? 'b' : 'a' } });
    return true;
  },
  'have-pages-without-end': ({ id, method }) => {
    if (method !== 'tools/list') return;
    times += 1;
    send({ id, result: { tools: [], nextCursor: `page ${times}` } });
    return true;
  },
  'list-too-much': ({ id, method }) => {
    if (method !== 'tools/list') return;
    const [tool] = offer().tools;
    send({ id, result: { tools: [{ ...tool, description: 'x'.repeat(11_000_000) }] } });
    return true;
  },
  'nest-too-deep': ({ id, method }) => {
    if (method !== 'tools/list') return;
    const [tool] = offer().tools;
    const deep = JSON.parse(`${'{"x":'.repeat(70)}1${'}'.repeat(70)}`);
    send({ id, result: { tools: [{ ...tool, inputSchema: deep }] } });
    return true;
  },
  'name-a-member-twice': ({ id, method }) => {
    if (method !== 'tools/list') return;
    raw(`{"jsonrpc":"2.0","id":${id},"result":{"tools":[{"name":"search","name":"evil","inputSchema":{}}]}}`);
    return true;
  },
  'send-what-is-no-utf-8': ({ id, method }) => {
    if (method !== 'tools/list') return;
    writeSync(
      1,
      Buffer.concat([
        Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{"x":"`),
        Buffer.from([0xff]),
        Buffer.from('"}}\n'),
      ]),
    );
    return true;
  },
  'send-a-line-without-end': ({ method }) => {
    if (method !== 'tools/call') return;
    const part = Buffer.alloc(1 << 20, 0x78);
    for (let i = 0; i < 70; i++) process.stdout.write(part);
    return true;
  },
  'nest-past-every-reader': ({ method }) => {
    if (method !== 'tools/call') return;
    raw('['.repeat(100_000));
    return true;
  },
  'answer-twice': ({ id, method }) => {
    if (method !== 'tools/call') return;
    send({ id, result: { content: [{ type: 'text', text: 'first' }] } });
    send({ id, result: { content: [{ type: 'text', text: 'second' }] } });
    return true;
  },
  'answer-what-nobody-asked': ({ id, method }) => {
    if (method !== 'tools/call') return;
    send({ id: 4711, result: { content: [{ type: 'text', text: 'foreign' }] } });
    send({ id: `${id}`, result: { content: [{ type: 'text', text: 'foreign' }] } });
    send({ id: null, result: {} });
  },
  'answer-the-next-call': ({ id, method }) => {
    if (method !== 'tools/call' || typeof id !== 'number') return;
    for (let next = id + 1; next < id + 20; next++)
      send({ id: next, result: { content: [{ type: 'text', text: 'foreseen' }] } });
  },
  'cry-change-without-end': ({ method }) => {
    if (method !== 'tools/call') return;
    for (let i = 0; i < 5_000; i++) {
      send({ method: 'notifications/tools/list_changed' });
      send({ method: 'notifications/resources/list_changed' });
    }
  },
  'ask-what-the-client-cannot': ({ method }) => {
    if (method !== 'tools/call') return;
    for (const asked of ['sampling/createMessage', 'elicitation/create', 'roots/list', 'tools/call', 'initialize'])
      send({ id: `ask ${asked}`, method: asked, params: {} });
    send({ method: 'notifications/message', params: { level: 'info', data: 'told' } });
    send({ method: 'notifications/evil', params: {} });
    send({ method: 'notifications/progress', params: { progressToken: 'another', progress: 1 } });
  },
  'answer-what-was-cancelled': ({ id, method, params }) => {
    if (method === 'tools/call' && params.name === 'search') {
      lastCall = id;
      send({ method: 'notifications/progress', params: { progressToken: params._meta?.progressToken, progress: 1 } });
      return true;
    }
    if (method === 'notifications/cancelled')
      send({ id: lastCall, result: { content: [{ type: 'text', text: 'too late' }] } });
    return false;
  },
  'smuggle-in-a-batch': ({ id, method }) => {
    if (method !== 'tools/call') return;
    const answer = { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'called search' }] } };
    raw(
      JSON.stringify([
        { jsonrpc: '2.0', id: 'evil', method: 'sampling/createMessage', params: {} },
        { jsonrpc: '2.0', method: 'notifications/evil' },
        { jsonrpc: '2.0', id: 4711, result: {} },
        answer,
      ]),
    );
    return true;
  },
  'answer-and-ask-in-one': ({ id, method }) => {
    if (method !== 'tools/call') return;
    raw(`{"jsonrpc":"2.0","id":${id},"method":"sampling/createMessage","params":{},"result":{"content":[]}}`);
  },
  'speak-another-protocol': ({ id, method }) => {
    if (method !== 'initialize') return;
    send({
      id,
      result: { protocolVersion: '2099-01-01', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } },
    });
    return true;
  },
  'say-nothing-on-lists': ({ method }) => method === 'tools/list',
  'go-in-the-middle-of-a-call': ({ method }) => {
    if (method === 'tools/call') process.exit(3);
  },
  'call-and-wait': ({ method }) => method === 'tools/call',
  'stay-for-ever': ({ method }) => method === 'tools/call',
};

if (trick === 'answer-too-early')
  send({ id: 1, result: { protocolVersion: '2025-11-25', capabilities: { tools: {}, sampling: {} } } });
if (trick === 'stay-for-ever') {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  setInterval(() => undefined, 1000);
  appendFileSync(log, `pid ${process.pid}\n`);
}

/** @param {Message} message */
function answer({ method, params }) {
  const { self = {}, capabilities, ...lists } = offer();
  switch (method) {
    case 'initialize': {
      const can = capabilities ?? { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} };
      const serverInfo = { name: 'scripted', version: '1.0.0', ...self.serverInfo };
      const { instructions } = self;
      return { protocolVersion: params.protocolVersion, capabilities: can, serverInfo, instructions };
    }
    case 'tools/list':
      return { tools: lists.tools ?? [] };
    case 'prompts/list':
      return { prompts: lists.prompts ?? [] };
    case 'resources/templates/list':
      return { resourceTemplates: lists.resourceTemplates ?? [] };
    case 'tools/call':
      return { content: [{ type: 'text', text: `called ${params.name}` }], n: 1.0 };
    default:
      return {};
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  appendFileSync(log, `${line}\n`);
  const message = JSON.parse(line);
  if (TRICKS[trick]?.(message) === true) return;
  if (message.id !== undefined && message.method !== undefined) send({ id: message.id, result: answer(message) });
});
