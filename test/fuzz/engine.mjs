/**
 * Changed inputs for every parser, and what must hold of each: it is refused in the way the parser says, or what was read
 * writes the same bytes again, and git accepts it too. No input makes a parser ask for memory that only a length in it
 * states.
 */

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../crash/seeded-random.mjs';
import { watchAllocations } from './allocations.mjs';
import { mutated } from './mutate.mjs';
import { objectTargets } from './object-targets.mjs';
import { ORACLES } from './oracles.mjs';
import { packTargets } from './pack-targets.mjs';
import { protocolTargets } from './protocol-targets.mjs';
import { makeSamples } from './samples.mjs';
import { signingTargets } from './signing-targets.mjs';
import { textTargets } from './text-targets.mjs';

/**
 * What came of an input that was not refused: the bytes that its value writes, what is wrong, what git is to be asked.
 *
 * @typedef {{ again?: Uint8Array | undefined, wrong?: string | undefined, detail?: string | undefined } | null} Outcome
 *
 * @typedef {{
 *   name: string,
 *   share: number,
 *   samples: readonly Buffer[],
 *   words?: readonly string[],
 *   codes?: readonly string[],
 *   errors?: readonly string[],
 *   oracle?: import('./oracles.mjs').OracleName,
 *   mutate?: (random: () => number, samples: readonly Buffer[]) => Buffer,
 *   run: (bytes: Buffer) => Outcome | Promise<Outcome>,
 *   close?: () => Promise<unknown>,
 * }} Target
 *
 * @typedef {{
 *   parts: import('./parts.mjs').Parts, dir: string, inputs: number, seed: number, only?: string | undefined,
 *   onInput?: (target: string, number: number) => void,
 * }} FuzzOptions
 *
 * @typedef {{ name: string, inputs: number, accepted: number, asked: number, seconds: number }} Tally
 */

/** Beyond this no input of some kilobytes can be in the right, whatever it states. */
const MAX_ALLOCATION = 64 * 1024 * 1024;
const MAX_COMPLAINTS = 4;
const SHOWN_BYTES = 600;
/** The shares of the oracles are for so many inputs. */
const FULL_RUN = 1_000_000;

/** @param {number} seed @param {string} name @param {number} number one input's own seed, so that it can be made again alone */
function seedOf(seed, name, number) {
  return createHash('sha1').update(`${seed} ${name} ${number}`).digest().readUInt32BE(0);
}

/** @param {Target} target @param {unknown} error true for an error that the parser documents */
function isRefusal({ codes = [], errors = [] }, error) {
  if (!(error instanceof Error)) return false;
  if (error.name === 'LedgerError') return codes.includes(/** @type {{ code?: string }} */ (error).code ?? '');
  // Node's own errors are told by a code: they are what a parser let through.
  const isOwn = !(error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError);
  return isOwn && errors.includes(error.name) && !('code' in error);
}

/** One parser, and what its inputs have come to. */
export class Fuzzing {
  /** @type {string[]} */
  complaints = [];
  /** @type {{ bytes: Buffer, detail: string, origin: string }[]} */
  waiting = [];
  /** @type {Set<string>} */
  seen = new Set();
  inputs = 0;
  accepted = 0;
  asked = 0;
  memory = watchAllocations(MAX_ALLOCATION * 4);

  /** @param {Target} target @param {Pick<FuzzOptions, 'parts' | 'dir'>} place @param {number} expected how many inputs are to come */
  constructor(target, { parts, dir }, expected) {
    this.target = target;
    this.place = { dir: join(dir, 'oracle'), format: parts.format };
    this.expected = expected;
  }

  /** @param {string} origin @param {Buffer} bytes @param {string} what */
  complain(origin, bytes, what) {
    const { name } = this.target;
    const shown = bytes.subarray(0, SHOWN_BYTES);
    const more = bytes.length > SHOWN_BYTES ? ` and ${bytes.length - SHOWN_BYTES} bytes more` : '';
    this.complaints.push(`${name}: ${what}\n  ${origin}: ${JSON.stringify(shown.toString('latin1'))}${more}`);
  }

  /** Runs one input. @param {Buffer} bytes @param {string} origin what makes it again */
  async one(bytes, origin) {
    const { target, memory } = this;
    this.inputs += 1;
    memory.reset();
    try {
      const running = target.run(bytes);
      const outcome = running instanceof Promise ? await running : running;
      if (outcome !== null) this.take(origin, bytes, outcome);
    } catch (error) {
      if (!isRefusal(target, error))
        this.complain(origin, bytes, `threw ${error instanceof Error ? error.stack : String(error)}`);
    }
    if (memory.largest() > MAX_ALLOCATION) this.complain(origin, bytes, `asked for ${memory.largest()} bytes at once`);
    this.ask();
  }

