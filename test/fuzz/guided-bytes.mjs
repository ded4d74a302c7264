/** What a fuzzer's bytes are to a parser: its input, or the choices by which its own mutator makes one, checksums and all. */

import { createHash } from 'node:crypto';
import { seededRandom } from '../crash/seeded-random.mjs';

const CHOICE_BYTES = 2;

/** The choices that bytes stand for; after them such as follow from all of them. @param {Buffer} data */
function choicesOf(data) {
  const rest = seededRandom(createHash('sha1').update(data).digest().readUInt32BE(0));
  let at = 0;
  return () => {
    if (at + CHOICE_BYTES > data.length) return rest();
    at += CHOICE_BYTES;
    return data.readUInt16BE(at - CHOICE_BYTES) / 2 ** 16;
  };
}

/** @param {import('./engine.mjs').Target} target @param {Buffer} data */
export function bytesOf(target, data) {
  return target.mutate?.(choicesOf(data), target.samples) ?? Buffer.from(data);
}
