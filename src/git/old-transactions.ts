/** Transactions as the port `publishing` has them, over plans: a body that decides under the writer lock. */

import { LedgerError } from '../errors.js';
import type { NormalizedFiles } from '../model/module-files.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { Signer } from '../ports/keys.js';
import type { Oid, RefName } from '../ports/objects.js';
import type {
  Adoption,
  CommitDraft,
  Publication,
  Staging,
  TagDraft,
  Transaction,
  Trusted,
} from '../ports/publishing.js';
import { adopt } from './adopt.js';
import { entriesBetween } from './adopted-entries.js';
import type { Drafts } from './object-drafts.js';
import { publish } from './publish.js';
import { recover, unfinishedMoves } from './recover.js';
import { StagedContent } from './staged-files.js';
import type { WritePlace } from './write-place.js';
import { withWriterLock } from './writer-lock.js';

class OldTransaction implements Transaction {
  private readonly place: WritePlace;
  private readonly drafts: Drafts;
  private readonly content: StagedContent;
  private readonly files: { readonly id: number; readonly tree: Oid; readonly like: Oid | null }[] = [];
  private readonly base: Oid | null;
  private readonly replaces: string | null | undefined;

  constructor(place: WritePlace, drafts: Drafts, base: Oid | null, replaces?: string | null) {
    this.place = place;
    this.drafts = drafts;
    this.content = new StagedContent(place.reader.database);
    this.base = base;
    this.replaces = replaces;
  }

  get tip(): Oid {
    if (this.base === null) throw new TypeError('the journal has no entry yet');
    return this.base;
  }

  async readRefs(names: readonly RefName[]): Promise<Map<RefName, Oid | null>> {
    return new Map(names.map((name) => [name, this.place.reader.readRefText(name)]));
  }

  async stageFiles(files: NormalizedFiles, like?: Oid): Promise<Oid> {
    const { id, tree } = this.content.stage(files);
    this.files.push({ id, tree, like: like ?? null });
    return tree;
  }

  stageCommit(draft: CommitDraft, signer?: Signer): Promise<Oid> {
    return this.drafts.commit(draft, signer);
  }

  stageTag(draft: TagDraft, signer: Signer): Promise<{ oid: Oid; payload: Uint8Array }> {
    return this.drafts.tag(draft, signer);
  }

  stageNotes(
    notes: Oid | null,
    changes: ReadonlyMap<Oid, string | null>,
    draft: Omit<CommitDraft, 'tree' | 'parents'>,
  ): Promise<Oid> {
    return this.drafts.notes(notes, changes, draft);
  }

  async publish({ entry, edits, confirm }: Publication): Promise<void> {
    const objects = this.drafts.reachable([entry, ...edits.flatMap(({ to }) => to ?? [])]);
    const text = objects.map(({ type, data }) => (type === 'commit' ? Buffer.from(data).toString('latin1') : ''));
    // What an operation staged that was refused then is left behind.
    const files = this.files.filter(({ tree }) => text.some((commit) => commit.startsWith(`tree ${tree}\n`)));
    const replaced = this.replaces === undefined ? {} : { replacesJournal: readable(this.replaces) };
    const plan = { base: this.base, entry, moves: edits, objects, files, index: [], ...replaced };
    const outcome = await publish(this.place, plan, { ...this.content.packOf(plan), confirm });
    if (outcome === 'moved') throw changed(this.base, this.place.reader.readRefText(JOURNAL_REF));
  }
}

function readable(text: string | null): Oid | null {
  return text === null || /^[0-9a-f]{40}$/.test(text) ? text : '';
}

function changed(expected: Oid | null, actual: string | null): LedgerError<'REF_CHANGED'> {
  const data = { ref: JOURNAL_REF, expected, actual };
  const hint = 'run git-lineage doctor again';
  return new LedgerError('REF_CHANGED', `${JOURNAL_REF} was changed while it was looked at`, data, { hint });
}

export class OldTransactions {
  private readonly place: WritePlace;
  private readonly drafts: () => Drafts;

  constructor(place: WritePlace, drafts: () => Drafts) {
    this.place = place;
    this.drafts = drafts;
  }

  private exclusively<T>(body: () => T | Promise<T>): Promise<T> {
    return withWriterLock(this.place.files, this.place.lockFile, body);
  }

  transact<T>(body: (transaction: Transaction) => Promise<T>, trusted?: Trusted): Promise<T> {
    return this.exclusively(async () => {
      const tip = this.place.reader.journalTip();
      if (tip !== this.place.completed && unfinishedMoves(this.place, tip).length > 0) await trusted?.(tip);
      recover(this.place, tip);
      return body(new OldTransaction(this.place, this.drafts(), tip));
    });
  }

  restoreJournal<T>(good: Oid, found: Oid | null, body: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.exclusively(() => {
      const text = this.place.reader.readRefText(JOURNAL_REF);
      if (readable(text) !== found) throw changed(found, text);
      return body(new OldTransaction(this.place, this.drafts(), good, text));
    });
  }

  found(body: (staging: Staging) => Promise<Publication>): Promise<void> {
    return this.exclusively(async () => {
      const transaction = new OldTransaction(this.place, this.drafts(), null);
      await transaction.publish(await body(transaction));
    });
  }

  adopt(tip: Oid): Promise<Adoption> {
    return this.exclusively(() => {
      const { reader } = this.place;
      const from = reader.journalTip();
      recover(this.place, from);
      if (entriesBetween(reader, from, tip) === null && entriesBetween(reader, tip, from) !== null)
        return { entries: 0, replaced: [] };
      const adopted = adopt(this.place, from, tip);
      if (adopted === 'moved') throw changed(from, reader.readRefText(JOURNAL_REF));
      return adopted;
    });
  }
}
