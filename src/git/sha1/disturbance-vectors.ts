/**
 * The disturbance vectors that attacks on SHA-1 can be built on at a cost below that of a birthday search (Manuel, "Classification and
 * generation of disturbance vectors for collision attacks against SHA-1", 2011; the 32 of Stevens and Shumow, 2017).
 */

const WORDS = 80;

/** From this K on the state has no difference before step 65, below it before step 58. */
const LATE_FROM = 50;

interface DisturbanceVector {
  /** `I48.0` is I(48,0). */
  readonly name: string;
  /** The difference that it makes in each of the 80 words of an expanded block. */
  readonly differences: Int32Array;
  /** The step before which both blocks of an attack have the same state. */
  readonly step: 58 | 65;
}

const NAMES =
  'I43.0 I44.0 I45.0 I46.0 I46.2 I47.0 I47.2 I48.0 I48.2 I49.0 I49.2 I50.0 I50.2 I51.0 I51.2 I52.0 ' +
  'II45.0 II46.0 II46.2 II47.0 II48.0 II49.0 II49.2 II50.0 II50.2 II51.0 II51.2 II52.0 II53.0 II54.0 II55.0 II56.0';

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The vector itself: 16 words from K on, and all others as the expansion of a block makes them, forwards and backwards. */
function disturbances(type: string, k: number, b: number): (i: number) => number {
  // What comes before the first word disturbs the steps of the block, too.
  const first = -5;
  const words = new Int32Array(WORDS - first);
  const at = (i: number): number => words[i - first] ?? 0;
  const set = (i: number, word: number): void => {
    words[i - first] = word;
  };
  if (type === 'II') for (const i of [1, 3]) set(k + i, rotated(1, (b + 31) % 32));
  set(k + 15, rotated(1, b));
  for (let i = k + 16; i < WORDS; i++) set(i, rotated(at(i - 3) ^ at(i - 8) ^ at(i - 14) ^ at(i - 16), 1));
  for (let i = k - 1; i >= first; i--) set(i, rotated(at(i + 16), 31) ^ at(i + 13) ^ at(i + 8) ^ at(i + 2));
  return at;
}

function vector(name: string): DisturbanceVector {
  const [, type = '', k = '', b = ''] = /^(I+)(\d+)\.(\d)$/.exec(name) ?? [];
  const at = disturbances(type, Number(k), Number(b));
  // Each disturbance is taken back within five steps: a local collision (Chabaud and Joux, 1998).
  const differences = Int32Array.from({ length: WORDS }, (_, i) => {
    const takenBack = rotated(at(i - 3), 30) ^ rotated(at(i - 4), 30) ^ rotated(at(i - 5), 30);
    return at(i) ^ rotated(at(i - 1), 5) ^ at(i - 2) ^ takenBack;
  });
  return { name, differences, step: Number(k) < LATE_FROM ? 58 : 65 };
}

export const VECTORS: readonly DisturbanceVector[] = NAMES.split(' ').map(vector);
