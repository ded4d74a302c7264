/** What a client makes of a checkpoint: each reason to refuse it, and the edges of what is accepted. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { WitnessFault } from '../../src/errors.js';
import { checkWitnesses, type WitnessDemand, type WitnessQuestion } from '../../src/witness/format/check-witnesses.js';
import { cosign } from '../../src/witness/format/cosignature.js';
import { originOf } from '../../src/witness/format/log-checkpoint.js';
import { formatNote, parseNote } from '../../src/witness/format/note.js';
import { formatNoteKey, generateNoteKey, type NoteKey, parseNoteSigner } from '../../src/witness/format/note-key.js';
import { aLog, leavesOf } from './a-log.js';

const NOW = 1_800_000_000;
const HOUR = 3600;
const leaves = leavesOf(7);
const log = aLog(originOf(leaves[0]?.toString('hex') ?? ''));
const signers = ['w1', 'w2', 'w3'].map((name) =>
  parseNoteSigner(generateNoteKey(name, 'witness').privateKey, 'witness'),
);

/** These 32 bytes as the key of a witness of this name. */
function namedKey(name: string, publicKey: Uint8Array): NoteKey {
  const id = createHash('sha256').update(`${name}\n\u0004`).update(publicKey).digest().readUInt32BE(0);
  return { name, use: 'witness', id, publicKey, verify: () => false };
}

/** The checkpoint of the first `size` entries, cosigned by each witness at its times. */
function cosigned(times: readonly (readonly number[])[], size = 7, by = log, all = leaves): string {
  const note = parseNote(by.note(all.slice(0, size)));
  if (note === null) throw new Error('it is no note');
  const cosignatures = times.flatMap((of, i) =>
    of.map((time) => cosign(note.text, time, signers[i] ?? signers[0] ?? expect.fail())),
  );
  return formatNote({ text: note.text, signatures: [...note.signatures, ...cosignatures] });
}

const fresh = cosigned([[NOW], [NOW - 60], []]);

const demand: WitnessDemand = {
  logKey: log.publicKey,
  witnesses: signers.map(({ key }) => formatNoteKey(key)),
  maxAgeMs: HOUR * 1000,
};

function check(question: Partial<WitnessQuestion> = {}, more: Partial<WitnessDemand> = {}) {
  return checkWitnesses({ checkpoint: fresh, leaves, now: NOW, ...question }, { ...demand, ...more });
}

function fault(question: Partial<WitnessQuestion>, more: Partial<WitnessDemand> = {}): WitnessFault {
  try {
    check(question, more);
  } catch (error) {
    expect(error).toMatchObject({ code: 'NOT_WITNESSED', family: 'refused', hint: expect.stringMatching(/./) });
    return (error as { data: { fault: WitnessFault } }).data.fault;
  }
  return expect.fail('it was accepted');
}

test('most of the witnesses are enough, and are told newest first', () => {
  expect(check()).toEqual({
    size: 7,
    unwitnessed: 0,
    witnesses: [
      { name: 'w1', time: NOW },
      { name: 'w2', time: NOW - 60 },
    ],
    checkpoint: parseNote(fresh)?.text,
  });
});

