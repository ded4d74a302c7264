/**
 * OpenSSH's own private key format, `openssh-key-v1` (OpenSSH's PROTOCOL.key): reading all that is in use, and writing
 * unencrypted Ed25519 keys.
 */

import {
  type CipherGCMTypes,
  createDecipheriv,
  createPrivateKey,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { createRequire } from 'node:module';
import type bcryptPbkdf from 'bcrypt-pbkdf';
import { quoted } from '../errors.js';
import { curveOf, describeType, ED25519, ED25519_KEY_BYTES, KEY_TYPES, RSA } from './key-types.js';
import { pointToJwk } from './ssh-public-key.js';
import { Malformed, SshReader, sshArmour, sshString, sshUint32, strictBase64 } from './wire.js';

/** The label of the armour, between `BEGIN ` and the dashes. */
export const OPENSSH_LABEL = 'OPENSSH PRIVATE KEY';

const load = createRequire(import.meta.url);

/** AUTH_MAGIC of PROTOCOL.key, with its final NUL. */
const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1');

/**
 * The most bcrypt rounds that are computed. `ssh-keygen -a` defaults to 16 (DEFAULT_ROUNDS in sshkey.c), 0.26 s here;
 * guides go up to a few hundred. 1024 take about 16 s: more is a mistake or an attack.
 */
const MAX_ROUNDS = 1024;

/** The padding unit of unencrypted keys (the block size of the cipher `none` in cipher.c). */
const PLAIN_BLOCK = 8;
const AES_BLOCK = 16;
const GCM_TAG = 16;

interface Cipher {
  readonly algorithm: string;
  readonly keyBytes: number;
  readonly ivBytes: number;
  readonly tagBytes: number;
}

/** The AES ciphers of `ssh-keygen -Z` (cipher.c); `3des-cbc` and `chacha20-poly1305@openssh.com` are refused by name. */
const CIPHERS: ReadonlyMap<string, Cipher> = new Map(
  [128, 192, 256].flatMap((bits): [string, Cipher][] => {
    const keyBytes = bits / 8;
    const ciphers: [string, Cipher][] = ['ctr', 'cbc'].map((mode) => [
      `aes${bits}-${mode}`,
      { algorithm: `aes-${bits}-${mode}`, keyBytes, ivBytes: AES_BLOCK, tagBytes: 0 },
    ]);
    if (bits === 192) return ciphers;
    // The IV of GCM has 12 bytes (RFC 5647, section 7.1).
    return [
      ...ciphers,
      [`aes${bits}-gcm@openssh.com`, { algorithm: `aes-${bits}-gcm`, keyBytes, ivBytes: 12, tagBytes: GCM_TAG }],
    ];
  }),
);

/** Thrown where a passphrase is missing or does not open the key; like `Malformed` it stays in this folder. */
export class Locked extends Error {
  override readonly name = 'Locked';
}

/** A private key as the file has it; whether its two halves belong together is for the caller to check. */
interface OpensshKey {
  readonly keyObject: KeyObject;
  readonly publicBlob: Buffer;
}

/** Reads the base64 between BEGIN and END. Throws `Locked` for a passphrase that is missing or wrong, else `Malformed`. */
export function readOpensshKey(base64: string, passphrase: string): OpensshKey {
  const reader = new SshReader(strictBase64(base64, 'private key'), 'private key');
  if (!reader.take(MAGIC.length, 'preamble').equals(MAGIC)) throw new Malformed('private key: expected openssh-key-v1');
  const cipherName = reader.name('cipher');
  const kdf = reader.name('key derivation');
  const kdfOptions = reader.string('key derivation options');
  const keys = reader.uint32('number of keys');
  if (keys !== 1) throw new Malformed(`private key: expected a file with 1 key, got ${keys}`);
  const publicBlob = reader.string('public key');
  const secret = reader.string('encrypted part');
  const cipher = cipherOf(cipherName, kdf);
  const tag = reader.take(cipher?.tagBytes ?? 0, 'authentication tag');
  reader.end();
  const block = cipher === null ? PLAIN_BLOCK : AES_BLOCK;
  if (secret.length === 0 || secret.length % block !== 0) {
    throw new Malformed(`private key: expected a secret part in blocks of ${block} bytes, got ${secret.length} bytes`);
  }
  const plain = cipher === null ? secret : decrypt(cipher, readKdf(kdfOptions, passphrase, cipher), secret, tag);
  return { keyObject: readSecret(plain, cipher !== null), publicBlob };
}

/** Writes an Ed25519 key without encryption, byte for byte in the form of `ssh-keygen -t ed25519 -N ''`. */
export function writeOpensshKey(seed: Uint8Array, point: Uint8Array, comment: string): string {
  const check = randomBytes(4);
  const publicBlob = Buffer.concat([ED25519, point].map(sshString));
  const secret = Buffer.concat([
    check,
    check,
    ...[ED25519, point, Buffer.concat([seed, point]), comment].map(sshString),
  ]);
  const padding = Buffer.from(Array.from({ length: -secret.length & (PLAIN_BLOCK - 1) }, (_, index) => index + 1));
  const head = ['none', 'none', ''].map(sshString);
  const body = [publicBlob, Buffer.concat([secret, padding])].map(sshString);
  return sshArmour(OPENSSH_LABEL, Buffer.concat([MAGIC, ...head, sshUint32(1), ...body]));
}

function cipherOf(name: string, kdf: string): Cipher | null {
  if (name === 'none' && kdf === 'none') return null;
  const cipher = CIPHERS.get(name);
  if (cipher === undefined) {
    throw new Malformed(
      `private key: expected one of the ciphers ${[...CIPHERS.keys()].join(', ')}, got ${quoted(name)}`,
    );
  }
  if (kdf !== 'bcrypt') throw new Malformed(`private key: expected the key derivation bcrypt, got ${quoted(kdf)}`);
  return cipher;
}

/** Derives key and IV, in this order, from the passphrase (PROTOCOL.key, sections 2 and 4). */
function readKdf(options: Buffer, passphrase: string, cipher: Cipher): Buffer {
  const reader = new SshReader(options, 'private key');
  const salt = reader.string('salt');
  const rounds = reader.uint32('number of rounds');
  reader.end();
  if (rounds < 1 || rounds > MAX_ROUNDS) {
    throw new Malformed(`private key: expected 1 to ${MAX_ROUNDS} key derivation rounds, got ${rounds}`);
  }
  if (passphrase === '') throw new Locked('the key is encrypted and no passphrase was given');
  const pass = Buffer.from(passphrase, 'utf8');
  const derived = Buffer.alloc(cipher.keyBytes + cipher.ivBytes);
  // Loaded where a key is encrypted, which is seldom.
  const bcrypt: typeof bcryptPbkdf = load('bcrypt-pbkdf');
  if (bcrypt.pbkdf(pass, pass.length, salt, salt.length, derived, derived.length, rounds) !== 0) {
    throw new Malformed(`private key: expected a usable salt, got one of ${salt.length} bytes`);
  }
  return derived;
}

function decrypt(cipher: Cipher, derived: Buffer, secret: Buffer, tag: Buffer): Buffer {
  const key = derived.subarray(0, cipher.keyBytes);
  const iv = derived.subarray(cipher.keyBytes);
  if (cipher.tagBytes === 0) {
    // The format pads by itself.
    const decipher = createDecipheriv(cipher.algorithm, key, iv).setAutoPadding(false);
    return Buffer.concat([decipher.update(secret), decipher.final()]);
  }
  const decipher = createDecipheriv(cipher.algorithm as CipherGCMTypes, key, iv, { authTagLength: GCM_TAG });
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(secret), decipher.final()]);
  } catch (cause) {
    throw new Locked('the passphrase does not open the key', { cause });
  }
}

