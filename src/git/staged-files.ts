/** Module content as git objects: hashed when it is staged, held until a plan is published with it or it is released. */

import { digestOfHashes, type HashedFile, sha256Hex } from '../model/content-digest.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { ObjectFormat } from '../model/object-id.js';
import type { Oid, TreeEntry } from '../ports/objects.js';
import type { NewObject, Plan, StagedFiles } from '../ports/publisher.js';
import { decodeTree, encodeTree, hashObject, isFolder, type ObjectType, sortedTree } from './object-codec.js';
import type { ObjectDatabase } from './object-database.js';
import { buildPack, type PackBytes, packEntry, type WholeEntry } from './pack-writer.js';
import { unlessFails } from './sync-files.js';

interface Folder {
  readonly entries: TreeEntry[];
  readonly folders: Map<string, Folder>;
}

/** Module content as objects. */
interface FileObjects {
  readonly tree: Oid;
  /** Each once. */
  readonly objects: readonly NewObject[];
}

/** The objects of files, and their tree. */
export function fileObjects(files: NormalizedFiles, format: ObjectFormat): FileObjects {
  const objects = new Map<Oid, NewObject>();
  const add = (type: ObjectType, data: Uint8Array): Oid => {
    const oid = hashObject({ type, data }, format);
    objects.set(oid, { oid, type, data });
    return oid;
  };
  const root: Folder = { entries: [], folders: new Map() };
  for (const [path, { mode, data }] of files) {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let at = root;
    for (const folder of names) {
      const next = at.folders.get(folder) ?? { entries: [], folders: new Map() };
      at.folders.set(folder, next);
      at = next;
    }
    at.entries.push({ mode, name, oid: add('blob', data) });
  }
  const write = ({ entries, folders }: Folder): Oid => {
    const below = [...folders].map(([name, folder]) => ({ mode: '40000', name, oid: write(folder) }));
    return add('tree', encodeTree(sortedTree([...entries, ...below])));
  };
  return { tree: write(root), objects: [...objects.values()] };
}

/** What content is known by. */
export function identify(files: NormalizedFiles, { tree, objects }: FileObjects): Omit<StagedFiles, 'id'> {
  const blobs = objects.flatMap(({ type, oid }) => (type === 'blob' ? [oid] : []));
  const hashes: HashedFile[] = [...files].map(([path, { mode, data }]) => ({ path, mode, sha256: sha256Hex(data) }));
  return { tree, blobs, checksum: digestOfHashes(hashes) };
}

/** A mistake of ours: a plan with content that was released, or published already. */
export function notHeld(id: number): TypeError {
  return new TypeError(`the plan needs content ${id}, which is not held any more`);
}

/** Content that is held, with what it deflates to once that was needed. */
interface Held {
  readonly objects: readonly NewObject[];
  readonly entries: Map<Oid, WholeEntry>;
}

/** The content that a publisher holds. Its bytes are the publisher's own: nobody else changes them. */
export class StagedContent {
  private readonly held = new Map<number, Held>();
  private readonly database: ObjectDatabase;
  private last = 0;

  constructor(database: ObjectDatabase) {
    this.database = database;
  }

  stage(files: NormalizedFiles, id = ++this.last): StagedFiles {
    const found = fileObjects(files, this.database.format);
    this.held.set(id, { objects: found.objects, entries: new Map() });
    return { id, ...identify(files, found) };
  }

  release(ids: readonly number[]): void {
    for (const id of ids) this.held.delete(id);
  }

  /** Lets go of content that is in the ledger now. Its folders are remembered: the next version is compared with them. */
  published(ids: readonly number[]): void {
    for (const id of ids) {
      const trees = this.held.get(id)?.objects.filter(({ type }) => type === 'tree') ?? [];
      // Bytes of their own: a short tree is a piece of a block that it would keep.
      this.database.remember(trees.map(({ oid, type, data }) => [oid, { type, data: new Uint8Array(data) }]));
    }
    this.release(ids);
  }

  /** The pack of a plan: its own objects, and of its content what is not in the ledger, intact, already. */
  packOf(plan: Plan): { readonly pack: PackBytes; readonly oids: readonly Oid[] } {
    const entries = new Map(plan.objects.map((object) => [object.oid, packEntry(object.oid, object)] as const));
    const intact = new Set<Oid>();
    for (const { id, like } of plan.files) {
      const content = this.held.get(id);
      if (content === undefined) throw notHeld(id);
      // What is like an earlier version of the same plan has been looked at with that one.
      const known = like === null || entries.has(like) ? new Set<Oid>() : this.oidsOf(like);
      for (const object of content.objects) {
        const { oid, type } = object;
        if (known.has(oid) && this.isIntact(oid, type)) intact.add(oid);
        if (entries.has(oid) || intact.has(oid)) continue;
        const entry = content.entries.get(oid) ?? packEntry(oid, object);
        content.entries.set(oid, entry);
        entries.set(oid, entry);
      }
    }
    return { pack: buildPack([...entries.values()], this.database.format), oids: [...entries.keys()] };
  }

  private isIntact(oid: Oid, type: ObjectType): boolean {
    return unlessFails(() => this.database.readTyped(oid, type), null) !== null;
  }

  /** Every object of a tree, as far as its folders can be read. */
  private oidsOf(tree: Oid, known = new Set<Oid>()): Set<Oid> {
    known.add(tree);
    if (!this.isIntact(tree, 'tree')) return known;
    for (const entry of decodeTree(tree, this.database.readTyped(tree, 'tree'))) {
      if (isFolder(entry)) this.oidsOf(entry.oid, known);
      else known.add(entry.oid);
    }
    return known;
  }
}
