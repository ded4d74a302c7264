/** Repositories that cannot be a ledger are refused by name when they are opened. */

import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { initLedger, openLedger } from '../../src/index.js';
import { git } from '../crash/real-git.mjs';
import { fixtureSigner, inFolder, onDisk, plan } from './ledger-on-disk.js';

const HOW: Readonly<
  Record<string, readonly [make: (dir: string, ledger: string) => Promise<unknown>, feature: RegExp]>
> = {
  'a SHA-256 repository whose format version hides that': [
    async (dir) => {
      await git(dir, ['init', '-q', '--bare', '-b', 'ledger', '--object-format=sha256', 'it']);
      await git(dir, ['config', '-f', 'it/config', 'core.repositoryformatversion', '0']);
    },
    /sha256 with the repository format version 0/,
  ],
  'a reftable repository': [
    async (dir) => {
      await git(dir, ['init', '-q', '--bare', '-b', 'ledger', 'it']);
      appendFileSync(
        join(dir, 'it/config'),
        '[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n',
      );
    },
    /reftable/,
  ],
  'a folder of reftables': [
    async (dir) => {
      await git(dir, ['init', '-q', '--bare', '-b', 'ledger', 'it']);
      mkdirSync(join(dir, 'it/reftable'));
    },
    /reftable/,
  ],
  'a partial clone': [
    async (dir, ledger) => {
      await git(ledger, ['config', 'uploadpack.allowFilter', 'true']);
      await git(dir, ['clone', '-q', '--mirror', '--filter=blob:none', `file://${ledger}`, 'it']);
    },
    /partial clone/,
  ],
  'a clone that shares objects': [
    (dir, ledger) => git(dir, ['clone', '-q', '--shared', '--bare', ledger, 'it']),
    /alternates/,
  ],
  'a shallow clone': [
    (dir, ledger) => git(dir, ['clone', '-q', '--bare', '--depth=1', `file://${ledger}`, 'it']),
    /shallow/,
  ],
  'the .git of a work tree': [
    async (dir, ledger) => {
      await git(dir, ['clone', '-q', ledger, 'clone']);
      await git(dir, ['clone', '-q', '--separate-git-dir', join(dir, 'it'), ledger, 'other']);
    },
    /work tree/,
  ],
};

it.each(Object.entries(HOW))('%s', async (_, [make, feature]) => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('2'));
    await make(dir, gitdir);
    await expect(openLedger({ gitdir: join(dir, 'it') })).rejects.toMatchObject({
      code: 'UNSUPPORTED_REPOSITORY',
      data: { feature: expect.stringMatching(feature) },
      hint: expect.stringContaining('--mirror'),
    });
  });
});

it('no ledger at all', async () => {
  await inFolder(async (dir) => {
    await git(dir, ['init', '-q', '--bare', '-b', 'main', 'main.git']);
    await git(dir, ['init', '-q', '--bare', '-b', 'ledger', 'empty.git']);
    await git(dir, ['init', '-q', '-b', 'ledger', 'tree']);
    for (const name of ['.', 'absent', 'main.git', 'empty.git', 'tree'])
      await expect(openLedger({ gitdir: join(dir, name) })).rejects.toMatchObject({ code: 'NOT_A_LEDGER' });
    const signer = await fixtureSigner();
    await expect(initLedger({ gitdir: join(dir, 'main.git'), signer })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await initLedger({ gitdir: join(dir, 'new.git'), signer });
    await expect(initLedger({ gitdir: join(dir, 'new.git'), signer })).rejects.toMatchObject({ code: 'LEDGER_EXISTS' });
  });
});

it.each([
  ['one of a third object format', [], '[extensions]\n\tobjectFormat = sha512\n', 'the object format sha512'],
  ['a reftable repository', [], '[extensions]\n\trefStorage = reftable\n', 'the ref storage reftable'],
])('%s is none to create a ledger in, and stays as it is', async (_, options, config, feature) => {
  await inFolder(async (dir) => {
    const gitdir = join(dir, 'it');
    await git(dir, ['init', '-q', '--bare', '-b', 'ledger', ...options, gitdir]);
    appendFileSync(join(gitdir, 'config'), config);
    const before = readdirSync(gitdir);
    const signer = await fixtureSigner();
    await expect(initLedger({ gitdir, signer })).rejects.toMatchObject({
      code: 'UNSUPPORTED_REPOSITORY',
      data: { gitdir, feature },
      hint: expect.stringContaining('a new or an empty folder'),
    });
    expect([readdirSync(dir), readdirSync(gitdir)]).toEqual([['it'], before]);
  });
});

it('of two that create the same ledger one does, and the other is told', async () => {
  await inFolder(async (dir) => {
    const gitdir = join(dir, 'ledger.git');
    const signer = await fixtureSigner();
    const attempts = await Promise.allSettled(Array.from({ length: 4 }, () => initLedger({ gitdir, signer })));
    const refused = attempts.flatMap((a) => (a.status === 'rejected' ? [a.reason] : []));
    expect(refused).toHaveLength(3);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'LEDGER_EXISTS' });
    expect((await (await openLedger({ gitdir })).journal.position()).seq).toBe(0);
  });
});
