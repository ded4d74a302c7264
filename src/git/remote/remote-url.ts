/** Where a remote is: the URLs and paths that git takes, less those by which git would run a program. */

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalidInput, quoted } from '../../errors.js';
import type { UrlCredentials } from '../../url-credentials.js';

/** A remote's address, read. */
export interface RemoteUrl {
  /** By what it is reached: `http` in process, the others through git. */
  readonly transport: 'http' | 'ssh' | 'git' | 'file';
  /** The address for git or for a request: without a password, of http without a user too, a path absolute. */
  readonly address: string;
  /** The address for messages: never with a password, and of http not with a user either. */
  readonly shown: string;
  /** What stood before the `@` of an http URL, decoded. */
  readonly credentials: UrlCredentials | null;
}

/** The folder of a repository of this machine; null for one that is reached in another way. */
export function folderOf({ transport, address }: RemoteUrl): string | null {
  if (transport !== 'file') return null;
  return address.startsWith('file://') ? fileURLToPath(address) : address;
}

const EXPECTED = 'an http(s), ssh, git or file URL, user@host:path, or a path';
const HINT = 'for example https://example.org/modules.git, ops@example.org:modules.git, or ../modules.git';
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;
const CONTROL = /[\u0000-\u001f\u007f]/;
const SSH = /^(ssh|git\+ssh|ssh\+git)$/;

/** True where a text is a URL, `host:path`, or a path that begins with `/` or `.`; not what could be the name of a remote. */
export function isRemoteUrl(text: string): boolean {
  return SCHEME.test(text) || /^[^\s:/-][^\s:/]*:[^\s:]/.test(text) || /^(\/|\.\.?\/)/.test(text);
}

/** The text with every password, and every user of an http URL, taken out: for messages of others that repeat a URL. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\b(https?:\/\/)[^\s/'"]*@/gi, '$1')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@'"]*):[^\s/'"]*@/gi, '$1@');
}

function refused(text: string, why: string): Error {
  const actual = `${quoted(withoutCredentials(text))} (${why})`;
  return invalidInput('INVALID_ARGUMENT', [{ path: 'url', expected: EXPECTED, actual }], HINT);
}

function decoded(part: string, text: string): string {
  const plain = (() => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw refused(text, 'its user or password is not percent-encoded');
    }
  })();
  // Git asks for credentials line by line.
  if (CONTROL.test(plain)) throw refused(text, 'its user or password has control characters');
  return plain;
}

function httpUrl(text: string): RemoteUrl {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '') throw refused(text, 'not a URL');
  if (url.search !== '' || url.hash !== '') throw refused(text, 'a query or a fragment is no part of a repository');
  const { username, password } = url;
  const named = username !== '' || password !== '';
  const credentials = named ? { username: decoded(username, text), password: decoded(password, text) } : null;
  url.username = '';
  url.password = '';
  const address = url.href.replace(/\/+$/, '');
  return { transport: 'http', address, shown: address, credentials };
}

/** A host or user that begins with a dash would be read as an option by ssh. */
function assertHost(text: string, authority: string): void {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host === '' || host.startsWith('-') || authority.startsWith('-')) throw refused(text, 'there is no such host');
}

function schemeUrl(text: string, scheme: string): RemoteUrl {
  if (scheme === 'http' || scheme === 'https') return httpUrl(text);
  const shown = withoutCredentials(text);
  if (scheme === 'file') return { transport: 'file', address: text, shown, credentials: null };
  const transport = scheme === 'git' ? 'git' : SSH.test(scheme) ? 'ssh' : null;
  if (transport === null) throw refused(text, `${scheme} is not among them`);
  assertHost(text, text.slice(text.indexOf('://') + 3).replace(/\/.*$/s, ''));
  // ssh takes no password from a URL, and shows what it is given.
  return { transport, address: shown, shown, credentials: null };
}

/**
 * Reads the address of a remote.
 *
 * Refused are `<helper>::<address>` (git would start a program of that name; `ext::` any program), what begins with a
 * dash (an option), and control characters.
 * @throws `INVALID_ARGUMENT`
 */
export function parseRemoteUrl(text: string): RemoteUrl {
  if (typeof text !== 'string' || text === '') throw refused(String(text), 'nothing');
  if (CONTROL.test(text)) throw refused(text, 'it has control characters');
  if (text.startsWith('-')) throw refused(text, 'it begins with a dash');
  if (/^[A-Za-z0-9+.-]+::/.test(text)) throw refused(text, 'a remote helper is a program, and none is started');
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined) return schemeUrl(text, scheme);
  // As git has it: a colon before the first slash makes a host of what is before it.
  const host = /^([^/]*?):/.exec(text)?.[1];
  if (host === undefined) {
    const path = resolve(text);
    return { transport: 'file', address: path, shown: path, credentials: null };
  }
  assertHost(text, host);
  return { transport: 'ssh', address: text, shown: text, credentials: null };
}
