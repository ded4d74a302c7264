/**
 * An attacker who makes two objects with one id, shows the harmless one, and swaps it for the other later: SHA-1 has been broken so far.
 *
 * No such pair of git's objects is public, because git hashes a header in front of the content. So where an object is to be refused, this
 * test leaves that header out, and has the public pair of 2017 as objects.
 */

import { createHash, randomBytes } from 'node:crypto';
import nodeFs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BlockCache, Blocks } from '../../src/git/copy/blocks.js';
import { WeighedCache } from '../../src/git/copy/memory.js';
import { Pack, type Unpacked } from '../../src/git/copy/pack.js';
import { PackScan } from '../../src/git/copy/pack-scan.js';
import { indexOf } from '../../src/git/pack-writer.js';
import { quarantinedObjects } from '../../src/git/quarantine.js';
import { receivePack } from '../../src/git/remote/received-pack.js';
import { possibleVectors } from '../../src/git/sha1/bit-conditions.js';
import { CheckedSha1 } from '../../src/git/sha1/checked-sha1.js';
import { VECTORS } from '../../src/git/sha1/disturbance-vectors.js';
import { hashUntrusted } from '../../src/git/sha1/untrusted-object.js';
import { SyncFiles } from '../../src/git/sync-files.js';
import { SHA1 } from '../../src/model/object-id.js';
import { refusal } from '../suite/expectations.js';
import { blobEntry, packOf, sourceOf } from './pack-builder.js';

const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/**
 * The first 320 bytes of the two documents of Stevens, Bursztein, Karpman, Albertini and Markov, "The first collision for full SHA-1"
 * (2017): what they share, and the two blocks in which they differ.
 */
const SHARED =
  '255044462d312e330a25e2e3cfd30a0a0a312030206f626a0a3c3c2f57696474682032203020522f4865696768742033203020522f547970652034203020522f' +
  '537562747970652035203020522f46696c7465722036203020522f436f6c6f7253706163652037203020522f4c656e6774682038203020522f42697473506572' +
  '436f6d706f6e656e7420383e3e0a73747265616d0affd8fffe00245348412d3120697320646561642121212121852fec092339759c39b1a1c63c4c97e1fffe01';
const BLOCKS = [
  '7346dc9166b67e118f029ab621b2560ff9ca67cca8c7f85ba84c79030c2b3de218f86db3a90901d5df45c14f26fedfb3dc38e96ac22fe7bd728f0e45bce046d2' +
    '3c570feb141398bb552ef5a0a82be331fea48037b8b5d71f0e332edf93ac3500eb4ddc0decc1a864790c782c76215660dd309791d06bd0af3f98cda4bc4629b1',
  '7f46dc93a6b67e013b029aaa1db2560b45ca67d688c7f84b8c4c791fe02b3df614f86db1690901c56b45c1530afedfb76038e972722fe7ad728f0e4904e046c2' +
    '30570fe9d41398abe12ef5bc942be33542a4802d98b5d70f2a332ec37fac3514e74ddc0f2cc1a874cd0c78305a21566461309789606bd0bf3f98cda8044629a1',
];
const pair = BLOCKS.map((blocks) => Buffer.from(SHARED + blocks, 'hex'));
const [one = Buffer.alloc(0)] = pair;

function hashed(...parts: Uint8Array[]): { digest: string; isAttack: boolean } {
  const hash = new CheckedSha1();
  for (const part of parts) hash.update(part);
  return { digest: hash.digest().toString('hex'), isAttack: hash.isAttack };
}

describe('SHA-1', () => {
  it('notices either of two messages that were made to collide, wherever they go on', () => {
    expect(pair[0]?.equals(pair[1] ?? Buffer.alloc(0))).toBe(false);
    for (const end of [Buffer.alloc(0), randomBytes(1000)]) {
      const both = pair.map((message) => Buffer.concat([message, end]));
      expect(new Set(both.map(sha1)).size).toBe(1);
      for (const message of both) expect(hashed(message)).toEqual({ digest: sha1(message), isAttack: true });
      for (const message of both)
        expect(hashed(message.subarray(0, 7), message.subarray(7, 300), message.subarray(300)).isAttack).toBe(true);
    }
  });

  it('finds nothing in the same blocks elsewhere, where they collide with nothing', () => {
    for (const message of pair) {
      expect(hashed(message.subarray(0, 319)).isAttack).toBe(false);
      expect(hashed(Buffer.alloc(64), message)).toEqual({
        digest: sha1(Buffer.concat([Buffer.alloc(64), message])),
        isAttack: false,
      });
      // As git hashes a file with them: git takes it as well.
      expect(hashUntrusted({ type: 'blob', data: message }, SHA1)).toBe(
        sha1(Buffer.concat([Buffer.from('blob 320\0'), message])),
      );
    }
  });

  it('is SHA-1 for everything else, in whatever pieces it comes', () => {
    for (let length = 0; length < 400; length++) {
      const message = randomBytes(length);
      const cut = Math.floor(length / 3);
      expect(hashed(message.subarray(0, cut), message.subarray(cut))).toEqual({
        digest: sha1(message),
        isAttack: false,
      });
    }
    const long = randomBytes(2 ** 20);
    expect(hashed(long)).toEqual({ digest: sha1(long), isAttack: false });
  });
});

