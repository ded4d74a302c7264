/** Entries past every check that a writer makes: signed and published as they are told. */

import { InlinePublisher } from '../../src/git/inline-publisher.js';
import type { openGitStore } from '../../src/git/open-repository.js';
import { draftEntry } from '../../src/ledger/plan.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { readEntry } from '../../src/model/entry-chain.js';
import type { EntryText } from '../../src/model/journal-entry.js';
import type { Signer } from '../../src/ports/keys.js';
import type { Commit, Oid } from '../../src/ports/objects.js';
import type { RefMove } from '../../src/ports/publisher.js';

type Store = Awaited<ReturnType<typeof openGitStore>>;

/** What an entry says that only the one who forges it knows. */
export interface ToldEntry {
  readonly events: EntryText['events'];
  /** The moves that its lines say, and (where that is something else) those that are made. */
  readonly updates: EntryText['updates'];
  readonly moves?: readonly RefMove[];
  readonly timestamp: number;
  /** The journal's tree, where it is not that of the entry before. */
  readonly tree?: Oid;
  /** Where it is not that of the entry before. */
  readonly format?: EntryText['format'];
}

/** Appends an entry to the journal of a store. */
export async function appendEntry(
  store: Store,
  signer: Signer,
  tell: (drafts: ReturnType<Store['drafts']>, last: Commit) => ToldEntry,
): Promise<void> {
  const drafts = store.drafts();
  const { commit, text } = readEntry(store, store.journalTip());
  const told = tell(drafts, commit);
  const { events, updates, timestamp, tree = commit.tree, moves = updates } = told;
  const entry = await draftEntry(
    drafts,
    tree,
    {
      format: told.format ?? text.format,
      seq: text.seq + 1,
      previousSha256: sha256Hex(commit.raw),
      actor: signer.principal,
      timestamp,
      events,
      updates,
    },
    commit.oid,
    signer,
  );
  const objects = drafts.reachable([entry, ...moves.flatMap(({ to }) => to ?? [])]);
  const plan = { base: commit.oid, entry, moves, objects, files: [], index: [] };
  if ((await new InlinePublisher(store.place).publish(plan)) === 'moved') throw new Error('the journal moved');
}
