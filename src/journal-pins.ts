/** What was seen of a journal: as a text to be kept, and two of them compared. */

import nodeFs from 'node:fs';
import { resolve } from 'node:path';
import { comparePinned, type JournalAtHand, type PinRelation } from './audit/compare-pins.js';
import type { FileSystem } from './git/file-system.js';
import { openGitStore } from './git/open-repository.js';
import { journalPoints } from './ledger/journal-leaves.js';
import { openLedger } from './open.js';
import { optionsCheck } from './options-check.js';
import { formatCheckpoint, originOf } from './witness/format/log-checkpoint.js';
import { treeRoot } from './witness/format/merkle-tree.js';

/** The ledger whose journal is at hand. */
export interface PinOptions {
  /** Its bare repository. */
  readonly gitdir: string;
  /** Where it lives; node:fs by default. */
  readonly fs?: FileSystem | undefined;
}

const checkOptions = optionsCheck<PinOptions>('PinOptions', { gitdir: 'value', fs: 'value' });

/** Every entry up to the last one, which was verified with all before it. */
async function journalAt(options: PinOptions): Promise<JournalAtHand> {
  checkOptions(options);
  const gitdir = options.fs === undefined ? resolve(options.gitdir) : options.gitdir;
  const ledger = await openLedger({ ...options, gitdir, thread: false });
  try {
    const { oid } = await ledger.journal.position();
    const store = await openGitStore(options.fs ?? nodeFs, gitdir);
    try {
      const points = journalPoints(store, oid);
      return { oids: points.map((point) => point.oid), leaves: points.map(({ leaf }) => leaf) };
    } finally {
      await store.close();
    }
  } finally {
    await ledger.close();
  }
}

/**
 * The point that a ledger is at, as the body of a checkpoint: origin, number of entries and the root of their tree. Three lines to be
 * kept or read out to somebody; nobody has signed them.
 *
 * @throws what opening a ledger throws
 */
export async function currentPin(options: PinOptions): Promise<string> {
  const { leaves } = await journalAt(options);
  const origin = originOf(Buffer.from(leaves[0] ?? []).toString('hex'));
  return formatCheckpoint({ origin, size: leaves.length, root: treeRoot(leaves) });
}

/**
 * Says whether two pins are of one journal: bodies of checkpoints, signed checkpoints, or what `formatPin` wrote. Without a ledger only what
 * the two say of themselves is compared.
 *
 * @throws `INVALID_ARGUMENT` for a text that is no pin, and what opening a ledger throws
 */
export async function comparePins(first: string, second: string, ledger?: PinOptions): Promise<PinRelation> {
  return comparePinned(first, second, ledger === undefined ? null : await journalAt(ledger));
}
