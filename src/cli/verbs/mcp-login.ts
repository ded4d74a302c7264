/** `mcp login`: lets `mcp guard` reach a tool server that asks for OAuth. Once, by a person with a browser, or by a client with a secret. */

import { resolve } from 'node:path';
import { invalidArgument } from '../complaint.js';
import { readNamed } from '../content/named-file.js';
import { wholeNumber } from '../options/arguments.js';
import { interrupted } from '../terminal/interrupted.js';
import { printable } from '../terminal/render.js';
import type { Context, Verb } from '../verb.js';

const HINT = 'git-lineage mcp login https://weather.example.org/mcp --credentials weather.json';

async function secretOf({ io, given }: Context): Promise<string | undefined> {
  const named = given.text('client-secret-file');
  if (named === undefined) return undefined;
  return (await readNamed(io, named)).toString().trim();
}

async function clientOf(context: Context) {
  const { given } = context;
  const id = given.text('client-id');
  const secret = await secretOf(context);
  const issuer = given.text('issuer');
  if (secret === undefined && given.flag('client-credentials'))
    throw invalidArgument('--client-secret-file', 'the secret by which the client logs in', 'none', HINT);
  if (secret !== undefined && issuer === undefined)
    throw invalidArgument('--issuer', 'the authorization server that the secret is for', 'none', HINT);
  if (id !== undefined) return { id, secret, issuer };
  if (secret === undefined && issuer === undefined) return undefined;
  throw invalidArgument('--client-id', 'the client that the authorization server knows', 'none', HINT);
}

export const mcpLogin: Omit<Verb, 'group'> = {
  name: 'login',
  summary: 'Log in at a tool server that asks for OAuth; what comes of it is kept in a file for mcp guard',
  arguments: [{ name: '<URL>', description: 'the server, as mcp guard gets it by --url' }],
  options: [
    { flags: '--credentials <FILE>', description: 'the file that is written, for you alone' },
    { flags: '--scope <SCOPE>', description: 'what is asked for (default: what the server names)' },
    {
      flags: '--client-id <ID>',
      description: 'a client that the authorization server knows (default: one is registered)',
    },
    { flags: '--client-secret-file <FILE>', description: 'a file with its secret; takes --issuer' },
    {
      flags: '--issuer <URL>',
      description: 'the authorization server that knows the client: its secret goes to no other',
    },
    { flags: '--client-credentials', description: 'log in by the secret, without a person' },
    {
      flags: '--port <PORT>',
      description: 'where the browser comes back to on this machine (default: any that is free)',
    },
  ],
  example: HINT,
  run: async (context) => {
    const { io, given } = context;
    const file = given.text('credentials');
    if (file === undefined) throw invalidArgument('--credentials', 'the file to write', 'none', HINT);
    const stopping = new AbortController();
    void interrupted().then(() => stopping.abort());
    const { logInToToolServer } = await import('../../api/mcp.js');
    const url = given.required('URL');
    const port = given.text('port');
    await logInToToolServer({
      url,
      file: resolve(io.cwd, file),
      client: await clientOf(context),
      clientCredentials: given.flag('client-credentials'),
      scope: given.text('scope'),
      port: port === undefined ? undefined : wholeNumber(port, '--port'),
      onAddress: (address) => io.stderr.write(`git-lineage: open in a browser: ${printable(address.href)}\n`),
      signal: stopping.signal,
    });
    return {
      json: { url, credentials: file },
      blocks: [
        { line: `logged in; next: git-lineage mcp guard MODULE --url ${url} --credentials ${file}`, tone: 'good' },
      ],
    };
  },
};
