/**
 * Reading refs as git's files backend does: loose first, then packed-refs, then loose once more before a ref is absent.
 *
 * isomorphic-git's refs are not used: it reads packed before loose, takes an empty ref for no history yet, overwrites
 * refs whose lock git holds, and has no compare-and-swap.
 */

import { LedgerError } from '../errors.js';
import { isOid, type ObjectFormat } from '../model/object-id.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { PackedRefs } from './packed-refs.js';
import { PackedRefsFile } from './packed-refs-file.js';
import type { SyncFiles } from './sync-files.js';

/** A ref is an id and a line feed; more than this is not read. */
export const MAX_REF_BYTES = 4096;

/** The id that the file of a ref holds, or null. Behind it may be what git takes for white space, and nothing else that Unicode does. */
export function oidInRefFile(text: string, format: ObjectFormat): Oid | null {
  if (text.length > MAX_REF_BYTES) return null;
  const oid = text.slice(0, format.digits);
  return isOid(oid, format) && /^[ \t\n\r]*$/.test(text.slice(format.digits)) ? oid : null;
}

/** What stands at a ref: its oid, null for nothing, or text that is no oid (an empty or symbolic ref). */
export type RefValue = Oid | null | { readonly unreadable: string };

export class Refs {
  readonly files: SyncFiles;
  readonly gitdir: string;
  readonly packed: PackedRefsFile;
  private readonly format: ObjectFormat;

  constructor(files: SyncFiles, gitdir: string, format: ObjectFormat) {
    this.files = files;
    this.gitdir = gitdir;
    this.format = format;
    this.packed = new PackedRefsFile(files, gitdir, format);
  }

  path(ref: RefName): string {
    return `${this.gitdir}/${ref}`;
  }

  /** What stands in the file of a ref, whatever packed-refs has. */
  readLoose(ref: RefName): RefValue {
    const text = this.files.readText(this.path(ref));
    if (text === null) return null;
    return oidInRefFile(text, this.format) ?? { unreadable: text.slice(0, 80) };
  }

  /** What stands at a ref now. */
  read(ref: RefName): RefValue {
    const loose = this.readLoose(ref);
    if (loose !== null) return loose;
    const packed = this.packed.get(ref);
    // `git pack-refs` writes the packed file and then removes the loose one: look again before trusting an absence.
    const again = this.files.stat(this.path(ref)) === null ? null : this.readLoose(ref);
    const value = again ?? packed ?? this.packed.get(ref) ?? null;
    return typeof value !== 'string' || isOid(value, this.format) ? value : { unreadable: `${value} in packed-refs` };
  }

  /** True where nothing stands at a ref. A new one is absent as a rule, and a look costs less than an attempt to open it. */
  isAbsent(ref: RefName): boolean {
    const path = this.path(ref);
    // Twice for the same reason as in `read`.
    return this.files.stat(path) === null && this.packed.get(ref) === undefined && this.files.stat(path) === null;
  }

  /** The oid at a ref or null; a ref that cannot be read as one is `REF_CHANGED`. */
  readOid(ref: RefName): Oid | null {
    const value = this.read(ref);
    if (value === null || typeof value === 'string') return value;
    throw new LedgerError(
      'REF_CHANGED',
      `${ref}: expected an object id, found ${JSON.stringify(value.unreadable)}`,
      { ref, expected: null, actual: value.unreadable },
      { hint: 'somebody wrote this file by hand: run git-lineage doctor --restore' },
    );
  }

  /** Every ref under `prefix` (a folder, ending in "/"), loose over packed. */
  list(prefix: string): Map<RefName, Oid> {
    const found = new Map<RefName, Oid>();
    const walk = (folder: string): void => {
      for (const name of this.files.list(this.path(folder).replace(/\/$/, ''))) {
        if (name.endsWith('.lock')) continue;
        const ref = `${folder}${name}`;
        const stat = this.files.stat(this.path(ref));
        if (stat?.isDirectory() === true) walk(`${ref}/`);
        else if (stat !== null) {
          const value = this.readLoose(ref);
          if (value !== null) found.set(ref, typeof value === 'string' ? value : '');
        }
      }
    };
    walk(prefix);
    for (const [ref, oid] of this.packed.read().under(prefix)) if (!found.has(ref)) found.set(ref, oid);
    return found;
  }

  /** An existing ref whose name makes `ref` impossible: one is a folder of the other. Null where there is none. */
  nameConflict(ref: RefName): RefName | null {
    const packed: PackedRefs = this.packed.read();
    const parts = ref.split('/');
    for (let depth = 3; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join('/');
      if (packed.get(above) !== undefined || this.files.stat(this.path(above))?.isFile() === true) return above;
    }
    const below = packed.from(`${ref}/`)?.ref;
    if (below?.startsWith(`${ref}/`) === true) return below;
    if (this.files.stat(this.path(ref))?.isDirectory() !== true) return null;
    for (const other of this.list(`${ref}/`).keys()) return other;
    return null;
  }
}
