/**
 * Public keys: from an authorized_keys line or a key blob to what node:crypto verifies with.
 */

import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { LedgerError } from '../errors.js';
import type { KeyType, PublicKey } from '../model/public-key.js';
import {
  type Curve,
  curveOf,
  curveOfJwk,
  describeType,
  ED25519,
  ED25519_KEY_BYTES,
  isKeyTypeName,
  KEY_TYPES,
  RSA,
} from './key-types.js';
import { bufferOf, Malformed, SshReader, sshMpint, sshString, strictBase64 } from './wire.js';

/** Below this an RSA modulus is no longer considered safe (NIST SP 800-131A; OpenSSH's own floor is 1024). */
const RSA_MIN_BITS = 2048;

/** OpenSSH's and OpenSSL's largest modulus (SSHBUF_MAX_BIGNUM in sshbuf.h, OPENSSL_RSA_MAX_MODULUS_BITS in rsa.h). */
const RSA_MAX_BITS = 16384;

/** OpenSSL's largest exponent for large moduli (OPENSSL_RSA_MAX_PUBEXP_BITS in rsa.h); 65537 has 17 bits. */
const RSA_MAX_EXPONENT_BYTES = 8;

/** First byte of an uncompressed point, the only form OpenSSH writes or reads (SEC 1, section 2.3.3). */
const UNCOMPRESSED_POINT = 0x04;

/** How many parsed keys are kept. A ledger knows a few dozen keys and sees each of them thousands of times. */
const KEPT_KEYS = 256;

/** A public key in both of its forms. */
export interface LoadedPublicKey {
  readonly publicKey: PublicKey;
  readonly keyObject: KeyObject;
}

const kept = new Map<string, LoadedPublicKey>();

/**
 * Reads `type base64 [comment]`, the content of a .pub file; any other form of line throws `INVALID_KEY`.
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * import { parsePublicKeyLine } from 'git-lineage';
 *
 * const { key, comment } = parsePublicKeyLine(await readFile('ops.key.pub', 'utf8'));
 * console.log(key.fingerprint, comment);
 */
export function parsePublicKeyLine(line: string): { readonly key: PublicKey; readonly comment: string } {
  try {
    return readLine(line);
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw new LedgerError(
      'INVALID_KEY',
      cause.message,
      { reason: cause.message },
      { cause, hint: 'Give one line as in a .pub file, such as the output of `ssh-keygen -y -f KEYFILE`.' },
    );
  }
}

/** `SHA256:` and the unpadded base64 SHA-256 of a key blob, as `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * Reads a key blob (RFC 4253, section 6.6), checks it, and makes it ready to verify with. Throws `Malformed`.
 *
 * The 256 keys used last are kept: a ledger asks for the same few thousands of times.
 */
export function loadPublicKey(bytes: Uint8Array): LoadedPublicKey {
  const blob = bufferOf(bytes).toString('base64');
  const known = kept.get(blob);
  if (known !== undefined) {
    // Moves it to the end, so that keys of bad signatures, seen once, cannot push out the ones in use.
    kept.delete(blob);
    kept.set(blob, known);
    return known;
  }
  const { type, jwk } = readBlob(bytes);
  const publicKey = Object.freeze({ type, blob, fingerprint: fingerprintOf(bytes) });
  const loaded = { publicKey, keyObject: keyObjectOf(jwk) };
  const [oldest] = kept.keys();
  if (kept.size >= KEPT_KEYS && oldest !== undefined) kept.delete(oldest);
  kept.set(blob, loaded);
  return loaded;
}

/** The key blob of a node:crypto key, public or private. Throws `Malformed` for a kind of key that does not sign here. */
export function blobOf(keyObject: KeyObject): Buffer {
  const kind = keyObject.asymmetricKeyType ?? 'secret';
  if (kind !== 'ed25519' && kind !== 'rsa' && kind !== 'ec') {
    throw new Malformed(`expected an Ed25519, RSA or ECDSA key, got ${kind.toUpperCase()}`);
  }
  const { crv = '', x = '', y = '', n = '', e = '' } = exportJwk(keyObject);
  const [xBytes, yBytes, nBytes, eBytes] = [x, y, n, e].map((field) => Buffer.from(field, 'base64url')) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  if (kind === 'ed25519') return Buffer.concat([sshString(ED25519), sshString(xBytes)]);
  if (kind === 'rsa') return Buffer.concat([sshString(RSA), sshMpint(eBytes), sshMpint(nBytes)]);
  const curve = curveOfJwk(crv);
  if (curve === undefined) throw new Malformed(`expected the curve P-256, P-384 or P-521, got ${crv}`);
  const point = Buffer.concat([Buffer.of(UNCOMPRESSED_POINT), xBytes, yBytes]);
  return Buffer.concat([sshString(curve.type), sshString(curve.name), sshString(point)]);
}

