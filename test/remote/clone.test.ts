/** Cloning: every way to reach a ledger gives the same copy, which git finds whole and the audit passes. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { cloneLedger, openLedger } from '../../src/index.js';
import { answers } from '../interop/ledger-on-disk.js';
import { refusal } from '../suite/expectations.js';
import { folder, git, refsOf, type Source, source } from './ledger-remote.js';
import { gitDaemon, served } from './servers.js';

/** ssh as far as git can tell: runs the command on this machine. */
function localSsh(): string {
  const script = join(folder(), 'ssh');
  writeFileSync(script, '#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\nexec sh -c "$1"\n', { mode: 0o755 });
  return script;
}

const ROADS: readonly (readonly [name: string, url: (from: Source) => Promise<string> | string])[] = [
  ['http', async ({ gitdir }) => (await served(gitdir)).url],
  ['http with a name', async ({ gitdir }) => `${(await served(gitdir)).url}modules.git/`],
  ['file', ({ gitdir }) => `file://${gitdir}`],
  ['a path', ({ gitdir }) => gitdir],
  ['git', async ({ dir }) => `${await gitDaemon(dir)}/modules.git`],
  ['ssh', ({ gitdir }) => `ssh://ops@host.example${gitdir}`],
  ['user@host:path', ({ gitdir }) => `ops@host.example:${gitdir}`],
];

test.each(ROADS)('over %s gives every ref and object, audited, pinned, whole', async (_, urlOf) => {
  const from = await source();
  const gitdir = join(from.dir, 'copy.git');
  const env = { ...process.env, GIT_SSH: undefined, GIT_SSH_COMMAND: localSsh() };
  const cloned = await cloneLedger({ url: await urlOf(from), gitdir, trust: from.trust, env });
  expect(await refsOf(gitdir)).toEqual(await refsOf(from.gitdir));
  expect(cloned).toMatchObject({ trusted: true, ignored: [], refs: (await refsOf(from.gitdir)).length });
  const position = await from.ledger.journal.position();
  expect(cloned.pin).toEqual({ root: await from.ledger.journal.root(), trust: from.trust, ...position });
  expect(JSON.parse(readFileSync(join(gitdir, 'lineage/pin.json'), 'utf8'))).toEqual(cloned.pin);
  expect(await git(gitdir, 'fsck', '--strict', '--full', '--no-progress')).toBe('');
  expect((await git(gitdir, 'symbolic-ref', 'HEAD')).trim()).toBe('refs/heads/ledger');
  // Everything survives a collection: the refs lead to all of it, and nothing is held back.
  expect(readdirSync(join(gitdir, 'objects/pack')).filter((name) => name.endsWith('.keep'))).toEqual([]);
  await git(gitdir, 'gc', '--prune=now', '--quiet');
  const ledger = await openLedger({ gitdir });
  expect(await answers(ledger)).toEqual(await answers(from.ledger));
  await ledger.close();
  expect(await auditLedger({ path: gitdir, pin: cloned.pin })).toMatchObject({ outcome: 'passed', trusted: true });
  expect(readdirSync(from.dir).sort()).toEqual(['copy.git', 'modules.git']);
  expect(readdirSync(join(gitdir, 'lineage')).filter((name) => name.startsWith('fetch-'))).toEqual([]);
});

test('remembers its origin so that plain git fetch brings everything and forces nothing but the checkpoint', async () => {
  const from = await source();
  const gitdir = join(from.dir, 'copy.git');
  await cloneLedger({ url: from.gitdir, gitdir });
  const fetches = (await git(gitdir, 'config', '--get-all', 'remote.origin.fetch')).trim().split('\n');
  const grown = ['heads', 'tags', 'notes'].map((name) => `refs/${name}/*:refs/${name}/*`);
  expect(fetches).toEqual([...grown, '+refs/witness/*:refs/witness/*']);
  await from.ledger.recordCheckpoint(
    { moduleId: 'planner', parentVer: 4, tags: ['stable'] },
    { files: { 'a.js': '5' } },
  );
  await git(gitdir, 'fetch', '--quiet');
  expect(await refsOf(gitdir)).toEqual(await refsOf(from.gitdir));
  expect(await git(gitdir, 'config', '--get', 'receive.denyNonFastForwards')).toBe('true\n');
});

test('keeps credentials out of messages and, unless they are in the address, out of the copy', async () => {
  const dir = folder();
  const url = 'http://user:s3cret@127.0.0.1:9/modules.git';
  const error = await refusal(() => cloneLedger({ url, gitdir: join(dir, 'copy.git') }), 'REMOTE_UNREACHABLE');
  expect(error.data.remote).toBe('http://127.0.0.1:9/modules.git');
  expect(JSON.stringify(error)).not.toContain('s3cret');
  expect(readdirSync(dir)).toEqual([]);
});

test('with another fingerprint is refused and leaves nothing behind', async () => {
  const from = await source(false);
  const gitdir = join(from.dir, 'copy.git');
  const trust = `SHA256:${'A'.repeat(43)}`;
  const error = await refusal(() => cloneLedger({ url: from.gitdir, gitdir, trust }), 'AUDIT_FAILED');
  expect(error.message).toContain(from.trust);
  expect(readdirSync(from.dir)).toEqual(['modules.git']);
});

