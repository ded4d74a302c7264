/**
 * The key types that sign here, and the ones that are refused by name.
 */

import { quoted } from '../errors.js';
import type { KeyType } from '../model/public-key.js';

export const ED25519 = 'ssh-ed25519';
export const RSA = 'ssh-rsa';

/** Bytes of an Ed25519 public key and of its seed (RFC 8032, section 5.1.5). */
export const ED25519_KEY_BYTES = 32;

/** Bytes of an Ed25519 signature (RFC 8032, section 5.1.6). */
export const ED25519_SIGNATURE_BYTES = 64;

/** One NIST curve, as each of the formats calls it. */
export interface Curve {
  /** The SSH key and signature type (RFC 5656, section 6.2). */
  readonly type: Exclude<KeyType, 'ssh-ed25519' | 'ssh-rsa'>;
  /** The curve's name inside key blobs (RFC 5656, section 10.1). */
  readonly name: string;
  /** Its name in a JSON web key (RFC 7518, section 6.2.1.1). */
  readonly jwk: string;
  /** Bytes of one coordinate. */
  readonly bytes: number;
  /** The hash that goes with the curve's size (RFC 5656, section 6.2.1). */
  readonly hash: string;
}

const CURVES: readonly Curve[] = [
  { type: 'ecdsa-sha2-nistp256', name: 'nistp256', jwk: 'P-256', bytes: 32, hash: 'sha256' },
  { type: 'ecdsa-sha2-nistp384', name: 'nistp384', jwk: 'P-384', bytes: 48, hash: 'sha384' },
  { type: 'ecdsa-sha2-nistp521', name: 'nistp521', jwk: 'P-521', bytes: 66, hash: 'sha512' },
];

/** The curve of an ECDSA key type, or undefined where the type is not one of the three. */
export function curveOf(type: string): Curve | undefined {
  return CURVES.find((curve) => curve.type === type);
}

/** The curve of a JSON web key's `crv`, or undefined where it is not one of the three. */
export function curveOfJwk(crv: string): Curve | undefined {
  return CURVES.find((curve) => curve.jwk === crv);
}

/** Every key type that is accepted, in the order in which messages list them. */
export const KEY_TYPES: readonly string[] = Object.freeze([ED25519, RSA, ...CURVES.map((curve) => curve.type)]);

/** True for a word that names some SSH key type, accepted or not. */
export function isKeyTypeName(word: string): boolean {
  return KEY_TYPES.includes(word) || refusedKind(word) !== null;
}

/** Says what an unusable key type is, so that a message can name it; unknown names are quoted. */
export function describeType(type: string): string {
  const kind = refusedKind(type);
  return kind === null ? quoted(type) : `${kind} (${type})`;
}

function refusedKind(type: string): string | null {
  if (/^[a-z0-9-]{1,40}-cert-v0[01]@openssh\.com$/.test(type)) return 'a certificate';
  if (/^(?:webauthn-)?sk-[a-z0-9-]{1,40}@openssh\.com$/.test(type)) return 'a security-key (FIDO) key';
  if (type === 'ssh-dss') return 'a DSA key';
  return null;
}
