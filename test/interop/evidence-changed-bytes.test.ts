/** Objects whose bytes were changed. */

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, type Inflate, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { git, gitRefs } from '../crash/real-git.mjs';
import {
  bundled,
  change,
  complaints,
  copied,
  looseFile,
  makeLedgers,
  onlyPack,
  scanOf,
  smallDir,
  unpackAll,
  withEvidence,
} from './evidence-ledgers.js';

makeLedgers();

/** Whether two deflated files are the same object, nothing left over. */
function meansTheSame(a: Buffer, b: Buffer): boolean {
  try {
    const { buffer, engine } = inflateSync(a, { info: true }) as unknown as { buffer: Buffer; engine: Inflate };
    return engine.bytesWritten === a.length && buffer.equals(inflateSync(b));
  } catch {
    return false;
  }
}

describe('bytes that were changed are noticed', () => {
  /** A small repacked ledger, its pack and index. */
  const repacked = async () => {
    const path = copied(smallDir);
    await git(path, ['repack', '-adfq', '--depth=50']);
    return path;
  };
  /** Positions all over `length` bytes, the first and last among them. */
  const positions = (length: number, count: number) => [
    ...new Set(Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / (count - 1)))),
  ];

  it.each(['pack', 'idx'])('one bit anywhere in a %s', async (kind) => {
    const path = await repacked();
    const file = onlyPack(path, kind);
    const good = readFileSync(file);
    const roots = [...gitRefs(path).values()];
    for (const at of [...positions(good.length, 150), 1, 4, 5, 8, 9, 11, 12, 13, 14]) {
      change(file, (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        return bytes;
      });
      const scan = await withEvidence(path, (evidence) => evidence.scan(roots));
      expect({ at, isDamaged: scan.damaged.length > 0 }).toEqual({ at, isDamaged: true });
      change(file, () => good);
    }
    expect(complaints(await scanOf(path))).toEqual([]);
  });

  it.each(['pack', 'idx'])('a %s cut short, lengthened or emptied', async (kind) => {
    const path = await repacked();
    const file = onlyPack(path, kind);
    const good = readFileSync(file);
    for (const bad of [
      ...positions(good.length - 1, 12).map((length) => good.subarray(0, length)),
      Buffer.concat([good, Buffer.from('x')]),
      Buffer.alloc(0),
      Buffer.alloc(good.length),
    ]) {
      change(file, () => bad);
      expect({ length: bad.length, damaged: (await scanOf(path)).damaged.length > 0 }).toEqual({
        length: bad.length,
        damaged: true,
      });
    }
  });

  it('an object whose content changed while its pack has a fitting checksum', async () => {
    const path = await repacked();
    const pack = onlyPack(path);
    change(pack, (bytes) => {
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 4;
      createHash('sha1')
        .update(bytes.subarray(0, -20))
        .digest()
        .copy(bytes, bytes.length - 20);
      return bytes;
    });
    const hash = readFileSync(pack).subarray(-20);
    change(onlyPack(path, 'idx'), (bytes) => {
      hash.copy(bytes, bytes.length - 40);
      createHash('sha1')
        .update(bytes.subarray(0, -20))
        .digest()
        .copy(bytes, bytes.length - 20);
      return bytes;
    });
    const { damaged } = await scanOf(path);
    expect(damaged.length).toBeGreaterThan(0);
    expect(damaged.every(({ where, oid }) => /byte [0-9]+$/.test(where) && oid !== null)).toBe(true);
    await withEvidence(path, async (evidence) => {
      await evidence.scan([]);
      await expect(evidence.readBlob(damaged[0]?.oid ?? '')).rejects.toMatchObject({ code: 'CORRUPT_OBJECT' });
    });
  });

  it('an index of another pack, and one that names or leaves out an object', async () => {
    const path = await repacked();
    const index = onlyPack(path, 'idx');
    const good = readFileSync(index);
    const resealed = (edit: (bytes: Buffer) => void) =>
      change(index, () => {
        const bytes = Buffer.from(good);
        edit(bytes);
        createHash('sha1')
          .update(bytes.subarray(0, -20))
          .digest()
          .copy(bytes, bytes.length - 20);
        return bytes;
      });
    const count = good.readUInt32BE(8 + 255 * 4);
    const offsets = 8 + 1024 + count * 24;
    for (const edit of [
      (b: Buffer) => b.fill(1, b.length - 40, b.length - 20),
      (b: Buffer) => b.writeUInt32BE(b.readUInt32BE(offsets) + 1, offsets),
      (b: Buffer) => b.writeUInt32BE(b.readUInt32BE(offsets + 4), offsets),
      (b: Buffer) => b.writeUInt32BE(1, 8 + 1024 + count * 20),
      (b: Buffer) => b.writeUInt8((b[8 + 1024 + 19] ?? 0) ^ 1, 8 + 1024 + 19),
      (b: Buffer) => b.writeUInt32BE(count - 1, 8 + 255 * 4),
    ]) {
      resealed(edit);
      const { damaged } = await scanOf(path);
      expect({ edit: String(edit), damaged: damaged.length > 0 }).toEqual({ edit: String(edit), damaged: true });
    }
  });

  it('a bundle with one bit changed anywhere in its pack', async () => {
    const path = await bundled(2, '--all');
    const good = readFileSync(path);
    const packAt = good.indexOf('\n\nPACK') + 2;
    for (const at of positions(good.length - packAt, 60).map((p) => p + packAt)) {
      change(path, () => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ 16;
        return bytes;
      });
      const scan = await scanOf(path);
      expect({ at, isDamaged: scan.damaged.length > 0 }).toEqual({ at, isDamaged: true });
    }
  });

  it('a loose file: every bit of it, its length, its name, its place', async () => {
    const path = copied(smallDir);
    unpackAll(path);
    const oid = await git(path, ['rev-parse', 'planner/v1:index.js']);
    const file = looseFile(path, oid);
    const good = readFileSync(file);
    const other = readFileSync(looseFile(path, await git(path, ['rev-parse', 'planner/v2:index.js'])));
    const roots = [...gitRefs(path).values()];
    const flipped = Array.from({ length: good.length * 8 }, (_, bit) => {
      const bytes = Buffer.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bytes;
    });
    const bad = [
      ...flipped,
      Buffer.alloc(0),
      good.subarray(0, -1),
      Buffer.concat([good, good]),
      other,
      Buffer.from('junk'),
    ];
    for (const [i, bytes] of bad.filter((_, n) => n % 16 === 3 || n >= flipped.length).entries()) {
      change(file, () => bytes);
      const scan = await withEvidence(path, (evidence) => evidence.scan(roots));
      // Some bits of a deflated file mean nothing: those between its data and its checksum.
      const damaged = meansTheSame(bytes, good) ? [] : [oid];
      expect({ i, damaged: scan.damaged.map((d) => d.oid), missing: scan.missing }).toEqual({
        i,
        damaged,
        missing: [],
      });
    }
  });

  it('one damaged copy of an object that is there intact as well', async () => {
    const path = await repacked();
    const loose = copied(smallDir);
    unpackAll(loose);
    const oid = await git(path, ['rev-parse', 'planner/v1:index.js']);
    mkdirSync(join(path, 'objects', oid.slice(0, 2)), { recursive: true });
    cpSync(looseFile(loose, oid), looseFile(path, oid));
    expect(complaints(await scanOf(path))).toEqual([]);
    change(looseFile(path, oid), (bytes) => bytes.subarray(0, 20));
    await withEvidence(path, async (evidence) => {
      const scan = await evidence.scan((await evidence.readRefs()).values());
      expect(scan.damaged).toMatchObject([{ where: `objects/${oid.slice(0, 2)}/${oid.slice(2)}`, oid }]);
      expect((await evidence.readBlob(oid)).length).toBeGreaterThan(0);
    });
  });

  it('removed objects are missing, with who wants them', async () => {
    const path = copied(smallDir);
    unpackAll(path);
    const commit = await git(path, ['rev-parse', 'planner/v2']);
    const [tree, blob, parent] = await Promise.all(
      ['planner/v2^{tree}', 'planner/v2:index.js', 'ledger~2'].map((name) => git(path, ['rev-parse', name])),
    );
    const wants: Record<string, string> = {
      [blob ?? '']: `tree ${tree} ("index.js")`,
      [parent ?? '']: `commit ${await git(path, ['rev-parse', 'ledger~1'])} (parent)`,
    };
    for (const [oid, by] of Object.entries(wants)) {
      const aside = readFileSync(looseFile(path, oid));
      rmSync(looseFile(path, oid));
      const scan = await scanOf(path);
      expect({ damaged: scan.damaged, missing: scan.missing }).toEqual({
        damaged: [],
        missing: [{ oid, wantedBy: by }],
      });
      await withEvidence(path, (e) =>
        expect(e.readBlob(oid)).rejects.toMatchObject({ code: 'CORRUPT_OBJECT', data: { oid, fault: 'MISSING' } }),
      );
      writeFileSync(looseFile(path, oid), aside);
    }
    rmSync(looseFile(path, tree ?? ''));
    expect((await scanOf(path)).missing).toMatchObject([{ oid: tree, wantedBy: `commit ${commit} (tree)` }]);
    const tip = gitRefs(smallDir).get('refs/heads/planner') ?? '';
    const gone = copied(smallDir);
    unpackAll(gone);
    rmSync(looseFile(gone, tip));
    expect((await scanOf(gone)).missing[0]).toMatchObject({ oid: tip });
  });

  it('an object that inflates to more than it says', async () => {
    const path = copied();
    const lying = deflateSync(Buffer.concat([Buffer.from('blob 10\0'), Buffer.alloc(50_000_000)]));
    const oid = 'ab'.repeat(20);
    mkdirSync(join(path, 'objects/ab'), { recursive: true });
    writeFileSync(looseFile(path, oid), lying);
    expect((await scanOf(path)).damaged).toMatchObject([
      { oid, reason: expect.stringMatching(/more than the 18 bytes/) },
    ]);
  });
});
