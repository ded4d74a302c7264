/** Packs with deltas of our own: git reads every object as it was, also after they were merged again and again. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyDelta, deltaOf } from '../../src/git/delta.js';
import { type GitObject, hashObject } from '../../src/git/object-codec.js';
import { deltified, MAX_CHAIN } from '../../src/git/pack-deltas.js';
import { buildPack, packEntry, readEntries, type StoredEntry } from '../../src/git/pack-writer.js';
import { SHA1 } from '../../src/model/object-id.js';
import { runs } from '../property/seed.js';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'git-lineage-deltas-'));
  execFileSync('git', ['init', '-q', '--bare', dir]);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Bytes that do not compress, the same for the same number. */
const noise = (seed: number, length: number) => {
  const parts: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) parts.push(createHash('sha256').update(`${seed}/${i}`).digest());
  return Buffer.concat(parts).subarray(0, length);
};

const blob = (data: Buffer): GitObject => ({ type: 'blob', data });
const stored = (objects: readonly GitObject[]) => objects.map((object) => packEntry(hashObject(object, SHA1), object));

/** A pack as git stores it: indexed and checked by git, and what it says of each object. */
function throughGit(entries: readonly StoredEntry[]) {
  const { name, pack: pieces, index } = buildPack(entries, SHA1);
  const pack = Buffer.concat(pieces);
  const stem = join(dir, 'objects/pack', name);
  writeFileSync(`${stem}.pack`, pack);
  const git = (args: readonly string[], input?: string) =>
    execFileSync('git', ['-C', dir, ...args], { input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'pipe'] });
  git(['index-pack', '--strict', '-o', `${stem}.git.idx`, `${stem}.pack`]);
  writeFileSync(`${stem}.idx`, index);
  const told = git(['verify-pack', '-v', `${stem}.idx`]).toString();
  const depths = new Map<string, number>();
  for (const line of told.split('\n')) {
    const [oid = '', , , , , depth] = line.split(/\s+/);
    if (/^[0-9a-f]{40}$/.test(oid)) depths.set(oid, Number(depth ?? 0));
  }
  const read = (oid: string) => git(['cat-file', 'blob', oid]);
  return { pack, index, depths, read };
}

describe('a delta', () => {
  it('makes the target of the base, whatever they are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((b) => Buffer.from(b)),
      fc.tuple(fc.nat(3), fc.nat(200_000)).map(([seed, length]) => noise(seed, length)),
    );
    fc.assert(
      fc.property(bytes, bytes, bytes, (a, b, c) => {
        for (const [base, target] of [
          [a, b],
          [Buffer.concat([a, c]), Buffer.concat([a, b, c])],
          [Buffer.concat([a, b, c]), Buffer.concat([a, c])],
        ] as const) {
          const delta = deltaOf(base, target);
          if (delta.length >= 4) expect(applyDelta(base, delta).equals(target)).toBe(true);
        }
      }),
      runs(60),
    );
  });
});

describe('a pack with deltas', () => {
  it('is read by git as it was, a chain no longer than the limit, also merged with others again', () => {
    // As a level of notes grows: an entry more each time, and now and then another one in the middle.
    const rounds = Array.from({ length: 6 }, (_, round) =>
      Array.from({ length: 40 }, (_, i) => {
        const n = round * 40 + i;
        return blob(
          Buffer.concat([noise(1, 2000), noise(100 + n, 20 + n), noise(2, 70_000 * (n % 2)), noise(3, 1000)]),
        );
      }).reverse(),
    );
    let entries: StoredEntry[] = [];
    const contents = new Map<string, Buffer>();
    for (const objects of rounds) {
      for (const object of objects) contents.set(hashObject(object, SHA1), Buffer.from(object.data));
      entries = [...deltified([...stored(objects), ...entries])];
      const { pack, index, depths, read } = throughGit(entries);
      expect(depths.size).toBe(contents.size);
      expect(Math.max(...depths.values())).toBeLessThanOrEqual(MAX_CHAIN);
      expect([...depths.values()].filter((depth) => depth === 0).length).toBeLessThan(contents.size / 8 + 4);
      for (const [oid, data] of [...contents].slice(-50)) expect(read(oid).equals(data)).toBe(true);
      entries = readEntries(pack, index, SHA1) ?? [];
      expect(entries.map(({ oid }) => oid).sort()).toEqual([...contents.keys()].sort());
    }
  });

  it('holds an object once that two packs have, each as a delta of another', () => {
    const [a, b] = [1, 2].map((n) => blob(Buffer.concat([noise(9, 3000), noise(n, 20), noise(8, 500)])));
    if (a === undefined || b === undefined) throw new Error('two objects');
    const one = [...deltified(stored([a, b]))];
    const other = [...deltified(stored([b, a]))];
    expect([one, other].map((entries) => entries.map((entry) => 'base' in entry))).toEqual([
      [false, true],
      [false, true],
    ]);
    const merged = new Map<string, StoredEntry>();
    for (const entry of [...one, ...other]) if (!merged.has(entry.oid)) merged.set(entry.oid, entry);
    const { read } = throughGit([...merged.values()]);
    for (const object of [a, b]) expect(read(hashObject(object, SHA1)).equals(object.data)).toBe(true);
  });

  it('leaves whole what is small, large, or like nothing before it', () => {
    const objects: GitObject[] = [
      blob(Buffer.from('a short one')),
      blob(Buffer.from('a short one!')),
      blob(noise(4, 600_000)),
      blob(Buffer.concat([noise(4, 600_000), Buffer.from('!')])),
      blob(noise(5, 1000)),
      blob(noise(6, 1000)),
    ];
    expect([...deltified(stored(objects))].some((entry) => 'base' in entry)).toBe(false);
  });

  it('whose deltas name their bases by oid is left to git', () => {
    const [base, other] = [noise(1, 3000), Buffer.concat([noise(1, 3000), noise(2, 9)])];
    const [whole] = stored([blob(base)]);
    if (whole === undefined) throw new Error('an entry');
    const delta = deltaOf(base, other);
    const { pack: pieces, index } = buildPack([whole, ...stored([blob(delta)])], SHA1);
    const pack = Buffer.concat(pieces);
    // The same entry, under the type that names its base: what follows its header is not looked at.
    const bytes = Buffer.from(pack);
    const at = 12 + whole.bytes.length;
    bytes[at] = ((bytes[at] ?? 0) & 0x8f) | (7 << 4);
    const hash = createHash('sha1').update(bytes.subarray(0, -20)).digest();
    hash.copy(bytes, bytes.length - 20);
    const table = Buffer.from(index);
    hash.copy(table, table.length - 40);
    createHash('sha1')
      .update(table.subarray(0, -20))
      .digest()
      .copy(table, table.length - 20);
    expect(readEntries(pack, index, SHA1)).toHaveLength(2);
    expect(readEntries(bytes, table, SHA1)).toBeNull();
  });
});
