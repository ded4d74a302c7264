/** The store over a bare git repository: objects, refs, notes and the one writer, put together. */

import { LedgerError } from '../errors.js';
import { parseEntry } from '../model/journal-entry.js';
import type { FileMode, ModuleFile, NormalizedFiles } from '../model/module-files.js';
import { compareBytes } from '../model/printable.js';
import { JOURNAL_REF } from '../model/ref-names.js';
import type {
  AnnotatedTag,
  Commit,
  Finding,
  Oid,
  Publication,
  RefEdit,
  RefName,
  Staging,
  Store,
  Transaction,
} from '../store.js';
import { allDone, type FileSystem, Files } from './file-system.js';
import { readNote } from './notes.js';
import { decodeCommit, decodeTag, decodeTree, type GitObject, isFolder } from './object-codec.js';
import { ObjectDatabase } from './object-database.js';
import { RefTransaction } from './ref-transaction.js';
import { Refs } from './refs.js';
import { StagingArea } from './staging.js';
import { withWriterLock } from './writer-lock.js';

class GitTransaction extends StagingArea implements Transaction {
  private readonly base: Oid | null;
  private readonly store: GitStore;
  published = false;

  constructor(store: GitStore, base: Oid | null) {
    super(store.database);
    this.store = store;
    this.base = base;
  }

  get tip(): Oid {
    if (this.base === null) throw new TypeError('the journal has no entry yet');
    return this.base;
  }

  async readRefs(names: readonly RefName[]): Promise<Map<RefName, Oid | null>> {
    const values = new Map<RefName, Oid | null>();
    for (const name of names) values.set(name, await this.store.readRefText(name));
    return values;
  }

  async publish(publication: Publication): Promise<void> {
    this.published = true;
    await this.store.publish(this, this.base, publication);
  }
}

export class GitStore implements Store {
  readonly location: string;
  readonly database: ObjectDatabase;
  private readonly files: Files;
  private readonly refs: Refs;
  private readonly moves: RefTransaction;
  /** The last entry that this process knows to be fully projected. */
  private projected: Oid | null = null;

  constructor(fs: FileSystem, gitdir: string) {
    this.location = gitdir;
    this.files = new Files(fs);
    this.database = new ObjectDatabase(this.files, gitdir, this.transactionFolder);
    this.refs = new Refs(this.files, gitdir);
    this.moves = new RefTransaction(this.refs, this.transactionFolder);
  }

  private get transactionFolder(): string {
    return `${this.location}/lineage/transaction`;
  }

