/** Remotes whose objects are named by SHA-256: each way to one says so, and nothing is taken, sent or tried again. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cloneLedger } from '../../src/index.js';
import { refusal } from '../suite/expectations.js';
import { folder, git, source } from './ledger-remote.js';
import { gitDaemon, httpBackend } from './servers.js';

/** A bare repository of git's other format, with a commit at the journal's ref where it is not to be empty. */
async function sha256Repository(fill: boolean): Promise<string> {
  const dir = folder();
  await git(dir, 'init', '--quiet', '--bare', '--initial-branch=ledger', '--object-format=sha256', 'other.git');
  const gitdir = join(dir, 'other.git');
  if (!fill) return dir;
  const tree = (await git(gitdir, 'hash-object', '-w', '-t', 'tree', '/dev/null')).trim();
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
  const commit = (await git(gitdir, ...who, 'commit-tree', '-m', 'first', tree)).trim();
  await git(gitdir, 'update-ref', 'refs/heads/ledger', commit);
  expect(commit).toHaveLength(64);
  return dir;
}

/** Both formats, by name. */
const BOTH = /its object format is sha256, and that of the ledger here is sha1/;

const WAYS: readonly (readonly [way: string, url: (dir: string) => Promise<string>])[] = [
  ['a path', async (dir) => join(dir, 'other.git')],
  ['git daemon', async (dir) => `${await gitDaemon(dir)}/other.git`],
  ['http', async (dir) => `${await httpBackend(dir)}/other.git`],
];

describe.each(WAYS)('a SHA-256 repository at %s', (_, urlOf) => {
  test('is not cloned', async () => {
    const url = await urlOf(await sha256Repository(true));
    const into = folder();
    const error = await refusal(() => cloneLedger({ url, gitdir: join(into, 'copy.git') }), 'REMOTE_REFUSED');
    expect(error.message).toMatch(BOTH);
    expect(error.hint).toMatch(/SHA-1 objects/);
    expect(readdirSync(into)).toEqual([]);
  });
});

describe('a SHA-256 repository as the remote of a ledger', () => {
  test.each([true, false])(
    'takes no push, and is not taken for one to be tried again (with commits: %s)',
    async (fill) => {
      const { ledger } = await source();
      const url = join(await sha256Repository(fill), 'other.git');
      const error = await refusal(() => ledger.replicas.push(url), 'REMOTE_REFUSED');
      expect(error.message).toMatch(BOTH);
      expect(error.hint).toMatch(/SHA-1 objects/);
    },
  );

  test('is not read as an empty one', async () => {
    const { ledger } = await source();
    const url = join(await sha256Repository(true), 'other.git');
    const before = await ledger.journal.position();
    const error = await refusal(() => ledger.replicas.pull(url), 'REMOTE_REFUSED');
    expect(error.message).toMatch(BOTH);
    expect(await ledger.journal.position()).toEqual(before);
  });
});
