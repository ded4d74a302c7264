/**
 * Signers: a principal and the key that signs for it.
 */

import { keyOfSeed, newSeed } from '../ed25519-seed.js';
import { invalidInput, quoted } from '../errors.js';
import { assertPrincipal } from '../model/principal.js';
import { optionsCheck } from '../options-check.js';
import type { Signer } from '../ports/keys.js';
import { writeOpensshKey } from './openssh-key.js';
import { type PrivateKey, parsePrivateKey } from './private-key.js';
import { blobOf, loadPublicKey } from './ssh-public-key.js';
import { GIT_NAMESPACE, signSshsig } from './sshsig.js';

/** The private key that signs, and for whom. */
export interface SshSignerOptions {
  /** The content of a private key file: OpenSSH format, PKCS#8, PKCS#1 or SEC 1. */
  readonly privateKey: string | Uint8Array;
  /** Needed where the key is encrypted, ignored where it is not. */
  readonly passphrase?: string;
  /** The name under which the ledger's roster knows the key. */
  readonly principal: string;
}

const checkOptions = optionsCheck<SshSignerOptions>('SshSignerOptions', {
  privateKey: 'value',
  passphrase: 'value',
  principal: 'value',
});

/**
 * A signer that holds a private key in memory and nowhere else; the key is read once, here.
 *
 * Rejects with `INVALID_PRINCIPAL`, `INVALID_KEY` or `INVALID_PASSPHRASE`.
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { sshSigner } from 'git-lineage';
 *
 * const signer = await sshSigner({ privateKey: await readFile('ops.key'), principal: 'ops@example.org' });
 * console.log(signer.publicKey.fingerprint);
 */
export async function sshSigner(options: SshSignerOptions): Promise<Signer> {
  checkOptions(options);
  assertPrincipal(options.principal);
  return signerOf(options.principal, parsePrivateKey(options.privateKey, options.passphrase));
}

/** A signer whose key was made just now and is gone with the process: for tests, demos and trials. */
export async function ephemeralSigner(principal: string): Promise<Signer> {
  assertPrincipal(principal);
  const keyObject = keyOfSeed(newSeed());
  return signerOf(principal, { keyObject, publicKey: loadPublicKey(blobOf(keyObject)).publicKey });
}

/**
 * Makes an Ed25519 key: the content of a private key file as ssh-keygen writes it, unencrypted, and its public line
 * without a line end.
 *
 * Write the private half with mode 0600. Throws `INVALID_ARGUMENT` for a comment that is not one line of text.
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { generateKey } from 'git-lineage';
 *
 * const { privateKey, publicKey } = generateKey({ comment: 'ops@example.org' });
 * await writeFile('ops.key', privateKey, { mode: 0o600, flag: 'wx' });
 * await writeFile('ops.key.pub', `${publicKey}\n`);
 */
export function generateKey(options: { readonly comment?: string } = {}): {
  readonly privateKey: string;
  readonly publicKey: string;
} {
  const comment = options.comment ?? '';
  if (/[\x00-\x1f\x7f]/.test(comment)) {
    throw invalidInput(
      'INVALID_ARGUMENT',
      [{ path: 'comment', expected: 'text without control characters', actual: quoted(comment) }],
      'Give one line of text, or none.',
    );
  }
  const seed = newSeed();
  const keyObject = keyOfSeed(seed);
  const { x = '' } = keyObject.export({ format: 'jwk' });
  const { type, blob } = loadPublicKey(blobOf(keyObject)).publicKey;
  return {
    privateKey: writeOpensshKey(seed, Buffer.from(x, 'base64url'), comment),
    publicKey: comment === '' ? `${type} ${blob}` : `${type} ${blob} ${comment}`,
  };
}

/** The key stays in the closure, so that printing or serializing a signer cannot show it. */
function signerOf(principal: string, key: PrivateKey): Signer {
  return Object.freeze({
    principal,
    publicKey: key.publicKey,
    sign: async (payload: Uint8Array, namespace = GIT_NAMESPACE) => signSshsig(key, payload, namespace),
  });
}
