/**
 * The tree of RFC 6962, section 2.1: one hash for a list, and the proof that a longer list begins with a shorter one. Leaves are
 * given as their data; nothing of the tree is kept.
 */

import { createHash } from 'node:crypto';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** Bytes of every hash. */
export const HASH_BYTES = 32;

/** The most hashes that a consistency proof of two trees with safe integers for sizes can have. */
export const MAX_PROOF_HASHES = 63;

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right);
}

/** The largest power of two that is smaller than `size`, which is at least 2. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The root of the leaves from `start` to before `end`. */
function subtree(leaves: readonly Uint8Array[], start: number, end: number): Buffer {
  const leaf = leaves[start];
  if (end - start === 1 && leaf !== undefined) return sha256(LEAF, leaf);
  const middle = start + splitOf(end - start);
  return nodeHash(subtree(leaves, start, middle), subtree(leaves, middle, end));
}

function assertSize(size: number, known: number): void {
  if (!Number.isSafeInteger(size) || size < 0 || size > known)
    throw new RangeError(`a tree of ${size} leaves, of which there are ${known}`);
}

/** The root of the first `size` leaves (`MTH`); of all by default. @throws RangeError where there are fewer */
export function treeRoot(leaves: readonly Uint8Array[], size = leaves.length): Buffer {
  assertSize(size, leaves.length);
  return size === 0 ? sha256() : subtree(leaves, 0, size);
}

/**
 * The proof that the tree of the first `newSize` leaves begins with that of the first `oldSize` (`PROOF`). It is empty where the old
 * tree is empty, or is the new one.
 *
 * @throws RangeError where there are fewer leaves, or the old tree is the larger one
 */
export function consistencyProof(leaves: readonly Uint8Array[], oldSize: number, newSize = leaves.length): Buffer[] {
  assertSize(newSize, leaves.length);
  assertSize(oldSize, newSize);
  const proof: Buffer[] = [];
  const descend = (start: number, end: number, isWholeOldTree: boolean): void => {
    if (oldSize === end) {
      if (!isWholeOldTree) proof.push(subtree(leaves, start, end));
      return;
    }
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      descend(start, middle, isWholeOldTree);
      proof.push(subtree(leaves, middle, end));
    } else {
      descend(middle, end, false);
      proof.push(subtree(leaves, start, middle));
    }
  };
  if (oldSize > 0) descend(0, newSize, true);
  return proof;
}

/** A tree by its size and its root. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function isOdd(index: number): boolean {
  return index % 2 === 1;
}

/**
 * True where `proof` shows that `after` begins with `before`, and is nothing more than that proof (RFC 9162, section 2.1.4.2).
 *
 * | sizes | what the proof must be |
 * |---|---|
 * | `before` is the larger one | there is none |
 * | equal | empty, and the roots are equal |
 * | `before` is 0 | empty, and the root of `before` that of the empty tree |
 * | else | the hashes of section 2.1.2 of RFC 6962 |
 */
export function isConsistent(before: TreeHead, after: TreeHead, proof: readonly Uint8Array[]): boolean {
  if (before.size > after.size || proof.some((hash) => hash.length !== HASH_BYTES)) return false;
  if (before.size === after.size) return proof.length === 0 && sameBytes(before.root, after.root);
  if (before.size === 0) return proof.length === 0 && sameBytes(before.root, treeRoot([]));
  // Sizes are beyond what bitwise operators take. Both nodes climb to where the old tree's last one is a left child.
  let node = before.size - 1;
  let last = after.size - 1;
  while (isOdd(node)) {
    node = (node - 1) / 2;
    last = Math.floor(last / 2);
  }
  // Of a whole old tree the root is known, and no part of the proof.
  const [first, ...rest] = node === 0 ? [before.root, ...proof] : proof;
  if (first === undefined) return false;
  let [old, now] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      old = nodeHash(hash, old);
      now = nodeHash(hash, now);
      while (!isOdd(node) && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else now = nodeHash(now, hash);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameBytes(old, before.root) && sameBytes(now, after.root);
}