  async journalTip(): Promise<Oid> {
    const tip = await this.refs.readOid(JOURNAL_REF);
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

  async readCommit(oid: Oid): Promise<Commit> {
    return decodeCommit(oid, await this.database.readTyped(oid, 'commit'));
  }

  async readTag(oid: Oid): Promise<AnnotatedTag> {
    return decodeTag(oid, await this.database.readTyped(oid, 'tag'));
  }

  async readFiles(tree: Oid): Promise<NormalizedFiles> {
    const files: [string, ModuleFile][] = [];
    const walk = async (oid: Oid, prefix: string): Promise<void> => {
      for (const entry of decodeTree(oid, await this.database.readTyped(oid, 'tree'))) {
        if (isFolder(entry)) await walk(entry.oid, `${prefix}${entry.name}/`);
        else {
          const data = await this.database.readTyped(entry.oid, 'blob');
          files.push([`${prefix}${entry.name}`, { data: new Uint8Array(data), mode: entry.mode as FileMode }]);
        }
      }
    };
    await walk(tree, '');
    return new Map(files.sort(([a], [b]) => compareBytes(a, b)));
  }

  async readNote(notes: Oid, target: Oid): Promise<string | null> {
    const { tree } = await this.readCommit(notes);
    const objects = {
      readTree: async (oid: Oid) => decodeTree(oid, await this.database.readTyped(oid, 'tree')),
      readBlob: async (oid: Oid) => Buffer.from(await this.database.readTyped(oid, 'blob')).toString('utf8'),
    };
    return readNote(objects, tree, target);
  }

  listRefs(prefix: string): Promise<Map<RefName, Oid>> {
    return this.refs.list(prefix);
  }

  /** What stands at a ref, unreadable text included. */
  async readRefText(ref: RefName): Promise<string | null> {
    const value = await this.refs.read(ref);
    return value === null || typeof value === 'string' ? value : `unreadable: ${value.unreadable}`;
  }

  async transact<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    return withWriterLock(this.files, `${this.location}/lineage/writer`, async () => {
      await this.recover();
      const transaction = new GitTransaction(this, await this.journalTip());
      const result = await body(transaction);
      if (transaction.published) {
        // What is committed is committed: should merging fail (a full disk), the next transaction tries again.
        await this.database.mergePacks().catch(() => undefined);
      }
      return result;
    });
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
  async publish(staging: StagingArea, base: Oid | null, { entry, edits }: Publication): Promise<void> {
    const roots = [entry, ...edits.flatMap(({ to }) => to ?? []), ...staging.repairs];
    const objects = reachableObjects(staging.objects, roots);
    const journal = { ref: JOURNAL_REF, from: base, to: entry };
    const writing = this.database.writePack(objects);
    try {
      await allDone([writing, this.moves.prepare([journal, ...edits])]);
      await this.moves.commit(journal, edits);
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

  /** Finishes what a dead writer left, or a transaction that failed. Only under the writer lock. */
  private async recover(): Promise<void> {
    const leftovers = await this.files.list(this.transactionFolder);
    const tip = await this.journalTip();
    if (leftovers.length === 0 && tip === this.projected) return;
    await this.moves.dropAbandoned();
    const missing = await this.unprojected(tip);
    if (missing.length > 0) {
      await this.moves.prepare(missing);
      await this.moves.commit(null, missing);
    }
    // The owner may have died before what it renamed was made to last, and nobody looks back beyond the last entry.
    if (leftovers.length > 0) {
      const updates = parseEntry((await this.readCommit(tip)).message)?.updates ?? [];
      await this.moves.sync([JOURNAL_REF, ...updates.map(({ ref }) => ref)]);
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

  /** The ref moves of the last entry that have not happened; a ref with a foreign value is left to `doctor`. */
  private async unprojected(tip: Oid): Promise<RefEdit[]> {
    const entry = parseEntry((await this.readCommit(tip)).message);
    if (entry === null) return [];
    const foreign = new Map(entry.events.flatMap((e) => (e.type === 'restored' ? [[e.ref, e.foreign] as const] : [])));
    const edits: RefEdit[] = [];
    for (const { ref, from, to } of entry.updates) {
      if (ref === JOURNAL_REF) continue;
      const value = await this.readRefText(ref);
      const old = value === from || (foreign.has(ref) && value === foreign.get(ref));
      if (value !== to && old) edits.push({ ref, from: value, to });
    }
    return edits;
  }

  async inspect(options: { readonly mend?: boolean } = {}): Promise<Finding[]> {
    return withWriterLock(this.files, `${this.location}/lineage/writer`, async () => {
      const findings: Finding[] = [];
      for (const { ref, to } of await this.unprojected(await this.journalTip())) {
        findings.push({
          kind: 'unfinished-entry',
          where: ref,
          detail: `the last entry moves it to ${to ?? 'nothing'}`,
          mendable: true,
        });
      }
      for (const ref of await this.lockedRefs()) {
        const ours = await this.moves.ownsLock(ref);
        const detail = ours
          ? 'a writer died with this lock'
          : 'a lock that is not of git-lineage: of a running or a killed git command';
        findings.push({ kind: ours ? 'abandoned-lock' : 'foreign-lock', where: `${ref}.lock`, detail, mendable: ours });
      }
      const kept = (await this.database.protectedPacks()).map((pack) => `${pack}.keep`);
      for (const name of [...(await this.files.list(this.transactionFolder)), ...kept]) {
        findings.push({ kind: 'leftover-file', where: name, detail: 'left by a dead writer', mendable: true });
      }
      if (options.mend === true) {
        this.projected = null;
        await this.recover();
      }
      return findings;
    });
  }

  /** Everything that somebody holds git's lock on. */
  private async lockedRefs(): Promise<string[]> {
    const locked: string[] = [];
    const walk = async (folder: string): Promise<void> => {
      for (const name of await this.files.list(`${this.location}/${folder}`)) {
        const stat = await this.files.stat(`${this.location}/${folder}/${name}`);
        if (stat?.isDirectory() === true) await walk(`${folder}/${name}`);
        else if (name.endsWith('.lock')) locked.push(`${folder}/${name.slice(0, -'.lock'.length)}`);
      }
    };
    await walk('refs');
    for (const name of ['packed-refs', 'HEAD', 'config']) {
      if ((await this.files.stat(`${this.location}/${name}.lock`)) !== null) locked.push(name);
    }
    return locked;
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

  async close(): Promise<void> {
    this.projected = null;
  }
}

function referencesOf(oid: Oid, { type, data }: GitObject): Oid[] {
  if (type === 'tree') return decodeTree(oid, data).map((entry) => entry.oid);
  if (type === 'tag') return [decodeTag(oid, data).object];
  if (type === 'blob') return [];
  const { tree, parents } = decodeCommit(oid, data);
  return [tree, ...parents];
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
