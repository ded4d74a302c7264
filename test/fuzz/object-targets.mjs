/** Parsers of git objects: commits, tags, trees, and the notes trees among them. */

import { integer, mutated, pick } from './mutate.mjs';

/** @typedef {import('./engine.mjs').Target} Target */

/** An id of each format: in objects of the other one it is too short, or too long. */
const OIDS = ['1'.repeat(40), '1'.repeat(64)];
const HEADERS = [
  'tree ',
  'parent ',
  'author ',
  'committer ',
  'gpgsig ',
  'gpgsig-sha256 ',
  'encoding latin1\n',
  'mergetag ',
].concat(
  [
    'object ',
    'type commit\n',
    'type tree\n',
    'tag ',
    'tagger ',
    '\n ',
    '\n\n',
    ' <',
    '> ',
    ' +0000',
    ' -1400',
    ...OIDS,
  ],
  [
    '-----BEGIN SSH SIGNATURE-----\n',
    '-----END SSH SIGNATURE-----\n',
    '-----BEGIN PGP SIGNATURE-----\n',
    '0000000001 ',
  ],
);
const MODES = [
  '100644',
  '100755',
  '120000',
  '40000',
  '040000',
  '160000',
  '100664',
  '0',
  '7777777',
  '1',
  '140000',
  '100600',
];
const NAMES = [
  '.',
  '..',
  '.git',
  '.GIT',
  '.gitmodules',
  '.gitattributes',
  '.gitignore',
  '.mailmap',
  'git~1',
  'GITMOD~1',
  'a',
].concat([
  '.g\u200cit',
  'a/b',
  'a\\b',
  'é',
  'e\u0301',
  '',
  'a.',
  'a-',
  'a0',
  'gi7eba~1',
  '.git ',
  '.git:x',
  'a\n',
  'x'.repeat(300),
  'con',
]);

/** The id of what is decoded: how long it is says how long those in it are. @param {import('./parts.mjs').Parts} parts */
function oidOf({ format }) {
  return '1'.repeat(format.digits);
}

/** Malformed objects are told by this code and no other. */
const CODES = ['CORRUPT_OBJECT'];

/**
 * True for a signature that verifies. A signed object may not have a second form: nobody but the key's owner could make
 * an object, with another id, that verifies as well.
 *
 * @param {import('./parts.mjs').Parts} parts
 * @param {Uint8Array} payload
 * @param {string | null} signature
 */
function verifies({ sshsig }, payload, signature) {
  if (signature === null) return false;
  try {
    sshsig.verifySshsig(payload, signature, 'git', 'it');
    return true;
  } catch (error) {
    if (/** @type {{ code?: unknown }} */ (error).code === 'BAD_SIGNATURE') return false;
    throw error;
  }
}

/** @param {readonly Buffer[]} samples */
function knownAs(samples) {
  const known = new Set(samples.map((bytes) => bytes.toString('latin1')));
  return (/** @type {Buffer} */ bytes) => known.has(bytes.toString('latin1'));
}

/** @param {import('./parts.mjs').Parts} parts @param {readonly Buffer[]} samples @returns {Target} */
function commitTarget(parts, samples) {
  const { codec, headerRules, objectText, principal } = parts;
  const isSample = knownAs(samples);
  return {
    name: 'commit',
    share: 110,
    samples,
    words: HEADERS,
    codes: CODES,
    oracle: 'commit',
    run: (bytes) => {
      const sound = headerRules.commitFault(bytes, parts.format) === null;
      // What the scan lets pass is held against git, whether or not the ledger could have written it.
      const verdict = sound ? { detail: '' } : null;
      let commit;
      try {
        commit = codec.decodeCommit(oidOf(parts), bytes);
      } catch (error) {
        if (/** @type {{ code?: unknown }} */ (error).code !== 'CORRUPT_OBJECT') throw error;
        return verdict;
      }
      const { tree, parents, author, message, signature, payload } = commit;
      if (verifies(parts, payload, signature) && !isSample(bytes))
        return { wrong: 'a second commit with a good signature' };
      const { name, email, seconds } = author;
      const expected = { parents, principal: name, seconds, message, signed: signature !== null };
      // Nobody else is a principal whose text is looked at.
      if (!principal.isPrincipal(name) || objectText.commitObjection(commit, expected) !== null) return verdict;
      const again = codec.encodeCommit({ tree, parents, identity: { name, email, seconds }, message }, signature);
      return { ...verdict, again };
    },
  };
}

