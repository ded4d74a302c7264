/** `receive`: what the hooks of a ledger run when somebody pushes to it. */

import { resolve } from 'node:path';
import { findLedger } from '../options/find-ledger.js';
import type { Answer, Context, Verb } from '../verb.js';

/** The ledger that a hook runs in: git starts it there, and says so. */
async function hookedLedger(context: Context): Promise<string> {
  const named = context.given.text('ledger') ?? context.io.env['GIT_DIR'];
  return named === undefined ? findLedger(context, 'write') : resolve(context.io.cwd, named);
}

/** As pre-receive: an error refuses the push, and git shows its text to whoever pushes. */
async function check(context: Context): Promise<Answer> {
  const { io } = context;
  const parts: Buffer[] = [];
  for await (const part of io.stdin) parts.push(Buffer.from(part));
  const commands = Buffer.concat(parts).toString('utf8').split('\n').slice(0, -1);
  const objectDirectory = io.env['GIT_QUARANTINE_PATH'];
  const { checkReceived } = await import('../rare-library.js');
  await checkReceived({ gitdir: await hookedLedger(context), commands, objectDirectory });
  return { json: { accepted: commands.length }, blocks: [] };
}

async function* bytesOf(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const part of stream) yield Buffer.from(part);
}

/** As proc-receive. */
async function apply(context: Context): Promise<Answer> {
  const { io } = context;
  const { applyReceived } = await import('../rare-library.js');
  const warning = await applyReceived({
    gitdir: await hookedLedger(context),
    input: bytesOf(io.stdin),
    write: (text) => io.stdout.write(text),
  });
  return { json: null, blocks: [], warnings: warning === null ? [] : [warning] };
}

export const receive: Verb = {
  name: 'receive',
  group: 'Copies:',
  summary: 'Check or apply a push to this ledger; its hooks call it, people do not',
  options: [
    {
      flags: '--check',
      description: 'as pre-receive: lines of old, new and ref on standard input',
      conflicts: ['apply'],
    },
    { flags: '--apply', description: 'as proc-receive: its protocol on standard input and output' },
  ],
  example: 'git-lineage receive --check',
  run: (context) => (context.given.flag('apply') ? apply(context) : check(context)),
};
