// The most memory that checking a pack of a remote takes, beside `git index-pack` on the same pack.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { entryHeader, REF_DELTA } from '../build/git/pack-entry.js';
import { measured } from './measured.mjs';
import { Table, timesAsMuch } from './table.mjs';

const BLOB = 3;
const MB = 2 ** 20;
const RECEIVER = fileURLToPath(new URL('receive-pack.mjs', import.meta.url));

/** @param {Uint8Array} data */
const blobId = (data) => createHash('sha1').update(`blob ${data.length}\0`).update(data).digest();

/** @param {readonly Buffer[]} entries */
function packOf(entries) {
  const head = Buffer.alloc(12);
  head.write('PACK');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(entries.length, 8);
  const content = Buffer.concat([head, ...entries]);
  return Buffer.concat([content, createHash('sha1').update(content).digest()]);
}

/** Content that does not deflate. @param {number} count @param {number} bytes */
function blobs(count, bytes) {
  const entry = () => Buffer.concat([entryHeader(BLOB, bytes), deflateSync(randomBytes(bytes), { level: 0 })]);
  return packOf(Array.from({ length: count }, entry));
}

/** @param {number} value */
function sizeBytes(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | (rest >= 128 ? 128 : 0));
    if (rest < 128) return bytes;
  }
}

/** Deltas that each make an object of `bytes` zeros and a number of the one before. @param {number} length @param {number} bytes */
function chain(length, bytes) {
  const first = Buffer.alloc(65_536);
  const entries = [Buffer.concat([entryHeader(BLOB, first.length), deflateSync(first)])];
  const data = Buffer.alloc(bytes);
  let base = { id: blobId(first), size: first.length };
  for (let i = 0; i < length; i++) {
    const delta = [...sizeBytes(base.size), ...sizeBytes(bytes)];
    const most = Math.min(base.size, 0xffffff);
    for (let left = bytes - 1; left > 0; left -= most) {
      const count = Math.min(left, most);
      delta.push(0xf0, count & 255, (count >> 8) & 255, (count >> 16) & 255);
    }
    delta.push(1, i);
    entries.push(Buffer.concat([entryHeader(REF_DELTA, delta.length), base.id, deflateSync(Buffer.from(delta))]));
    data[bytes - 1] = i;
    base = { id: blobId(data), size: bytes };
  }
  return packOf(entries);
}

/** @param {{ folder: string, rounds: number, chained: number }} options */
export async function benchPacks({ folder, rounds, chained }) {
  const table = new Table('memory of a pack from outside');
  const repository = join(folder, 'packs.git');
  execFileSync('git', ['init', '--quiet', '--bare', repository]);
  /** @type {[name: string, pack: () => Buffer, goal: number | null][]} */
  const packs = [
    [`a chain of ${chained} deltas of 200 MiB`, () => chain(chained, 200 * MB), 1.5],
    ['3 blobs of 100 MiB', () => blobs(3, 100 * MB), 1.5],
    // git takes less than a process of node that does nothing.
    ['300 blobs of 1 MiB', () => blobs(300, MB), null],
  ];
  for (const [name, pack, goal] of packs) {
    const path = join(folder, 'a.pack');
    writeFileSync(path, pack());
    const row = { name, unit: 'MB', peer: 'git index-pack', goal: goal === null ? null : timesAsMuch(goal) };
    for (let round = 0; round < rounds; round++) {
      const ours = execFileSync(process.execPath, [RECEIVER, path], { encoding: 'utf8' });
      const args = [`--git-dir=${repository}`, 'index-pack', '-o', join(folder, 'a.idx'), path];
      table.note(row, Number(ours), measured('git', args).megabytes);
    }
  }
  table.print();
}
