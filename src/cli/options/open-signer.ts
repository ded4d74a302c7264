/** Who signs what a verb writes: the key that was found, under the name by which the ledger knows it. */

import type { PolicySigner, Signer } from '../library.js';
import type { ProgressLine } from '../terminal/progress-line.js';
import type { Context } from '../verb.js';
import { assertOutside, type SigningKey } from './find-key.js';
import { loadSigner } from './load-signer.js';

/** Beside what it is for, so that a verb that does not sign loads neither. */
export { findKey } from './find-key.js';

export type OnProgress = (done: number, total: number) => void;

/** The ledger that knows the signer, and how it is opened. */
interface From {
  readonly gitdir: string;
  /** It may not verify. */
  readonly mend: boolean;
  readonly progress: ProgressLine;
  readonly onProgress: OnProgress;
}

/** The principal that was named by option or environment. */
export function namedPrincipal({ io, given }: Context): string | undefined {
  return given.text('principal') ?? (io.env['GIT_LINEAGE_PRINCIPAL'] || undefined);
}

/** The signers that the ledger knows. Opened for that alone, so that nobody is asked for a passphrase in vain. */
async function knownSigners(
  { library }: Context,
  { gitdir, mend, onProgress }: From,
): Promise<readonly PolicySigner[]> {
  const ledger = await library.openLedger({ gitdir, thread: false, onProgress });
  try {
    // Of a journal that is to be mended, the part that can be trusted says it.
    const policy = mend ? (await ledger.journal.doctor()).good?.policy : await ledger.policy.get();
    return policy?.signers ?? [];
  } finally {
    await ledger.close();
  }
}

/** The signer, under the name by which the ledger knows its key; a key that it does not know is for it to refuse. */
export async function signerFor(context: Context, key: SigningKey, from: From): Promise<Signer> {
  const { gitdir, progress } = from;
  const signers = await knownSigners(context, from);
  // A passphrase may be asked for next.
  progress.clear();
  if (key.path !== null) await assertOutside(gitdir, key.path);
  const named = namedPrincipal(context);
  const signer = await loadSigner(context, key, named ?? 'unknown');
  const known = signers.find((s) => s.publicKey.fingerprint === signer.publicKey.fingerprint);
  return named !== undefined || known === undefined ? signer : { ...signer, principal: known.principal };
}
