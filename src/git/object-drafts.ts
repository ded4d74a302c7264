/** Objects in the making, in memory, until a plan with them is published. */

import type { NormalizedFiles } from '../model/module-files.js';
import type { ObjectFormat } from '../model/object-id.js';
import type { Signer } from '../ports/keys.js';
import type { Oid } from '../ports/objects.js';
import type { NewCommit, NewObject, NewTag, ObjectDrafts } from '../ports/publisher.js';
import { FanOut } from './fan-out.js';
import { changeNotes, type NotesObjects } from './notes.js';
import {
  decodeCommit,
  decodeTree,
  encodeCommit,
  encodeTagPayload,
  encodeTree,
  hashObject,
  type ObjectType,
  referencesOf,
  sortedTree,
} from './object-codec.js';
import type { ObjectDatabase } from './object-database.js';
import { fileObjects } from './staged-files.js';

/** So many bytes of trees are remembered: the fan-out of two notes refs at a hundred thousand versions. */
const KEPT_BYTES = 6 * 1024 * 1024;

/** What a tree takes beside its bytes, about. */
const BESIDE_BYTES = 256;

/** Trees of notes as they were read or written, by their ids: the next transaction changes the same ones. */
export class NotesTrees {
  private readonly trees = new Map<Oid, Uint8Array>();
  private bytes = 0;

  get(oid: Oid): Uint8Array | undefined {
    const tree = this.trees.get(oid);
    if (tree !== undefined) {
      this.trees.delete(oid);
      this.trees.set(oid, tree);
    }
    return tree;
  }

  set(oid: Oid, tree: Uint8Array): void {
    if (this.trees.has(oid)) return;
    // A piece of a larger block would keep all of that.
    this.trees.set(oid, tree.buffer.byteLength === tree.length ? tree : new Uint8Array(tree));
    this.bytes += tree.length + BESIDE_BYTES;
    for (const [oldest, { length }] of this.trees) {
      if (this.bytes <= KEPT_BYTES) break;
      this.trees.delete(oldest);
      this.bytes -= length + BESIDE_BYTES;
    }
  }
}

/** Drafts over a repository: what they do not have is read there. */
export class Drafts implements ObjectDrafts {
  private readonly objects = new Map<Oid, NewObject>();
  /** What trees of notes name of it. */
  private readonly below = new Map<Oid, readonly Oid[]>();
  private readonly database: ObjectDatabase;
  private readonly trees: NotesTrees;
  readonly format: ObjectFormat;

  constructor(database: ObjectDatabase, trees: NotesTrees) {
    this.database = database;
    this.trees = trees;
    this.format = database.format;
  }

  /** Adds an object that is made already. */
  add(type: ObjectType, data: Uint8Array): Oid {
    const oid = hashObject({ type, data }, this.format);
    this.objects.set(oid, { oid, type, data });
    return oid;
  }

  private read(oid: Oid, type: ObjectType): Uint8Array {
    const draft = this.objects.get(oid);
    return draft?.type === type ? draft.data : this.database.readTyped(oid, type);
  }

  tree(files: NormalizedFiles): Oid {
    const { tree, objects } = fileObjects(files, this.format);
    for (const object of objects) this.objects.set(object.oid, object);
    return tree;
  }

  commit(commit: NewCommit): Oid {
    return this.add('commit', encodeCommit(commit, null));
  }

  content(oid: Oid): Uint8Array {
    const draft = this.objects.get(oid);
    if (draft === undefined) throw new TypeError(`${oid} was not drafted here`);
    return draft.data;
  }

  async signedCommit(commit: NewCommit, signer: Signer): Promise<Oid> {
    const signature = await signer.sign(encodeCommit(commit, null));
    return this.add('commit', encodeCommit(commit, signature));
  }

  tagPayload(tag: NewTag): Uint8Array {
    return encodeTagPayload({ ...tag, objectType: 'commit' });
  }

  async tag(tag: NewTag, signer: Signer): Promise<Oid> {
    const payload = this.tagPayload(tag);
    return this.add('tag', Buffer.concat([payload, Buffer.from(await signer.sign(payload))]));
  }

  notes(notes: Oid | null, changes: ReadonlyMap<Oid, string | null>, commit: Omit<NewCommit, 'tree' | 'parents'>): Oid {
    const old = notes === null ? null : decodeCommit(notes, this.read(notes, 'commit')).tree;
    const readBytes = (oid: Oid): Uint8Array => {
      const bytes = this.trees.get(oid) ?? this.read(oid, 'tree');
      this.trees.set(oid, bytes);
      return bytes;
    };
    const objects: NotesObjects = {
      format: this.format,
      readTree: (oid) => decodeTree(oid, readBytes(oid)),
      readBlob: (oid) => Buffer.from(this.read(oid, 'blob')).toString('utf8'),
      writeTree: (entries) =>
        this.addTree(
          encodeTree(sortedTree(entries)),
          entries.map((entry) => entry.oid),
        ),
      readFanOut: (oid) => FanOut.of(readBytes(oid), this.format),
      writeFanOut: (tree, folders) => this.addTree(tree.with(folders), [...folders.values()]),
      writeBlob: (text) => this.add('blob', Buffer.from(text, 'utf8')),
    };
    const tree = changeNotes(objects, old, changes);
    return this.commit({ ...commit, tree, parents: notes === null ? [] : [notes] });
  }

  /** `below` has whatever the tree names that may be drafted too. */
  private addTree(bytes: Uint8Array, below: readonly Oid[]): Oid {
    const oid = this.add('tree', bytes);
    this.trees.set(oid, bytes);
    this.below.set(
      oid,
      below.filter((named) => this.objects.has(named)),
    );
    return oid;
  }

  reachable(roots: Iterable<Oid>): NewObject[] {
    const reached = new Map<Oid, NewObject>();
    const waiting = [...roots];
    for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
      const object = this.objects.get(oid);
      if (object === undefined || reached.has(oid)) continue;
      reached.set(oid, object);
      for (const below of this.below.get(oid) ?? referencesOf(oid, object))
        if (this.objects.has(below)) waiting.push(below);
    }
    return [...reached.values()];
  }
}
