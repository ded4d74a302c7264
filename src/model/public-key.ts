/** The public half of a signing key, as data: whether it is one at all can be told without cryptography. */

import { type InputIssue, quoted } from '../errors.js';
import { sha256Hex } from './content-digest.js';

/** The key types that sign here, as SSH calls them. */
export type KeyType = 'ssh-ed25519' | 'ssh-rsa' | 'ecdsa-sha2-nistp256' | 'ecdsa-sha2-nistp384' | 'ecdsa-sha2-nistp521';

/**
 * The public half of a signing key. Its parts must agree: `blob` names `type` (RFC 4253, section 6.6), and
 * `fingerprint` is that of `blob`.
 */
export interface PublicKey {
  readonly type: KeyType;
  /** The key blob in base64, as in an authorized_keys line. */
  readonly blob: string;
  /** `SHA256:` and the unpadded base64 SHA-256 of the blob, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

const TYPES: ReadonlySet<unknown> = new Set<KeyType>([
  ...(['ssh-ed25519', 'ssh-rsa'] as const),
  ...(['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const),
]);

export function isKeyType(value: unknown): value is KeyType {
  return TYPES.has(value);
}

/** The fingerprint of a key blob given in base64. */
export function fingerprintOfBlob(blob: string): string {
  const digest = Buffer.from(sha256Hex(Buffer.from(blob, 'base64')), 'hex');
  return `SHA256:${digest.toString('base64').replace(/=+$/, '')}`;
}

/** RFC 4253 §6.6: a key blob begins with its own type, as a string with its length before it. */
function typeOfBlob(bytes: Buffer): string | null {
  const length = bytes.length < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt32BE(0);
  return length < bytes.length - 4 ? bytes.toString('latin1', 4, 4 + length) : null;
}

/** What is wrong with a key that somebody gives: its parts must agree, or no reader could find it by its fingerprint. */
export function publicKeyIssues(value: unknown, path = 'publicKey'): InputIssue[] {
  const { type, blob, fingerprint } = (value ?? {}) as Partial<Record<keyof PublicKey, unknown>>;
  if (!isKeyType(type)) {
    return [{ path: `${path}.type`, expected: [...TYPES].join(', '), actual: quoted(type) }];
  }
  const bytes = typeof blob === 'string' ? Buffer.from(blob, 'base64') : Buffer.alloc(0);
  if (bytes.toString('base64') !== blob || typeOfBlob(bytes) !== type) {
    return [{ path: `${path}.blob`, expected: `a key of type ${type} in base64`, actual: quoted(blob) }];
  }
  const expected = fingerprintOfBlob(blob);
  return fingerprint === expected ? [] : [{ path: `${path}.fingerprint`, expected, actual: quoted(fingerprint) }];
}
