/**
 * Private keys from text: OpenSSH's format, and PKCS#8, PKCS#1 and SEC 1 as PEM.
 *
 * No message ever contains a byte of the input: what was taken for a key may be one.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { LedgerError, quoted } from '../errors.js';
import type { PublicKey } from '../model/public-key.js';
import { isKeyTypeName } from './key-types.js';
import { Locked, OPENSSH_LABEL, readOpensshKey } from './openssh-key.js';
import { signData, verifyData } from './signature.js';
import { blobOf, type LoadedPublicKey, loadPublicKey } from './ssh-public-key.js';
import { bufferOf, Malformed } from './wire.js';

/** A private key that is ready to sign, with the public half that it has been tried against. */
export interface PrivateKey {
  readonly publicKey: PublicKey;
  readonly keyObject: KeyObject;
}

/** The PEM labels that node:crypto reads keys from (RFC 7468, sections 10 and 11; RFC 8017; RFC 5915). */
const PEM_LABELS: readonly string[] = ['PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'];

/** One PEM block, whose last line has nothing behind it; text around it, such as a bag attribute or another block, is left out. */
const PRIVATE_KEY_BLOCK = /-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY)-----(.*?)-----END \1-----(?=[ \t\r]*(?:\n|$))/s;

const EXPECTED = 'expected the text of an Ed25519, RSA or ECDSA private key, in OpenSSH or PEM format';

/** What a pair of halves is tried on; any bytes would do. */
const PROBE = Buffer.from('git-lineage key pair probe', 'latin1');

/**
 * Reads a private key and proves that its halves belong together.
 *
 * Throws `INVALID_PASSPHRASE` where a passphrase is missing or wrong, `INVALID_KEY` for everything else. A passphrase
 * for a key that has none is ignored. Takes as long as the key's derivation: about 0.26 s for OpenSSH's 16 rounds.
 */
export function parsePrivateKey(input: string | Uint8Array, passphrase = ''): PrivateKey {
  try {
    return read(textOf(input), passphrase);
  } catch (cause) {
    if (cause instanceof Locked) {
      const hint =
        passphrase === ''
          ? 'Give the passphrase of the key, or use a key without one.'
          : 'Check the passphrase with `ssh-keygen -y -f KEYFILE`.';
      throw new LedgerError(
        'INVALID_PASSPHRASE',
        `private key: ${cause.message}`,
        { reason: cause.message },
        { cause, hint },
      );
    }
    if (!(cause instanceof Malformed)) throw cause;
    const hint = 'Make one with `ssh-keygen -t ed25519`; re-encrypt one with `ssh-keygen -p -Z aes256-ctr -f KEYFILE`.';
    throw new LedgerError('INVALID_KEY', cause.message, { reason: cause.message }, { cause, hint });
  }
}

function textOf(input: string | Uint8Array): string {
  if (typeof input === 'string') return input;
  if (input instanceof Uint8Array) return bufferOf(input).toString('latin1');
  throw new Malformed(`private key: ${EXPECTED}, got ${quoted(input)}`);
}

function read(text: string, passphrase: string): PrivateKey {
  const [block = '', label, body = ''] = PRIVATE_KEY_BLOCK.exec(text) ?? [];
  if (label === undefined) throw new Malformed(`private key: ${EXPECTED}, got ${describe(text)}`);
  if (label === OPENSSH_LABEL) {
    const { keyObject, publicBlob } = readOpensshKey(body.replace(/[\r\n]/g, ''), passphrase);
    return paired(keyObject, publicBlob);
  }
  if (!PEM_LABELS.includes(label)) throw new Malformed(`private key: ${EXPECTED}, got one marked ${label}`);
  const keyObject = readPem(block, label.startsWith('ENCRYPTED') || /^Proc-Type: 4,ENCRYPTED/m.test(body), passphrase);
  return paired(keyObject, blobOf(keyObject));
}

function readPem(key: string, encrypted: boolean, passphrase: string): KeyObject {
  if (encrypted && passphrase === '') throw new Locked('the key is encrypted and no passphrase was given');
  try {
    return createPrivateKey(encrypted ? { key, format: 'pem', passphrase } : { key, format: 'pem' });
  } catch (cause) {
    // A wrong passphrase yields noise, and OpenSSL then reports whatever the noise looks like.
    if (encrypted) throw new Locked('the passphrase does not open the key, or the key is damaged', { cause });
    throw new Malformed(`private key: ${EXPECTED}, got PEM that holds no such key`, { cause });
  }
}

/** Signs and verifies once: a file whose halves differ would produce signatures that nobody accepts. */
function paired(keyObject: KeyObject, publicBlob: Buffer): PrivateKey {
  const loaded = loadPublicKey(publicBlob);
  if (!worksWith(keyObject, loaded)) {
    throw new Malformed('private key: expected a private half that belongs to the public half, got another');
  }
  return { publicKey: loaded.publicKey, keyObject };
}

function worksWith(keyObject: KeyObject, loaded: LoadedPublicKey): boolean {
  try {
    return verifyData(loaded, PROBE, signData(loaded.publicKey.type, keyObject, PROBE));
  } catch {
    return false;
  }
}

function describe(text: string): string {
  const start = text.trimStart();
  if (start === '') return 'nothing';
  if (isKeyTypeName(start.split(/\s/, 1)[0] ?? '') || /^-----BEGIN [A-Z0-9 ]{0,40}PUBLIC KEY-----/.test(start)) {
    return 'a public key';
  }
  if (start.startsWith('PuTTY-User-Key-File-'))
    return 'a PuTTY key (convert it with `puttygen KEY -O private-openssh`)';
  if (/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/.test(start)) return 'a private key that is cut short';
  if (/^[^\n]{1,4096}$/.test(start) && /[/\\]|^id_/.test(start))
    return 'what looks like a path: give the content of the file';
  return 'another text';
}
