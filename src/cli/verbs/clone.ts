/** `clone URL DIR`: a copy of a ledger, audited before it is kept. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { quoted } from '../complaint.js';
import { isMissing, unreadable } from '../content/named-file.js';
import { credentialsFromGit } from '../git/git-credential.js';
import type { Cloned, Pin } from '../library.js';
import { readPin } from '../options/read-pin.js';
import { WITNESS_OPTIONS, witnessDemand, witnessedBlocks } from '../options/witness-demand.js';
import { progressLine } from '../terminal/progress-line.js';
import { REMEASURE_OPTIONS, remeasuredBlocks, remeasureGiven } from '../terminal/remeasuring.js';
import type { Block } from '../terminal/render.js';
import type { Context, Io, Verb } from '../verb.js';

/** As git has it: what has a colon before its first slash is no path. */
function isPath(text: string): boolean {
  return !text.startsWith('-') && !/^[^/]*:/.test(text);
}

/** A URL as it was given; a path from where the user is. @throws `NOT_FOUND` where nothing is at that path */
export async function remoteAddress(io: Io, text: string): Promise<string> {
  if (!isPath(text)) return text;
  const path = resolve(io.cwd, text);
  await stat(path).catch((error: unknown) => {
    if (isMissing(error)) throw unreadable(text, error, undefined, `repository ${quoted(path)}`);
  });
  return path;
}

/** A remote of the copy by its name, which is a word alone, or the address of any: a path is one that begins like one. @throws `NOT_FOUND` */
export async function remoteNamed(io: Io, text: string | undefined): Promise<string | undefined> {
  return text !== undefined && /^\.{0,2}\//.test(text) ? remoteAddress(io, text) : text;
}

/** A pin as an audit wrote it, or an earlier copy keeps it. */
async function pinOf(context: Context): Promise<Pin | undefined> {
  const file = context.given.text('pin');
  if (file === undefined) return undefined;
  const pin = await readPin(context, resolve(context.io.cwd, file));
  if (pin === undefined) throw unreadable(file, { code: 'ENOENT' });
  return pin;
}

/** Whose word the copy rests on, in the manner of ssh and its host keys. */
function trustBlocks({ pin, trusted }: Cloned): Block[] {
  if (trusted) return [{ line: `first entry signed by ${pin.trust}, as expected`, tone: 'good' }];
  return [
    { line: `first entry signed by ${pin.trust}`, tone: 'warn' },
    { line: 'nobody has vouched for this key: it is taken on first use and remembered for this copy', tone: 'warn' },
    { line: 'compare the fingerprint with what the founder of the ledger says, or clone with --trust FINGERPRINT' },
  ];
}

function clonedBlocks(cloned: Cloned): Block[] {
  const { ignored, pin } = cloned;
  const shown = ignored.slice(0, 3).join(', ');
  const more = ignored.length > 3 ? `, … (${ignored.length})` : '';
  return [
    { line: `cloned ${cloned.remote} into ${cloned.gitdir}: ${cloned.refs} refs, audited`, tone: 'good' },
    ...trustBlocks(cloned),
    ...witnessedBlocks(cloned.report.witnessed),
    ...remeasuredBlocks(cloned.report.remeasured),
    ...(ignored.length === 0 ? [] : [{ line: `not fetched, because they are no part of a ledger: ${shown}${more}` }]),
    { line: `root ${pin.root}`, tone: 'faint' },
    { line: `journal ${pin.seq} ${pin.oid}`, tone: 'faint' },
  ];
}

export const clone: Verb = {
  name: 'clone',
  group: 'The ledger:',
  summary: 'Copy a ledger with all its notes and tags, audit the copy, and keep it only if it passes',
  arguments: [
    { name: '<URL>', description: 'http(s), ssh, git or file URL, user@host:path, or a path' },
    { name: '<DIR>', description: 'the folder of the copy, new or empty' },
  ],
  options: [
    { flags: '--trust <FINGERPRINT>', description: 'the key (SHA256:…) that must have signed the first entry' },
    {
      flags: '--pin <FILE>',
      description: 'what an earlier copy remembers (its lineage/pin.json): it must be contained',
    },
    ...REMEASURE_OPTIONS,
    ...WITNESS_OPTIONS,
  ],
  example: 'git-lineage clone https://example.org/modules.git copy.git --trust SHA256:…',
  run: async (context: Context) => {
    const { io, given } = context;
    const progress = progressLine(context);
    const credentials = credentialsFromGit(io);
    const { cloneLedger } = await import('../rare-library.js');
    const cloning = cloneLedger({
      url: await remoteAddress(io, given.required('URL')),
      gitdir: resolve(io.cwd, given.required('DIR')),
      trust: given.text('trust'),
      pin: await pinOf(context),
      witnesses: witnessDemand(given),
      remeasure: remeasureGiven(context),
      onAuth: (request) => {
        // git may ask at the terminal.
        progress.clear();
        return credentials(request);
      },
      env: io.env,
      terminal: io.stdin.isTTY === true && io.stderr.isTTY === true,
      onTransfer: progress.active ? progress.showTransfer : undefined,
      onProgress: ({ step, done, total }) => progress.show(`auditing: ${step}`, done, total),
    });
    const cloned = await cloning.finally(progress.clear);
    const { gitdir, remote, report, pin, trusted, refs, ignored } = cloned;
    const { witnessed, remeasured } = report;
    const journal = { seq: pin.seq, oid: pin.oid };
    return {
      json: {
        ...{ ledger: gitdir, remote, root: pin.root, trust: pin.trust, trusted },
        ...{ journal, witnessed, remeasured, refs, ignored },
      },
      blocks: clonedBlocks(cloned),
    };
  },
};
