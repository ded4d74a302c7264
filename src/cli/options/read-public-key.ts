/** Reading a public key that somebody names: a file, or standard input. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf, quoted } from '../complaint.js';
import type { PublicKey } from '../library.js';
import type { Context } from '../verb.js';
import { invalidKey } from './find-key.js';

async function publicLine({ io }: Context, file: string): Promise<string> {
  if (file === '-') return (await (await import('node:stream/consumers')).text(io.stdin)).trim();
  try {
    return (await readFile(resolve(io.cwd, file), 'utf8')).trim();
  } catch (error) {
    throw invalidKey(
      `cannot read the public key ${quoted(file)}: ${errnoOf(error)}`,
      'give a .pub file, such as ~/.ssh/id_ed25519.pub',
      error,
    );
  }
}

/** The key in a `.pub` file, or (`-`) on standard input, with its comment. Throws `INVALID_KEY`. */
export async function readPublicKey(
  context: Context,
  file: string,
): Promise<{ readonly key: PublicKey; readonly comment: string }> {
  return context.library.parsePublicKeyLine(await publicLine(context, file));
}
