/**
 * Keys of signed notes (C2SP signed-note): an Ed25519 key with a name, for one kind of signature. Their text forms are those of Go's
 * `golang.org/x/mod/sumdb/note`.
 */

import { createHash, createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto';
import { keyOfSeed, newSeed } from '../../ed25519-seed.js';
import { LedgerError, quoted } from '../../errors.js';
import { parseBase64 } from './base64.js';

/** What a key signs: `log` a note's text (0x01), `witness` that it has seen a checkpoint at a time (0x04, C2SP tlog-cosignature). */
type NoteKeyUse = 'log' | 'witness';

const ALGORITHM: Readonly<Record<NoteKeyUse, number>> = { log: 0x01, witness: 0x04 };
const KEY_BYTES = 32;
const MAX_NAME = 256;
const PRIVATE = 'PRIVATE+KEY+';

/** A public key: whoever has it can tell what its owner signed. */
export interface NoteKey {
  readonly name: string;
  readonly use: NoteKeyUse;
  /** The first four bytes of a hash of all the rest: it says which key a signature is of, and proves nothing. */
  readonly id: number;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** A private key. */
export interface NoteSigner {
  readonly key: NoteKey;
  sign(message: Uint8Array): Uint8Array;
}

/** True for what may name a key: no Unicode space, no plus, no control character. */
export function isKeyName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME && name.isWellFormed() && !/[\s\u0000-\u0020\u007f-\u0085+]/.test(name);
}

function idOf(name: string, use: NoteKeyUse, publicKey: Uint8Array): number {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(ALGORITHM[use]))
    .update(publicKey)
    .digest()
    .readUInt32BE(0);
}

/** The key of these 32 bytes. */
function noteKey(name: string, use: NoteKeyUse, publicKey: Uint8Array): NoteKey {
  const jwk: JsonWebKey = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') };
  const keyObject = createPublicKey({ key: jwk, format: 'jwk' });
  return Object.freeze({
    name,
    use,
    id: idOf(name, use, publicKey),
    publicKey,
    verify: (message: Uint8Array, signature: Uint8Array) => verify(null, message, keyObject, signature),
  });
}

function signerOf(name: string, use: NoteKeyUse, privateKey: KeyObject): NoteSigner {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const key = noteKey(name, use, Buffer.from(x, 'base64url'));
  return Object.freeze({ key, sign: (message: Uint8Array) => sign(null, message, privateKey) });
}

function badKey(reason: string, hint: string): LedgerError<'INVALID_KEY'> {
  return new LedgerError('INVALID_KEY', `this is no key of a signed note: ${reason}`, { reason }, { hint });
}

const PUBLIC_HINT =
  'a public key is NAME+HASH+KEY in one line, as git-lineage checkpoint key and git-lineage witness print it';
const PRIVATE_HINT =
  'a private key is one line that begins with PRIVATE+KEY+, as git-lineage checkpoint key and git-lineage witness write it';

function hexId(id: number): string {
  return id.toString(16).padStart(8, '0');
}

interface EncodedKey {
  readonly name: string;
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** `name+hash+base64(algorithm || key)`, of a key for `use`. @throws `INVALID_KEY` */
function decode(text: string, use: NoteKeyUse, hint: string): EncodedKey {
  const [, name = '', id = '', encoded = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text) ?? [];
  const bytes = parseBase64(encoded);
  if (!isKeyName(name) || bytes === null) throw badKey('it is not written as one', hint);
  const [algorithm] = bytes;
  if (algorithm !== ALGORITHM[use]) {
    const expected = use === 'log' ? 'a log' : 'a witness';
    throw badKey(
      `${quoted(name)} is not the key of ${expected} (type ${ALGORITHM[use]}): its type is ${algorithm}`,
      hint,
    );
  }
  if (bytes.length !== 1 + KEY_BYTES)
    throw badKey(`${quoted(name)} has ${bytes.length - 1} bytes, not ${KEY_BYTES}`, hint);
  return { name, id, bytes: bytes.subarray(1) };
}

/** A public key, from its line of text. @throws `INVALID_KEY` */
export function parseNoteKey(text: string, use: NoteKeyUse): NoteKey {
  if (typeof text !== 'string') throw badKey(`it is ${quoted(text)}`, PUBLIC_HINT);
  if (text.startsWith(PRIVATE)) throw badKey('it is a private key, which belongs to its owner alone', PUBLIC_HINT);
  const { name, id, bytes } = decode(text, use, PUBLIC_HINT);
  const key = noteKey(name, use, bytes);
  if (hexId(key.id) !== id)
    throw badKey(`its hash is ${id}; that of its name and key is ${hexId(key.id)}`, PUBLIC_HINT);
  return key;
}

/** The line of text of a public key. */
export function formatNoteKey({ name, use, id, publicKey }: NoteKey): string {
  return `${name}+${hexId(id)}+${Buffer.concat([Buffer.of(ALGORITHM[use]), publicKey]).toString('base64')}`;
}

/** A private key, from its line of text, with or without a line feed. @throws `INVALID_KEY`, which does not repeat the key */
export function parseNoteSigner(text: string, use: NoteKeyUse): NoteSigner {
  const line = text.replace(/\n$/, '');
  if (!line.startsWith(PRIVATE)) throw badKey('it does not begin with PRIVATE+KEY+', PRIVATE_HINT);
  const { name, id, bytes } = decode(line.slice(PRIVATE.length), use, PRIVATE_HINT);
  const signer = signerOf(name, use, keyOfSeed(bytes));
  if (hexId(signer.key.id) !== id) throw badKey(`its hash is not that of ${quoted(name)} and its key`, PRIVATE_HINT);
  return signer;
}

/** A new key pair as lines of text. @throws `INVALID_KEY` for a name that is none */
export function generateNoteKey(
  name: string,
  use: NoteKeyUse,
): { readonly privateKey: string; readonly publicKey: string } {
  if (!isKeyName(name))
    throw badKey(`${quoted(name)} is no name of a key`, 'a name has no spaces and no plus: example.org/witness');
  const seed = newSeed();
  const { key } = signerOf(name, use, keyOfSeed(seed));
  const encoded = Buffer.concat([Buffer.of(ALGORITHM[use]), seed]).toString('base64');
  return Object.freeze({
    privateKey: `${PRIVATE}${name}+${hexId(key.id)}+${encoded}\n`,
    publicKey: formatNoteKey(key),
  });
}
