/** Reading a public key that somebody names: a file, or standard input. */

import { readNamed } from '../content/named-file.js';
import type { PublicKey } from '../library.js';
import type { Context } from '../verb.js';

async function publicLine({ io }: Context, file: string): Promise<string> {
  if (file === '-') return (await (await import('node:stream/consumers')).text(io.stdin)).trim();
  return (await readNamed(io, file, 'give a .pub file, such as ~/.ssh/id_ed25519.pub')).toString().trim();
}

/** The key in a `.pub` file, or (`-`) on standard input, with its comment. Throws `NOT_FOUND`, `IO`, `INVALID_KEY`. */
export async function readPublicKey(
  context: Context,
  file: string,
): Promise<{ readonly key: PublicKey; readonly comment: string }> {
  return context.library.parsePublicKeyLine(await publicLine(context, file));
}
