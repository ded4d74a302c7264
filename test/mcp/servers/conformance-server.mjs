/**
 * A server that has what the scenarios of the protocol's conformance suite ask a server for. Started as a program it speaks over its standard
 * input and output.
 */

import { argv } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

/** A picture of one pixel, and a sound without a sample. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

const STEP_MS = 50;

/** @typedef {import('@modelcontextprotocol/sdk/shared/protocol.js').RequestHandlerExtra<any, any>} Extra */

/** @param {string} text */
const text = (text) => ({ type: 'text', text });
const image = { type: 'image', data: PNG, mimeType: 'image/png' };

/** @param {string} uri @param {string} mimeType @param {string} content */
const embedded = (uri, mimeType, content) => ({ type: 'resource', resource: { uri, mimeType, text: content } });

/** @param {Extra} extra @param {Record<string, unknown>} properties @param {readonly string[]} required */
async function elicited({ sendRequest }, properties, required = []) {
  const params = { message: 'Fill this in', requestedSchema: { type: 'object', properties, required } };
  const { action, content } = await sendRequest({ method: 'elicitation/create', params }, ElicitResultSchema);
  return [text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)];
}

/** @param {readonly string[]} values @param {readonly string[]} titles */
const titled = (values, titles) => values.map((value, i) => ({ const: value, title: titles[i] }));

const VALUES = ['value1', 'value2', 'value3'];
const OPTIONS = ['option1', 'option2', 'option3'];

/** What each tool answers with. @type {Record<string, (given: any, extra: Extra) => unknown>} */
const TOOLS = {
  test_simple_text: () => [text('This is a simple text response for testing.')],
  test_image_content: () => [image],
  test_audio_content: () => [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
  test_embedded_resource: () => [embedded('test://embedded-resource', 'text/plain', 'An embedded resource.')],
  test_multiple_content_types: () => [
    text('Several kinds of content:'),
    image,
    embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
  ],
  test_tool_with_logging: async (_, { sendNotification }) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
      await pause(STEP_MS);
    }
    return [text('logged')];
  },
  test_tool_with_progress: async (_, { _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
      await pause(STEP_MS);
    }
    return [text('done')];
  },
  test_error_handling: () => {
    throw new Error('This tool intentionally returns an error for testing');
  },
  test_sampling: async ({ prompt }, { sendRequest }) => {
    const messages = [{ role: 'user', content: text(String(prompt)) }];
    const params = { messages, maxTokens: 100 };
    const { content } = await sendRequest({ method: 'sampling/createMessage', params }, CreateMessageResultSchema);
    return [text(`LLM response: ${'text' in content ? content.text : ''}`)];
  },
  test_elicitation: (_, extra) =>
    elicited(
      extra,
      {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      },
      ['username', 'email'],
    ),
  test_elicitation_sep1034_defaults: (_, extra) =>
    elicited(extra, {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  test_elicitation_sep1330_enums: (_, extra) =>
    elicited(extra, {
      untitledSingle: { type: 'string', enum: OPTIONS },
      titledSingle: { type: 'string', oneOf: titled(VALUES, ['First Option', 'Second Option', 'Third Option']) },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: OPTIONS } },
      titledMulti: {
        type: 'array',
        items: { anyOf: titled(VALUES, ['First Choice', 'Second Choice', 'Third Choice']) },
      },
    }),
  test_reconnection: async (_, { closeSSEStream }) => {
    // Over HTTP the client takes the stream up again, and gets the rest.
    closeSSEStream?.();
    await pause(STEP_MS);
    return [text('Reconnection test completed successfully')];
  },
  json_schema_2020_12_tool: () => [text('a schema')],
};

/** What the schema of a tool is, where it is not an object of anything. @type {Record<string, object>} */
const SCHEMAS = {
  test_sampling: { type: 'object', properties: { prompt: { type: 'string' } }, required: ['prompt'] },
  test_elicitation: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
  json_schema_2020_12_tool: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
    properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
    additionalProperties: false,
  },
};

const ARGUMENTS = ['arg1', 'arg2'].map((name) => ({ name, required: true, description: `The argument ${name}` }));

/** What each prompt says. @type {Record<string, { arguments?: object[], contents: (given: any) => object[] }>} */
const PROMPTS = {
  test_simple_prompt: { contents: () => [text('This is a simple prompt for testing.')] },
  test_prompt_with_arguments: {
    arguments: ARGUMENTS,
    contents: ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    arguments: [{ name: 'resourceUri', required: true, description: 'Which resource' }],
    contents: ({ resourceUri }) => [embedded(resourceUri, 'text/plain', 'Embedded.'), text('Read it.')],
  },
  test_prompt_with_image: { contents: () => [image, text('Look at it.')] },
};

/** @type {Record<string, object>} */
const RESOURCES = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: PNG },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched.' },
};

export function conformanceServer() {
  const server = new Server(
    { name: 'conformance', version: '1.0.0' },
    { capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, logging: {}, completions: {} } },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(TOOLS).map((name) => ({
      name,
      description: `The tool ${name} of the suite`,
      inputSchema: /** @type {any} */ (SCHEMAS[name] ?? { type: 'object' }),
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = TOOLS[params.name];
    try {
      if (tool === undefined) throw new Error(`no tool ${params.name}`);
      return { content: /** @type {any} */ (await tool(params.arguments ?? {}, extra)) };
    } catch (error) {
      return { content: /** @type {any} */ ([text(/** @type {Error} */ (error).message)]), isError: true };
    }
  });
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: Object.entries(PROMPTS).map(([name, { arguments: given }]) => ({
      name,
      description: `The prompt ${name} of the suite`,
      ...(given === undefined ? {} : { arguments: /** @type {any} */ (given) }),
    })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => ({
    messages: (PROMPTS[params.name]?.contents(params.arguments ?? {}) ?? []).map((content) => ({
      role: /** @type {const} */ ('user'),
      content: /** @type {any} */ (content),
    })),
  }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: Object.keys(RESOURCES).map((uri) => ({ uri, name: uri, description: `The resource ${uri}` })),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'data', mimeType: 'application/json' }],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    const data = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
    const content = id === undefined ? RESOURCES[uri] : { mimeType: 'application/json', text: data };
    if (content === undefined) throw new Error(`no resource ${uri}`);
    return { contents: /** @type {any} */ ([{ uri, ...content }]) };
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(CompleteRequestSchema, () => ({
    completion: { values: ['paris'], total: 1, hasMore: false },
  }));
  return server;
}

if (argv[1] === fileURLToPath(import.meta.url))
  await conformanceServer().connect(/** @type {any} */ (new StdioServerTransport()));
