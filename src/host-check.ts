/**
 * Which names this server answers to. A name of somebody else's that leads here (DNS rebinding) would let their page read the
 * ledger through the browser of whoever visits it.
 */

import type { IncomingMessage } from 'node:http';
import { type InputIssue, quoted } from './errors.js';

const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '::1'];

/** The name in a Host header, without port and brackets, in lower case; null where it is none. */
function hostName(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

/** An address as a Host header writes it: one of IPv4 that came through a socket of IPv6 is that of IPv4. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/, '').toLowerCase();
}

/** True where the request names this machine, the address that it came to, or one of `hosts`. */
export function isOwnHost(request: IncomingMessage, hosts: readonly string[]): boolean {
  const name = hostName(request.headers.host);
  if (name === null) return false;
  return LOOPBACK.includes(name) || name === plainAddress(request.socket.localAddress) || hosts.includes(name);
}

/** True where another site's page asks for data: what it embeds or fetches, not a link that somebody follows. */
export function isForeign(request: IncomingMessage): boolean {
  return request.headers['sec-fetch-site'] === 'cross-site';
}

/** The answer to a request by a name that is not this server's, or from another site's page; null where it is neither. @param readers whom the answers are for */
export function hostRefusal(
  request: IncomingMessage,
  hosts: readonly string[],
  readers: string,
): { readonly status: number; readonly text: string } | null {
  if (!isOwnHost(request, hosts))
    return { status: 421, text: 'this server does not go by that name: it has to be allowed (--allow-host HOST)' };
  return isForeign(request) ? { status: 403, text: `this is for ${readers}, not for pages of other sites` } : null;
}

/** What is wrong with the names that a server goes by. */
export function hostIssues(hosts: unknown): InputIssue[] {
  if (hosts === undefined || (Array.isArray(hosts) && hosts.every((host) => typeof host === 'string'))) return [];
  return [{ path: 'hosts', expected: 'a list of host names, without ports', actual: quoted(hosts) }];
}
