/** Signatures of webhooks by the Standard Webhooks specification, symmetric: `v1,` and an HMAC-SHA256 in base64. */

import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** What a secret must look like. */
export const SECRET_SHAPE = `${PREFIX} and ${MIN_BYTES} to ${MAX_BYTES} random bytes in base64`;

/** The key in a secret; null where the text is none. */
export function secretKey(text: unknown): Buffer | null {
  if (typeof text !== 'string' || !text.startsWith(PREFIX)) return null;
  const encoded = text.slice(PREFIX.length);
  if (!BASE64.test(encoded)) return null;
  const key = Buffer.from(encoded, 'base64');
  return key.length >= MIN_BYTES && key.length <= MAX_BYTES ? key : null;
}

/** The headers of a message that is sent at a time (seconds since the Unix epoch), signed with each key. */
export function signedHeaders(
  keys: readonly Buffer[],
  id: string,
  seconds: number,
  body: string,
): Readonly<Record<string, string>> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(seconds) };
  if (keys.length === 0) return headers;
  const sign = (key: Buffer) => `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
  return { ...headers, 'webhook-signature': keys.map(sign).join(' ') };
}
