/** A client of the protocol's SDK before a server, with a guard between them or without; it keeps what it is told and answers what it is asked. */

import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ResultSchema,
} from '@modelcontextprotocol/sdk/types.js';

export const BIN = fileURLToPath(new URL('../../../dist/cli/bin.js', import.meta.url));
const TIMEOUT_MS = 60_000;

/** All that a client can: some servers offer more to one that can more. */
const CAPABILITIES = { sampling: {}, elicitation: { form: {} }, roots: { listChanged: true } };

/** The command that puts a guard before a server. @param {string} moduleId @param {readonly string[]} server */
export function guardBefore(moduleId, server) {
  return [process.execPath, BIN, 'mcp', 'guard', moduleId, '--json', '--', ...server];
}

/** The command that puts a guard before a server which is reached over HTTP. @param {string} moduleId @param {string} url */
export function guardBeforeUrl(moduleId, url) {
  return [process.execPath, BIN, 'mcp', 'guard', moduleId, '--json', '--url', url];
}

export class Connection {
  /** The notices of a guard, in order. @type {any[]} */
  notices = [];
  /** What the server said by itself, but for that lists have changed: a guard says that of the ledger's. @type {unknown[]} */
  told = [];
  /** How far the server said that the call is which is asked now. @type {unknown[]} */
  #progress = [];

  /** @param {Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @param {readonly string[]} command @param {NodeJS.ProcessEnv} env */
  static async open(command, env) {
    const [program = '', ...args] = command;
    const transport = new StdioClientTransport({
      command: program,
      args,
      env: /** @type {Record<string, string>} */ (env),
      stderr: 'pipe',
    });
    const connection = Connection.#made();
    connection.#keepNotices(transport);
    return connection.#connected(transport);
  }

  /** Without a guard, to a server over HTTP. @param {string} url */
  static async openUrl(url) {
    return Connection.#made().#connected(new StreamableHTTPClientTransport(new URL(url)));
  }

  static #made() {
    const client = new Client({ name: 'interop', version: '1' }, { capabilities: CAPABILITIES });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'none',
      role: /** @type {const} */ ('assistant'),
      content: { type: /** @type {const} */ ('text'), text: 'an answer' },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: /** @type {const} */ ('decline') }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///nowhere', name: 'nowhere' }] }));
    return new Connection(client);
  }

  /** @param {StdioClientTransport | StreamableHTTPClientTransport} transport */
  async #connected(transport) {
    // Before the client reads it: that forgets the last progress of a call where the answer comes with it.
    transport.onmessage = (/** @type {any} */ message) => this.#keep(message);
    await this.client.connect(/** @type {any} */ (transport), { timeout: TIMEOUT_MS });
    return this;
  }

  /** @param {any} message */
  #keep({ id, method, params }) {
    if (id !== undefined || method === undefined || method.endsWith('/list_changed')) return;
    if (method !== 'notifications/progress') this.told.push({ method, params });
    else this.#progress.push({ ...params, progressToken: undefined });
  }

  /** @param {StdioClientTransport} transport */
  #keepNotices(transport) {
    let rest = '';
    transport.stderr?.on('data', (/** @type {Buffer} */ chunk) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{"notice"')) this.notices.push(JSON.parse(line).notice);
    });
  }

  /**
   * The answer as the server writes it, or its error; with how far it said it was, where it was asked.
   *
   * @param {string} method @param {Record<string, unknown>} [params]
   */
  async ask(method, params = {}) {
    this.#progress = [];
    try {
      const options = { timeout: TIMEOUT_MS, onprogress: () => undefined };
      const result = await this.client.request({ method, params }, ResultSchema, options);
      return { result, progress: this.#progress };
    } catch (error) {
      const { code, message } = /** @type {{ code?: number, message: string }} */ (error);
      return { error: { code, message }, progress: this.#progress };
    }
  }

  /** Its lists, and what it says of itself. */
  async offered() {
    const { client } = this;
    /** @type {Record<string, unknown>} */
    const offer = { info: client.getServerVersion(), instructions: client.getInstructions() };
    const capabilities = client.getServerCapabilities() ?? {};
    // That they change, a guard says of each: it follows the ledger.
    offer['capabilities'] = Object.fromEntries(
      Object.entries(capabilities).map(([name, given]) => [name, { ...given, listChanged: undefined }]),
    );
    for (const [method, kind, key] of /** @type {const} */ ([
      ['tools/list', 'tools', 'name'],
      ['prompts/list', 'prompts', 'name'],
      ['resources/templates/list', 'resourceTemplates', 'uriTemplate'],
      ['resources/list', 'resources', 'uri'],
    ])) {
      const { result, error } = /** @type {any} */ (await this.ask(method));
      const list = result?.[kind];
      offer[kind] =
        list?.sort((/** @type {any} */ a, /** @type {any} */ b) => (a[key] < b[key] ? -1 : 1)) ?? error.code;
    }
    return offer;
  }

  async close() {
    await this.client.close();
  }
}
