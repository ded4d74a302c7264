/** Loose object files that are damaged: replaced by the next record that needs them, never trusted. */

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fsckComplaints, GIT_ENVIRONMENT, git, gitOutcome } from '../crash/real-git.mjs';
import { answers, fillWithEvents, onDisk, plan } from './ledger-on-disk.js';

function looseFile(gitdir: string, oid: string): string {
  return join(gitdir, 'objects', oid.slice(0, 2), oid.slice(2));
}

/** Moves every packed object into a file of its own, as `git unpack-objects` does for a small push. */
function unpackAll(gitdir: string): void {
  const folder = join(gitdir, 'objects/pack');
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.pack'))) {
    const aside = join(gitdir, name);
    renameSync(join(folder, name), aside);
    rmSync(join(folder, name.replace(/pack$/, 'idx')));
    const { status, stderr } = spawnSync('git', ['-C', gitdir, 'unpack-objects', '-q'], {
      env: GIT_ENVIRONMENT,
      input: readFileSync(aside),
    });
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
    rmSync(aside);
  }
}

it('objects that git unpacked are read', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    await fillWithEvents(ledger);
    const before = await answers(ledger);
    unpackAll(gitdir);
    expect(readdirSync(join(gitdir, 'objects/pack'))).toEqual([]);
    expect(await answers(await reopen())).toEqual(before);
    const writer = await reopen();
    await writer.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan('5'));
    await writer.rollback('planner', 'MANUAL');
    expect(fsckComplaints(gitdir)).toEqual([]);
  });
});

const DAMAGE: Readonly<Record<string, (file: string, gitdir: string) => void>> = {
  emptied: (file) => writeFileSync(file, ''),
  'cut short': (file) => writeFileSync(file, readFileSync(file).subarray(0, 12)),
  'short of its last byte': (file) => writeFileSync(file, readFileSync(file).subarray(0, -1)),
  'overwritten with zeros': (file) => writeFileSync(file, Buffer.alloc(readFileSync(file).length)),
  'another object': (file, gitdir) => {
    const other = gitOutcome(gitdir, ['hash-object', '-w', '--stdin', '-t', 'blob', '/dev/null'])
      .output.trim()
      .split('\n')[0];
    copyFileSync(looseFile(gitdir, other ?? ''), file);
  },
};

describe.each(Object.entries(DAMAGE))('%s', (_, damage) => {
  it.each([
    ['a file that only the new version has', 'index.js'],
    ['a file that its parent has too', 'lib/parts.js'],
    ['a folder that its parent has too', 'lib'],
  ])('%s', async (_name, path) => {
    await onDisk(async ({ gitdir, ledger, reopen }) => {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
      const content = plan('2');
      await git(gitdir, ['hash-object', '-w', '--stdin'], content.files['index.js']);
      unpackAll(gitdir);
      const oid =
        path === 'index.js'
          ? await git(gitdir, ['hash-object', '--stdin'], content.files[path])
          : await git(gitdir, ['rev-parse', `planner/v1:${path}`]);
      const file = looseFile(gitdir, oid);
      chmodSync(file, 0o644);
      damage(file, gitdir);
      expect(fsckComplaints(gitdir)).not.toEqual([]);
      const { version } = await (await reopen()).recordCheckpoint({ moduleId: 'planner' }, content);
      expect(fsckComplaints(gitdir)).toEqual([]);
      expect(await git(gitdir, ['rev-parse', `planner/v2:${path}`])).toBe(oid);
      const files = await (await reopen()).readFiles('planner', version);
      expect([...files].map(([name, { data }]) => [name, Buffer.from(data).toString()])).toEqual(
        Object.entries(content.files),
      );
    });
  });
});

it('a damaged object that nothing can replace is named', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    unpackAll(gitdir);
    const oid = await git(gitdir, ['rev-parse', 'planner/v1:index.js']);
    chmodSync(looseFile(gitdir, oid), 0o644);
    writeFileSync(looseFile(gitdir, oid), '');
    await expect((await reopen()).readFiles('planner')).rejects.toMatchObject({
      code: 'CORRUPT_OBJECT',
      data: { oid, fault: 'DAMAGED' },
      hint: expect.stringContaining('git fsck'),
    });
  });
});
