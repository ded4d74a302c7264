/** Notes trees, from any mix of flat and fanned out: any changes leave exactly the notes that a plain map would hold. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FanOut } from '../../src/git/fan-out.js';
import { changeNotes, type NotesObjects, readNote } from '../../src/git/notes.js';
import { decodeTree, encodeTree, sortedTree } from '../../src/git/object-codec.js';
import { SHA1, SHA256 } from '../../src/model/object-id.js';
import type { TreeEntry } from '../../src/ports/objects.js';
import { target } from './arbitraries.js';
import { runs } from './seed.js';

/** Objects in memory, by a hash of their content. */
class ObjectMap implements NotesObjects {
  readonly format = SHA1;
  private readonly trees = new Map<string, readonly TreeEntry[]>();
  private readonly blobs = new Map<string, string>();

  readTree(oid: string): readonly TreeEntry[] {
    const entries = this.trees.get(oid);
    if (entries === undefined) throw new Error(`no tree ${oid}`);
    return entries;
  }

  readBlob(oid: string): string {
    const text = this.blobs.get(oid);
    if (text === undefined) throw new Error(`no blob ${oid}`);
    return text;
  }

  writeTree(entries: readonly TreeEntry[]): string {
    const names = entries.map((e) => e.name);
    expect(new Set(names).size).toBe(names.length);
    const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
    const oid = createHash('sha1')
      .update(`tree ${JSON.stringify(sorted)}`)
      .digest('hex');
    this.trees.set(oid, sorted);
    return oid;
  }

  readFanOut(tree: string): FanOut | null {
    const entries = this.readTree(tree);
    const level = FanOut.of(encodeTree(entries), SHA1);
    expect(level !== null).toBe(entries.length > 0 && entries.every(isFanOut));
    return level;
  }

  writeFanOut(tree: FanOut, folders: ReadonlyMap<string, string>): string {
    const written = decodeTree(SHA1.zero, tree.with(folders));
    for (const [name, oid] of folders) expect(written).toContainEqual({ mode: '40000', name, oid });
    return this.writeTree(written);
  }

  writeBlob(text: string): string {
    const oid = createHash('sha1').update(`blob ${text}`).digest('hex');
    this.blobs.set(oid, text);
    return oid;
  }
}

function isFanOut({ mode, name }: TreeEntry): boolean {
  return mode === '40000' && /^[0-9a-f]{2}$/.test(name);
}

type Level = Map<string, Level | string>;

/** A tree whose notes lie as deep as each says: 0 flat, 1 `ab/…`, 2 `ab/cd/…`. */
function plant(
  objects: ObjectMap,
  notes: ReadonlyMap<string, { text: string; depth: number }>,
  others: readonly string[],
): string {
  const root: Level = new Map(others.map((name) => [name, `other ${name}`]));
  for (const [oid, { text, depth }] of notes) {
    let level = root;
    for (let d = 0; d < depth; d++) {
      const name = oid.slice(2 * d, 2 * d + 2);
      const below = level.get(name);
      const next: Level = below instanceof Map ? below : new Map();
      level.set(name, next);
      level = next;
    }
    level.set(oid.slice(2 * depth), text);
  }
  const write = (level: Level): string =>
    objects.writeTree(
      [...level].map(([name, value]) =>
        value instanceof Map
          ? { mode: '40000', name, oid: write(value) }
          : { mode: '100644', name, oid: objects.writeBlob(value) },
      ),
    );
  return write(root);
}

/** Everything in a tree, path → text, and the largest number of notes in one level. */
async function contents(
  objects: ObjectMap,
  tree: string,
  prefix = '',
): Promise<{ all: Map<string, string>; widest: number }> {
  const all = new Map<string, string>();
  const entries = await objects.readTree(tree);
  let widest = prefix.length < 38 ? entries.filter((e) => e.mode !== '40000').length : 0;
  for (const entry of entries) {
    const path = prefix + entry.name;
    if (entry.mode !== '40000') {
      expect(all.has(path)).toBe(false);
      all.set(path, await objects.readBlob(entry.oid));
      continue;
    }
    const below = await contents(objects, entry.oid, path);
    expect(below.all.size).toBeGreaterThan(0);
    widest = Math.max(widest, below.widest);
    for (const [name, text] of below.all) {
      expect(all.has(name)).toBe(false);
      all.set(name, text);
    }
  }
  return { all, widest };
}

const text = fc.string({ maxLength: 5 });
const planted = fc.uniqueArray(fc.record({ oid: target, text, depth: fc.integer({ min: 0, max: 2 }) }), {
  maxLength: 120,
  size: 'max',
  selector: (note) => note.oid,
});
const change = fc.uniqueArray(fc.tuple(target, fc.option(text, { nil: null, freq: 3 })), {
  minLength: 1,
  maxLength: 90,
  size: 'max',
  selector: ([oid]) => oid,
});
const others = fc.subarray(['README', 'zz', 'not-a-note']);

