/** Headers for a server, from a file or the environment: they stand in no list of arguments, which every user of a machine sees. */

import { invalidArgument, quoted } from '../complaint.js';
import { readNamed } from '../content/named-file.js';
import type { Context, Io } from '../verb.js';

export const AUTHORIZATION = 'GIT_LINEAGE_MCP_AUTHORIZATION';

const MAX_BYTES = 2 ** 16;

/** `Name: value`, one a line; empty lines and those that begin with `#` are none. No value stands in a complaint. */
async function readHeaders(io: Io, path: string): Promise<Readonly<Record<string, string>>> {
  const text = (await readNamed(io, path)).toString();
  const hint = 'for example: Authorization: Bearer TOKEN';
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw invalidArgument('--headers', `at most ${MAX_BYTES} bytes`, 'more', hint);
  const headers: Record<string, string> = Object.create(null);
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name = '', value = ''] = /^([^:\s]+):(.*)$/.exec(line) ?? [];
    const where = `line ${i + 1} of ${quoted(path)}`;
    if (name === '') throw invalidArgument('--headers', 'lines of a name, a colon and a value', where, hint);
    if (name.toLowerCase() in headers) throw invalidArgument('--headers', 'each header once', where, hint);
    headers[name.toLowerCase()] = value.trim();
  }
  return { ...headers };
}

/**
 * What `--headers` and the environment give. The file is read again for each request: a token that somebody puts into it counts from then on.
 */
export async function givenHeaders({ io, given }: Context) {
  const authorization = io.env[AUTHORIZATION] ?? '';
  const environment: Readonly<Record<string, string>> = authorization === '' ? {} : { authorization };
  const named = given.text('headers');
  if (named === undefined) return environment;
  if ('authorization' in (await readHeaders(io, named)) && authorization !== '')
    throw invalidArgument('--headers', 'a file without Authorization', 'one with it', `${AUTHORIZATION} is set`);
  return async () => ({ ...(await readHeaders(io, named)), ...environment });
}
