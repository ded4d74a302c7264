/** Addresses that a guard speaks to: https, or http on this machine, and no redirect to another. */

import { invalidInput, quoted } from '../../errors.js';

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/;

/** True where what is sent there is read by nobody on the way. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
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
  if (!isPrivate(parsed)) throw wrong(quoted(`${parsed.protocol}//${parsed.host}`));
  if (parsed.username !== '' || parsed.password !== '') throw wrong('a URL with a user or a password');
  return parsed;
}

/** Fetches without following a redirect: what is sent is for one address. Rejects with where it leads, without what is secret in that. */
export async function fetchHere(url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  if (response.status < 300 || response.status > 399) return response;
  await response.body?.cancel();
  const location = response.headers.get('location') ?? '';
  const where = URL.canParse(location, `${url}`) ? new URL(location, url) : null;
  const named = where === null ? 'nowhere' : `${where.protocol}//${where.host}${where.pathname}`.slice(0, 200);
  throw new Error(`it redirects to ${named}, which is not followed: if that is the server, give its address`);
}
