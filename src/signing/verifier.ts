/**
 * The verifier that the ledger uses.
 */

import type { PublicKey } from '../model/public-key.js';
import type { Verifier } from '../ports/keys.js';
import { GIT_NAMESPACE, verifySshsig, verifySshsigLater } from './sshsig.js';

/**
 * Accepts exactly the SSH signatures of git: canonical SSHSIG, namespace `git`, over these bytes and no others.
 *
 * It reads no file and starts no program, so no configuration can change its answer. Throws `BAD_SIGNATURE`.
 */
export const sshVerifier: Verifier = Object.freeze({
  verify(payload: Uint8Array, signature: string, what: string): PublicKey {
    return verifySshsig(payload, signature, GIT_NAMESPACE, what);
  },
  verifyLater(payload: Uint8Array, signature: string, what: string): Promise<PublicKey> {
    return verifySshsigLater(payload, signature, GIT_NAMESPACE, what);
  },
});
