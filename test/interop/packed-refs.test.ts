/** packed-refs as git reads it: what it shows is not to be hidden from whoever reads the same file here. */

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditLedger } from '../../src/api/audit.js';
import { onDisk, plan } from './ledger-on-disk.js';

function git(gitdir: string, ...args: string[]): string {
  return execFileSync('git', ['--git-dir', gitdir, ...args], { encoding: 'utf8' });
}

const PLANTED: readonly (readonly [string, (oid: string) => string])[] = [
  ['an id in upper case', (oid) => `${oid.toUpperCase()} refs/heads/zz-planted\n`],
  ['a tab behind the id', (oid) => `${oid}\trefs/heads/zz-planted\n`],
  ['an odd line end', (oid) => `${oid} refs/heads/zz-planted\r\n`],
];

describe('a ref planted in packed-refs', () => {
  test.each(PLANTED)('with %s is found by the audit', async (_name, line) => {
    await onDisk(async ({ gitdir, ledger }) => {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
      git(gitdir, 'pack-refs', '--all');
      const path = join(gitdir, 'packed-refs');
      const tip = git(gitdir, 'rev-parse', 'refs/heads/planner').trim();
      await writeFile(path, (await readFile(path, 'utf8')).replace(/\n?$/, '\n') + line(tip));
      const { outcome, steps } = await auditLedger({ path: gitdir });
      expect(outcome).toBe('failed');
      expect(steps.find(({ name }) => name === 'refs')?.problems.map(({ ref }) => ref?.trim())).toContain(
        'refs/heads/zz-planted',
      );
    });
  });

  test('a second time, with another value, is found, and not written over', async () => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
      git(gitdir, 'pack-refs', '--all');
      const path = join(gitdir, 'packed-refs');
      const journal = git(gitdir, 'rev-parse', 'refs/heads/ledger').trim();
      const text = await readFile(path, 'utf8');
      await writeFile(
        path,
        text.replace(/^.* refs\/heads\/planner$/m, (line) => `${journal} refs/heads/planner\n${line}`),
      );
      const { steps } = await auditLedger({ path: gitdir });
      expect(steps.find(({ name }) => name === 'refs')?.problems.map(({ ref }) => ref)).toContain('refs/heads/planner');
      await expect((await reopen()).recordCheckpoint({ moduleId: 'planner' }, plan('2'))).rejects.toMatchObject({
        code: 'REF_CHANGED',
      });
    });
  });
});
