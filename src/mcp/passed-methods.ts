/** Which methods pass between a client and a server: those that both have said that they can, and that a guard knows. */

import { isJsonObject, type JsonObject } from './json-reader.js';

/** Revisions of the protocol that a guard reads, oldest first. 2026-07-28 has neither `initialize` nor sessions: it is another protocol. */
export const PROTOCOL_VERSIONS: readonly string[] = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];

export const NEWEST_PROTOCOL = '2025-11-25';

/** What a client can do for a server, and a server for a client, as far as a guard knows it. */
const CLIENT_CAPABILITIES: readonly string[] = ['sampling', 'elicitation', 'roots', 'tasks'];
const SERVER_CAPABILITIES: readonly string[] = ['tools', 'prompts', 'resources', 'logging', 'completions', 'tasks'];

function those(names: readonly string[], given: JsonObject): JsonObject {
  return Object.fromEntries(names.flatMap((name) => (isJsonObject(given[name]) ? [[name, given[name]]] : [])));
}

/** What is passed on to a server of what its client says that it can. */
export function clientCapabilities(params: JsonObject): JsonObject {
  return those(CLIENT_CAPABILITIES, isJsonObject(params['capabilities']) ? params['capabilities'] : {});
}

/** What is passed on to a client of what its server says that it can. That lists change is said by the guard, which follows the ledger. */
export function serverCapabilities(result: JsonObject): JsonObject {
  const given = those(SERVER_CAPABILITIES, isJsonObject(result['capabilities']) ? result['capabilities'] : {});
  const lists = ['tools', 'prompts'].filter((name) => given[name] !== undefined);
  return {
    ...given,
    ...Object.fromEntries(lists.map((name) => [name, { ...(given[name] as object), listChanged: true }])),
  };
}

/** What a client asks of a server, and the capability that it takes. What is not here is passed on by no guard. */
const ASKED_OF_SERVER: Readonly<Record<string, string>> = {
  'tools/list': 'tools',
  'tools/call': 'tools',
  'prompts/list': 'prompts',
  'prompts/get': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resources',
  'resources/read': 'resources',
  'resources/subscribe': 'resources',
  'resources/unsubscribe': 'resources',
  'logging/setLevel': 'logging',
  'completion/complete': 'completions',
  'tasks/get': 'tasks',
  'tasks/result': 'tasks',
  'tasks/list': 'tasks',
  'tasks/cancel': 'tasks',
};

const ASKED_OF_CLIENT: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
  'tasks/get': 'tasks',
  'tasks/result': 'tasks',
  'tasks/list': 'tasks',
  'tasks/cancel': 'tasks',
};

const TOLD_TO_SERVER: Readonly<Record<string, string | null>> = {
  'notifications/cancelled': null,
  'notifications/progress': null,
  'notifications/roots/list_changed': 'roots',
  'notifications/tasks/status': 'tasks',
};

const TOLD_TO_CLIENT: Readonly<Record<string, string | null>> = {
  'notifications/cancelled': null,
  'notifications/progress': null,
  'notifications/message': null,
  'notifications/tools/list_changed': 'tools',
  'notifications/prompts/list_changed': 'prompts',
  'notifications/resources/list_changed': 'resources',
  'notifications/resources/updated': 'resources',
  'notifications/tasks/status': 'tasks',
};

function has(table: Readonly<Record<string, string | null>>, method: string, capabilities: JsonObject): boolean {
  if (!Object.hasOwn(table, method)) return false;
  const needed = table[method];
  return needed === null || needed === undefined || capabilities[needed] !== undefined;
}

/** Whether a client may ask this of a server that can what `capabilities` says. Completions had no capability in the first revision. */
export function mayAskServer(method: string, capabilities: JsonObject, protocol: string): boolean {
  if (method === 'ping') return true;
  if (method === 'completion/complete' && protocol === '2024-11-05') return true;
  return has(ASKED_OF_SERVER, method, capabilities);
}

/** Whether a server may ask this of a client that can what `capabilities` says. */
export function mayAskClient(method: string, capabilities: JsonObject): boolean {
  return method === 'ping' || has(ASKED_OF_CLIENT, method, capabilities);
}

export function mayTellServer(method: string, client: JsonObject): boolean {
  return has(TOLD_TO_SERVER, method, client);
}

export function mayTellClient(method: string, server: JsonObject, client: JsonObject): boolean {
  if (method === 'notifications/elicitation/complete') return client['elicitation'] !== undefined;
  return has(TOLD_TO_CLIENT, method, server);
}
