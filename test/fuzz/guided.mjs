/**
 * Every parser, by inputs that a fuzzer makes of what they reach in the code: what runs a line that none has run before is kept and
 * changed further. `npm run fuzz -- --inputs 1000000 --only pack --seed 7 --format sha256`: so many inputs over all parsers, or over
 * those whose name has the word.
 *
 * Runs under `npx --package @jazzer.js/core`, which brings the fuzzer.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chosenSeed } from '../crash/seeded-random.mjs';
import { fuzzTargets } from './engine.mjs';
import { loadBuiltParts } from './parts.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Beyond it an input is only slower. */
const MAX_BYTES = 65_536;
/** So long one input may take, in seconds, with what git is asked in between. */
const PATIENCE_SECONDS = 120;

/** @typedef {{ inputs: number, accepted: number, asked: number, complaints: string[] }} Tally */

/** An entry of libFuzzer's dictionary. @param {string} word */
function dictionaryEntry(word) {
  return `"${[...Buffer.from(word)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`;
}

/**
 * @param {import('./engine.mjs').Target} target
 * @param {{ dir: string, format: string, inputs: number, seed: number }} run
 * @returns {Tally}
 */
function guided(target, { dir, format, inputs, seed }) {
  const corpus = join(dir, 'corpus');
  mkdirSync(corpus, { recursive: true });
  const words = join(dir, 'words');
  writeFileSync(
    words,
    (target.words ?? [])
      .filter((word) => word !== '')
      .map((word) => `${dictionaryEntry(word)}\n`)
      .join(''),
  );
  const fuzzer = [
    `-runs=${inputs}`,
    `-seed=${seed}`,
    `-max_len=${MAX_BYTES}`,
    `-timeout=${PATIENCE_SECONDS}`,
    '-rss_limit_mb=4096',
  ];
  const args = ['test/fuzz/guided-target.mjs', corpus, '-i', `${ROOT}build`, '--disableBugDetectors', '.*', '--'];
  const { status, signal, stderr, error } = spawnSync(
    'jazzer',
    [...args, ...fuzzer, `-dict=${words}`, `-artifact_prefix=${dir}/`],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        FUZZ_TARGET: target.name,
        FUZZ_FORMAT: format,
        FUZZ_DIR: dir,
        FUZZ_INPUTS: String(inputs),
      },
      maxBuffer: 2 ** 30,
    },
  );
  if (error !== undefined) throw new Error('expected the program jazzer: run `npm run fuzz`', { cause: error });
  if (stderr.includes('GLIBC_'))
    throw new Error(`expected glibc 2.38 or later, as of Debian 13: ${stderr.slice(-1000)}`);
  const tally = join(dir, 'tally.json');
  const told = existsSync(tally)
    ? JSON.parse(readFileSync(tally, 'utf8'))
    : { inputs: 0, accepted: 0, asked: 0, complaints: [] };
  if (status === 0 && told.inputs > 0) return told;
  const why =
    told.complaints.length > 0
      ? told.complaints
      : [`${target.name}: the fuzzer ended with ${signal ?? status}\n${stderr.slice(-4000)}`];
  return { ...told, complaints: why };
}

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    only: { type: 'string' },
    seed: { type: 'string' },
    format: { type: 'string', default: 'sha1' },
  },
});
const total = Number(values.inputs);
const seed = values.seed === undefined ? chosenSeed() : Number(values.seed);
const { format } = values;
if (!Number.isSafeInteger(total) || total < 1)
  throw new Error(`--inputs: expected a whole number from 1 on, got ${values.inputs}`);
if (!Number.isSafeInteger(seed) || seed < 1)
  throw new Error(`--seed: expected a whole number from 1 on, got ${values.seed}`);
if (format !== 'sha1' && format !== 'sha256') throw new Error(`--format: expected sha1 or sha256, got ${format}`);

const work = mkdtempSync(join(tmpdir(), 'git-lineage-guided-'));
mkdirSync(join(work, 'samples'));
try {
  const all = await fuzzTargets({ parts: await loadBuiltParts(format), dir: join(work, 'samples') });
  for (const { close } of all) await close?.();
  const wanted = all.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (wanted.length === 0)
    throw new Error(`--only ${values.only}: expected a part of ${all.map(({ name }) => name).join(', ')}`);
  const shares = wanted.reduce((sum, { share }) => sum + share, 0);
  console.log(`seed ${seed}, ${format}`);
  for (const [i, target] of wanted.entries()) {
    const dir = join(work, `${i}`);
    const inputs = Math.max(1, Math.round((total * target.share) / shares));
    const start = performance.now();
    const { complaints, ...tally } = guided(target, { dir, format, inputs, seed });
    const rate = Math.round((tally.inputs * 1000) / (performance.now() - start));
    console.log(
      `${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${target.name}: ${tally.inputs} inputs, ${tally.accepted} read, ${tally.asked} asked, ${rate} a second`,
    );
    for (const complaint of complaints) console.log(`     ${complaint}`);
    if (complaints.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