/** @param {import('./parts.mjs').Parts} parts @param {readonly Buffer[]} samples @returns {Target} */
function tagTarget(parts, samples) {
  const { codec, headerRules, objectText, principal } = parts;
  const isSample = knownAs(samples);
  return {
    name: 'tag',
    share: 90,
    samples,
    words: HEADERS,
    codes: CODES,
    oracle: 'tag',
    run: (bytes) => {
      const verdict = headerRules.tagFault(bytes, parts.format) === null ? { detail: '' } : null;
      let tag;
      try {
        tag = codec.decodeTag(oidOf(parts), bytes);
      } catch (error) {
        if (/** @type {{ code?: unknown }} */ (error).code !== 'CORRUPT_OBJECT') throw error;
        return verdict;
      }
      const { object, objectType, name, tagger, message, signature, payload } = tag;
      if (verifies(parts, payload, signature) && !isSample(bytes))
        return { wrong: 'a second tag with a good signature' };
      if (!principal.isPrincipal(tagger.name) || objectText.tagObjection(tag, name, tagger.name) !== null)
        return verdict;
      const identity = { name: tagger.name, email: tagger.email, seconds: tagger.seconds };
      const text = codec.encodeTagPayload({ object, objectType, name, identity, message });
      return { ...verdict, again: Buffer.concat([text, Buffer.from(signature ?? '')]) };
    },
  };
}

/** @param {Buffer} bytes @param {number} oidBytes @returns {{ mode: string, name: Buffer, oid: Buffer }[]} */
function linesOfTree(bytes, oidBytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const zero = bytes.indexOf(0, space);
    if (space === -1 || zero === -1) break;
    lines.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.subarray(space + 1, zero),
      oid: bytes.subarray(zero + 1, zero + 1 + oidBytes),
    });
    at = zero + 1 + oidBytes;
  }
  return lines;
}

/** A tree whose lines are changed as lines. @param {() => number} random @param {readonly Buffer[]} samples @param {number} oidBytes */
function mutatedTree(random, samples, oidBytes) {
  const lines = linesOfTree(pick(random, samples), oidBytes).slice(0, 12);
  do {
    const at = integer(random, lines.length + 1);
    const line = lines[at] ?? { mode: '100644', name: Buffer.from('z'), oid: Buffer.alloc(oidBytes, 7) };
    const kind = integer(random, 7);
    if (kind === 0) lines[at] = { ...line, mode: pick(random, MODES) };
    else if (kind === 1) lines[at] = { ...line, name: Buffer.from(pick(random, NAMES)) };
    else if (kind === 2) lines.splice(at, 0, { ...line, mode: pick(random, MODES) });
    else if (kind === 3) lines.splice(at, 1);
    else if (kind === 4)
      lines[at] = { ...line, oid: Buffer.alloc(random() < 0.5 ? oidBytes : integer(random, oidBytes + 1)) };
    else if (kind === 5)
      lines[at] = {
        ...line,
        name: Buffer.concat([line.name, Buffer.from(pick(random, ['.', '-', '0', '/', '~1', '\u200d']))]),
      };
    else lines.sort((a, b) => Buffer.compare(a.name, b.name));
  } while (random() < 0.5);
  return Buffer.concat(lines.flatMap(({ mode, name, oid }) => [Buffer.from(`${mode} `), name, Buffer.from('\0'), oid]));
}

/** @param {import('./parts.mjs').Parts} parts @param {Buffer} bytes */
function decoded(parts, bytes) {
  try {
    return parts.codec.decodeTree(oidOf(parts), bytes);
  } catch (error) {
    if (/** @type {{ code?: unknown }} */ (error).code === 'CORRUPT_OBJECT') return null;
    throw error;
  }
}

