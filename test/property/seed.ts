/**
 * How property tests run: bounded, and repeatable with `PROPERTY_SEED=n`; a failure prints the seed that it had.
 * `PROPERTY_TIMES=20` runs each twenty times as long.
 */

const given = process.env['PROPERTY_SEED'];
const times = Number(process.env['PROPERTY_TIMES'] ?? 1);

/** Parameters of `fc.assert` or `fc.sample`. */
export function runs(numRuns: number): { numRuns: number; seed?: number } {
  return given === undefined ? { numRuns: numRuns * times } : { numRuns: numRuns * times, seed: Number(given) };
}
