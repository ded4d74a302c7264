/** Addresses that a guard speaks to: https, or http on this machine, and no redirect to another. */

import { invalidInput, quoted } from '../../errors.js';
import { isLoopback } from '../../loopback.js';

/** True where what is sent there is read by nobody on the way. */
export function isHttpsOrLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** @throws `INVALID_ARGUMENT` for what is no address of a tool server; a password in it is not repeated */
export function serverAddress(url: string): URL {
  const hint = 'a token for the server goes into headers, and over https; http is for this machine alone';
  const wrong = (actual: string) => {
    const expected = 'an https URL without user and password, or http on this machine';
    return invalidInput('INVALID_ARGUMENT', [{ path: 'url', expected, actual }], hint);
  };
  if (!URL.canParse(url)) throw wrong(quoted(url));
  const parsed = new URL(url);
  if (!isHttpsOrLoopback(parsed)) throw wrong(quoted(`${parsed.protocol}//${parsed.host}`));
  if (parsed.username !== '' || parsed.password !== '') throw wrong('a URL with a user or a password');
  return parsed;
}

/** Fetches without following a redirect: what is sent is for one address. Rejects with where it leads, without what is secret in that. */
export async function fetchWithoutRedirect(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  if (response.status < 300 || response.status > 399) return response;
  await response.body?.cancel();
  const location = response.headers.get('location') ?? '';
  const where = URL.canParse(location, `${url}`) ? new URL(location, url) : null;
  const named = where === null ? 'nowhere' : `${where.protocol}//${where.host}${where.pathname}`.slice(0, 200);
  throw new Error(`it redirects to ${named}, which is not followed: if that is the server, give its address`);
}

/** What an authorization server says is longer in no case. */
const MAX_DOCUMENT_BYTES = 2 ** 20;
const PATIENCE_MS = 30_000;

/**
 * What a client for OAuth fetches with on behalf of a tool server: metadata and tokens, from addresses that the server or its metadata name. They
 * are https, and on this machine only where the server is: none leads a guard to what only its own machine reaches.
 */
export function authorizationFetch(server: URL): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const to = new URL(url);
    if (!isHttpsOrLoopback(to) || (to.protocol === 'http:' && server.protocol !== 'http:'))
      throw new Error(`the server names ${quoted(`${to.protocol}//${to.host}`)} for its authorization: expected https`);
    const response = await fetchWithoutRedirect(to, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const { bytes, isWhole } = await bodyOf(response, MAX_DOCUMENT_BYTES);
    if (!isWhole) throw new Error(`${quoted(to.host)} sends more than ${MAX_DOCUMENT_BYTES} bytes`);
    const { status, statusText, headers } = response;
    return new Response(bytes.length === 0 ? null : new Uint8Array(bytes), { status, statusText, headers });
  };
}

/** The body up to a bound; `isWhole` says whether that is all of it. */
export async function bodyOf(response: Response, most: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let held = 0;
  for await (const part of response.body ?? []) {
    held += part.length;
    parts.push(part);
    if (held > most) return { bytes: Buffer.concat(parts).subarray(0, most), isWhole: false };
  }
  return { bytes: Buffer.concat(parts), isWhole: true };
}
