/** The store over a bare git repository: objects, refs, notes and the one writer, put together. */

import { LedgerError } from '../errors.js';
import { type EntryText, parseEntry } from '../model/journal-entry.js';
import type { FileMode, ModuleFile, NormalizedFiles } from '../model/module-files.js';
import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type { AnnotatedTag, Commit, LedgerObjects, Oid, RefName, TreeEntry } from '../ports/objects.js';
import type { Adoption, Publication, RefEdit, Staging, Store, Transaction, Trusted } from '../ports/publishing.js';
import type { ObjectReader, PrivateFiles, RefReader } from '../ports/repository.js';
import type { BrokenLock, Finding, InspectOptions } from '../ports/upkeep.js';
import { ADOPTING, adoptedEdits, entriesBetween, notContinued } from './adopted-entries.js';
import { breakLock, lockName } from './break-lock.js';
import { allDone, type FileSystem, Files } from './file-system.js';
import { contentFindings, transactionFindings } from './inspect.js';
import { DatabaseObjects } from './ledger-objects.js';
import { listNotes, readNote } from './notes.js';
import { decodeCommit, decodeTag, decodeTree, type GitObject, isFolder, referencesOf } from './object-codec.js';
import { ObjectDatabase } from './object-database.js';
import { asCommitted, RefTransaction } from './ref-transaction.js';
import { Refs } from './refs.js';
import { StagingArea } from './staging.js';
import { SyncFiles } from './sync-files.js';
import { withWriterLock } from './writer-lock.js';

class GitTransaction extends StagingArea implements Transaction {
  private readonly base: Oid | null;
  private readonly store: GitStore;
  /** What stands at the journal's ref where that is not `base`. */
  private readonly replaces: string | null | undefined;
  published = false;

  constructor(store: GitStore, base: Oid | null, replaces?: string | null) {
    super(store.database);
    this.store = store;
    this.base = base;
    this.replaces = replaces;
  }

  get tip(): Oid {
    if (this.base === null) throw new TypeError('the journal has no entry yet');
    return this.base;
  }

  async readRefs(names: readonly RefName[]): Promise<Map<RefName, Oid | null>> {
    const values = new Map<RefName, Oid | null>();
    for (const name of names) values.set(name, this.store.readRefText(name));
    return values;
  }

  async publish(publication: Publication): Promise<void> {
    this.published = true;
    await this.store.publish(this, this.base, publication, this.replaces);
  }
}

export class GitStore implements Store, ObjectReader, RefReader, PrivateFiles {
  readonly location: string;
  readonly database: ObjectDatabase;
  readonly objects: LedgerObjects;
  private readonly files: Files;
  private readonly refs: Refs;
  private readonly moves: RefTransaction;
  /** The last entry that this process knows to be fully projected. */
  private projected: Oid | null = null;

  constructor(fs: FileSystem, gitdir: string) {
    this.location = gitdir;
    this.files = new Files(fs);
    this.database = new ObjectDatabase(this.files, gitdir, this.transactionFolder);
    this.objects = new DatabaseObjects(this.database);
    this.refs = new Refs(new SyncFiles(fs), gitdir);
    this.moves = new RefTransaction(this.refs, this.files, this.transactionFolder);
  }

  private get transactionFolder(): string {
    return `${this.location}/lineage/transaction`;
  }

  journalTip(): Oid {
    const tip = this.refs.readOid(JOURNAL_REF);
    if (tip !== null) return tip;
    const reason = `it has no ${JOURNAL_REF}`;
    throw new LedgerError(
      'NOT_A_LEDGER',
      `${this.location} is not a ledger: ${reason}`,
      { gitdir: this.location, reason },
      {
        hint: 'create one with: git-lineage init DIR',
      },
    );
  }

  readCommit(oid: Oid): Commit {
    return decodeCommit(oid, this.database.readTyped(oid, 'commit'));
  }

  readTag(oid: Oid): AnnotatedTag {
    return decodeTag(oid, this.database.readTyped(oid, 'tag'));
  }

