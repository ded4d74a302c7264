/** An attacker who keeps every cosignature that was ever made, and wants an old one to count as new. */

import { beforeAll, describe, expect, it } from 'vitest';
import { checkWitnesses } from '../../src/witness/format/check-witnesses.js';
import { cosign } from '../../src/witness/format/cosignature.js';
import { originOf } from '../../src/witness/format/log-checkpoint.js';
import { formatNote, type Note, type NoteSignature, parseNote } from '../../src/witness/format/note.js';
import { generateNoteKey, parseNoteSigner } from '../../src/witness/format/note-key.js';
import { aLog, leavesOf } from '../witness/a-log.js';

const NOW = 1_800_000_000;
const leaves = leavesOf(5);
const log = aLog(originOf(leaves[0]?.toString('hex') ?? ''));
const keys = generateNoteKey('w1', 'witness');
const witness = parseNoteSigner(keys.privateKey, 'witness');
const demand = { logKey: log.publicKey, witnesses: [keys.publicKey], maxAgeMs: 3_600_000 };

let note: Note;
beforeAll(() => {
  note = parseNote(log.note(leaves)) ?? expect.fail();
});

function shown(...cosignatures: NoteSignature[]) {
  const checkpoint = formatNote({ ...note, signatures: [...note.signatures, ...cosignatures] });
  return () => checkWitnesses({ checkpoint, leaves, now: NOW }, demand);
}

describe('an old cosignature', () => {
  it('does not count', () => {
    expect(shown(cosign(note.text, NOW - 3601, witness))).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ fault: 'TOO_FEW' }) }),
    );
    expect(shown(cosign(note.text, NOW - 3600, witness))().size).toBe(5);
  });

  it('with another time is none, and spoils the whole checkpoint', () => {
    const old = cosign(note.text, NOW - 7200, witness);
    const bytes = Buffer.from(old.bytes);
    bytes.writeBigUInt64BE(BigInt(NOW));
    expect(shown({ ...old, bytes })).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ fault: 'COSIGNATURE' }) }),
    );
  });

  it('of another size is none of this', () => {
    const other = parseNote(log.note(leaves.slice(0, 4))) ?? expect.fail();
    expect(shown(cosign(other.text, NOW, witness))).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ fault: 'COSIGNATURE' }) }),
    );
  });

  it('many times over does not make a fresh one', () => {
    const many = Array.from({ length: 50 }, (_, i) => cosign(note.text, NOW - 7200 - i, witness));
    expect(shown(...many)).toThrow(expect.objectContaining({ data: expect.objectContaining({ fault: 'TOO_FEW' }) }));
  });

  it('made ahead, by a witness whose clock was wrong, does not count before its time', () => {
    expect(shown(cosign(note.text, NOW + 86_400, witness))).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ fault: 'TOO_FEW' }) }),
    );
  });
});
