/** Random numbers that a seed repeats. */

/**
 * @param {number} seed
 * @returns {() => number} from 0 up to 1
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The seed of this run: from the environment, or a new one. */
export function chosenSeed() {
  const given = Number(process.env['GIT_LINEAGE_SEED']);
  return Number.isSafeInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 31) + 1;
}
