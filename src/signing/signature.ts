/**
 * The signature schemes themselves: SSH signature blobs (RFC 4253, section 6.6) by and for one key.
 *
 * Only one encoding of a signature is accepted where the scheme allows that. ECDSA does not: (r, s) and (r, -s) both
 * verify, and OpenSSH writes either.
 */

import { constants, type KeyObject, sign, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { quoted } from '../errors.js';
import { type Curve, curveOf, ED25519, ED25519_SIGNATURE_BYTES, RSA } from './key-types.js';
import type { LoadedPublicKey } from './ssh-public-key.js';
import { Malformed, SshReader, sshMpint, sshString } from './wire.js';

/** The scheme that RSA keys sign with here (RFC 8332, section 3), as OpenSSH's SSHSIG does. */
export const RSA_SIGN = 'rsa-sha2-512';

/** The schemes accepted from RSA keys; SHA-1's `ssh-rsa` is not (PROTOCOL.sshsig, section 2). */
const RSA_HASH: ReadonlyMap<string, string> = new Map([
  [RSA_SIGN, 'sha512'],
  ['rsa-sha2-256', 'sha256'],
]);

/** Signs `data` with a private key of one of the accepted types; the blob names its scheme. */
export function signData(type: string, keyObject: KeyObject, data: Uint8Array): Buffer {
  if (type === ED25519) return signatureBlob(ED25519, sign(null, data, keyObject));
  const curve = curveOf(type);
  if (curve === undefined) {
    return signatureBlob(RSA_SIGN, sign('sha512', data, { key: keyObject, padding: constants.RSA_PKCS1_PADDING }));
  }
  const pair = sign(curve.hash, data, { key: keyObject, dsaEncoding: 'ieee-p1363' });
  const r = sshMpint(pair.subarray(0, curve.bytes));
  const s = sshMpint(pair.subarray(curve.bytes));
  return signatureBlob(curve.type, Buffer.concat([r, s]));
}

/** True where `blob` is the key's signature over `data`; throws `Malformed` where it is no signature of its type. */
export function verifyData(key: LoadedPublicKey, data: Uint8Array, blob: Uint8Array): boolean {
  const { hash, input, signature } = readSignature(key, blob);
  return verify(hash, data, input, signature);
}

/** The same, computed in node's thread pool. */
export async function verifyDataLater(key: LoadedPublicKey, data: Uint8Array, blob: Uint8Array): Promise<boolean> {
  const { hash, input, signature } = readSignature(key, blob);
  return new Promise((resolve, reject) => {
    verify(hash, data, input, signature, (error, valid) => (error === null ? resolve(valid) : reject(error)));
  });
}

/** A signature as node:crypto takes it. */
interface ReadSignature {
  readonly hash: string | null;
  readonly input: KeyObject | VerifyKeyObjectInput;
  readonly signature: Buffer;
}

function readSignature({ publicKey, keyObject }: LoadedPublicKey, blob: Uint8Array): ReadSignature {
  const reader = new SshReader(blob, 'signature');
  const scheme = reader.name('signature scheme');
  const signature = reader.string('signature bytes');
  reader.end();
  if (publicKey.type === RSA) return readRsa(keyObject, scheme, signature);
  if (scheme !== publicKey.type) {
    throw new Malformed(`signature: expected the scheme ${publicKey.type} of its key, got ${quoted(scheme)}`);
  }
  const curve = curveOf(publicKey.type);
  if (curve !== undefined) {
    const input = { key: keyObject, dsaEncoding: 'ieee-p1363' } as const;
    return { hash: curve.hash, input, signature: readPair(curve, signature) };
  }
  expectLength(signature, ED25519_SIGNATURE_BYTES);
  return { hash: null, input: keyObject, signature };
}

function signatureBlob(scheme: string, signature: Buffer): Buffer {
  return Buffer.concat([sshString(scheme), sshString(signature)]);
}

function readRsa(keyObject: KeyObject, scheme: string, signature: Buffer): ReadSignature {
  const hash = RSA_HASH.get(scheme);
  if (hash === undefined) {
    const schemes = [...RSA_HASH.keys()].join(' or ');
    throw new Malformed(`signature: expected the scheme ${schemes} of an RSA key, got ${quoted(scheme)}`);
  }
  // OpenSSH also reads signatures that lost their leading zero bytes; it never writes them.
  expectLength(signature, Math.ceil((keyObject.asymmetricKeyDetails?.modulusLength ?? 0) / 8));
  return { hash, input: { key: keyObject, padding: constants.RSA_PKCS1_PADDING }, signature };
}

/** The two numbers of an ECDSA signature (RFC 5656, section 3.1.2), each filled up to the size of the curve. */
function readPair(curve: Curve, signature: Buffer): Buffer {
  const reader = new SshReader(signature, 'signature');
  const numbers = [reader.mpint('number r'), reader.mpint('number s')];
  reader.end();
  const pair = Buffer.alloc(2 * curve.bytes);
  for (const [index, number] of numbers.entries()) {
    if (number.length > curve.bytes) {
      throw new Malformed(`signature: expected numbers of at most ${curve.bytes} bytes, got ${number.length}`);
    }
    number.copy(pair, (index + 1) * curve.bytes - number.length);
  }
  return pair;
}

function expectLength(signature: Buffer, bytes: number): void {
  if (signature.length !== bytes) {
    throw new Malformed(`signature: expected ${bytes} bytes, got ${signature.length}`);
  }
}
