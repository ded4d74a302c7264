/** Messages of JSON-RPC 2.0 as they stand on the wire: which of the four kinds each is, and the text of a new one. */

import { isJsonObject, type Json, type JsonObject, type JsonText, readJson } from './json-reader.js';

/** A request: it wants an answer. */
export interface Request {
  readonly kind: 'request';
  readonly id: string | number;
  readonly method: string;
  readonly params: JsonObject;
  /** As they are written; null where there are none. */
  readonly rawParams: string | null;
}

/** A notification: nobody answers it. */
export interface Notification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject;
  readonly rawParams: string | null;
}

/** An answer. */
export interface Response {
  readonly kind: 'response';
  readonly id: string | number;
  readonly member: 'result' | 'error';
  readonly value: JsonObject;
  /** The result or the error as it is written. */
  readonly raw: string;
}

export type Message = Request | Notification | Response;

/** Codes of errors: those of JSON-RPC 2.0, section 5.1, and the guard's own, of the range that is left to implementations. */
export const RPC_ERROR = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32050,
} as const;

/** Ids are texts and whole numbers: the protocol knows no others. */
function isId(id: Json | undefined): id is string | number {
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id));
}

/** A message, or null where it is none, or could be taken for two: an answer that also asks. */
function messageOf({ value, members }: JsonText): Message | null {
  if (!isJsonObject(value) || value['jsonrpc'] !== '2.0') return null;
  const { id, method, params, result, error } = value;
  const isAnswer = result !== undefined || error !== undefined;
  if (method === undefined) {
    const [member, answer] = error === undefined ? (['result', result] as const) : (['error', error] as const);
    if (params !== undefined || !isId(id) || !isJsonObject(answer)) return null;
    if (result !== undefined && error !== undefined) return null;
    return { kind: 'response', id, member, value: answer, raw: members.get(member) ?? '' };
  }
  if (typeof method !== 'string' || isAnswer || (params !== undefined && !isJsonObject(params))) return null;
  const given = { method, params: params ?? {}, rawParams: members.get('params') ?? null };
  if (id === undefined) return { kind: 'notification', ...given };
  return isId(id) ? { kind: 'request', id, ...given } : null;
}

/** The messages of a text, each on its own, also those of a batch, which the protocol had in 2025-03-26. Null for what is no message. */
export function messagesOf(json: JsonText): readonly (Message | null)[] {
  if (!Array.isArray(json.value)) return [messageOf(json)];
  return json.elements.map((element) => {
    const read = readJson(element);
    return 'fault' in read ? null : messageOf(read);
  });
}

export function requestText(id: string | number, method: string, rawParams: string | null): string {
  const params = rawParams === null ? '' : `,"params":${rawParams}`;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}${params}}`;
}

export function notificationText(method: string, rawParams: string | null = null): string {
  const params = rawParams === null ? '' : `,"params":${rawParams}`;
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${params}}`;
}

export function responseText(id: string | number | null, member: 'result' | 'error', raw: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${member}":${raw}}`;
}

export function errorText(id: string | number | null, code: number, message: string, data?: object): string {
  return responseText(id, 'error', JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) }));
}
