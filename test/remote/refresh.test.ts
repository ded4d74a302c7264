/** Fetching into a copy: only what continues it comes in, audited; a rewound or forked remote moves nothing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cloneLedger, fetchLedger, openLedger } from '../../src/index.js';
import { fixtureSigner } from '../interop/ledger-on-disk.js';
import { refusal } from '../suite/expectations.js';
import { git, refsOf, source } from './ledger-remote.js';
import { served } from './servers.js';

const pinIn = (gitdir: string) => JSON.parse(readFileSync(join(gitdir, 'lineage/pin.json'), 'utf8'));

test('brings what is new, a rollback included, and remembers it', async () => {
  const from = await source();
  const { url } = await served(from.gitdir);
  const gitdir = join(from.dir, 'copy.git');
  await cloneLedger({ url, gitdir });
  expect(await fetchLedger({ gitdir })).toMatchObject({ adopted: 0 });
  await from.ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, { files: { 'a.js': '5' } });
  await from.ledger.rollback('planner', 'HEALTH_FAILURE');
  expect(await fetchLedger({ gitdir })).toMatchObject({ adopted: 2, pin: await from.ledger.journal.position() });
  expect(await refsOf(gitdir)).toEqual(await refsOf(from.gitdir));
  expect(pinIn(gitdir)).toMatchObject(await from.ledger.journal.position());
  expect(await git(gitdir, 'fsck', '--strict', '--full', '--no-progress', '--no-dangling')).toBe('');
});

test('from a remote that was rewound is a mismatch that names both ends, and moves nothing', async () => {
  const from = await source(false);
  const before = await from.ledger.journal.position();
  const old = join(from.dir, 'old.git');
  await git(from.dir, 'clone', '--quiet', '--mirror', from.gitdir, old);
  await from.ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': '1' } });
  const gitdir = join(from.dir, 'copy.git');
  await cloneLedger({ url: from.gitdir, gitdir });
  const [refs, pin] = [await refsOf(gitdir), pinIn(gitdir)];
  const error = await refusal(() => fetchLedger({ gitdir, remote: old }), 'PIN_MISMATCH');
  expect(error.data.expected).toContain(pin.oid);
  expect(error.data.actual).toContain(before.oid);
  expect([await refsOf(gitdir), pinIn(gitdir)]).toEqual([refs, pin]);
});

test('from a remote that was forked is a mismatch that names both entries, and moves nothing', async () => {
  const from = await source(false);
  const fork = join(from.dir, 'fork.git');
  await git(from.dir, 'clone', '--quiet', '--mirror', from.gitdir, fork);
  await from.ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': '1' } });
  const forked = await openLedger({ gitdir: fork, signer: await fixtureSigner() });
  await forked.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': '2' } });
  await forked.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': '3' } });
  await forked.close();
  const gitdir = join(from.dir, 'copy.git');
  const { pin } = await cloneLedger({ url: from.gitdir, gitdir });
  const refs = await refsOf(gitdir);
  const error = await refusal(() => fetchLedger({ gitdir, remote: fork }), 'PIN_MISMATCH');
  expect(error.data.expected).toContain(pin.oid);
  expect(error.data.actual).toContain((await git(fork, 'rev-parse', 'refs/heads/ledger~1')).trim());
  expect(await refsOf(gitdir)).toEqual(refs);
  expect(pinIn(gitdir)).toEqual(pin);
});
