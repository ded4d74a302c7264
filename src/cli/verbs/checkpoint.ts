/** `checkpoint`: signs a checkpoint of the journal, has witnesses cosign it, and publishes it; and makes the key for that. */

import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { invalidArgument, ioComplaint, quoted } from '../complaint.js';
import { readNamed } from '../content/named-file.js';
import { EXIT } from '../exit-codes.js';
import type { PublishedCheckpoint, WitnessAddress } from '../library.js';
import { wholeNumber } from '../options/arguments.js';
import { findLedger } from '../options/find-ledger.js';
import type { Block } from '../terminal/render.js';
import { isoTime } from '../terminal/show-version.js';
import type { Context, Verb } from '../verb.js';
import { remoteNamed } from './clone.js';

const KEY_HINT = 'git-lineage checkpoint key --key FILE makes the key of the log';

function keyFile({ io, given }: Context): string {
  const file = given.text('key');
  if (file === undefined) throw invalidArgument('--key', 'the file of the private key of the log', 'none', KEY_HINT);
  return resolve(io.cwd, file);
}

/** `KEY URL`: no key has a space. */
function witnessAddress(text: string): WitnessAddress {
  const [key, url, ...more] = text.split(' ');
  if (key !== undefined && url !== undefined && more.length === 0) return { key, url };
  const hint = 'both in one argument, in quotes, as git-lineage witness prints them';
  throw invalidArgument('--witness', 'the public key of a witness, a space, and its address', quoted(text), hint);
}

function blocksOf({ size, published, required, cosigned, failed }: PublishedCheckpoint): Block[] {
  const seen = cosigned.map(({ name, time }): Block => ({ line: `${name} at ${isoTime(time)}`, tone: 'faint' }));
  const told = failed.map(
    ({ name, error }): Block => ({ line: `${name}: ${error.message}; ${error.hint}`, tone: 'bad' }),
  );
  const outcome: Block = published
    ? { line: `published a checkpoint of ${size} entries`, tone: 'good' }
    : { line: `${cosigned.length} of ${required} witnesses cosigned: the checkpoint before stays`, tone: 'bad' };
  return [outcome, ...seen, ...told];
}

/** A new file for its owner alone; one that is there already stays. */
async function writeKey(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw ioComplaint('write', path, error);
  }
}

export const checkpoint: Verb = {
  name: 'checkpoint',
  group: 'Proof:',
  summary: 'Sign a checkpoint of the journal, have witnesses cosign it, and publish it; exit code 1 where too few did',
  options: [
    {
      flags: '--witness <VKEY-AND-URL>',
      description: "a witness to ask: 'KEY URL' in one argument; may be given several times",
      repeat: true,
    },
    { flags: '--required <K>', description: 'how many of them must cosign (default: more than half)' },
    { flags: '--remote <REMOTE>', description: 'a copy that gets it too (default: the one that writes go through)' },
  ],
  example: 'git-lineage checkpoint key --key log.key',
  run: async (context) => {
    const { given, io } = context;
    const file = keyFile(context);
    const witnesses = given.list('witness').map(witnessAddress);
    const [required, remote] = [given.text('required'), given.text('remote')];
    const logKey = (
      await readNamed(io, file, 'git-lineage checkpoint key --key FILE makes the key of a log')
    ).toString();
    const gitdir = await findLedger(context, 'write');
    const { publishCheckpoint } = await import('../rare-library.js');
    const done = await publishCheckpoint({
      gitdir,
      logKey,
      witnesses,
      required: required === undefined ? undefined : wholeNumber(required, '--required'),
      remote: await remoteNamed(io, remote),
    });
    const { size, published, cosigned, failed, note } = done;
    return {
      json: { ledger: gitdir, size, published, required: done.required, cosigned, failed, note },
      blocks: blocksOf(done),
      exitCode: published ? EXIT.done : EXIT.no,
    };
  },
  verbs: [
    {
      name: 'key',
      summary: 'Make the key of the log, and print its public half for clients and witnesses',
      example: 'git-lineage checkpoint key --key log.key',
      run: async (context) => {
        const file = keyFile(context);
        const { generateLogKey } = await import('../rare-library.js');
        const { privateKey, publicKey } = await generateLogKey({
          gitdir: await findLedger(context, 'read'),
        });
        await writeKey(file, privateKey);
        return {
          json: { keyFile: file, key: publicKey },
          blocks: [{ line: `made ${file}: one publisher has it`, tone: 'good' }, { line: publicKey }],
        };
      },
    },
  ],
};
