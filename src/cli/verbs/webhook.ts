/** `webhook`: tells a URL what happens in the ledger, until it is interrupted. */

import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { WebhookOptions, WebhookProblem, Webhooks } from '../../api/server.js';
import { Complaint, invalidArgument } from '../complaint.js';
import type { Ledger } from '../library.js';
import { oneOf } from '../options/arguments.js';
import { findLedger } from '../options/find-ledger.js';
import { interrupted } from '../terminal/interrupted.js';
import { jsonLine, printable, styleFor } from '../terminal/render.js';
import type { Context, Verb } from '../verb.js';
import { withLedger } from '../with-ledger.js';

const URL_VARIABLE = 'GIT_LINEAGE_WEBHOOK_URL';
const SECRET_VARIABLE = 'GIT_LINEAGE_WEBHOOK_SECRET';

/** What the verb can tell: a refusal is in no journal, so the process that was refused tells it. */
const EVENTS = ['rollback', 'break-glass', 'pending'] as const;
const PAYLOADS = ['standard', 'slack', 'alertmanager'] as const;

/** An event may be under way when the end comes: so many milliseconds for it. What is left the journal holds. */
const LAST_MS = 5000;

/** Neither commander nor an error repeats the value: it may be secret as a whole. */
function urlOf({ io, given }: Context): string {
  const url = given.text('URL') ?? io.env[URL_VARIABLE] ?? '';
  if (url !== '') return url;
  throw invalidArgument('URL', 'the URL of a receiver', 'none', `give it as an argument, or in ${URL_VARIABLE}`);
}

/** The secrets in the environment; several are divided by spaces. */
function secretsOf({ io }: Context, isNeeded: boolean): readonly string[] | undefined {
  const secrets = (io.env[SECRET_VARIABLE] ?? '').split(/\s+/).filter((secret) => secret !== '');
  if (secrets.length > 0) return secrets;
  if (!isNeeded) return undefined;
  const hint = `for example: export ${SECRET_VARIABLE}="whsec_$(openssl rand -base64 32)", and give it to the receiver`;
  throw invalidArgument(SECRET_VARIABLE, 'the secret that signs what is sent', 'none', hint);
}

function optionsOf(context: Context): WebhookOptions {
  const { given } = context;
  const payload = oneOf(PAYLOADS, given.text('payload') ?? 'standard', '--payload');
  const events = given.list('event').map((text) => oneOf(EVENTS, text, '--event'));
  return {
    url: urlOf(context),
    secret: secretsOf(context, payload === 'standard'),
    payload,
    events: events.length > 0 ? events : EVENTS,
    allowHttp: given.flag('allow-http'),
  };
}

/** Where it is remembered how far a URL was told: in the ledger's private files, under a name that does not give the URL away. */
function positionFileOf({ io, given }: Context, { gitdir }: Ledger, url: URL): string {
  const named = given.text('position');
  if (named !== undefined) return resolve(io.cwd, named);
  const digest = createHash('sha256').update(url.href).digest('hex').slice(0, 16);
  return join(gitdir, 'lineage/webhooks', `${url.hostname.replace(/[^a-z0-9.-]/g, '_')}-${digest}.json`);
}

function problemText(problem: WebhookProblem): string {
  switch (problem.type) {
    case 'retrying':
    case 'not-followed':
      return `${problem.message}: it is tried again`;
    case 'failed':
      return `${problem.message}: ${problem.id} was given up, attempt ${problem.attempts}`;
    default:
      return problem.message;
  }
}

/** Writes what goes wrong as it happens: the verb runs for months. */
function complain({ io, given }: Context, problem: WebhookProblem): void {
  const style = styleFor(io.stderr, io.env);
  const line = given.flag('json')
    ? jsonLine({ problem })
    : `${style.paint('warning:', 'warn')} ${printable(problemText(problem))}\n`;
  io.stderr.write(line);
}

function announce({ io, given }: Context, ledger: string, destination: string, position: string): void {
  if (given.flag('json')) {
    io.stdout.write(jsonLine({ ledger, destination, position }));
    return;
  }
  const style = styleFor(io.stdout, io.env);
  io.stdout.write(`${style.paint(`telling ${destination} what happens in ${printable(ledger)}`, 'good')}\n`);
}

/** Follows the journal until a signal comes. @throws `REMOTE_REFUSED` where the receiver answers that it is gone */
async function follow(context: Context, ledger: Ledger, hooks: Webhooks, url: URL, gone: Promise<string>) {
  const positionFile = positionFileOf(context, ledger, url);
  const ending = interrupted();
  // What the library waits for lets a process end.
  const awake = setInterval(() => undefined, 2 ** 30);
  try {
    await hooks.follow(ledger, { positionFile });
    announce(context, ledger.gitdir, url.host, positionFile);
    const signal = await Promise.race([ending, gone.then(() => null)]);
    await hooks.close(LAST_MS);
    if (signal !== null) return signal;
    const hint = `once it takes webhooks again, start anew: what it missed is told from ${positionFile} on`;
    const data = { remote: url.host, reason: await gone };
    throw new Complaint('REMOTE_REFUSED', `${await gone}: nothing more is sent`, data, hint);
  } finally {
    clearInterval(awake);
    await hooks.close(0);
  }
}

export const webhook: Verb = {
  name: 'webhook',
  group: 'The ledger:',
  summary: 'Tell a URL of rollbacks, broken glass and what waits for approval, until interrupted',
  arguments: [{ name: '[URL]', description: `where events are POSTed (default: ${URL_VARIABLE})` }],
  options: [
    { flags: '--payload <SHAPE>', description: `${PAYLOADS.join(', ')} (default: standard)`, values: PAYLOADS },
    {
      flags: '--event <TYPE>',
      description: `${EVENTS.join(', ')}; may be given several times`,
      values: EVENTS,
      repeat: true,
    },
    {
      flags: '--position <FILE>',
      description: 'remembers how far the journal was told (default: in the ledger, a file for each URL)',
    },
    { flags: '--allow-http', description: 'also http to another machine, which anybody on the way can read' },
  ],
  example: 'git-lineage webhook https://example.org/hooks',
  run: async (context) => {
    const options = optionsOf(context);
    let end: (why: string) => void = () => undefined;
    const gone = new Promise<string>((resolve) => {
      end = resolve;
    });
    const onProblem = (problem: WebhookProblem): void => {
      if (problem.type === 'disabled') end(problem.message);
      else complain(context, problem);
    };
    const { webhooks } = await import('../../api/server.js');
    const hooks = webhooks({ ...options, onProblem });
    // It writes the position there.
    const gitdir = await findLedger(context, 'write');
    return withLedger(
      context,
      'read',
      async ({ ledger }) => {
        const ended = await follow(context, ledger, hooks, new URL(options.url), gone);
        const { delivered, failed } = hooks.status();
        return { json: { ended, delivered, failed }, blocks: [] };
      },
      gitdir,
    );
  },
};
