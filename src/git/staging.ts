/** Objects prepared for one transaction, in memory until they are published as one pack. */

import type { NormalizedFiles } from '../model/module-files.js';
import type { Signer } from '../ports/keys.js';
import type { Oid, TreeEntry } from '../ports/objects.js';
import type { CommitDraft, Staging, TagDraft } from '../ports/publishing.js';
import { changeNotes, type NotesObjects } from './notes.js';
import {
  decodeCommit,
  decodeTree,
  encodeCommit,
  encodeTagPayload,
  encodeTree,
  type GitObject,
  hashObject,
  isFolder,
  type ObjectType,
} from './object-codec.js';
import type { ObjectDatabase } from './object-database.js';

interface Folder {
  readonly entries: TreeEntry[];
  readonly folders: Map<string, Folder>;
}

function folderTree(files: ReadonlyMap<string, { mode: string; oid: Oid }>): Folder {
  const root: Folder = { entries: [], folders: new Map() };
  for (const [path, { mode, oid }] of files) {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let at = root;
    for (const folder of names) {
      const next = at.folders.get(folder) ?? { entries: [], folders: new Map() };
      at.folders.set(folder, next);
      at = next;
    }
    at.entries.push({ mode, name, oid });
  }
  return root;
}

/** The objects of a staging area: read through to the database, written to memory. */
export class StagingArea implements Staging {
  readonly objects = new Map<Oid, GitObject>();
  /** Staged objects that replace a damaged one of the ledger: what refers to them may be intact, and not staged. */
  readonly repairs = new Set<Oid>();
  private readonly database: ObjectDatabase;

  constructor(database: ObjectDatabase) {
    this.database = database;
  }

  private add(type: ObjectType, data: Uint8Array): Oid {
    const object = { type, data };
    const oid = hashObject(object);
    this.objects.set(oid, object);
    return oid;
  }

  private read(oid: Oid, type: ObjectType): Uint8Array {
    const staged = this.objects.get(oid);
    return staged?.type === type ? staged.data : this.database.readTyped(oid, type);
  }

  /** Adds to `known` every object of a tree, as far as its folders can be read. */
  private collect(tree: Oid, known: Set<Oid>): void {
    known.add(tree);
    if (!this.isIntact(tree, 'tree')) return;
    for (const entry of decodeTree(tree, this.read(tree, 'tree'))) {
      if (isFolder(entry)) this.collect(entry.oid, known);
      else known.add(entry.oid);
    }
  }

  private isIntact(oid: Oid, type: ObjectType): boolean {
    try {
      this.read(oid, type);
      return true;
    } catch {
      return false;
    }
  }

  private addUnlessIntact(type: ObjectType, data: Uint8Array, known: ReadonlySet<Oid>): Oid {
    const oid = hashObject({ type, data });
    const intact = known.has(oid) && this.isIntact(oid, type);
    if (!intact) this.objects.set(oid, { type, data });
    if (!intact && known.has(oid)) this.repairs.add(oid);
    return oid;
  }

  async stageFiles(files: NormalizedFiles, like?: Oid): Promise<Oid> {
    const known = new Set<Oid>();
    if (like !== undefined) this.collect(like, known);
    const blobs = new Map<string, { mode: string; oid: Oid }>();
    for (const [path, file] of files) {
      blobs.set(path, { mode: file.mode, oid: this.addUnlessIntact('blob', file.data, known) });
    }
    const write = (folder: Folder): Oid => {
      const below: TreeEntry[] = [];
      for (const [name, inner] of folder.folders) below.push({ mode: '40000', name, oid: write(inner) });
      return this.addUnlessIntact('tree', encodeTree([...folder.entries, ...below]), known);
    };
    return write(folderTree(blobs));
  }

  async stageCommit(draft: CommitDraft, signer?: Signer): Promise<Oid> {
    const payload = encodeCommit(draft, null);
    const signature = signer === undefined ? null : await signer.sign(payload);
    return this.add('commit', signature === null ? payload : encodeCommit(draft, signature));
  }

  async stageTag(draft: TagDraft, signer: Signer): Promise<{ oid: Oid; payload: Uint8Array }> {
    const payload = encodeTagPayload({ ...draft, objectType: 'commit' });
    const signature = await signer.sign(payload);
    return { oid: this.add('tag', Buffer.concat([payload, Buffer.from(signature)])), payload };
  }

  async stageNotes(
    notes: Oid | null,
    changes: ReadonlyMap<Oid, string | null>,
    draft: Omit<CommitDraft, 'tree' | 'parents'>,
  ): Promise<Oid> {
    const old = notes === null ? null : decodeCommit(notes, this.read(notes, 'commit')).tree;
    const objects: NotesObjects = {
      readTree: (oid) => decodeTree(oid, this.read(oid, 'tree')),
      readBlob: (oid) => Buffer.from(this.read(oid, 'blob')).toString('utf8'),
      writeTree: (entries) => this.add('tree', encodeTree(entries)),
      writeBlob: (text) => this.add('blob', Buffer.from(text, 'utf8')),
    };
    const tree = changeNotes(objects, old, changes);
    return this.stageCommit({ ...draft, tree, parents: notes === null ? [] : [notes] });
  }
}