/** @param {import('./parts.mjs').Parts} parts @param {readonly Buffer[]} samples @returns {Target} */
function treeTarget(parts, samples) {
  const { codec, treeRules, format } = parts;
  return {
    name: 'tree',
    share: 120,
    samples,
    codes: CODES,
    oracle: 'tree',
    mutate: (random, good) =>
      random() < 0.6 ? mutatedTree(random, good, format.bytes) : mutated(random, good, [...NAMES, ...MODES]),
    run: (bytes) => {
      let lines = 0;
      const faults = treeRules.checkTree(bytes, format, () => {
        lines += 1;
      });
      if (faults.length > 0) {
        decoded(parts, bytes);
        return null;
      }
      const entries = decoded(parts, bytes);
      if (entries === null) return { wrong: 'the scan passes it, and it cannot be decoded' };
      if (entries.length !== lines) return { wrong: `${entries.length} entries are decoded, ${lines} scanned` };
      return { again: codec.encodeTree(entries), detail: '' };
    },
  };
}

const NOTE_LEVELS = 6;
const NOTE_MODES = ['100644', '100644', '100755', '120000'];

/** @typedef {{ mode: string, name: string, oid: string }} Line */

/** What stands for the id of one of the two trees of a level, as long as an id. @param {number} level @param {number} twin @param {number} digits */
function treeOf(level, twin, digits) {
  return `tree ${level} ${twin}`.padEnd(digits, '.');
}

/** One line of a notes tree: a folder of the next level, or a note with digits too many, too few, or right. @param {() => number} next @param {number} level @param {readonly string[]} targets @returns {Line} */
function noteLine(next, level, targets) {
  const target = targets[next() % 3] ?? '';
  const digits = level * 2;
  if (level < NOTE_LEVELS && next() % 2 === 0)
    return { mode: '40000', name: target.slice(digits, digits + 2), oid: treeOf(level + 1, next() % 2, target.length) };
  const name = target.slice(Math.max(0, digits + (next() % 3) - 1));
  return { mode: NOTE_MODES[next() % 4] ?? '', name, oid: `blob ${next() % 3}` };
}

/** Trees that the bytes describe: each names trees of the next level only, as hashes make sure. @param {Buffer} bytes @param {readonly string[]} targets */
function notesTrees(bytes, targets) {
  let at = 0;
  const next = () => bytes[at++ % Math.max(1, bytes.length)] ?? 0;
  /** @type {Map<string, Line[]>} */
  const trees = new Map();
  for (let level = NOTE_LEVELS; level >= 0; level--) {
    for (let twin = 0; twin < 2; twin++) {
      const lines = Array.from({ length: 1 + (next() % 4) }, () => noteLine(next, level, targets));
      trees.set(treeOf(level, twin, targets[0]?.length ?? 0), [
        ...new Map(lines.map((line) => [line.name, line])).values(),
      ]);
    }
  }
  return trees;
}

/**
 * Notes trees at any depth, damaged ones among them: the two readers must end, and agree.
 *
 * @param {import('./parts.mjs').Parts} parts
 * @returns {Target}
 */
function notesTarget({ notes, notesChanges, format }) {
  const targets = ['00', '0a', 'ff'].map((digits) => digits.padEnd(format.digits, 'ab'));
  const root = treeOf(0, 0, format.digits);
  return {
    name: 'notes tree',
    share: 25,
    samples: [Buffer.alloc(64, 7), Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff))],
    run: async (bytes) => {
      const trees = notesTrees(bytes, targets);
      const objects = {
        readTree: (/** @type {string} */ oid) => trees.get(oid) ?? [],
        readBlob: (/** @type {string} */ oid) => oid,
      };
      const listed = new Set(notes.listNotes(objects, root));
      for (const target of targets) {
        const isRead = notes.readNote(objects, root, target) !== null;
        if (isRead !== listed.has(target))
          return { wrong: `a note of ${target} is ${isRead ? 'read and not listed' : 'listed and not read'}` };
      }
      const reader = { ...objects, readTree: async (/** @type {string} */ oid) => objects.readTree(oid) };
      const same = await notesChanges.notesChanges(reader, root, root);
      if (same.notes.size + same.others.length > 0) return { wrong: 'a tree differs from itself' };
      await notesChanges.notesChanges(reader, root, treeOf(0, 1, format.digits));
      return {};
    },
  };
}

/** @param {import('./parts.mjs').Parts} parts @param {import('./samples.mjs').Samples} samples @returns {Target[]} */
export function objectTargets(parts, samples) {
  return [
    commitTarget(parts, samples.commits),
    tagTarget(parts, samples.tags),
    treeTarget(parts, samples.trees),
    notesTarget(parts),
  ];
}
