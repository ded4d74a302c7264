/** The two hooks of a push: the lines that git gives to pre-receive, and the packets that it exchanges with proc-receive. */

import { resolve } from 'node:path';
import type { LedgerError, RefUpdate } from '../index.js';
import { invalidArgument, quoted } from './complaint.js';
import { findLedger } from './find-ledger.js';
import type { Answer, Context } from './verb.js';

const ZERO = /^0{40}$/;
const COMMAND = /^([0-9a-f]{40}) ([0-9a-f]{40}) (refs\/.+)$/;

/** The longest packet that git reads (gitprotocol-common(5)). */
const MAX_PACKET = 65_520;

function updateOf(line: string): RefUpdate {
  const [, from = '', to = '', ref] = COMMAND.exec(line) ?? [];
  if (ref === undefined)
    throw invalidArgument(
      'standard input',
      'lines of an old oid, a new oid and a ref',
      quoted(line),
      'git runs this as a hook',
    );
  return { ref, from: ZERO.test(from) ? null : from, to: ZERO.test(to) ? null : to };
}

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts);
}

/** The ledger that a hook runs in: git starts it there, and says so. */
async function hookedLedger(context: Context): Promise<string> {
  const named = context.given.text('ledger') ?? context.io.env['GIT_DIR'];
  return named === undefined ? findLedger(context) : resolve(context.io.cwd, named);
}

/** As pre-receive: an error refuses the push, and git shows its text to whoever pushes. */
export async function checkReceived(context: Context): Promise<Answer> {
  const { io, library } = context;
  const lines = (await readAll(io.stdin))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  const updates = lines.map(updateOf);
  const objectDirectory = io.env['GIT_QUARANTINE_PATH'];
  await library.checkReceived({ gitdir: await hookedLedger(context), updates, objectDirectory });
  return { json: { accepted: updates.length }, blocks: [] };
}

/** Packets one after the other, each awaited: git waits for answers in between. Null is the flush packet. */
async function* packets(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string | null> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, Buffer.from(chunk as Uint8Array)]);
    for (;;) {
      if (rest.length < 4) break;
      const digits = rest.toString('latin1', 0, 4);
      const length = /^[0-9a-f]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
      if (length < 0 || (length > 0 && length < 4) || length > MAX_PACKET)
        throw invalidArgument('standard input', 'packets of git', quoted(digits), 'git runs this as a hook');
      if (length > rest.length) break;
      yield length === 0 ? null : rest.toString('utf8', 4, length).replace(/\n$/, '');
      rest = rest.subarray(Math.max(length, 4));
    }
  }
}

function packet(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
}

async function block(source: AsyncGenerator<string | null>): Promise<string[]> {
  const lines: string[] = [];
  for (let next = await source.next(); next.done !== true && next.value !== null; next = await source.next())
    lines.push(next.value);
  return lines;
}

/** One line for the client: what went wrong, without what would break the packet. */
function reasonOf(error: LedgerError): string {
  const text = error.code === 'REF_CHANGED' ? `fetch first: ${error.message}` : error.message;
  return text.replace(/\s+/g, ' ').slice(0, 1000);
}

/** As proc-receive (githooks(5)): every command is answered with ok, or every one with ng and why. */
export async function applyReceived(context: Context): Promise<Answer> {
  const { io, library } = context;
  const source = packets(io.stdin);
  const [greeting = ''] = await block(source);
  if (!greeting.startsWith('version=1'))
    throw invalidArgument(
      'standard input',
      'version=1 of the proc-receive protocol',
      quoted(greeting),
      'git runs this as a hook',
    );
  const withOptions = / ?push-options/.test(greeting.split('\0')[1] ?? '');
  io.stdout.write(`${packet(`version=1\0${withOptions ? 'push-options' : ''}`)}0000`);
  const updates = (await block(source)).map(updateOf);
  if (withOptions) await block(source);
  let refusal: string | null = null;
  try {
    await library.applyReceived({ gitdir: await hookedLedger(context), updates });
  } catch (error) {
    if (!library.isLedgerError(error)) throw error;
    if (error.committed) io.stderr.write(`${error.message}; ${error.hint}\n`);
    else refusal = reasonOf(error);
  }
  const answers = updates.map(({ ref }) => packet(refusal === null ? `ok ${ref}` : `ng ${ref} ${refusal}`));
  io.stdout.write(`${answers.join('')}0000`);
  return { json: null, blocks: [] };
}