  /** @param {string} origin @param {Buffer} bytes @param {NonNullable<Outcome>} outcome */
  take(origin, bytes, { again, wrong, detail }) {
    this.accepted += 1;
    if (wrong !== undefined) this.complain(origin, bytes, wrong);
    if (again !== undefined && Buffer.compare(again, bytes) !== 0)
      this.complain(
        origin,
        bytes,
        `what was read writes ${JSON.stringify(Buffer.from(again).toString('latin1').slice(0, SHOWN_BYTES))}`,
      );
    const { oracle } = this.target;
    if (oracle === undefined || this.waiting.length + this.asked >= this.limit()) return;
    if (detail === undefined) return;
    const key = createHash('sha1').update(bytes).digest('hex');
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.waiting.push({ bytes: Buffer.from(bytes), detail, origin });
  }

  limit() {
    const { oracle } = this.target;
    if (oracle === undefined) return 0;
    const { most, batch } = ORACLES[oracle];
    return Math.max(Math.min(batch, 30), Math.ceil((most * this.expected) / FULL_RUN));
  }

  /** Asks git about what was accepted. @param {boolean} [all] */
  ask(all = false) {
    const { oracle } = this.target;
    if (oracle === undefined || this.waiting.length === 0) return;
    const { batch, ask } = ORACLES[oracle];
    if (!all && this.waiting.length < batch) return;
    mkdirSync(this.place.dir, { recursive: true });
    const batched = this.waiting;
    this.waiting = [];
    this.asked += batched.length;
    for (const [i, verdict] of ask(this.place, batched).entries()) {
      const input = batched[i];
      if (verdict !== null && input !== undefined)
        this.complain(input.origin, input.bytes, `accepted here, not by its oracle: ${verdict}`);
    }
  }
}

/** @param {Target} target @param {FuzzOptions} options @param {number} inputs */
async function fuzzTarget(target, options, inputs) {
  const start = performance.now();
  const { seed } = options;
  const fuzzing = new Fuzzing(target, options, options.inputs);
  try {
    for (let number = 0; number < inputs && fuzzing.complaints.length < MAX_COMPLAINTS; number++) {
      options.onInput?.(target.name, number);
      await fuzzing.one(inputOf(target, seed, number), `input ${number} of seed ${seed}`);
    }
    fuzzing.ask(true);
  } finally {
    fuzzing.memory.restore();
    await target.close?.();
  }
  const { accepted, asked, complaints } = fuzzing;
  return {
    tally: { name: target.name, inputs, accepted, asked, seconds: (performance.now() - start) / 1000 },
    complaints,
  };
}

/** The input of a complaint, made again. @param {Target} target @param {number} seed @param {number} number */
export function inputOf(target, seed, number) {
  const random = seededRandom(seedOf(seed, target.name, number));
  return target.mutate?.(random, target.samples) ?? mutated(random, target.samples, target.words);
}

/** @param {Pick<FuzzOptions, 'parts' | 'dir'>} options @returns {Promise<Target[]>} */
export async function fuzzTargets({ parts, dir }) {
  const samples = await makeSamples(parts, dir);
  return [
    ...textTargets(parts, samples),
    ...objectTargets(parts, samples),
    ...packTargets(parts, samples),
    ...protocolTargets(parts, samples),
    ...(await signingTargets(parts, samples, dir)),
  ];
}

/**
 * Runs `inputs` inputs over all parsers (or over those whose name contains `only`).
 *
 * @param {FuzzOptions} options
 * @returns {Promise<{ complaints: string[], tallies: Tally[] }>}
 */
export async function fuzz(options) {
  const targets = await fuzzTargets(options);
  const wanted = targets.filter(({ name }) => options.only === undefined || name.includes(options.only));
  const shares = wanted.reduce((sum, { share }) => sum + share, 0);
  /** @type {{ complaints: string[], tallies: Tally[] }} */
  const result = { complaints: [], tallies: [] };
  for (const target of targets) {
    if (!wanted.includes(target)) {
      await target.close?.();
      continue;
    }
    const inputs = Math.max(1, Math.round((options.inputs * target.share) / shares));
    const { tally, complaints } = await fuzzTarget(target, options, inputs);
    result.tallies.push(tally);
    result.complaints.push(...complaints);
  }
  return result;
}
