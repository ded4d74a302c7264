/** A signer whose every signature is checked before it counts: what cannot be verified must not enter the journal. */

import { asLedgerError, LedgerError } from '../errors.js';
import type { Signer, Verifier } from '../ports/keys.js';

/** The same signer, rejecting with `BAD_SIGNATURE` where its signature is not one by its own key, and with `IO` for an error of its own. */
export function checkedSigner(signer: Signer, verifier: Verifier): Signer {
  const { principal, publicKey } = signer;
  const what = `a signature by ${principal}`;
  return {
    principal,
    publicKey,
    async sign(payload, namespace) {
      const signature = await signed(() => signer.sign(payload, namespace));
      const { fingerprint } = verifier.verify(payload, signature, what, namespace);
      if (fingerprint === publicKey.fingerprint) return signature;
      const reason = `it is by the key ${fingerprint}, not by ${publicKey.fingerprint}`;
      throw new LedgerError(
        'BAD_SIGNATURE',
        `${what}: ${reason}`,
        { what, reason },
        {
          hint: 'the signer given to the ledger must sign with the key that it names',
        },
      );
    },
  };
}

async function signed(sign: () => Promise<string>): Promise<string> {
  try {
    return await sign();
  } catch (error) {
    throw asLedgerError(error, 'sign');
  }
}
