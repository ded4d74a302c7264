/** What a witness says (C2SP tlog-cosignature, v1): at this time, this was the largest tree of the log that it had seen. */

import type { NoteSignature } from './note.js';
import type { NoteKey, NoteSigner } from './note-key.js';

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

function message(text: string, time: number): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
}

/** Cosigns a checkpoint's text. `time` in whole seconds since the Unix epoch. */
export function cosign(text: string, time: number, { key, sign }: NoteSigner): NoteSignature {
  const stamp = Buffer.alloc(TIME_BYTES);
  stamp.writeBigUInt64BE(BigInt(time));
  return { name: key.name, id: key.id, bytes: Buffer.concat([stamp, sign(message(text, time))]) };
}

/** The time that a signature line states, where it has the form of a cosignature; nothing of it is verified. */
export function claimedTime({ bytes }: Pick<NoteSignature, 'bytes'>): number | null {
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return null;
  const time = Number(Buffer.from(bytes).readBigUInt64BE(0));
  return Number.isSafeInteger(time) ? time : null;
}

/** The time at which a key cosigned the text, in seconds since the Unix epoch; null where it did not. */
export function cosignedAt(text: string, { name, id, bytes }: NoteSignature, key: NoteKey): number | null {
  const time = claimedTime({ bytes });
  if (name !== key.name || id !== key.id || time === null) return null;
  return key.verify(message(text, time), bytes.subarray(TIME_BYTES)) ? time : null;
}
