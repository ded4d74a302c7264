/** The tree of RFC 6962: its published vectors, and a slow tree that is written as the RFC defines it. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consistencyProof, isConsistent, treeRoot } from '../../src/witness/format/merkle-tree.js';
import { runs } from '../property/seed.js';

/** The leaves of the vectors that Certificate Transparency's reference implementation publishes. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => Buffer.from(hex, 'hex'),
);

const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const PROOFS: readonly (readonly [before: number, after: number, proof: readonly string[]])[] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const head = (leaves: readonly Uint8Array[], size = leaves.length) => ({ size, root: treeRoot(leaves, size) });

/** `MTH` of RFC 6962, section 2.1, word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  const hash = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (leaves.length === 0) return hash();
  if (leaves.length === 1) return hash(Buffer.of(0), leaves[0] ?? Buffer.of());
  const k = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return hash(Buffer.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

const leavesOf = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 70 });
const twoSizes = leavesOf.chain((leaves) =>
  fc.tuple(fc.constant(leaves), fc.integer({ min: 0, max: leaves.length }), fc.nat()),
);

describe('the tree', () => {
  test('has the roots that are published', () => {
    expect(ROOTS.map((_, size) => hex(treeRoot(LEAVES, size)))).toEqual(ROOTS);
  });

  test('has the consistency proofs that are published', () => {
    for (const [before, after, proof] of PROOFS) {
      expect(consistencyProof(LEAVES, before, after).map(hex)).toEqual(proof);
      expect(isConsistent(head(LEAVES, before), head(LEAVES, after), consistencyProof(LEAVES, before, after))).toBe(
        true,
      );
    }
  });

  test('has the root of the definition', () => {
    fc.assert(
      fc.property(leavesOf, (leaves) => {
        expect(hex(treeRoot(leaves))).toBe(hex(naiveRoot(leaves)));
      }),
      runs(200),
    );
  });

  test('of more leaves than there are is an error of the program', () => {
    expect(() => treeRoot(LEAVES, 9)).toThrow(RangeError);
    expect(() => consistencyProof(LEAVES, 5, 4)).toThrow(RangeError);
  });
});

describe('a proof', () => {
  test('shows that a list continues an earlier one', () => {
    fc.assert(
      fc.property(twoSizes, ([leaves, before]) => {
        const proof = consistencyProof(leaves, before);
        expect(proof.length).toBeLessThanOrEqual(63);
        expect(isConsistent(head(leaves, before), head(leaves), proof)).toBe(true);
      }),
      runs(500),
    );
  });

  test('of a list whose past was changed shows nothing', () => {
    fc.assert(
      fc.property(twoSizes, ([leaves, before, at]) => {
        fc.pre(before > 0);
        const forked = leaves.map((leaf, i) => (i === at % before ? Buffer.from(leaf).map((byte) => byte ^ 1) : leaf));
        expect(isConsistent(head(leaves, before), head(forked), consistencyProof(forked, before))).toBe(false);
        expect(isConsistent(head(leaves, before), head(forked), consistencyProof(leaves, before))).toBe(false);
      }),
      runs(500),
    );
  });

  test('that is longer, shorter or changed shows nothing', () => {
    fc.assert(
      fc.property(twoSizes, ([leaves, before, at]) => {
        const proof = consistencyProof(leaves, before);
        const check = (other: readonly Uint8Array[]) => isConsistent(head(leaves, before), head(leaves), other);
        expect(check([...proof, Buffer.alloc(32)])).toBe(false);
        if (proof.length === 0) return;
        expect(check(proof.slice(1))).toBe(false);
        expect(check(proof.slice(0, -1))).toBe(false);
        expect(check(proof.map((hash, i) => (i === at % proof.length ? Buffer.alloc(32) : hash)))).toBe(false);
        expect(check(proof.map((hash, i) => (i === at % proof.length ? hash.subarray(1) : hash)))).toBe(false);
      }),
      runs(500),
    );
  });

  test('of a shorter list than the one before shows nothing', () => {
    expect(isConsistent(head(LEAVES, 5), head(LEAVES, 4), [])).toBe(false);
  });

  test('holds for sizes that no integer of 32 bits has', () => {
    const [root, last] = [treeRoot([Buffer.of(1)]), Buffer.alloc(32, 7)];
    const size = 2 ** 40;
    // A whole tree of 2^40 leaves and one more: its root is that of both.
    const after = createHash('sha256').update(Buffer.of(1)).update(root).update(last).digest();
    expect(isConsistent({ size, root }, { size: size + 1, root: after }, [last])).toBe(true);
    expect(isConsistent({ size, root }, { size: size + 1, root }, [last])).toBe(false);
  });
});