test('without a fingerprint says that the key was taken on first use', async () => {
  const from = await source(false);
  const cloned = await cloneLedger({ url: from.gitdir, gitdir: join(from.dir, 'copy.git') });
  expect(cloned).toMatchObject({ trusted: false, pin: { trust: from.trust } });
});

test('with a pin refuses a remote that was rewound or replaced, and leaves nothing behind', async () => {
  const from = await source(false);
  await from.ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'a.js': '1' } });
  const { pin } = await cloneLedger({ url: from.gitdir, gitdir: join(from.dir, 'first.git') });
  const gitdir = join(from.dir, 'copy.git');
  const rewound = join(from.dir, 'rewound.git');
  await git(from.dir, 'clone', '--quiet', '--mirror', from.gitdir, rewound);
  await git(rewound, 'update-ref', 'refs/heads/ledger', 'refs/heads/ledger~1');
  for (const [name, oid] of [
    ['checksum', 'refs/notes/checksum~1'],
    ['tags', 'refs/notes/tags~1'],
  ] as const)
    if ((await git(rewound, 'rev-list', '--count', `refs/notes/${name}`)).trim() !== '1')
      await git(rewound, 'update-ref', `refs/notes/${name}`, oid);
  await git(rewound, 'update-ref', '-d', 'refs/heads/planner');
  await git(rewound, 'update-ref', '-d', 'refs/tags/planner/v1');
  const error = await refusal(() => cloneLedger({ url: rewound, gitdir, pin }), 'PIN_MISMATCH');
  expect(error.data.expected).toContain(pin.oid);
  expect(error.data.actual).toContain(await git(rewound, 'rev-parse', 'refs/heads/ledger').then((t) => t.trim()));
  const other = await source(false);
  await refusal(() => cloneLedger({ url: other.gitdir, gitdir, pin }), 'PIN_MISMATCH');
  expect(readdirSync(from.dir).sort()).toEqual(['first.git', 'modules.git', 'rewound.git']);
});

test('of a ledger that was tampered with is refused by name of the step, and leaves nothing behind', async () => {
  const from = await source();
  await git(from.gitdir, 'update-ref', 'refs/tags/planner/v1', 'refs/tags/planner/v2');
  const url = (await served(from.gitdir)).url;
  const gitdir = join(from.dir, 'copy.git');
  const error = await refusal(() => cloneLedger({ url, gitdir }), 'AUDIT_FAILED');
  expect(error.data.step).toBe('refs');
  expect(error.message).toContain('refs/tags/planner/v1');
  expect(readdirSync(from.dir)).toEqual(['modules.git']);
});

test('in the middle of a transaction fetches again until the refs fit the journal', async () => {
  const from = await source();
  // As if the writer had moved the journal, and not the rest yet.
  const branch = (await git(from.gitdir, 'rev-parse', 'refs/heads/planner')).trim();
  await from.ledger.recordCheckpoint({ moduleId: 'planner', parentVer: 4 }, { files: { 'a.js': '5' } });
  const moved = (await git(from.gitdir, 'rev-parse', 'refs/heads/planner')).trim();
  await git(from.gitdir, 'update-ref', 'refs/heads/planner', branch);
  const attempts: number[] = [];
  const gitdir = join(from.dir, 'copy.git');
  let writer: Promise<string> | null = null;
  const onRetry = (attempt: number): void => {
    attempts.push(attempt);
    if (attempt === 2) writer = git(from.gitdir, 'update-ref', 'refs/heads/planner', moved);
  };
  await cloneLedger({ url: (await served(from.gitdir)).url, gitdir, onRetry });
  await writer;
  expect(attempts.slice(0, 2)).toEqual([1, 2]);
  expect(await refsOf(gitdir)).toEqual(await refsOf(from.gitdir));
});

test('of what is no ledger, of nothing, and into what is in the way is refused', async () => {
  const from = await source(false);
  await git(from.dir, 'init', '--quiet', '--bare', 'empty.git');
  const gitdir = join(from.dir, 'copy.git');
  for (const url of [join(from.dir, 'empty.git'), (await served(from.gitdir)).url]) {
    if (url.endsWith('empty.git')) await refusal(() => cloneLedger({ url, gitdir }), 'NOT_A_LEDGER');
    else await cloneLedger({ url, gitdir });
  }
  await refusal(() => cloneLedger({ url: from.gitdir, gitdir }), 'LEDGER_EXISTS');
  await refusal(() => cloneLedger({ url: from.gitdir, gitdir: from.dir }), 'INVALID_ARGUMENT');
  await refusal(() => cloneLedger({ url: join(from.dir, 'none.git'), gitdir: `${gitdir}2` }), 'REMOTE_REFUSED');
  expect(readdirSync(from.dir).sort()).toEqual(['copy.git', 'empty.git', 'modules.git']);
});

test('names what the remote has besides a ledger, and leaves it there', async () => {
  const from = await source(false);
  await git(from.gitdir, 'update-ref', 'refs/pull/1/head', 'refs/heads/ledger');
  const gitdir = join(from.dir, 'copy.git');
  const { ignored } = await cloneLedger({ url: (await served(from.gitdir)).url, gitdir });
  expect(ignored).toEqual(['refs/pull/1/head']);
  expect(await git(gitdir, 'for-each-ref', 'refs/pull')).toBe('');
});
