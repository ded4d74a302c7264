/** Remotes whose objects are named by the other hash: each way to one names both, and nothing is taken, sent or tried again. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cloneLedger, fetchLedger, initLedger, type Ledger, type LedgerError } from '../../src/index.js';
import { SHA1, SHA256 } from '../../src/model/object-id.js';
import { fixtureSigner } from '../interop/ledger-on-disk.js';
import { refusal } from '../suite/expectations.js';
import { folder, git, refsOf } from './ledger-remote.js';
import { gitDaemon, httpBackend, httpServer } from './servers.js';

const WAYS: readonly (readonly [way: string, url: (dir: string) => Promise<string>])[] = [
  ['a path', async (dir) => join(dir, 'other.git')],
  ['git daemon', async (dir) => `${await gitDaemon(dir)}/other.git`],
  ['http', async (dir) => `${await httpBackend(dir)}/other.git`],
];

describe.each([
  [SHA1, SHA256],
  [SHA256, SHA1],
])('beside a ledger of $name', (ours, theirs) => {
  /** A bare repository of the other format, with a commit at the journal's ref where it is not to be empty. */
  async function otherRepository(fill: boolean): Promise<string> {
    const dir = folder();
    const format = `--object-format=${theirs.name}`;
    await git(dir, 'init', '--quiet', '--bare', '--initial-branch=ledger', format, 'other.git');
    const gitdir = join(dir, 'other.git');
    if (!fill) return dir;
    const tree = (await git(gitdir, 'hash-object', '-w', '-t', 'tree', '/dev/null')).trim();
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
    const commit = (await git(gitdir, ...who, 'commit-tree', '-m', 'first', tree)).trim();
    await git(gitdir, 'update-ref', 'refs/heads/ledger', commit);
    expect(commit).toHaveLength(theirs.digits);
    return dir;
  }

  async function ledgerHere(): Promise<{ readonly gitdir: string; readonly ledger: Ledger }> {
    const gitdir = join(folder(), 'modules.git');
    const ledger = await initLedger({ gitdir, signer: await fixtureSigner(), objectFormat: ours.name, thread: false });
    onTestFinished(() => ledger.close());
    await ledger.recordCheckpoint({ moduleId: 'planner' }, { files: { 'index.js': '1;\n' } });
    return { gitdir, ledger };
  }

  function namesBoth({ message, hint }: LedgerError): void {
    expect(message).toContain(`its object format is ${theirs.name}, and that of the ledger here is ${ours.name}`);
    expect(hint).toContain(`git init --bare --object-format=${ours.name}`);
  }

  test.each(WAYS)('nothing is pulled from %s, and nothing pushed to it', async (_, urlOf) => {
    for (const fill of [true, false]) {
      const dir = await otherRepository(fill);
      const { gitdir, ledger } = await ledgerHere();
      const before = await refsOf(gitdir);
      const url = await urlOf(dir);
      // Of an empty one git says neither what it is nor that it is another.
      if (fill) namesBoth(await refusal(() => ledger.replicas.pull(url), 'REMOTE_REFUSED'));
      namesBoth(await refusal(() => ledger.replicas.push(join(dir, 'other.git')), 'REMOTE_REFUSED'));
      expect(await refsOf(gitdir)).toEqual(before);
      expect(await refsOf(join(dir, 'other.git'))).toHaveLength(fill ? 1 : 0);
    }
  });

  test.each(WAYS)('a copy is not brought up to date from %s', async (_, urlOf) => {
    const { gitdir } = await ledgerHere();
    const copy = join(folder(), 'copy.git');
    const { pin } = await cloneLedger({ url: gitdir, gitdir: copy });
    const url = await urlOf(await otherRepository(true));
    namesBoth(await refusal(() => fetchLedger({ gitdir: copy, remote: url }), 'REMOTE_REFUSED'));
    expect(await fetchLedger({ gitdir: copy })).toMatchObject({ adopted: 0, pin });
  });
});

test('what is no ledger leaves nothing behind, of whichever format it is', async () => {
  const dir = folder();
  await git(dir, 'init', '--quiet', '--bare', '--initial-branch=ledger', '--object-format=sha256', 'other.git');
  const into = folder();
  for (const [, urlOf] of WAYS) {
    const url = await urlOf(dir);
    const error = await refusal(() => cloneLedger({ url, gitdir: join(into, 'copy.git') }), 'NOT_A_LEDGER');
    expect(error.message).toContain('it is empty');
    expect(readdirSync(into)).toEqual([]);
  }
});

test('a remote of a third format is refused by its name', async () => {
  const packet = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
  const url = await httpServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
    response.end(
      `${packet('# service=git-upload-pack\n')}0000${packet(`${'a'.repeat(96)} HEAD\0object-format=sha384\n`)}0000`,
    );
  });
  const error = await refusal(() => cloneLedger({ url, gitdir: join(folder(), 'copy.git') }), 'REMOTE_REFUSED');
  expect(error.message).toContain('its object format is sha384');
});
