/** Good bytes made bad, or differently good: what a fuzzer changes, every choice from one seeded stream of numbers. */

/** @typedef {() => number} Random */

const NUMBERS = ['0', '00', '1', '-1', '+1', '01', '2147483648', '4294967295', '4294967296', '9007199254740991'].concat(
  ['9007199254740992', '18446744073709551616', '1e3', '0x10', '1.5', '999999999999999', '9'.repeat(30), 'NaN', ''],
);

/** What reads as something else, or as nothing: to a terminal, a file system, or another parser. */
const ODDITIES = [
  '\0',
  '\r',
  '\r\n',
  '\n\n',
  '\t',
  '\v',
  '\f',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\u202e',
  '\u200d',
].concat([
  '\u0301',
  'é',
  'e\u0301',
  'K',
  'ı',
  '🚀',
  '\ud800',
  '\x7f',
  '\x1b[2J',
  '"',
  '\\',
  '\\n',
  "'",
  '<',
  '>',
  '^{}',
  '@{',
]);

const WORDS = [
  ' ',
  ':',
  ': ',
  '-',
  '--',
  '/',
  '//',
  '..',
  '.lock',
  '~',
  '*',
  '?',
  '[',
  '#',
  ';',
  '=',
  '{',
  '}',
  ',',
  '\n',
];

const EXTREMES = [
  0, 1, 2, 3, 4, 19, 20, 21, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

const NESTING = ['[', '{"a":', '(', '\n ', 'a/', '- ', '{}', '\x80'];

/** @param {Random} random @param {number} below */
export function integer(random, below) {
  return Math.floor(random() * below);
}

/** @template T @param {Random} random @param {readonly T[]} list @returns {T} */
export function pick(random, list) {
  return /** @type {T} */ (list[integer(random, list.length)]);
}

/** @param {Buffer} bytes @param {number} start @param {number} end @param {Uint8Array} by */
function replaced(bytes, start, end, by) {
  return Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);
}

/** A range, short ones likelier. @param {Random} random @param {Buffer} bytes @returns {[number, number]} */
function range(random, bytes) {
  const start = integer(random, bytes.length + 1);
  const length = random() < 0.8 ? integer(random, 9) : integer(random, bytes.length + 1);
  return [start, Math.min(bytes.length, start + length)];
}

/** @param {Buffer} bytes @returns {Buffer[]} with their line feeds */
function linesOf(bytes) {
  /** @type {Buffer[]} */
  const lines = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const next = end === -1 ? bytes.length : end + 1;
    lines.push(bytes.subarray(at, next));
    at = next;
  }
  return lines;
}

/** @param {Random} random @param {Buffer} bytes @param {(lines: Buffer[], at: number) => void} change */
function withLines(random, bytes, change) {
  const lines = linesOf(bytes);
  if (lines.length === 0) return bytes;
  change(lines, integer(random, lines.length));
  return Buffer.concat(lines);
}

/** One run of characters of a kind, replaced. @param {Random} random @param {Buffer} bytes @param {RegExp} run @param {(found: string) => string} by */
function withRun(random, bytes, run, by) {
  const text = bytes.toString('latin1');
  const found = [...text.matchAll(run)];
  const match = found[integer(random, found.length)];
  if (match === undefined) return bytes;
  return replaced(bytes, match.index, match.index + match[0].length, Buffer.from(by(match[0]), 'latin1'));
}

/**
 * @typedef {(random: Random, bytes: Buffer, samples: readonly Buffer[], words: readonly string[]) => Buffer} Mutation
 */

