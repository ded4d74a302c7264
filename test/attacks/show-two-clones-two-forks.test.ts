/** An attacker who has every key of the ledger and of its log, and wants two clones to believe two histories. */

import { request } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { cloneLedger, fetchLedger, openLedger } from '../../src/index.js';
import { fixtureSigner } from '../interop/ledger-on-disk.js';
import { httpServer, served } from '../remote/servers.js';
import type { TestWitness } from '../witness/a-log.js';
import { aWitnessedLedger, plantCheckpoint } from '../witness/a-witnessed-ledger.js';

/** Two histories, both signed by everybody, as far as they go. */
async function forked(count: number) {
  const from = await aWitnessedLedger(count);
  await from.write('shared');
  const other = from.kept('fork.git');
  await from.write('for the one');
  const ledger = await openLedger({ gitdir: other, signer: await fixtureSigner() });
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': 'for the other' } });
  await ledger.close();
  for (const path of [from.gitdir, other]) expect((await auditLedger({ path })).outcome).toBe('passed');
  const clone = (url: string) =>
    cloneLedger({ url, gitdir: join(from.dir, `copy-${Math.random()}.git`), witnesses: from.demand });
  return { from, other, clone };
}

it('cannot: the witnesses have seen one of them', async () => {
  const { from, other, clone } = await forked(3);
  expect((await from.publish()).published).toBe(true);
  const { published, failed } = await from.publish(other);
  expect(published).toBe(false);
  expect(failed.map(({ error }) => error.code)).toEqual(['REMOTE_REFUSED', 'REMOTE_REFUSED', 'REMOTE_REFUSED']);
  await clone(from.gitdir);
  await expect(clone(other)).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'NO_CHECKPOINT' } });
});

it('cannot by asking some witnesses for the one and some for the other', async () => {
  const { from, other, clone } = await forked(4);
  const [first, second] = [from.witnesses.slice(0, 2), from.witnesses.slice(2)] as [TestWitness[], TestWitness[]];
  expect((await from.publish(from.gitdir, first)).published).toBe(true);
  expect((await from.publish(other, second)).published).toBe(true);
  for (const url of [from.gitdir, other])
    await expect(clone(url)).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'TOO_FEW' } });
});

it('cannot with the checkpoint of the one beside the other', async () => {
  const { from, other, clone } = await forked(3);
  const { note } = await from.publish();
  plantCheckpoint(other, note);
  await expect(clone(other)).rejects.toMatchObject({ code: 'NOT_WITNESSED', data: { fault: 'FORKED' } });
});

/** A remote that is the one ledger until objects were fetched from it, and the other one from then on; its URL. */
async function twoFaced(one: string, other: string): Promise<string> {
  const [first, second] = [await served(one), await served(other)];
  let hasFetched = false;
  const url = await httpServer((incoming, response) => {
    const target = hasFetched ? second : first;
    const { method, headers } = incoming;
    const forward = request(new URL(incoming.url ?? '', target.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
      // The version 2 of the protocol lists refs by a POST too; objects come in a pack.
      answer.on('data', (bytes: Buffer) => {
        if (bytes.includes('PACK')) hasFetched = true;
      });
    });
    incoming.pipe(forward);
  });
  return `${url}/`;
}

it('cannot by showing the one while it is looked at, and the other while it is taken', async () => {
  const from = await aWitnessedLedger(3);
  await from.write('shared');
  await from.publish();
  const gitdir = join(from.dir, 'copy.git');
  await cloneLedger({ url: from.gitdir, gitdir, witnesses: from.demand });
  const other = from.kept('fork.git');
  const ledger = await openLedger({ gitdir: other, signer: await fixtureSigner() });
  await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': 'for the other' } });
  await ledger.close();
  await from.write('for the one');
  await from.publish();
  const url = await twoFaced(from.gitdir, other);
  const { pin, witnessed } = await fetchLedger({ gitdir, remote: url, witnesses: from.demand });
  expect(pin.oid).toBe((await from.ledger.journal.position()).oid);
  expect(witnessed?.unwitnessed).toBe(0);
});
