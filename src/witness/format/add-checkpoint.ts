/** What a log asks of a witness (C2SP tlog-witness, `add-checkpoint`): a checkpoint, and the proof from the one before. */

import { type LogCheckpoint, parseCheckpoint, parseHash, parseSize } from './log-checkpoint.js';
import { MAX_PROOF_HASHES } from './merkle-tree.js';
import { type Note, parseNote } from './note.js';

/** The media type in which a witness tells the size that it knows, where another one was expected. */
export const SIZE_TYPE = 'text/x.tlog.size';

interface AddCheckpoint {
  /** The size that the witness is thought to know; 0 for none. */
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly note: Note;
  /** What the note's text says. */
  readonly checkpoint: LogCheckpoint;
}

/** The body of a request; `note` is the whole signed note. */
export function formatAddCheckpoint(oldSize: number, proof: readonly Uint8Array[], note: string): string {
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${oldSize}\n${lines.join('')}\n${note}`;
}

/** What a body asks for, or why it is no such request. */
export function parseAddCheckpoint(body: string): AddCheckpoint | string {
  const blank = body.indexOf('\n\n');
  const [first = '', ...hashes] = blank === -1 ? [] : body.slice(0, blank).split('\n');
  const oldSize = first.startsWith('old ') ? parseSize(first.slice('old '.length)) : null;
  if (oldSize === null) return 'the first line must be the old size: old 0';
  if (hashes.length > MAX_PROOF_HASHES) return `a proof has ${MAX_PROOF_HASHES} hashes at most`;
  const proof = hashes.map(parseHash);
  if (!proof.every((hash) => hash !== null)) return 'each line of the proof must be a hash in base64';
  const note = parseNote(body.slice(blank + 2));
  if (note === null) return 'after the empty line there must be a signed note';
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint === null) return 'the note must be a checkpoint: origin, size, root, and no other line';
  if (oldSize > checkpoint.size) return `the old size is ${oldSize}, the checkpoint's only ${checkpoint.size}`;
  return { oldSize, proof, note, checkpoint };
}