  readTree(oid: Oid): readonly TreeEntry[] {
    return decodeTree(oid, this.database.readTyped(oid, 'tree'));
  }

  readBlob(oid: Oid): Uint8Array {
    return this.database.readTyped(oid, 'blob');
  }

  readFiles(tree: Oid): NormalizedFiles {
    const files: [string, ModuleFile][] = [];
    const walk = (oid: Oid, prefix: string): void => {
      for (const entry of this.readTree(oid)) {
        if (isFolder(entry)) walk(entry.oid, `${prefix}${entry.name}/`);
        else {
          const data = this.readBlob(entry.oid);
          files.push([`${prefix}${entry.name}`, { data: new Uint8Array(data), mode: entry.mode as FileMode }]);
        }
      }
    };
    walk(tree, '');
    return new Map(files.sort(([a], [b]) => compareBytes(a, b)));
  }

  readNote(notes: Oid, target: Oid): string | null {
    const objects = {
      readTree: (oid: Oid) => this.readTree(oid),
      readBlob: (oid: Oid) => Buffer.from(this.readBlob(oid)).toString('utf8'),
    };
    return readNote(objects, this.readCommit(notes).tree, target);
  }

  noteTargets(notes: Oid): Oid[] {
    return listNotes(this, this.readCommit(notes).tree);
  }

  listRefs(prefix: string): Map<RefName, Oid> {
    return this.refs.list(prefix);
  }

  /** What stands at a ref, unreadable text included. */
  readRefText(ref: RefName): string | null {
    const value = this.refs.read(ref);
    return value === null || typeof value === 'string' ? value : `unreadable: ${value.unreadable}`;
  }

  async transact<T>(body: (transaction: Transaction) => Promise<T>, trusted?: Trusted): Promise<T> {
    return withWriterLock(this.files, `${this.location}/lineage/writer`, async () => {
      await this.recover(null, trusted);
      const transaction = new GitTransaction(this, this.journalTip());
      const result = await body(transaction);
      if (transaction.published) {
        // What is committed is committed: should merging fail (a full disk), the next transaction tries again.
        await this.database.mergePacks().catch(() => undefined);
      }
      return result;
    });
  }

  async restoreJournal<T>(good: Oid, found: Oid | null, body: (transaction: Transaction) => Promise<T>): Promise<T> {
    return withWriterLock(this.files, `${this.location}/lineage/writer`, async () => {
      const text = this.readRefText(JOURNAL_REF);
      const readable = text === null || /^[0-9a-f]{40}$/.test(text) ? text : '';
      if (readable !== found) {
        throw new LedgerError(
          'REF_CHANGED',
          `${JOURNAL_REF} was changed while it was looked at`,
          { ref: JOURNAL_REF, expected: found, actual: text },
          { hint: 'run git-lineage doctor again' },
        );
      }
      // What the good entry has not moved yet is finished first; what stands above it is nobody's to finish.
      this.projected = null;
      await this.recover(good);
      return body(new GitTransaction(this, good, text));
    });
  }

