/**
 * Reading refs as git's files backend does: loose first, then packed-refs, then loose once more before a ref is absent.
 *
 * isomorphic-git's refs are not used: it reads packed before loose, takes an empty ref for no history yet, overwrites
 * refs whose lock git holds, and has no compare-and-swap.
 */

import { LedgerError } from '../errors.js';
import type { Oid, RefName } from '../ports/objects.js';
import type { Files } from './file-system.js';

/** What git takes for white space, and nothing else that Unicode does. */
const OID_LINE = /^([0-9a-f]{40})[ \t\n\r]*$/;

/** What stands at a ref: its oid, null for nothing, or text that is no oid (an empty or symbolic ref). */
export type RefValue = Oid | null | { readonly unreadable: string };

interface PackedRefs {
  readonly stamp: string;
  readonly refs: ReadonlyMap<RefName, Oid>;
  /** Sorted, so that what lies below a name is found without looking at all of them. */
  readonly names: readonly RefName[];
}

export class Refs {
  readonly files: Files;
  readonly gitdir: string;
  private packed: PackedRefs = { stamp: '', refs: new Map(), names: [] };

  constructor(files: Files, gitdir: string) {
    this.files = files;
    this.gitdir = gitdir;
  }

  path(ref: RefName): string {
    return `${this.gitdir}/${ref}`;
  }

  private async readLoose(ref: RefName): Promise<RefValue> {
    const text = await this.files.readText(this.path(ref));
    if (text === null) return null;
    return OID_LINE.exec(text)?.[1] ?? { unreadable: text.slice(0, 80) };
  }

  /** packed-refs as it is now, parsed again only when the file has changed. */
  async readPacked(): Promise<ReadonlyMap<RefName, Oid>> {
    const path = `${this.gitdir}/packed-refs`;
    const stat = await this.files.stat(path);
    const stamp = stat === null ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (stamp !== this.packed.stamp) {
      const text = stat === null ? '' : ((await this.files.readText(path)) ?? '');
      const refs = parsePackedRefs(text);
      this.packed = { stamp, refs, names: [...refs.keys()].sort() };
    }
    return this.packed.refs;
  }

  /** What stands at a ref now. */
  async read(ref: RefName): Promise<RefValue> {
    const loose = await this.readLoose(ref);
    if (loose !== null) return loose;
    const packed = (await this.readPacked()).get(ref);
    // `git pack-refs` writes the packed file and then removes the loose one: look again before trusting an absence.
    const again = await this.readLoose(ref);
    const value = again ?? packed ?? (await this.readPacked()).get(ref) ?? null;
    return value === '' ? { unreadable: 'two values in packed-refs' } : value;
  }

  /** The oid at a ref or null; a ref that cannot be read as one is `REF_CHANGED`. */
  async readOid(ref: RefName): Promise<Oid | null> {
    const value = await this.read(ref);
    if (value === null || typeof value === 'string') return value;
    throw new LedgerError(
      'REF_CHANGED',
      `${ref}: expected an object id, found ${JSON.stringify(value.unreadable)}`,
      { ref, expected: null, actual: value.unreadable },
      { hint: 'somebody wrote this file by hand: run git-lineage doctor --restore' },
    );
  }

  /** Every ref under `prefix` (a folder, ending in "/"), loose over packed. */
  async list(prefix: string): Promise<Map<RefName, Oid>> {
    const found = new Map<RefName, Oid>();
    const walk = async (folder: string): Promise<void> => {
      for (const name of await this.files.list(this.path(folder).replace(/\/$/, ''))) {
        if (name.endsWith('.lock')) continue;
        const ref = `${folder}${name}`;
        const stat = await this.files.stat(this.path(ref));
        if (stat?.isDirectory() === true) await walk(`${ref}/`);
        else if (stat !== null) {
          const value = await this.readLoose(ref);
          if (value !== null) found.set(ref, typeof value === 'string' ? value : '');
        }
      }
    };
    await walk(prefix);
    for (const [ref, oid] of await this.readPacked())
      if (ref.startsWith(prefix) && !found.has(ref)) found.set(ref, oid);
    return found;
  }

  /** An existing ref whose name makes `ref` impossible: one is a folder of the other. Null where there is none. */
  async nameConflict(ref: RefName): Promise<RefName | null> {
    const packed = await this.readPacked();
    const parts = ref.split('/');
    for (let depth = 3; depth < parts.length; depth++) {
      const above = parts.slice(0, depth).join('/');
      if (packed.has(above) || (await this.files.stat(this.path(above)))?.isFile() === true) return above;
    }
    const below = firstFrom(this.packed.names, `${ref}/`);
    if (below?.startsWith(`${ref}/`) === true) return below;
    if ((await this.files.stat(this.path(ref)))?.isDirectory() !== true) return null;
    for (const other of (await this.list(`${ref}/`)).keys()) return other;
    return null;
  }
}

/** The first of sorted names that is not before `start`. */
function firstFrom(names: readonly string[], start: string): string | undefined {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? '') < start) low = middle + 1;
    else high = middle;
  }
  return names[low];
}

/**
 * The refs of a packed-refs file; peeled lines and comments are passed over. Whatever git reads as a ref is one here (any white
 * space behind the id, digits in either case): a ref that git shows must not be hidden from an audit. A name that has two
 * values has the value '': which of them git finds depends on what it looks for.
 */
export function parsePackedRefs(text: string): Map<RefName, Oid> {
  const refs = new Map<RefName, Oid>();
  for (const line of text.split('\n')) {
    const match = /^([0-9a-fA-F]{40})[ \t\r](refs\/.+)$/s.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const [oid, known] = [match[1].toLowerCase(), refs.get(match[2])];
    refs.set(match[2], known === undefined || known === oid ? oid : '');
  }
  return refs;
}
