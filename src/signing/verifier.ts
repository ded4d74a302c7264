/**
 * The verifier that the ledger uses.
 */

import type { PublicKey } from '../model/public-key.js';
import type { Verifier } from '../ports/keys.js';
import { GIT_NAMESPACE, verifySshsig, verifySshsigLater } from './sshsig.js';

/**
 * Accepts exactly the SSH signatures of git: canonical SSHSIG, over these bytes and no others, namespace `git` or the one that is asked for.
 *
 * It reads no file and starts no program, so no configuration can change its answer. Throws `BAD_SIGNATURE`.
 */
export const sshVerifier: Verifier = Object.freeze({
  verify(payload: Uint8Array, signature: string, what: string, namespace = GIT_NAMESPACE): PublicKey {
    return verifySshsig(payload, signature, namespace, what);
  },
  verifyLater(payload: Uint8Array, signature: string, what: string): Promise<PublicKey> {
    return verifySshsigLater(payload, signature, GIT_NAMESPACE, what);
  },
});
