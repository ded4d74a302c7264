/** Two pins: are they of one journal? A pin is the body of a checkpoint, a signed checkpoint, or what an audit wrote. */

import { invalidInput } from '../errors.js';
import { originOf, parseCheckpoint } from '../witness/format/log-checkpoint.js';
import { treeRoot } from '../witness/format/merkle-tree.js';
import { parseNote } from '../witness/format/note.js';
import { parsePin } from './pin-text.js';

/**
 * | answer | what it means |
 * |---|---|
 * | `same` | both are the same point |
 * | `extends` | the journal at hand contains both: the later one continues the earlier one |
 * | `forked` | no journal contains both |
 * | `unknown` | nothing at hand tells: it contains neither or only the earlier one, or they are of different ledgers |
 */
export type PinRelation = 'same' | 'extends' | 'forked' | 'unknown';

/** A journal at hand: the oid of each entry, and its SHA-256, in their order. */
export interface JournalAtHand {
  readonly oids: readonly string[];
  readonly leaves: readonly Uint8Array[];
}

/** A point of a journal: by the root of its tree, or by the oid of its last entry. */
interface Pinned {
  readonly by: 'root' | 'oid';
  /** The origin, or the oid of the first entry. */
  readonly ledger: string;
  readonly size: number;
  readonly value: string;
}

function parsed(text: string, path: string): Pinned {
  const checkpoint = parseCheckpoint(parseNote(text)?.text ?? text);
  if (checkpoint !== null) {
    const { origin, size, root } = checkpoint;
    return { by: 'root', ledger: origin, size, value: Buffer.from(root).toString('base64') };
  }
  if (text.trimStart().startsWith('{')) {
    const { root, seq, oid } = parsePin(text);
    return { by: 'oid', ledger: root, size: seq + 1, value: oid };
  }
  // Whatever file was named: it may be a private key, and is not repeated.
  const issue = { path, expected: 'a checkpoint, or a pin as an audit wrote it', actual: 'another text' };
  throw invalidInput('INVALID_ARGUMENT', [issue], 'git-lineage pin prints one; so does GET /checkpoint');
}

/** Whether the journal contains the point; null where it is of another ledger, or too short to tell. */
function contains({ oids, leaves }: JournalAtHand, { by, ledger, size, value }: Pinned): boolean | null {
  const ours = by === 'oid' ? oids[0] : originOf(Buffer.from(leaves[0] ?? []).toString('hex'));
  if (ours !== ledger || size > leaves.length) return null;
  return (by === 'oid' ? oids[size - 1] : treeRoot(leaves, size).toString('base64')) === value;
}

/**
 * Compares two pins by their texts. What cannot be told from them alone is told from the journal at hand, where there is one.
 *
 * @throws `INVALID_ARGUMENT` for a text that is no pin
 */
export function comparePinned(first: string, second: string, journal: JournalAtHand | null): PinRelation {
  const [a, b] = [parsed(first, 'first'), parsed(second, 'second')];
  if (a.by === b.by) {
    if (a.ledger !== b.ledger) return 'unknown';
    if (a.size === b.size) return a.value === b.value ? 'same' : 'forked';
  }
  if (journal === null) return 'unknown';
  const [larger, smaller] = a.size >= b.size ? [a, b] : [b, a];
  const has = [contains(journal, larger), contains(journal, smaller)];
  if (has.every((one) => one === true)) return a.size === b.size ? 'same' : 'extends';
  // Whoever has the larger one has every point before it that is of the same journal.
  const isFork = has[0] === true && has[1] === false;
  return isFork || (a.size === b.size && has[0] === false && has[1] === true) ? 'forked' : 'unknown';
}
