/** `mcp guard`: stands between a client and a tool server until one of them ends. Standard input and output are the client's. */

import { resolve } from 'node:path';
import type { GuardEnd, GuardNotice, ServerCommand, ServerUrl } from '../../api/mcp.js';
import { Complaint, invalidArgument, quoted } from '../complaint.js';
import { oneOf } from '../options/arguments.js';
import { AUTHORIZATION, givenHeaders } from '../options/read-headers.js';
import { interrupted } from '../terminal/interrupted.js';
import { jsonLine, printable, styleFor, type Tone } from '../terminal/render.js';
import type { Answer, Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

const ON_CHANGE = ['hold', 'activate'] as const;

/** What authorizes the guard at a server, from files and the environment alone. */
async function authorizationOf(context: Context, url: string): Promise<Omit<ServerUrl, 'url'>> {
  const { io, given } = context;
  const headers = await givenHeaders(context);
  const credentials = given.text('credentials');
  if (credentials === undefined) return { headers };
  if (typeof headers === 'object' ? 'authorization' in headers : 'authorization' in (await headers()))
    throw invalidArgument('--credentials', 'one authorization', 'two', `leave out ${AUTHORIZATION} and Authorization`);
  const { storedAuthorization } = await import('../../api/mcp.js');
  return { headers, authProvider: await storedAuthorization(resolve(io.cwd, credentials), url) };
}

async function serverOf(context: Context): Promise<ServerCommand | ServerUrl> {
  const { io, given } = context;
  const [program, ...args] = given.list('COMMAND');
  const url = given.text('url');
  if (program === undefined && url !== undefined) return { url, ...(await authorizationOf(context, url)) };
  const only = ['headers', 'credentials'].find((name) => given.text(name) !== undefined);
  if (only !== undefined && url === undefined)
    throw invalidArgument(
      `--${only}`,
      'a server behind --url',
      'none',
      'a COMMAND gets what it needs by its environment',
    );
  if (program !== undefined && url === undefined) return { command: [program, ...args], cwd: io.cwd, env: io.env };
  const hint = 'git-lineage mcp guard weather -- node weather-server.js';
  const actual = program === undefined ? 'neither' : 'both';
  throw invalidArgument('COMMAND', 'the command that starts the server, behind --, or --url URL', actual, hint);
}

const LISTS = { tools: 'tools', prompts: 'prompts', resourceTemplates: 'resource templates' } as const;

function noticeText(moduleId: string, notice: GuardNotice): { readonly tone: Tone; readonly text: string } {
  switch (notice.type) {
    case 'approved':
      return notice.version === null
        ? { tone: 'warn', text: `no version of ${moduleId} is active: nothing is shown until one is` }
        : { tone: 'good', text: `calls are held to ${moduleId} v${notice.version}` };
    case 'staged': {
      const level = notice.level === null ? 'not measured' : notice.level;
      const what = `what the server offers is ${moduleId} v${notice.version} (${level})`;
      return { tone: 'warn', text: `${what}, which clients do not see; to allow it: ${notice.command}` };
    }
    case 'names-shared': {
      const names = notice.names.map(quoted).join(', ');
      const what = `${notice.with} has ${LISTS[notice.kind]} of these names as well: ${names}`;
      return { tone: 'warn', text: `${what}; a client that goes by names alone may ask the wrong server` };
    }
    case 'not-staged':
      return { tone: 'warn', text: `what the server offers is not staged: ${notice.message}` };
    case 'refused':
      return { tone: 'warn', text: `refused: ${notice.message}` };
    case 'unauthorized':
      return { tone: 'bad', text: `the server refuses the guard: ${notice.message}` };
    case 'list-rejected':
      return { tone: 'bad', text: `what the server offers is no list: ${notice.message}` };
    case 'dropped':
      return { tone: 'faint', text: `not passed on: ${notice.message}` };
  }
}

/** Standard output is the protocol's: whatever is told goes to standard error, as clients expect it. */
function tell({ io, given }: Context, moduleId: string, notice: GuardNotice): void {
  const style = styleFor(io.stderr, io.env);
  const { tone, text } = noticeText(moduleId, notice);
  io.stderr.write(
    given.flag('json') ? jsonLine({ notice }) : `${style.paint('git-lineage:', tone)} ${printable(text)}\n`,
  );
}

/** @throws where it was not the client who ended it */
function answerTo({ by, message }: GuardEnd, server: string): Answer {
  const data = { remote: server, reason: message };
  if (by === 'guard')
    throw new Complaint('REMOTE_REFUSED', message, data, 'nothing of it was passed on; ask whoever made the server');
  if (by === 'server')
    throw new Complaint('REMOTE_UNREACHABLE', message, data, 'what it wrote to standard error stands above');
  return { json: undefined, blocks: [] };
}

export const mcpGuard: Omit<Verb, 'group'> = {
  name: 'guard',
  summary: 'Start a tool server and hold what it offers to the active version of a module; what differs is staged',
  arguments: [
    { name: '<MODULE>', description: 'the module whose versions are what the server describes' },
    { name: '[COMMAND...]', description: 'the command that starts the server, and its arguments, behind --' },
  ],
  options: [
    { flags: '--url <URL>', description: 'a server that runs already, over streamable HTTP, instead of a command' },
    {
      flags: '--headers <FILE>',
      description: `headers for that server, "Name: value" a line, read again for each request (see ${AUTHORIZATION})`,
    },
    { flags: '--credentials <FILE>', description: 'what mcp login wrote for that server' },
    {
      flags: '--on-change <WHAT>',
      description: 'a list that differs: hold it for somebody to decide (default), or activate what the gate lets pass',
      values: ON_CHANGE,
    },
  ],
  example: 'git-lineage mcp guard weather -- node weather-server.js',
  run: async (context) => {
    const { io, given } = context;
    const moduleId = given.required('MODULE');
    const server = await serverOf(context);
    const onChange = oneOf(ON_CHANGE, given.text('on-change') ?? 'hold', '--on-change');
    const stopping = new AbortController();
    void interrupted().then(() => stopping.abort());
    return withLedger(context, 'write', async ({ ledger, progress }) => {
      progress.clear();
      const { guardToolServer } = await import('../../api/mcp.js');
      const end = await guardToolServer({
        ledger,
        moduleId,
        server,
        onChange,
        input: io.stdin,
        output: io.stdout,
        onNotice: (notice) => tell(context, moduleId, notice),
        signal: stopping.signal,
      });
      return answerTo(end, 'url' in server ? new URL(server.url).host : server.command[0]);
    });
  },
};
