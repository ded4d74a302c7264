/**
 * SSHSIG, the signature format of `ssh-keygen -Y` and of git's `gpg.format=ssh` (OpenSSH's PROTOCOL.sshsig).
 *
 * Stricter than OpenSSH in what it reads, because a signature is part of a git object: if two texts of one signature
 * passed, anyone could make a second object, with another id, that verifies as well. So the armour is exactly what
 * OpenSSH writes, the version is 1 and not less, and the reserved field, which is not covered by OpenSSH's check, is
 * empty.
 */

import { createHash } from 'node:crypto';
import { LedgerError, quoted } from '../errors.js';
import type { PublicKey } from '../model/public-key.js';
import type { PrivateKey } from './private-key.js';
import { signData, verifyData, verifyDataLater } from './signature.js';
import { type LoadedPublicKey, loadPublicKey } from './ssh-public-key.js';
import { Malformed, SshReader, sshArmour, sshString, sshUint32 } from './wire.js';

/** The namespace that git signs in (gpg-interface.c); a signature made for another purpose says so and is refused. */
export const GIT_NAMESPACE = 'git';

const LABEL = 'SSH SIGNATURE';

/** MAGIC_PREAMBLE and SIG_VERSION of PROTOCOL.sshsig, section 2. */
const MAGIC = Buffer.from('SSHSIG', 'latin1');
const VERSION = 1;

/** The message hash that OpenSSH signs with, and the two that it accepts (PROTOCOL.sshsig, section 2). */
const SIGN_HASH = 'sha512';
const HASHES: readonly string[] = [SIGN_HASH, 'sha256'];

/** Signs `message` for one purpose; the armour ends in one LF. */
export function signSshsig(key: PrivateKey, message: Uint8Array, namespace: string): string {
  const signature = signData(key.publicKey.type, key.keyObject, dataToSign(message, namespace));
  return sshsigOf(key.publicKey, namespace, signature);
}

/** The bytes that a key must sign, wherever it is kept, for `sshsigOf` to make a signature over `message` of it. */
export function dataToSign(message: Uint8Array, namespace: string): Buffer {
  return signedData(message, namespace, SIGN_HASH);
}

/** The armoured signature made of a key's own over `dataToSign`, an SSH signature blob (RFC 4253, section 6.6). */
export function sshsigOf({ blob }: PublicKey, namespace: string, signature: Uint8Array): string {
  const parts = [Buffer.from(blob, 'base64'), namespace, '', SIGN_HASH, signature].map(sshString);
  return sshArmour(LABEL, Buffer.concat([MAGIC, sshUint32(VERSION), ...parts]));
}

/**
 * Returns the key that made the signature over `message`, or throws `BAD_SIGNATURE`, naming `what` was signed.
 *
 * A valid signature says nothing about who may sign: the caller compares the key with those it trusts.
 */
export function verifySshsig(message: Uint8Array, armoured: string, namespace: string, what: string): PublicKey {
  try {
    const { key, data, signature } = read(message, armoured, namespace);
    return believed(key, verifyData(key, data, signature));
  } catch (cause) {
    throw badSignature(cause, what);
  }
}

/** The same, with the signature computed in node's thread pool. */
export async function verifySshsigLater(
  message: Uint8Array,
  armoured: string,
  namespace: string,
  what: string,
): Promise<PublicKey> {
  try {
    const { key, data, signature } = read(message, armoured, namespace);
    return believed(key, await verifyDataLater(key, data, signature));
  } catch (cause) {
    throw badSignature(cause, what);
  }
}

function badSignature(cause: unknown, what: string): unknown {
  if (!(cause instanceof Malformed)) return cause;
  return new LedgerError(
    'BAD_SIGNATURE',
    `${what}: ${cause.message}`,
    { what, reason: cause.message },
    {
      cause,
      hint: 'Its content or its signature was changed after signing: restore it from a copy, or leave it out.',
    },
  );
}

function believed({ publicKey }: LoadedPublicKey, valid: boolean): PublicKey {
  if (valid) return publicKey;
  throw new Malformed('signature: expected one over this content, got one over another content or by another key');
}

function read(
  message: Uint8Array,
  armoured: string,
  namespace: string,
): { readonly key: LoadedPublicKey; readonly data: Buffer; readonly signature: Buffer } {
  const reader = new SshReader(dearmour(armoured), 'signature');
  if (!reader.take(MAGIC.length, 'preamble').equals(MAGIC)) throw new Malformed('signature: expected SSHSIG');
  const version = reader.uint32('version');
  if (version !== VERSION) throw new Malformed(`signature: expected version ${VERSION}, got ${version}`);
  const blob = reader.string('public key');
  expectField('the namespace', [namespace], reader.name('namespace'));
  expectField('the reserved field', [''], reader.name('reserved field'));
  const hash = expectField('the message hash', HASHES, reader.name('message hash'));
  const signature = reader.string('signature');
  reader.end();
  return { key: loadPublicKey(blob), data: signedData(message, namespace, hash), signature };
}

/** What the key signs: the purpose and the hash of the message (PROTOCOL.sshsig, section 3). */
function signedData(message: Uint8Array, namespace: string, hash: string): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([MAGIC, ...[namespace, '', hash, digest].map(sshString)]);
}

function dearmour(armoured: string): Buffer {
  const begin = `-----BEGIN ${LABEL}-----\n`;
  const end = `-----END ${LABEL}-----\n`;
  if (!armoured.startsWith(begin)) throw new Malformed(`signature: expected it to start with BEGIN ${LABEL}`);
  const blob = Buffer.from(armoured.slice(begin.length, -end.length), 'base64');
  // Buffer skips what is not base64; encoding again shows whether anything was skipped, moved or added.
  if (sshArmour(LABEL, blob) !== armoured) {
    throw new Malformed('signature: expected OpenSSH armour: lines of 70 columns, LF only, nothing before or after');
  }
  return blob;
}

function expectField(field: string, allowed: readonly string[], actual: string): string {
  if (!allowed.includes(actual)) {
    throw new Malformed(`signature: expected ${field} ${allowed.map(quoted).join(' or ')}, got ${quoted(actual)}`);
  }
  return actual;
}
