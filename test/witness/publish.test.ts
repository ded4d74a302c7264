/** Publishing a checkpoint: what is signed, who is asked, and when it takes the place of the one before. */

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memfs } from 'memfs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { auditLedger, generateLogKey, publishCheckpoint } from '../../src/api/audit.js';
import { ephemeralSigner } from '../../src/api/testing.js';
import type { FileSystem } from '../../src/api/types.js';
import { initLedger } from '../../src/index.js';
import { parseNote } from '../../src/witness/format/note.js';
import { git, refsOf, source } from '../remote/ledger-remote.js';
import { aLog, aWitness } from './a-log.js';
import { aWitnessedLedger, checkpointAt } from './a-witnessed-ledger.js';

/** A server that answers every request so. */
async function answering(status: number, body: string, type = 'text/plain'): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(status, { 'content-type': type, location: '/elsewhere' }).end(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('a checkpoint', () => {
  test('is of every entry, signed by the log, and a blob that git can show', async () => {
    const from = await aWitnessedLedger();
    await from.write('1');
    const { size, published, note } = await from.publish();
    expect([size, published]).toEqual([(await from.ledger.journal.position()).seq + 1, true]);
    expect(checkpointAt(from.gitdir)).toBe(note);
    expect(parseNote(note)?.signatures.map(({ name }) => name)).toEqual([
      expect.stringMatching(/^git-lineage\/[0-9a-f]{64}$/),
      'w1.example.org',
      'w2.example.org',
      'w3.example.org',
    ]);
    expect(await git(from.gitdir, 'fsck', '--strict', '--full', '--no-progress')).toBe('');
  });

  test('is named after the SHA-256 of the first entry, as sha256sum has it', async () => {
    const from = await source(false);
    const { publicKey } = await generateLogKey({ gitdir: from.gitdir });
    const first = (await git(from.gitdir, 'rev-list', '--max-parents=0', 'ledger')).trim();
    const content = await git(from.gitdir, 'cat-file', 'commit', first);
    expect(publicKey.split('+')[0]).toBe(`git-lineage/${createHash('sha256').update(content).digest('hex')}`);
  });

  test('moves no other ref, and leaves no lock', async () => {
    const from = await aWitnessedLedger(1);
    const before = await refsOf(from.gitdir);
    await from.publish();
    await from.publish();
    const after = (await refsOf(from.gitdir)).filter((line) => !line.includes('refs/witness/checkpoint'));
    expect(after).toEqual(before);
    expect((await from.ledger.journal.doctor()).findings).toEqual([]);
  });

  test('continues from the size that each witness knows', async () => {
    const from = await aWitnessedLedger(3);
    const [one, two] = from.witnesses;
    if (one === undefined || two === undefined) return expect.fail();
    await from.publish(from.gitdir, [one]);
    await from.write('1');
    await from.publish(from.gitdir, [two]);
    await from.write('2');
    expect((await from.publish()).cosigned).toHaveLength(3);
  });

  test('without enough cosignatures leaves the one before in its place', async () => {
    const from = await aWitnessedLedger(3);
    await from.publish();
    const before = checkpointAt(from.gitdir);
    await from.write('1');
    for (const { close } of from.witnesses.slice(0, 2)) await close();
    const { published, required, cosigned, failed } = await from.publish();
    expect([published, required, cosigned.length]).toEqual([false, 2, 1]);
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([
      ['w1.example.org', 'REMOTE_UNREACHABLE'],
      ['w2.example.org', 'REMOTE_UNREACHABLE'],
    ]);
    expect(checkpointAt(from.gitdir)).toBe(before);
  });

  test('of the same size keeps what a silent witness said before', async () => {
    const from = await aWitnessedLedger(3);
    await from.publish();
    await from.witnesses[0]?.close();
    const { note, failed } = await from.publish();
    expect(failed).toHaveLength(1);
    expect(parseNote(note)?.signatures).toHaveLength(4);
    expect(checkpointAt(from.gitdir)).toBe(note);
  });

  test('is not signed where the journal does not continue the one before', async () => {
    const from = await aWitnessedLedger(1);
    const old = from.kept('old.git');
    await from.write('1');
    await from.publish();
    await git(old, 'fetch', '--quiet', from.gitdir, '+refs/witness/*:refs/witness/*');
    await expect(from.publish(old)).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
  });

  test("is not signed with another ledger's key, and asks nobody at an address that is none", async () => {
    const from = await aWitnessedLedger(1);
    const other = aLog('git-lineage/other');
    const options = { gitdir: from.gitdir, logKey: other.privateKey, witnesses: [] };
    await expect(publishCheckpoint(options)).rejects.toMatchObject({ code: 'INVALID_KEY' });
    const witnesses = [{ key: from.witnesses[0]?.server.key ?? '', url: 'ftp://w1' }];
    await expect(publishCheckpoint({ ...options, logKey: from.privateKey, witnesses })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

test('a witness is not asked twice, to count twice', async () => {
  const from = await aWitnessedLedger(1);
  const [one] = from.witnesses;
  if (one === undefined) return expect.fail();
  await expect(from.publish(from.gitdir, [one, one])).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    data: { issues: [{ path: 'witnesses' }] },
  });
});

test('a ledger in memory is witnessed, too', async () => {
  const { fs } = memfs();
  const signer = await ephemeralSigner('memory@localhost');
  const ledger = await initLedger({ gitdir: '/ledger', fs: fs as unknown as FileSystem, signer });
  await ledger.close();
  const place = { gitdir: '/ledger', fs: fs as unknown as FileSystem };
  const { privateKey, publicKey } = await generateLogKey(place);
  const { server } = await aWitness({ logs: [publicKey] });
  const witnesses = [{ key: server.key, url: server.url }];
  expect((await publishCheckpoint({ ...place, logKey: privateKey, witnesses })).published).toBe(true);
  const demand = { logKey: publicKey, witnesses: [server.key], maxAgeMs: 60_000 };
  expect(await auditLedger({ path: '/ledger', fs: place.fs, witnesses: demand })).toMatchObject({ outcome: 'passed' });
});

describe('a witness that does not do its part is told off by name', () => {
  test.each([
    ['that answers what is no cosignature', 200, 'ok\n', 'text/plain', 'REMOTE_REFUSED', /did not cosign/],
    [
      'that knows more entries than there are',
      409,
      '99\n',
      'text/x.tlog.size',
      'REMOTE_REFUSED',
      /has seen 99 entries/,
    ],
    ['that always knows another size', 409, '1\n', 'text/x.tlog.size', 'REMOTE_REFUSED', /answers 409/],
    ['that does not know the log', 404, 'who?\n', 'text/plain', 'REMOTE_REFUSED', /answers 404: "who\?"/],
    ['that found a fork', 422, 'no\n', 'text/plain', 'REMOTE_REFUSED', /answers 422/],
    ['that leads elsewhere', 307, '', 'text/plain', 'REMOTE_UNREACHABLE', /does not answer/],
    ['that is broken', 500, 'x'.repeat(1 << 20), 'text/plain', 'REMOTE_REFUSED', /answers 500/],
  ])('%s', async (_, status, body, type, code, message) => {
    const from = await aWitnessedLedger(1);
    const { failed, published } = await publishCheckpoint({
      gitdir: from.gitdir,
      logKey: from.privateKey,
      witnesses: [{ key: from.witnesses[0]?.server.key ?? '', url: await answering(status, body, type) }],
    });
    expect(published).toBe(false);
    expect(failed).toMatchObject([
      { name: 'w1.example.org', error: { code, message: expect.stringMatching(message) } },
    ]);
  });
});

test('a ledger that nobody witnesses has a checkpoint all the same', async () => {
  const from = await source(false);
  const { privateKey } = await generateLogKey({ gitdir: from.gitdir });
  const { published, note } = await publishCheckpoint({ gitdir: from.gitdir, logKey: privateKey, witnesses: [] });
  expect(published).toBe(true);
  expect(checkpointAt(from.gitdir)).toBe(note);
});
