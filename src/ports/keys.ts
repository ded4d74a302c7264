/** Keys: a signature is by one key over exact bytes, or it is refused. */

import type { PublicKey } from '../model/public-key.js';

/** Signs as one principal. `sign` returns an armoured SSHSIG, one LF at its end. */
export interface Signer {
  readonly principal: string;
  readonly publicKey: PublicKey;
  /**
   * Signs a commit or a tag, given as the bytes that git would sign. The ledger verifies each answer: a signature that
   * is not by `publicKey` is `BAD_SIGNATURE`, a rejection is told to the caller of the write (as `IO`, if it is no
   * `LedgerError`); nothing is written then.
   * @param namespace of SSHSIG; `git` where it is left out. A signer that knows no other cannot countersign
   */
  sign(payload: Uint8Array, namespace?: string): Promise<string>;
}

/** Checks armoured SSHSIG signatures, in the namespace `git` where no other is named. */
export interface Verifier {
  /** The key that made a valid signature over `payload`. Throws `BAD_SIGNATURE` for any other, naming `what`. */
  verify(payload: Uint8Array, signature: string, what: string, namespace?: string): PublicKey;
  /** The same, computed beside whatever else goes on: for whoever has thousands of them. */
  verifyLater(payload: Uint8Array, signature: string, what: string): Promise<PublicKey>;
}