/** Words that no block expands to, half of them with few bits, so that conditions are met more often. */
function* sampleWords(count: number): Generator<Int32Array> {
  const words = new Int32Array(80);
  let state = 12345;
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < 80; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = state;
    }
    const few = n % 4 === 1 ? 0x60000070 : n % 8 === 3 ? 0x20000010 : 0x43;
    if (n % 2 === 1) for (let i = 0; i < 80; i++) words[i] = (words[i] ?? 0) & few;
    if (n % 16 === 5) for (let i = 0; i < 80; i++) if ((state >>> (i % 32)) & 1) words[i] = words[(i + 1) % 80] ?? 0;
    yield words;
  }
}

describe('what is looked for in a block', () => {
  const sha256 = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');

  // Both hashes are of what the C code in git (sha1dc/ubc_check.c) has, or makes of the same words.
  it('is the differences of the vectors that git looks for', () => {
    const lines = VECTORS.map(({ name, step, differences }) =>
      [name, step, ...[...differences].map((word) => word >>> 0)].join(' '),
    );
    expect(sha256(lines)).toBe('3fd95aac2beea2706e2af28f08d8d4a2d0d574fca80e4d996f14925b52936bb7');
  });

  it('is left out where git leaves it out', () => {
    const masks: string[] = [];
    for (const words of sampleWords(50_000)) masks.push(String(possibleVectors(words) >>> 0));
    expect(masks.filter((mask) => mask !== '0').length).toBeGreaterThan(1000);
    expect(sha256(masks)).toBe('6f9874954690bcb6864d752a0f6cfed1e441ba80cbf086a02b75da0dec0b5589');
  });
});

describe('an object that was made to collide', () => {
  /** Objects are hashed without the header that git puts in front of them. */
  function withoutHeaders(): void {
    const update = CheckedSha1.prototype.update;
    vi.spyOn(CheckedSha1.prototype, 'update').mockImplementation(function (this: CheckedSha1, data) {
      return /^blob \d+\0$/.test(Buffer.from(data).toString('latin1', 0, 20)) ? this : update.call(this, data);
    });
  }
  afterEach(() => vi.restoreAllMocks());

  const oid = sha1(one);
  const pack = packOf([blobEntry(one)]);

  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'git-lineage-objects-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  }

  it.each(['loose', 'in a pack'])('is refused where it is pushed, %s', async (how) => {
    withoutHeaders();
    const objects = folder();
    const place = how === 'loose' ? oid.slice(0, 2) : 'pack';
    mkdirSync(join(objects, place));
    if (how === 'loose')
      writeFileSync(join(objects, place, oid.slice(2)), deflateSync(Buffer.concat([Buffer.from('blob 320\0'), one])));
    else {
      writeFileSync(join(objects, place, 'pack-1.pack'), pack);
      writeFileSync(
        join(objects, place, 'pack-1.idx'),
        indexOf([{ oid, crc: 0, offset: 12 }], pack.subarray(-20), SHA1),
      );
    }
    const nothing = { format: SHA1, readTyped: () => Buffer.alloc(0) };
    const pushed = quarantinedObjects(new SyncFiles(nodeFs), objects, nothing);
    const error = await refusal(async () => pushed.readTyped(oid, 'blob'), 'CORRUPT_OBJECT');
    pushed.close();
    expect(error.data).toMatchObject({ oid, fault: 'COLLISION' });
    expect(error.message).toContain(oid);
  });

  it('is refused in a pack that a remote sends', async () => {
    withoutHeaders();
    const error = await refusal(() => receivePack(sourceOf(pack), SHA1), 'CORRUPT_OBJECT');
    expect(error.data).toMatchObject({ oid, fault: 'COLLISION' });
  });

  it('is damage in a bundle', async () => {
    withoutHeaders();
    const path = join(folder(), 'a.pack');
    writeFileSync(path, pack);
    const file = await open(path);
    const blocks = new Blocks(file, 0, pack.length, new BlockCache(), 0);
    const told: string[] = [];
    const listener = {
      found: () => told.push('found'),
      damaged: (_where: string, _oid: string | null, reason: string) => told.push(reason),
      progress: () => undefined,
    };
    const bases = new WeighedCache<number, Unpacked>(1, () => 1);
    await new PackScan(
      new Pack('the pack of the bundle', 0, blocks, null, bases, SHA1),
      listener,
      () => null,
      false,
    ).run();
    await blocks.close();
    expect(told).toEqual([expect.stringContaining(`object ${oid}: its bytes are part of an attack on SHA-1`)]);
  });
});