/** @type {readonly (readonly [weight: number, mutation: Mutation])[]} */
const MUTATIONS = [
  [
    6,
    (random, bytes) => {
      const copy = Buffer.from(bytes);
      const at = integer(random, bytes.length);
      if (bytes.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << integer(random, 8));
      return copy;
    },
  ],
  [
    4,
    (random, bytes) => {
      const copy = Buffer.from(bytes);
      if (bytes.length > 0) copy[integer(random, bytes.length)] = pick(random, EXTREMES) & 0xff;
      return copy;
    },
  ],
  [3, (random, bytes) => replaced(bytes, ...range(random, bytes), Buffer.alloc(0))],
  [
    3,
    (random, bytes) => {
      const [start, end] = range(random, bytes);
      return replaced(bytes, end, end, bytes.subarray(start, end));
    },
  ],
  [
    3,
    (random, bytes) => {
      const [start, end] = range(random, bytes);
      const at = integer(random, bytes.length + 1);
      return replaced(bytes, at, at, bytes.subarray(start, end));
    },
  ],
  [2, (random, bytes) => bytes.subarray(0, integer(random, bytes.length + 1))],
  [1, (random, bytes) => bytes.subarray(integer(random, bytes.length + 1))],
  [
    4,
    (random, bytes, samples) => {
      const other = pick(random, samples);
      const [start, end] = range(random, other);
      return replaced(bytes, ...range(random, bytes), other.subarray(start, end));
    },
  ],
  [
    2,
    (random, bytes, samples) => {
      const other = pick(random, samples);
      return Buffer.concat([
        bytes.subarray(0, integer(random, bytes.length + 1)),
        other.subarray(integer(random, other.length + 1)),
      ]);
    },
  ],
  [
    4,
    (random, bytes) => {
      if (bytes.length < 4) return bytes;
      const copy = Buffer.from(bytes);
      copy.writeUInt32BE(pick(random, EXTREMES), integer(random, bytes.length - 3));
      return copy;
    },
  ],
  [3, (random, bytes) => withLines(random, bytes, (lines, at) => lines.splice(at, 1))],
  [3, (random, bytes) => withLines(random, bytes, (lines, at) => lines.splice(at, 0, lines[at] ?? Buffer.alloc(0)))],
  [
    3,
    (random, bytes) =>
      withLines(random, bytes, (lines, at) => {
        const [line = Buffer.alloc(0)] = lines.splice(at, 1);
        lines.splice(integer(random, lines.length + 1), 0, line);
      }),
  ],
  [
    4,
    (random, bytes, samples) =>
      withLines(random, bytes, (lines, at) => {
        const others = linesOf(pick(random, samples));
        if (others.length > 0) lines.splice(at, integer(random, 2), pick(random, others));
      }),
  ],
  [5, (random, bytes) => withRun(random, bytes, /[0-9]+/g, () => pick(random, NUMBERS))],
  [3, (random, bytes) => withRun(random, bytes, /[0-9]+/g, (n) => String(Number(n) + (random() < 0.5 ? 1 : -1)))],
  [
    2,
    (random, bytes) =>
      withRun(random, bytes, /[A-Za-z]+/g, (word) =>
        word === word.toLowerCase() ? word.toUpperCase() : word.toLowerCase(),
      ),
  ],
  [
    4,
    (random, bytes) => {
      const at = integer(random, bytes.length + 1);
      return replaced(bytes, at, at + integer(random, 2), Buffer.from(pick(random, ODDITIES)));
    },
  ],
  [
    5,
    (random, bytes, _samples, words) => {
      const word = pick(random, words.length > 0 && random() < 0.7 ? words : WORDS);
      return replaced(bytes, ...range(random, bytes), Buffer.from(word, 'latin1'));
    },
  ],
  [
    0.3,
    (random, bytes) => {
      const at = integer(random, bytes.length + 1);
      const deep = pick(random, NESTING).repeat(1 << integer(random, 14));
      return replaced(bytes, at, at, Buffer.from(deep, 'latin1'));
    },
  ],
];

const TOTAL = MUTATIONS.reduce((sum, [weight]) => sum + weight, 0);

/** @param {Random} random @returns {Mutation} */
function chosen(random) {
  let left = random() * TOTAL;
  for (const [weight, mutation] of MUTATIONS) {
    left -= weight;
    if (left < 0) return mutation;
  }
  return (_random, bytes) => bytes;
}

/**
 * A sample with one to a few changes, mostly one: deep inside of what a parser takes for good.
 *
 * @param {Random} random
 * @param {readonly Buffer[]} samples
 * @param {readonly string[]} [words] what means something to the parser
 */
export function mutated(random, samples, words = []) {
  let bytes = pick(random, samples);
  do bytes = chosen(random)(random, bytes, samples, words);
  while (random() < 0.35);
  return bytes;
}