  readParents(oid: Oid): Oid[] {
    const text = Buffer.from(this.database.readTyped(oid, 'commit')).toString('latin1');
    const headers = text.split('\n\n', 1)[0] ?? '';
    return [...headers.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, parent]) => parent ?? '');
  }

  /** Publishes the journal's root in a repository that has none. */
  async found(body: (staging: Staging) => Promise<Publication>): Promise<void> {
    await this.files.makeFolder(`${this.location}/lineage`);
    await withWriterLock(this.files, `${this.location}/lineage/writer`, async () => {
      const transaction = new GitTransaction(this, null);
      await transaction.publish(await body(transaction));
    });
  }

  /** @internal Called by the transaction, under the writer lock. */
  async publish(
    staging: StagingArea,
    base: Oid | null,
    { entry, edits, confirm }: Publication,
    replaces?: string | null,
  ): Promise<void> {
    const roots = [entry, ...edits.flatMap(({ to }) => to ?? []), ...staging.repairs];
    const objects = reachableObjects(staging.objects, roots);
    const journal = { ref: JOURNAL_REF, from: base, to: entry, ...(replaces === undefined ? {} : { replaces }) };
    const writing = this.database.writePack(objects);
    try {
      await allDone([writing, this.moves.prepare([journal, ...edits])]);
      await this.confirmed([journal, ...edits], confirm);
      await this.moves.commit(journal, edits).catch((error: unknown) => {
        throw confirm === undefined ? error : asCommitted(error);
      });
    } catch (error) {
      // Should this fail as well, the next transaction finds the pack named in the transaction's folder.
      if (!(error instanceof LedgerError && error.committed))
        await writing.then((pack) => this.database.releasePack(pack)).catch(() => undefined);
      throw error;
    }
    this.projected = entry;
    // All of it lasts now, whatever becomes of the tidying up: what it leaves is the next transaction's to find.
    await writing.then((pack) => this.database.releasePack(pack)).catch(() => undefined);
  }

  /** Lets `confirm` have its say about edits that could be made now; no lock on a ref is held while it thinks. */
  private async confirmed(edits: readonly RefEdit[], confirm: Publication['confirm']): Promise<void> {
    if (confirm === undefined) return;
    try {
      this.moves.check(edits);
      await confirm();
    } catch (error) {
      await this.moves.dropAbandoned().catch(() => undefined);
      throw error;
    }
  }

  async adopt(tip: Oid): Promise<Adoption> {
    return withWriterLock(this.files, `${this.location}/lineage/writer`, async () => {
      await this.recover();
      const from = this.journalTip();
      const entries = entriesBetween(this, from, tip);
      if (entries === null) {
        if (entriesBetween(this, tip, from) !== null) return { entries: 0, replaced: [] };
        throw notContinued(from, tip);
      }
      if (entries.length === 0) return { entries: 0, replaced: [] };
      const { edits, replaced } = adoptedEdits(this, entries);
      // Whoever fetched them has made the objects last, but maybe not their names.
      await this.files.syncFolder(`${this.location}/objects/pack`);
      const journal = { ref: JOURNAL_REF, from, to: tip };
      const mark = `${this.transactionFolder}/${ADOPTING}`;
      await this.files.makeFolder(this.transactionFolder);
      await this.files.createAnew(mark, Buffer.from(`${from}\n`));
      try {
        await this.moves.prepare([journal, ...edits]);
        await this.moves.commit(journal, edits);
      } catch (error) {
        if (!(error instanceof LedgerError && error.committed)) await this.files.remove(mark).catch(() => undefined);
        throw error;
      }
      this.projected = tip;
      // Should this fail, or be undone by a power cut, the next transaction finds every ref where it belongs.
      await this.files.remove(mark).catch(() => undefined);
      return { entries: entries.length, replaced };
    });
  }

  /** Finishes what a dead writer left, or a transaction that failed. Only under the writer lock. */
  private async recover(last: Oid | null = null, trusted?: Trusted): Promise<void> {
    const leftovers = await this.files.list(this.transactionFolder);
    const tip = last ?? this.journalTip();
    if (leftovers.length === 0 && tip === this.projected) return;
    await this.moves.dropAbandoned();
    const adopted = await this.adoptedBefore(leftovers, tip);
    const missing = adopted.length > 0 ? adoptedEdits(this, adopted).edits : this.unprojected(tip);
    if (missing.length > 0) {
      await trusted?.(tip);
      await this.moves.prepare(missing);
      await this.moves.commit(null, missing);
    }
    // The owner may have died before what it renamed was made to last, and nobody looks back beyond the last entry.
    if (leftovers.length > 0) {
      const updates = parseEntry(this.readCommit(tip).message)?.updates ?? [];
      const moved = [...updates, ...adopted.flatMap((entry) => entry.updates)];
      await this.moves.sync([JOURNAL_REF, ...new Set(moved.map(({ ref }) => ref))]);
    }
    const packs = new Set(leftovers.flatMap((name) => /^pack-[0-9a-f]{40}$/.exec(name) ?? []));
    if (this.projected === null) {
      // A power cut may have taken the announcement of a pack and left its `.keep`.
      for (const pack of await this.database.protectedPacks()) packs.add(pack);
      await this.database.dropOrphanIndexes();
    }
    for (const pack of packs) await this.database.releasePack(pack);
    for (const name of leftovers) await this.files.remove(`${this.transactionFolder}/${name}`);
    this.projected = tip;
  }

  /** The entries of an adoption whose owner died after its commit point, oldest first; none where there is no such. */
  private async adoptedBefore(leftovers: readonly string[], tip: Oid): Promise<EntryText[]> {
    if (!leftovers.includes(ADOPTING)) return [];
    const from = (await this.files.readText(`${this.transactionFolder}/${ADOPTING}`))?.trimEnd() ?? '';
    // One that is cut short was not synced, so its adoption never came to the commit point.
    return /^[0-9a-f]{40}$/.test(from) ? (entriesBetween(this, from, tip) ?? []) : [];
  }

  /** The ref moves of the last entry that have not happened; a ref with a foreign value is left to `doctor`. */
  private unprojected(tip: Oid): RefEdit[] {
    const entry = parseEntry(this.readCommit(tip).message);
    if (entry === null) return [];
    const foreign = new Map(entry.events.flatMap((e) => (e.type === 'restored' ? [[e.ref, e.foreign] as const] : [])));
    const edits: RefEdit[] = [];
    for (const { ref, from, to } of entry.updates) {
      if (ref === JOURNAL_REF) continue;
      const value = this.readRefText(ref);
      const old = value === from || (foreign.has(ref) && value === foreign.get(ref));
      if (value !== to && old) edits.push({ ref, from: value, to });
    }
    return edits;
  }

  async inspect(options: InspectOptions = {}): Promise<Finding[]> {
    const { files, location: gitdir, moves, database } = this;
    const findings = await withWriterLock(files, `${gitdir}/lineage/writer`, async () => {
      const tip = options.tip === undefined ? this.journalTip() : options.tip;
      const unprojected = tip === null ? [] : this.unprojected(tip);
      const found = await transactionFindings({ files, gitdir, moves, database }, this.transactionFolder, unprojected);
      if (options.mend === true && tip !== null) {
        this.projected = null;
        await this.recover();
      }
      return found;
    });
    return [...findings, ...(await contentFindings(files, gitdir, options))];
  }

  breakLock(name: string): Promise<BrokenLock> {
    const lock = lockName(this.location, name);
    return withWriterLock(this.files, `${this.location}/lineage/writer`, () =>
      breakLock(this.files, this.location, this.moves, lock),
    );
  }

  readCache(name: string): Promise<Uint8Array | null> {
    return this.files.read(`${this.location}/lineage/${name}`);
  }

  async writeCache(name: string, bytes: Uint8Array): Promise<void> {
    const path = `${this.location}/lineage/${name}`;
    const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    await this.files.makeFolder(`${this.location}/lineage`);
    await this.files.create(temporary, bytes, { sync: false });
    await this.files.rename(temporary, path);
  }

  /** A private file beside the ledger that is safe to lose. */
  read(name: string): Uint8Array | null {
    return this.refs.files.read(`${this.location}/lineage/${name}`);
  }

  write(name: string, bytes: Uint8Array): void {
    const { files } = this.refs;
    const path = `${this.location}/lineage/${name}`;
    const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    files.makeFolder(`${this.location}/lineage`);
    files.create(temporary, bytes, { sync: false });
    files.rename(temporary, path);
  }

  async close(): Promise<void> {
    this.projected = null;
    this.database.close();
  }
}

/** The staged objects that a publication needs: what an operation staged that was refused then is left behind. */
function reachableObjects(staged: ReadonlyMap<Oid, GitObject>, roots: readonly Oid[]): Map<Oid, GitObject> {
  const reached = new Map<Oid, GitObject>();
  const waiting = [...roots];
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    const object = staged.get(oid);
    if (object === undefined || reached.has(oid)) continue;
    reached.set(oid, object);
    waiting.push(...referencesOf(oid, object));
  }
  return reached;
}
