/** An attacker who wants the memory or the time of whoever fetches: a few kilobytes that say more than a machine holds. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { applyDelta } from '../../src/git/delta.js';
import { entryHeader, REF_DELTA } from '../../src/git/pack-entry.js';
import { DeltaBases, SpareBuffer } from '../../src/git/remote/delta-bases.js';
import { receivePack } from '../../src/git/remote/received-pack.js';
import { SHA1 } from '../../src/model/object-id.js';
import { blobEntry, blobOid, chainPack, packOf, sizeBytes, sourceOf, zeros, zerosDelta } from './pack-builder.js';

const KB = 1024;

/** What git finds in a pack. */
function gitOids(pack: Buffer): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'git-lineage-pack-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.pack'), pack);
  const options = { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  execFileSync('git', ['index-pack', '--strict', 'a.pack'], options);
  const lines = execFileSync('git', ['verify-pack', '-v', 'a.idx'], options).split('\n');
  return lines.flatMap((line) => /^[0-9a-f]{40}/.exec(line) ?? []).sort();
}

/** A zlib stream (RFC 1950) that stores each byte in a block of its own. */
function storedByByte(data: Buffer): Buffer {
  const blocks = [...data].map((byte, i) => Buffer.from([i === data.length - 1 ? 1 : 0, 1, 0, 0xfe, 0xff, byte]));
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(b * 65536 + a);
  return Buffer.concat([Buffer.from([0x78, 0x01]), ...blocks, checksum]);
}

describe('a pack', () => {
  it.each([
    [
      'says that it has more objects than it may',
      packOf([blobEntry(zeros(9))], 9),
      { objects: 8 },
      'of 9 objects, more than 8',
    ],
    [
      'has an object that is too large',
      packOf([blobEntry(zeros(65))]),
      { objectBytes: 64 },
      'with an object of 65 bytes',
    ],
    [
      'says that an object is too large',
      packOf([blobEntry(zeros(9), 2 ** 40)]),
      {},
      'with an object of 1099511627776 bytes',
    ],
    [
      'says that an object is larger than it is',
      packOf([blobEntry(zeros(9), 10 * KB * KB)]),
      {},
      'of another size than it says',
    ],
    [
      'says that a commit is larger than its bytes can be',
      packOf([Buffer.concat([entryHeader(1, 500 * KB * KB), deflateSync(zeros(9))])]),
      {},
      'of 524288000 bytes, of which no more than',
    ],
    [
      'has a large object that goes on',
      packOf([blobEntry(zeros(20 * KB * KB), 10 * KB * KB)]),
      {},
      'of another size than it says',
    ],
    ['is too large itself', packOf([blobEntry(randomBytes(200))]), { packBytes: 100 }, 'more than 100'],
    [
      'makes an object that is too large',
      chainPack(1, 200 * KB),
      { objectBytes: 100 * KB },
      'with an object of 204800 bytes',
    ],
    [
      'makes too much in all',
      chainPack(30, 100 * KB),
      { inflatedBytes: 1000 * KB },
      'unpacks to more than 1024000 bytes',
    ],
    [
      'has too many differences on each other',
      chainPack(30, 100 * KB),
      { depth: 29 },
      'more than 29 differences on each other',
    ],
  ])('that %s is refused', async (_, pack, limits, reason) => {
    await expect(receivePack(sourceOf(pack), SHA1, { limits })).rejects.toThrow(reason);
  });

  it('is refused before anything is made of its differences', async () => {
    // 12 gigabytes, said in some kilobytes: whoever made them would not come to the end of this test.
    const entries = Array.from({ length: 30 }, (_, i) =>
      zerosDelta(blobOid(zeros(65536)), 65536, 400 * KB * KB - i, 1),
    );
    const pack = packOf([blobEntry(zeros(65536)), ...entries]);
    await expect(receivePack(sourceOf(pack), SHA1)).rejects.toThrow('unpacks to more than 8589934592 bytes');
  });

  it('that refers to more objects than it may is refused', async () => {
    const tree = Buffer.concat(
      Array.from({ length: 9 }, (_, i) => Buffer.concat([Buffer.from(`100644 ${i}\0`), randomBytes(20)])),
    );
    const pack = packOf([Buffer.concat([entryHeader(2, tree.length), deflateSync(tree)])]);
    await expect(receivePack(sourceOf(pack), SHA1, { limits: { references: 8 } })).rejects.toThrow(
      'refers to more than 8 objects',
    );
    expect((await receivePack(sourceOf(pack), SHA1, { limits: { references: 9 } })).outside.size).toBe(9);
  });

  it('of chains and forks is read as git reads it, with next to no memory for bases', async () => {
    // Every second difference has two of its own: while one is worked out, the other's base waits.
    const size = 40 * KB;
    const entries = [blobEntry(zeros(65536))];
    let base = { oid: blobOid(zeros(65536)), size: 65536 };
    for (let i = 1; i < 60; i++) {
      entries.push(zerosDelta(base.oid, base.size, size, i), zerosDelta(base.oid, base.size, size, 100 + i));
      base = { oid: blobOid(zeros(size, i % 2 === 0 ? i : 100 + i)), size };
    }
    const pack = packOf(entries);
    const expected = gitOids(pack);
    expect(expected).toHaveLength(119);
    for (const baseBytes of [0, 3 * size, 2 ** 30])
      expect([...(await receivePack(sourceOf(pack), SHA1, { limits: { baseBytes } })).oids].sort()).toEqual(expected);
    // What is made again counts, too.
    const limits = { baseBytes: 0, inflatedBytes: 8000 * KB };
    await expect(receivePack(sourceOf(pack), SHA1, { limits })).rejects.toThrow('unpacks to more than');
    await receivePack(sourceOf(pack), SHA1, { limits: { ...limits, baseBytes: 2 ** 30 } });
  });

  it('is read a little at a time, however large it is and whatever it says', async () => {
    const large = randomBytes(6 * KB * KB);
    const inserted = Buffer.concat(
      Array.from({ length: 30_000 }, () => Buffer.concat([Buffer.from([127]), randomBytes(127)])),
    );
    const delta = Buffer.concat([Buffer.from([4]), sizeBytes(30_000 * 127), inserted]);
    const base = Buffer.from('base');
    const pack = packOf([
      blobEntry(large),
      blobEntry(base),
      Buffer.concat([entryHeader(REF_DELTA, delta.length), Buffer.from(blobOid(base), 'hex'), deflateSync(delta)]),
    ]);
    const asked: number[] = [];
    const { oids } = await receivePack(
      sourceOf(pack, (bytes) => asked.push(bytes)),
      SHA1,
    );
    expect([...oids].sort()).toEqual(gitOids(pack));
    expect(Math.max(...asked)).toBeLessThanOrEqual(KB * KB);
    const lying = packOf([blobEntry(large, 500 * KB * KB)]);
    await expect(
      receivePack(
        sourceOf(lying, (bytes) => asked.push(bytes)),
        SHA1,
      ),
    ).rejects.toThrow('of another size');
    expect(Math.max(...asked)).toBeLessThanOrEqual(KB * KB);
  });

  it('with a small object that is deflated at length is read as git reads it', async () => {
    // Stored in pieces of a byte each: six times as long as anybody would write it, and longer than it is looked at in one go.
    const data = randomBytes(5000);
    const pack = packOf([
      Buffer.concat([entryHeader(3, data.length), storedByByte(data)]),
      blobEntry(Buffer.from('next')),
    ]);
    expect([...(await receivePack(sourceOf(pack), SHA1)).oids].sort()).toEqual(gitOids(pack));
  });

  it('with a large file is read as git reads it', async () => {
    const large = randomBytes(9 * KB * KB);
    const pack = packOf([blobEntry(large), blobEntry(Buffer.from('small'))]);
    expect([...(await receivePack(sourceOf(pack), SHA1)).oids].sort()).toEqual(gitOids(pack));
  });
});