test('any sequence of sets and removes, from any tree, holds what a map holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      planted,
      others,
      fc.array(change, { maxLength: 5 }),
      fc.array(target, { maxLength: 9 }),
      async (start, extra, changes, absent) => {
        const objects = new ObjectMap();
        const model = new Map(start.map((note) => [note.oid, note.text]));
        let tree = plant(objects, new Map(start.map((note) => [note.oid, note])), extra);
        for (const step of changes) {
          tree = changeNotes(objects, tree, new Map(step));
          for (const [oid, value] of step) {
            if (value === null) model.delete(oid);
            else model.set(oid, value);
          }
          const { all } = await contents(objects, tree);
          for (const name of extra) expect(all.get(name)).toBe(`other ${name}`);
          for (const name of extra) all.delete(name);
          expect(all).toEqual(model);
          for (const oid of [...step.map(([o]) => o), ...absent]) {
            expect(readNote(objects, tree, oid)).toBe(model.get(oid) ?? null);
          }
        }
      },
    ),
    runs(60),
  );
});

test('from nothing, no level grows beyond a bound, and taking everything away leaves an empty tree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      const objects = new ObjectMap();
      const model = new Map<string, string | null>();
      let tree: string | null = null;
      for (const step of changes) {
        tree = changeNotes(objects, tree, new Map(step));
        for (const [oid, value] of step) model.set(oid, value);
      }
      if (tree === null) return;
      expect((await contents(objects, tree)).widest).toBeLessThanOrEqual(64);
      const nothing = changeNotes(objects, tree, new Map([...model.keys()].map((oid) => [oid, null])));
      expect(await objects.readTree(nothing)).toEqual([]);
    }),
    runs(60),
  );
});

test('the same change made twice is made once', async () => {
  await fc.assert(
    fc.asyncProperty(planted, change, async (start, step) => {
      const objects = new ObjectMap();
      const tree = plant(objects, new Map(start.map((note) => [note.oid, note])), []);
      const once = changeNotes(objects, tree, new Map(step));
      expect(changeNotes(objects, once, new Map(step))).toBe(once);
    }),
    runs(40),
  );
});

test('a note that somebody else left at two depths keeps both texts, however the tree is split', async () => {
  const oid = (n: number) => n.toString(16).padStart(40, '0');
  for (const flat of [1, 100]) {
    const objects = new ObjectMap();
    const inner = objects.writeTree([{ mode: '100644', name: oid(1).slice(2), oid: objects.writeBlob('deep\n') }]);
    const notes = Array.from({ length: flat }, (_, i) => ({
      mode: '100644',
      name: oid(i + 1),
      oid: objects.writeBlob(`flat ${i + 1}\n`),
    }));
    const root = objects.writeTree([...notes, { mode: '40000', name: '00', oid: inner }]);
    const changed = changeNotes(objects, root, new Map([[oid(5000), 'new\n']]));
    expect(readNote(objects, changed, oid(1))).toBe('flat 1\n\ndeep\n');
    expect(readNote(objects, changed, oid(5000))).toBe('new\n');
    if (flat > 1) expect(readNote(objects, changed, oid(flat))).toBe(`flat ${flat}\n`);
  }
});

test('a fan-out changed in its bytes is the tree that its entries make, in both object formats', () => {
  const digits = fc.integer({ min: 0, max: 255 }).map((n) => n.toString(16).padStart(2, '0'));
  for (const format of [SHA1, SHA256]) {
    const oid = fc
      .uint8Array({ minLength: format.bytes, maxLength: format.bytes })
      .map((b) => Buffer.from(b).toString('hex'));
    const folders = fc.dictionary(digits, oid, { minKeys: 1, maxKeys: 300, noNullPrototype: true });
    const tree = (of: Record<string, string>) =>
      encodeTree(sortedTree(Object.entries(of).map(([name, id]) => ({ mode: '40000', name, oid: id }))));
    fc.assert(
      fc.property(folders, folders, (before, changes) => {
        const level = FanOut.of(tree(before), format);
        expect(level?.with(new Map(Object.entries(changes)))).toEqual(tree({ ...before, ...changes }));
        for (const name of Object.keys({ ...before, ...changes })) expect(level?.get(name)).toBe(before[name] ?? null);
      }),
      runs(60),
    );
  }
});

test('a tree with anything else in it, or out of order, is no fan-out', () => {
  const oid = 'ab'.repeat(20);
  const folder = (name: string) => ({ mode: '40000', name, oid });
  expect(FanOut.of(encodeTree([folder('00'), folder('ff')]), SHA1)).not.toBeNull();
  for (const entries of [
    [],
    [folder('00'), folder('zz')],
    [folder('AB')],
    [folder('ff'), folder('00')],
    [folder('00'), folder('00')],
    [folder('00'), { mode: '100644', name: 'x'.repeat(21), oid }],
    [folder('000')],
    [{ mode: '100644', name: '00', oid }],
  ])
    expect(FanOut.of(encodeTree(entries), SHA1)).toBeNull();
  expect(FanOut.of(encodeTree([folder('00')]).subarray(0, -1), SHA1)).toBeNull();
});
