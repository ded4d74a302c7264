/** Acts that take more than one signature: every signer runs the same command, the last one with what the others printed. */

import { invalidArgument, quoted } from '../complaint.js';
import { readNamed } from '../content/named-file.js';
import type { AdminAct, CountersignOptions } from '../library.js';
import type { Answer, Context, OptionSpec } from '../verb.js';
import type { Opened } from '../with-ledger.js';

export const COUNTERSIGN_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--countersign',
    description: 'change nothing: print the signature of your key, for whoever makes the change',
    conflicts: ['countersignature'],
  },
  {
    flags: '--countersignature <FILE>',
    description: 'what another signer printed with --countersign; may be given several times',
    repeat: true,
  },
];

/** The longest file that is read: an armoured signature has less than 2 KB. */
const MAX_BYTES = 65_536;

/** What other signers have printed. @throws `NOT_FOUND`, `IO`, `INVALID_ARGUMENT` */
async function countersignatures({ io, given }: Context): Promise<readonly string[]> {
  const files = given.list('countersignature');
  return Promise.all(
    files.map(async (file) => {
      const text = (
        await readNamed(io, file, 'give the file with what another signer printed with --countersign')
      ).toString();
      if (text.length <= MAX_BYTES && text.startsWith('-----BEGIN SSH SIGNATURE-----')) return text;
      const hint = 'another signer makes it with the same command and --countersign';
      throw invalidArgument('--countersignature', 'a file with an armoured SSH signature', quoted(file), hint);
    }),
  );
}

/** Signs an act for somebody else, where that is asked for; else performs it with what others have signed. */
export async function countersigned(
  context: Context,
  { ledger }: Opened,
  act: AdminAct,
  perform: (options: CountersignOptions) => Promise<Answer>,
): Promise<Answer> {
  const given = await countersignatures(context);
  if (!context.given.flag('countersign')) return perform({ countersignatures: given });
  const signature = await ledger.policy.countersign(act);
  return { json: { countersignature: signature }, blocks: [{ line: signature.trimEnd() }] };
}
