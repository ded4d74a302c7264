/** What a copy of a ledger lacks, and the command that completes it. */

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GIT_ENVIRONMENT, git, gitRefs } from '../crash/real-git.mjs';
import {
  bundled,
  cloned,
  complaints,
  copied,
  dir,
  fresh,
  gitCounts,
  ledgerDir,
  makeLedgers,
  scanOf,
  withEvidence,
} from './evidence-ledgers.js';

makeLedgers();

describe('what a copy lacks is a gap, and its command completes it', () => {
  const completed = async (path: string, gap: string, before: () => Promise<unknown> = async () => undefined) => {
    const commands = await withEvidence(path, async ({ gaps }) => gaps);
    expect(commands.map(({ what }) => what).join('; ')).toMatch(gap);
    // What a gap explains is not missing.
    expect((await scanOf(path)).missing).toEqual([]);
    await before();
    for (const { command } of commands) {
      const { status, stderr } = spawnSync('sh', ['-c', command], {
        cwd: path,
        env: GIT_ENVIRONMENT,
        encoding: 'utf8',
      });
      expect({ command, status, stderr: status === 0 ? '' : stderr }).toEqual({ command, status: 0, stderr: '' });
    }
  };
  const isWhole = async (path: string) => {
    await withEvidence(path, async (evidence) => {
      expect(evidence.gaps).toEqual([]);
      expect(await evidence.readRefs()).toEqual(gitRefs(ledgerDir));
      const scan = await evidence.scan((await evidence.readRefs()).values());
      expect(complaints(scan)).toEqual([]);
      expect(scan.objects).toBe((await gitCounts(ledgerDir)).objects);
    });
  };

  it.each([
    ['a plain clone', 'it has no refs/notes/checksum and no refs/notes/tags', []],
    ['a bare clone', 'it has no refs/notes/checksum', ['--bare']],
    ['a shallow clone', 'it is a shallow clone', ['--depth=2']],
    ['a shallow mirror', 'it is a shallow clone', ['--mirror', '--depth=1']],
  ])('%s', async (_name, gap, args) => {
    const path = await cloned(...args);
    await completed(path, gap);
    await isWhole(path);
  });

  it('a clone that borrows objects', async () => {
    const lender = await cloned('--mirror');
    const path = fresh();
    await git(dir, ['clone', '-q', '--mirror', '--shared', lender, path]);
    await completed(path, 'it borrows objects');
    rmSync(lender, { recursive: true });
    await isWhole(path);
  });

  it('a partial clone', async () => {
    await git(ledgerDir, ['config', 'uploadpack.allowFilter', 'true']);
    const path = await cloned('--mirror', '--filter=blob:none');
    await git(ledgerDir, ['config', '--unset', 'uploadpack.allowFilter']);
    await completed(path, 'it is a partial clone');
    await isWhole(join(path, 'WHOLE.git'));
  });

  it('bundles of a part', async () => {
    const command = 'git bundle create FILE --all';
    for (const [args, what] of [
      [['--branches', '--tags'], /no refs\/notes\/checksum/],
      [['--all', '^ledger~3'], /it builds on/],
    ] as const) {
      const path = await bundled(2, ...args);
      await withEvidence(path, async (evidence) => {
        expect(evidence.gaps[0]).toMatchObject({ what: expect.stringMatching(what), command });
        expect(complaints(await evidence.scan((await evidence.readRefs()).values()))).toEqual([]);
      });
    }
  });

  it('notes that a ledger lost are not one: there is nowhere to fetch them from', async () => {
    const path = copied();
    await git(path, ['update-ref', '-d', 'refs/notes/tags']);
    await withEvidence(path, async ({ gaps }) => expect(gaps).toEqual([]));
  });
});