/** Reads the decrypted part: two equal numbers that prove the passphrase, the key, its comment, and the padding. */
function readSecret(plain: Buffer, encrypted: boolean): KeyObject {
  const reader = new SshReader(plain, 'private key');
  if (!reader.take(4, 'first check number').equals(reader.take(4, 'second check number'))) {
    if (encrypted) throw new Locked('the passphrase does not open the key');
    throw new Malformed('private key: expected two equal check numbers, got a damaged file');
  }
  const type = reader.name('key type');
  const jwk = readJwk(type, reader);
  reader.string('comment');
  for (const [index, byte] of reader.rest().entries()) {
    if (byte !== ((index + 1) & 0xff)) throw new Malformed('private key: expected the padding 1, 2, 3, …, got another');
  }
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new Malformed(`private key: expected numbers that form a key of type ${type}, got others`, { cause });
  }
}

function readJwk(type: string, reader: SshReader): JsonWebKey {
  if (type === ED25519) {
    const x = reader.string('public half');
    const halves = reader.string('private half');
    const seed = halves.subarray(0, ED25519_KEY_BYTES);
    if (seed.length !== ED25519_KEY_BYTES || !halves.equals(Buffer.concat([seed, x]))) {
      throw new Malformed('private key: expected a seed followed by the public half, got another');
    }
    return { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url'), d: seed.toString('base64url') };
  }
  if (type === RSA) return readRsaJwk(reader);
  const curve = curveOf(type);
  if (curve === undefined) {
    throw new Malformed(`private key: expected one of ${KEY_TYPES.join(', ')}, got ${describeType(type)}`);
  }
  if (reader.name('curve') !== curve.name) throw new Malformed(`private key: expected the curve ${curve.name}`);
  const point = pointToJwk(curve, reader.string('public half'));
  const d = reader.mpint('private half');
  const padded = Buffer.concat([Buffer.alloc(Math.max(0, curve.bytes - d.length)), d]);
  return { kty: 'EC', crv: curve.jwk, ...point, d: padded.toString('base64url') };
}

/** The file leaves out the two CRT exponents that a JSON web key must have (RFC 7518, section 6.3.2). */
function readRsaJwk(reader: SshReader): JsonWebKey {
  const next = (field: string) => BigInt(`0x0${reader.mpint(`RSA number ${field}`).toString('hex')}`);
  const [n, e, d, qi] = [next('n'), next('e'), next('d'), next('iqmp')];
  const [p, q] = [next('p'), next('q')];
  // OpenSSL gets round a wrong inverse, so signing would not show it.
  if (p < 2n || q < 2n || p * q !== n || (qi * q) % p !== 1n) {
    throw new Malformed('private key: expected RSA numbers that belong together, got others');
  }
  const numbers = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi };
  return {
    kty: 'RSA',
    ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, jwkNumber(value)])),
  };
}

function jwkNumber(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