describe('bases', () => {
  it('keep no more than they may, and a chain no more than its end', async () => {
    const made: string[] = [];
    const released: string[] = [];
    const bases = new DeltaBases<string>(10, {
      async make(entry, base) {
        made.push(entry);
        return Buffer.concat([base ?? Buffer.alloc(0), Buffer.from(entry)]);
      },
      release: (data) => released.push(data.toString()),
    });
    bases.push('a', [], Buffer.from('a'));
    for (const entry of ['bbb', 'cccc', 'ddddd']) {
      const top = bases.top;
      bases.push(entry, [], Buffer.concat([await bases.topBytes(), Buffer.from(entry)]), top);
    }
    expect(made).toEqual([]);
    bases.pop();
    // 8 bytes were let go for the 13 that came after them.
    expect((await bases.topBytes()).toString()).toBe('abbbcccc');
    expect(made).toEqual(['a', 'bbb', 'cccc']);
    // What was in between, and every base that did not fit beside later ones.
    expect(released).toEqual(['a', 'abbb', 'abbbcccc', 'abbbccccddddd', 'a', 'abbb']);
    bases.pop();
    expect((await bases.topBytes()).toString()).toBe('abbb');
  });

  it('give their memory to the next large object', () => {
    const spare = new SpareBuffer();
    const [small, large] = [Buffer.alloc(100), Buffer.alloc(2 * KB * KB)];
    spare.give(small);
    expect(spare.take(100).buffer).not.toBe(small.buffer);
    spare.give(large);
    expect(spare.take(100).buffer).not.toBe(large.buffer);
    const next = spare.take(1.5 * KB * KB);
    expect(next.buffer).toBe(large.buffer);
    expect(next).toHaveLength(1.5 * KB * KB);
    // It is in use.
    expect(spare.take(1.5 * KB * KB).buffer).not.toBe(large.buffer);
  });
});

describe('a difference', () => {
  it('reserves nothing for what it does not make', () => {
    // 2^40 bytes, of which it copies four.
    const delta = Buffer.from([4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 0x90, 4]);
    expect(() => applyDelta(Buffer.from('abcd'), delta)).toThrow('of another size than it says');
  });
});
