/**
 * Ed25519 keys from their seeds: a private key is any 32 bytes (RFC 8032, 5.1.5).
 *
 * A new key is made of random bytes, not by `generateKeyPair`. In Node 20, whoever exports a private key of its making as a JSON web key holds
 * the key's lock while memory is allocated; where that collects garbage, the job that made the key is freed and waits for the same lock, in
 * the same thread, for ever.
 */

import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';

const SEED_BYTES = 32;

/** PKCS #8 of an Ed25519 key (RFC 8410) up to the seed: a JSON web key asks for the public half as well, which only the seed gives. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** 32 random bytes: a new private key. */
export function newSeed(): Buffer {
  return randomBytes(SEED_BYTES);
}

/** The private key of these 32 bytes. */
export function keyOfSeed(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}