describe('a checkpoint is refused', () => {
  const other = aLog('git-lineage/other');
  const impostor = aLog(log.origin);
  const story = [...leaves.slice(0, 3), ...leavesOf(4, 'fork')];
  const cases: [string, WitnessFault, Partial<WitnessQuestion>, Partial<WitnessDemand>?][] = [
    ['that is not there', 'NO_CHECKPOINT', { checkpoint: null }],
    ['that is none', 'NOT_A_CHECKPOINT', { checkpoint: 'hello\n' }],
    ['that has an extension line', 'NOT_A_CHECKPOINT', { checkpoint: fresh.replace('\n\n', '\nextra\n\n') }],
    ['of another ledger', 'OTHER_LOG', { checkpoint: cosigned([[NOW], [NOW]], 7, other) }],
    ['for which the key of another log is given', 'OTHER_LOG', {}, { logKey: other.publicKey }],
    ['that another key signed', 'LOG_SIGNATURE', { checkpoint: cosigned([[NOW], [NOW]], 7, impostor) }],
    ['whose size was changed', 'LOG_SIGNATURE', { checkpoint: fresh.replace('\n7\n', '\n6\n') }],
    ['of fewer entries than one before', 'REWOUND', {}, { pinnedSize: 8 }],
    ['of more entries than are shown', 'WITHHELD', { leaves: leaves.slice(0, 6) }],
    ['of other entries than are shown', 'FORKED', { leaves: story }],
    ['that one witness cosigned alone', 'TOO_FEW', { checkpoint: cosigned([[NOW]]) }],
    ['that one witness cosigned twice', 'TOO_FEW', { checkpoint: cosigned([[NOW, NOW - 1]]) }],
    ['whose cosignatures are too old', 'TOO_FEW', { checkpoint: cosigned([[NOW], [NOW - HOUR - 1]]) }],
    ['whose cosignatures are of the future', 'TOO_FEW', { checkpoint: cosigned([[NOW], [NOW + 301]]) }],
    [
      'before entries that are to be witnessed',
      'UNWITNESSED',
      { leaves: [...leaves, ...leavesOf(1, 'new')] },
      { refuseUnwitnessed: true },
    ],
  ];
  test.each(cases)('%s: %s', (_, expected, question, more = {}) => {
    expect(fault(question, more)).toBe(expected);
  });

  test('with a cosignature that its witness did not make, whoever else cosigned it', () => {
    const [first] = signers;
    const note = parseNote(cosigned([[NOW], [NOW], [NOW]]));
    if (note === null || first === undefined) return expect.fail();
    const wrong = { ...cosign('something else\n', NOW, first) };
    expect(fault({ checkpoint: formatNote({ ...note, signatures: [...note.signatures, wrong] }) })).toBe('COSIGNATURE');
  });

  test('with cosignatures of nobody that was named', () => {
    const strangers = [1, 2].map(() => generateNoteKey('w1', 'witness').publicKey);
    expect(fault({}, { witnesses: strangers })).toBe('TOO_FEW');
  });
});

describe('a checkpoint is accepted', () => {
  test('to the second on both ends of its time', () => {
    expect(check({ checkpoint: cosigned([[NOW - HOUR], [NOW + 300]]) }).witnesses).toHaveLength(2);
    expect(fault({ checkpoint: cosigned([[NOW - HOUR], [NOW + 300]]) }, { toleranceMs: 0 })).toBe('TOO_FEW');
  });

  test('where a witness cosigned it again, by the later time', () => {
    const again = cosigned([[NOW - 5 * HOUR, NOW - 5], [NOW - 10]]);
    expect(check({ checkpoint: again }).witnesses.map(({ time }) => time)).toEqual([NOW - 5, NOW - 10]);
  });

  test('of the same size as the one before', () => {
    expect(check({}, { pinnedSize: 7 }).size).toBe(7);
  });

  test('with entries after it, which are counted', () => {
    expect(check({ leaves: [...leaves, ...leavesOf(2, 'new')] })).toMatchObject({ size: 7, unwitnessed: 2 });
  });

  test('by as many as are required', () => {
    expect(fault({}, { required: 3 })).toBe('TOO_FEW');
    expect(check({ checkpoint: cosigned([[NOW], [NOW], [NOW]]) }, { required: 3 }).witnesses).toHaveLength(3);
  });
});

describe('a demand is refused', () => {
  test.each<[string, Partial<WitnessDemand>, string]>([
    ['without a witness', { witnesses: [] }, 'witnesses'],
    [
      'for half of the witnesses: two forks could have half each',
      { witnesses: demand.witnesses.slice(0, 2), required: 1 },
      'required',
    ],
    ['for more witnesses than there are', { required: 4 }, 'required'],
    ['for no witness', { required: 0 }, 'required'],
    ['without an age', { maxAgeMs: undefined as never }, 'maxAgeMs'],
    ['with an age that is none', { maxAgeMs: 0 }, 'maxAgeMs'],
    ['with a tolerance that is none', { toleranceMs: -1 }, 'toleranceMs'],
    [
      'with a witness that is there twice',
      { witnesses: [...demand.witnesses, ...demand.witnesses.slice(0, 1)] },
      'witnesses',
    ],
  ])('%s', (_, more, path) => {
    expect(() => check({}, more)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', data: { issues: [expect.objectContaining({ path })] } }),
    );
  });

  test('with one key under two names: it is one witness', () => {
    const [first = ''] = demand.witnesses;
    const key = Buffer.from(first.split('+').slice(2).join('+'), 'base64').subarray(1);
    const alias = formatNoteKey(namedKey('another.name', key));
    expect(() => check({}, { witnesses: [alias, ...demand.witnesses] })).toThrow(/each key once/);
  });

  test('with a key that is none, or of the other kind', () => {
    expect(() => check({}, { logKey: 'x' })).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
    expect(() => check({}, { logKey: demand.witnesses[0] ?? '' })).toThrow(/not the key of a log/);
    expect(() => check({}, { witnesses: [log.publicKey] })).toThrow(/not the key of a witness/);
  });
});
