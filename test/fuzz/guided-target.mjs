/**
 * One parser, as a fuzzer that is guided by coverage (libFuzzer, through Jazzer.js) calls it: FUZZ_TARGET names it, FUZZ_FORMAT its
 * repository's objects, FUZZ_DIR is a folder to work in, FUZZ_INPUTS says how many inputs are to come. The corpus that the fuzzer begins
 * with is put into FUZZ_DIR/corpus before it looks, and what its inputs came to into FUZZ_DIR/tally.json.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fuzzing, fuzzTargets } from './engine.mjs';
import { bytesOf } from './guided-bytes.mjs';
import { loadBuiltParts } from './parts.mjs';

/** @param {string} name */
function given(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`expected ${name} in the environment: run \`npm run fuzz\``);
  return value;
}

const dir = given('FUZZ_DIR');
const parts = await loadBuiltParts(/** @type {'sha1' | 'sha256'} */ (given('FUZZ_FORMAT')));
const [target] = (await fuzzTargets({ parts, dir })).filter(({ name }) => name === given('FUZZ_TARGET'));
if (target === undefined) throw new Error(`expected the name of a parser, got ${given('FUZZ_TARGET')}`);
// A parser with a mutator of its own is given choices, and any will do to begin with. The samples' keys are made anew in each process.
if (target.mutate === undefined)
  for (const [i, sample] of target.samples.entries()) writeFileSync(join(dir, 'corpus', `${i}`), sample);
const fuzzing = new Fuzzing(target, { parts, dir }, Number(given('FUZZ_INPUTS')));

/** Throws where an input does what it may not. @param {Buffer} data */
export async function fuzz(data) {
  await fuzzing.one(bytesOf(fuzzing.target, data), `data ${data.toString('base64')}`);
  if (fuzzing.complaints.length > 0) throw new Error(fuzzing.complaints.join('\n'));
}

process.on('exit', () => {
  fuzzing.ask(true);
  const { inputs, accepted, asked, complaints } = fuzzing;
  writeFileSync(join(dir, 'tally.json'), JSON.stringify({ inputs, accepted, asked, complaints }));
});
