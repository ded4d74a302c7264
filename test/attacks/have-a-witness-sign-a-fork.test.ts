/** An attacker who has the log's key, and wants one witness to vouch for two histories. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatAddCheckpoint } from '../../src/witness/format/add-checkpoint.js';
import { consistencyProof } from '../../src/witness/format/merkle-tree.js';
import { aLog, aWitness, leavesOf, start } from '../witness/a-log.js';

const shared = leavesOf(4);
const ours = [...shared, ...leavesOf(3, 'ours')];
const theirs = [...shared, ...leavesOf(3, 'theirs')];

async function seen() {
  const log = aLog();
  const witness = await aWitness({ logs: [log.publicKey] });
  expect((await witness.post(log.request(ours, 0))).status).toBe(200);
  return { log, witness };
}

describe('a witness that has seen one history', () => {
  it.each([
    ['of the same size', theirs, 7],
    ['of the same size, said to begin anew', theirs, 0],
    ['that goes on longer', [...theirs, ...leavesOf(5, 'more')], 7],
    ['that goes on longer from where both were one', [...theirs, ...leavesOf(5, 'more')], 4],
    ['that is shorter', theirs.slice(0, 6), 6],
    ['that ends where both were one', shared, 4],
  ])('signs no other %s', async (_, leaves, oldSize) => {
    const { log, witness } = await seen();
    const { status, body } = await witness.post(log.request(leaves, oldSize));
    expect([409, 422]).toContain(status);
    expect(body).not.toContain('—');
    // And it still signs what continues the one that it has seen.
    expect((await witness.post(log.request([...ours, ...leavesOf(1, 'next')], 7))).status).toBe(200);
  });

  it('signs no other with the proof of the one', async () => {
    const { log, witness } = await seen();
    const longer = [...ours, ...leavesOf(4, 'longer')];
    const forked = [...theirs, ...leavesOf(4, 'longer')];
    const request = formatAddCheckpoint(7, consistencyProof(longer, 7), log.note(forked));
    expect((await witness.post(request)).status).toBe(422);
  });

  it('signs no other after it was stopped, and none after its state was emptied', async () => {
    const { log, witness } = await seen();
    await witness.close();
    const again = await start(witness.place, { logs: [log.publicKey] });
    expect((await again.post(log.request(theirs, 7))).status).toBe(409);
    await again.close();
    const file = join(witness.place.stateDir, 'state.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));
    await expect(start(witness.place, { logs: [log.publicKey] })).rejects.toMatchObject({ code: 'IO' });
  });

  it('signs no other that comes in the same moment', async () => {
    const log = aLog();
    const witness = await aWitness({ logs: [log.publicKey] });
    const answers = await Promise.all([ours, theirs].map((leaves) => witness.post(log.request(leaves, 0))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});
