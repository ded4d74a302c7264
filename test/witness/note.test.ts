/** Signed notes, checkpoints and cosignatures as C2SP defines them; the vectors are those of Go's note package. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cosign, cosignedAt } from '../../src/witness/format/cosignature.js';
import { formatCheckpoint, originOf, parseCheckpoint } from '../../src/witness/format/log-checkpoint.js';
import {
  formatNote,
  MAX_NOTE_BYTES,
  noteText,
  parseNote,
  parseSignatures,
  signedBy,
  signText,
} from '../../src/witness/format/note.js';
import {
  formatNoteKey,
  generateNoteKey,
  isKeyName,
  parseNoteKey,
  parseNoteSigner,
} from '../../src/witness/format/note-key.js';
import { runs } from '../property/seed.js';

const PRIVATE = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const PUBLIC = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

/** The example of C2SP tlog-cosignature. */
const CHECKPOINT = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
const COSIGNED = `${CHECKPOINT}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

const read = (text: string) => {
  const note = parseNote(text);
  if (note === null) throw new Error('it is no note');
  return note;
};

describe('a key', () => {
  test('signs and verifies as in Go', () => {
    const signer = parseNoteSigner(PRIVATE, 'log');
    expect(formatNoteKey(signer.key)).toBe(PUBLIC);
    const note = formatNote({ text: TEXT, signatures: [signText(TEXT, signer)] });
    expect(note).toBe(`${TEXT}\n${SIGNATURE}`);
    expect(signedBy(read(note), parseNoteKey(PUBLIC, 'log'))).toBe('signed');
  });

  test.each(['log', 'witness'] as const)('of a %s is read as it was written', (use) => {
    const { privateKey, publicKey } = generateNoteKey('example.org/w1', use);
    expect(formatNoteKey(parseNoteKey(publicKey, use))).toBe(publicKey);
    expect(formatNoteKey(parseNoteSigner(privateKey, use).key)).toBe(publicKey);
  });

  test('of a log is no key of a witness: the two sign different things', () => {
    expect(() => parseNoteKey(PUBLIC, 'witness')).toThrow(/not the key of a witness \(type 4\): its type is 1/);
    const { publicKey } = generateNoteKey('w1', 'witness');
    expect(() => parseNoteKey(publicKey, 'log')).toThrow(/not the key of a log/);
  });

  test.each([
    ['', /not written as one/],
    ['PeterNeumann', /not written as one/],
    [PUBLIC.replace('PeterNeumann', 'Peter Neumann'), /not written as one/],
    [PUBLIC.replace('PeterNeumann', 'PeterNewmann'), /its hash is c74f20a3; that of its name and key is/],
    [`${PUBLIC}AA==`, /has 33 bytes, not 32/],
    [`${PUBLIC}A`, /not written as one/],
    ['PeterNeumann+c74f20a3+ARpc2Q==', /has 3 bytes, not 32/],
    [PRIVATE, /private key/],
  ])('%j is refused, and the message says why', (text, message) => {
    expect(() => parseNoteKey(text, 'log')).toThrow(message);
  });

  test('that is private is never repeated in an error', () => {
    for (const text of [
      PRIVATE.slice(0, -4),
      PRIVATE.replace('c74f20a3', 'c74f20a4'),
      PRIVATE.replace('AYEK', 'BYEK'),
    ]) {
      const thrown = (() => {
        try {
          return parseNoteSigner(text, 'log');
        } catch (error) {
          return String(error);
        }
      })();
      expect(thrown).toContain('no key of a signed note');
      expect(thrown).not.toContain('FALVFGyNhPJEM');
    }
  });

  test.each(['', 'a b', 'a+b', 'a\u00a0b', 'a\nb', 'a\u0085b', 'x'.repeat(257), '\ud800'])(
    'may not be called %j',
    (name) => {
      expect(isKeyName(name)).toBe(false);
      expect(() => generateNoteKey(name, 'log')).toThrow();
    },
  );
});

describe('a note', () => {
  test('may have empty lines: the last one ends the text', () => {
    const text = 'one\n\ntwo\n';
    const signatures = [signText(text, parseNoteSigner(PRIVATE, 'log'))];
    expect(read(formatNote({ text, signatures })).text).toBe(text);
  });

  test.each([
    ['has no signature', `${TEXT}\n`],
    ['has no empty line', `${TEXT}${SIGNATURE}`],
    ['does not end with a line feed', `${TEXT}\n${SIGNATURE.slice(0, -1)}`],
    ['has a line that is no signature', `${TEXT}\n${SIGNATURE}hello\n`],
    ['has a hyphen for a dash', `${TEXT}\n${SIGNATURE.replace('—', '-')}`],
    ['has base64 that can be written otherwise', `${TEXT}\n${SIGNATURE.replace('AM=', 'AN=')}`],
    ['has a control character', `a\tb\n\n${SIGNATURE}`],
    ['has a carriage return', `a\r\n\n${SIGNATURE}`],
    ['has half a character', `a\ud800\n\n${SIGNATURE}`],
    ['has more signatures than anybody reads', `${TEXT}\n${SIGNATURE.repeat(101)}`],
    ['is larger than a checkpoint is', `${'a'.repeat(MAX_NOTE_BYTES)}\n\n${SIGNATURE}`],
  ])('that %s is none', (_, text) => {
    expect(parseNote(text)).toBeNull();
  });

  test('is refused as a whole where one signature of a known key is wrong', () => {
    const other = 'If you think otherwise\n';
    const key = parseNoteKey(PUBLIC, 'log');
    expect(signedBy(read(`${other}\n${SIGNATURE}`), key)).toBe('wrong');
    const right = signText(other, parseNoteSigner(PRIVATE, 'log'));
    expect(signedBy(read(`${formatNote({ text: other, signatures: [right] })}${SIGNATURE}`), key)).toBe('wrong');
  });

  test('says nothing of keys that nobody knows', () => {
    const { publicKey } = generateNoteKey('PeterNeumann', 'log');
    expect(signedBy(read(`${TEXT}\n${SIGNATURE}`), parseNoteKey(publicKey, 'log'))).toBe('absent');
  });

  test('is UTF-8', () => {
    expect(noteText(Buffer.from('— ok\n'))).toBe('— ok\n');
    expect(noteText(Buffer.of(0xff))).toBeNull();
  });

  test('is read as it was written', () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter(isKeyName);
    const signature = fc.record({
      name,
      id: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
    });
    const text = fc.string({ unit: 'grapheme' }).filter((t) => !/[\u0000-\u001f]/.test(t) && t.isWellFormed());
    fc.assert(
      fc.property(text, fc.array(signature, { minLength: 1, maxLength: 5 }), (line, signatures) => {
        const note = { text: `${line}\n`, signatures };
        expect(parseNote(formatNote(note))).toEqual(note);
      }),
      runs(300),
    );
  });
});

describe('a checkpoint', () => {
  test('is read as it was written, the published example too', () => {
    const checkpoint = parseCheckpoint(read(COSIGNED).text);
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163 });
    expect(checkpoint && formatCheckpoint(checkpoint)).toBe(CHECKPOINT);
  });

  test('of a ledger is named after its first entry', () => {
    expect(originOf('ab')).toBe('git-lineage/ab');
  });

  test.each([
    ['has an extension line', `${CHECKPOINT}extra\n`],
    ['has an empty line', `${CHECKPOINT}\n`],
    ['has no origin', CHECKPOINT.replace('example.com/behind-the-sofa', '')],
    ['has a size with a zero before it', CHECKPOINT.replace('2085', '02085')],
    ['has a size with a sign', CHECKPOINT.replace('2085', '+2085')],
    ['has a size that no number holds', CHECKPOINT.replace('20852163', '9007199254740993')],
    ['has a root of another length', CHECKPOINT.replace('CsUYapGG', 'CsUY')],
    ['has a root that can be written otherwise', CHECKPOINT.replace('q2I=', 'q2J=')],
    ['does not end with a line feed', CHECKPOINT.slice(0, -1)],
  ])('that %s is none', (_, text) => {
    expect(parseCheckpoint(text)).toBeNull();
  });
});

describe('a cosignature', () => {
  const { privateKey, publicKey } = generateNoteKey('witness.example.com/w1', 'witness');
  const signer = parseNoteSigner(privateKey, 'witness');
  const key = parseNoteKey(publicKey, 'witness');

  test('says when', () => {
    expect(cosignedAt(CHECKPOINT, cosign(CHECKPOINT, 1679315147, signer), key)).toBe(1679315147);
  });

  test('has its time where the published example has it', () => {
    const [, published] = read(COSIGNED).signatures;
    expect(Buffer.from(published?.bytes ?? []).readBigUInt64BE(0)).toBe(1679315147n);
    expect(published?.bytes.length).toBe(cosign(CHECKPOINT, 1679315147, signer).bytes.length);
  });

  test('holds for its own text, time and key alone', () => {
    const signature = cosign(CHECKPOINT, 1679315147, signer);
    const later = Buffer.from(signature.bytes);
    later.writeBigUInt64BE(1679315148n);
    const beyond = Buffer.from(signature.bytes);
    beyond.writeBigUInt64BE(2n ** 63n);
    const other = parseNoteKey(generateNoteKey('witness.example.com/w1', 'witness').publicKey, 'witness');
    expect(cosignedAt(`${CHECKPOINT}extra\n`, signature, key)).toBeNull();
    expect(cosignedAt(CHECKPOINT, { ...signature, bytes: later }, key)).toBeNull();
    expect(cosignedAt(CHECKPOINT, { ...signature, bytes: beyond }, key)).toBeNull();
    expect(cosignedAt(CHECKPOINT, { ...signature, bytes: later.subarray(1) }, key)).toBeNull();
    expect(cosignedAt(CHECKPOINT, { ...signature, id: other.id }, other)).toBeNull();
  });

  test('comes as lines alone', () => {
    const lines = COSIGNED.slice(CHECKPOINT.length + 1);
    expect(parseSignatures(lines)?.map(({ name }) => name)).toEqual([
      'example.com/behind-the-sofa',
      'witness.example.com/w1',
    ]);
    expect(parseSignatures('')).toBeNull();
    expect(parseSignatures(`${lines}\n`)).toBeNull();
  });
});
