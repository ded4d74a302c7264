/** Signed notes (C2SP signed-note): a text, and lines that say who signed it. */

import { parseBase64 } from './base64.js';
import { isKeyName, type NoteKey, type NoteSigner } from './note-key.js';

/** A checkpoint of a ledger with all its cosignatures is some kilobytes. */
export const MAX_NOTE_BYTES = 65_536;
const MAX_SIGNATURES = 100;
const ID_BYTES = 4;

/** A line that says who signed, without a word on whether it is so. */
export interface NoteSignature {
  readonly name: string;
  readonly id: number;
  /** What follows the key's id: of an Ed25519 key 64 bytes, with a time before them where it is a cosignature. */
  readonly bytes: Uint8Array;
}

export interface Note {
  /** Ends with a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

function parseSignature(line: string): NoteSignature | null {
  const [, name = '', encoded = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
  const bytes = parseBase64(encoded);
  if (!isKeyName(name) || bytes === null || bytes.length <= ID_BYTES) return null;
  return { name, id: bytes.readUInt32BE(0), bytes: bytes.subarray(ID_BYTES) };
}

/** Signature lines alone, as a witness answers; null where one of them is none, or there is none. */
export function parseSignatures(text: string): readonly NoteSignature[] | null {
  if (!text.endsWith('\n')) return null;
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) return null;
  const signatures = lines.map(parseSignature);
  return signatures.every((signature) => signature !== null) ? signatures : null;
}

/** The text and the signature lines of a note, none of them verified; null where it is not written as one. */
export function parseNote(note: string): Note | null {
  if (Buffer.byteLength(note) > MAX_NOTE_BYTES || !note.isWellFormed()) return null;
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) return null;
  const blank = note.lastIndexOf('\n\n');
  const signatures = blank === -1 ? null : parseSignatures(note.slice(blank + 2));
  return signatures === null ? null : { text: note.slice(0, blank + 1), signatures };
}

/** A note's bytes as text; null where they are not UTF-8. */
export function noteText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A line that says who signed, with its line feed. */
export function formatSignature({ name, id, bytes }: NoteSignature): string {
  const head = Buffer.alloc(ID_BYTES);
  head.writeUInt32BE(id);
  return `— ${name} ${Buffer.concat([head, bytes]).toString('base64')}\n`;
}

/** The strict inverse of `parseNote`. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** Signs a text, which ends with a line feed, as a log does. */
export function signText(text: string, { key, sign }: NoteSigner): NoteSignature {
  return { name: key.name, id: key.id, bytes: sign(Buffer.from(text)) };
}

/** The signatures of a note that say they are of this key. */
export function signaturesOf({ signatures }: Note, { name, id }: NoteKey): readonly NoteSignature[] {
  return signatures.filter((signature) => signature.name === name && signature.id === id);
}

/**
 * Whether a key of a log signed the text.
 *
 * | answer | when |
 * |---|---|
 * | `absent` | no line says that it did |
 * | `signed` | every line that says so is its signature |
 * | `wrong` | a line says so and is not its signature: the whole note is to be refused |
 */
export function signedBy(note: Note, key: NoteKey): 'absent' | 'signed' | 'wrong' {
  const claims = signaturesOf(note, key);
  if (claims.length === 0) return 'absent';
  const message = Buffer.from(note.text);
  return claims.every(({ bytes }) => key.verify(message, bytes)) ? 'signed' : 'wrong';
}