/** The coordinates of a point of `curve`, base64url, as a JSON web key has them. */
export function pointToJwk(curve: Curve, point: Buffer): { readonly x: string; readonly y: string } {
  if (point.length !== 1 + 2 * curve.bytes || point[0] !== UNCOMPRESSED_POINT) {
    throw new Malformed(
      `public key: expected an uncompressed point of ${1 + 2 * curve.bytes} bytes, got ${point.length}`,
    );
  }
  return {
    x: point.subarray(1, 1 + curve.bytes).toString('base64url'),
    y: point.subarray(1 + curve.bytes).toString('base64url'),
  };
}

function readLine(line: string): { key: PublicKey; comment: string } {
  const [, type = '', base64 = '', comment = ''] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*?))?[ \t]*\r?\n?$/.exec(line) ?? [];
  if (type === '') throw new Malformed('public key: expected `type base64 [comment]` on one line');
  if (!KEY_TYPES.includes(type)) throw new Malformed(refusalOf(type, line));
  if (/[\x00-\x1f\x7f]/.test(comment)) throw new Malformed('public key: expected a comment without control characters');
  const { publicKey } = loadPublicKey(strictBase64(base64, 'public key'));
  if (publicKey.type !== type) {
    throw new Malformed(`public key: expected a key of type ${type} as the line says, got ${publicKey.type}`);
  }
  return { key: publicKey, comment };
}

function refusalOf(type: string, line: string): string {
  const expected = `public key: expected one of ${KEY_TYPES.join(', ')}`;
  if (!isKeyTypeName(type) && line.split(/\s+/).some(isKeyTypeName)) {
    return `${expected} at the start of the line, got options or a principal in front of it`;
  }
  return `${expected}, got ${describeType(type)}`;
}

interface KeyFields {
  readonly type: KeyType;
  readonly jwk: JsonWebKey;
}

function readBlob(bytes: Uint8Array): KeyFields {
  const reader = new SshReader(bytes, 'public key');
  const fields = readFields(reader.name('key type'), reader);
  reader.end();
  return fields;
}

function readFields(type: string, reader: SshReader): KeyFields {
  if (type === ED25519) {
    const key = reader.string('key');
    if (key.length !== ED25519_KEY_BYTES) {
      throw new Malformed(`public key: expected ${ED25519_KEY_BYTES} bytes of Ed25519 key, got ${key.length}`);
    }
    return { type: ED25519, jwk: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') } };
  }
  if (type === RSA) return { type: RSA, jwk: readRsa(reader) };
  const curve = curveOf(type);
  if (curve === undefined) {
    throw new Malformed(`public key: expected one of ${KEY_TYPES.join(', ')}, got ${describeType(type)}`);
  }
  const name = reader.name('curve');
  if (name !== curve.name) throw new Malformed(`public key: expected the curve ${curve.name}, got another`);
  const jwk = { kty: 'EC', crv: curve.jwk, ...pointToJwk(curve, reader.string('point')) };
  return { type: curve.type, jwk };
}

function readRsa(reader: SshReader): JsonWebKey {
  const e = reader.mpint('exponent');
  const n = reader.mpint('modulus');
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24;
  if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS || isEven(n)) {
    const range = `${RSA_MIN_BITS} to ${RSA_MAX_BITS}`;
    throw new Malformed(
      `public key: expected an odd RSA modulus of ${range} bits, got ${isEven(n) ? 'an even one' : bits}`,
    );
  }
  // With the exponent 1 everybody can sign, with an even one nobody.
  if (isEven(e) || (e.length === 1 && e[0] === 1) || e.length > RSA_MAX_EXPONENT_BYTES) {
    throw new Malformed('public key: expected an odd RSA exponent of 3 or more and at most 64 bits');
  }
  return { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') };
}

function isEven(magnitude: Buffer): boolean {
  return ((magnitude.at(-1) ?? 0) & 1) === 0;
}

function keyObjectOf(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new Malformed('public key: expected numbers that form a key, got others', { cause });
  }
}

function exportJwk(keyObject: KeyObject): JsonWebKey {
  try {
    return keyObject.export({ format: 'jwk' });
  } catch (cause) {
    throw new Malformed(`expected the curve P-256, P-384 or P-521, got ${keyObject.asymmetricKeyDetails?.namedCurve}`, {
      cause,
    });
  }
}
