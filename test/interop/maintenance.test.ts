/** git's housekeeping between and beside writes: nothing acknowledged is lost, and the packs stay few. */

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { extname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { HOUSEKEEPING, housekeeping } from '../crash/beside-git-round.mjs';
import { losses } from '../crash/kill-rounds.mjs';
import { fsckComplaints, GIT_ENVIRONMENT, git, leftovers } from '../crash/real-git.mjs';
import { answers, fillWithEvents, onDisk, plan } from './ledger-on-disk.js';

function packsOf(gitdir: string): string[] {
  return readdirSync(join(gitdir, 'objects/pack')).filter((name) => name.endsWith('.pack'));
}

it('git syncs the refs that it packs', async () => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    const trace = join(dir, 'trace');
    execFileSync('git', ['-C', gitdir, 'pack-refs', '--all', '--prune'], {
      env: { ...GIT_ENVIRONMENT, GIT_TRACE2_EVENT: trace },
    });
    expect(readFileSync(trace, 'utf8')).toMatch(/"key":"fsync\/hardware-flush","value":"?[1-9]/);
  });
});

it('while git gc is at work no pack is taken from it', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    const lock = join(gitdir, 'gc.pid');
    const record = async (count: number) => {
      for (let n = 0; n < count; n++) await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(`${Math.random()}`));
    };
    const ended = spawnSync(process.execPath, ['--version']).pid;
    for (const text of [`${process.pid} ${hostname()}`, '1 elsewhere.example.org']) {
      writeFileSync(lock, text);
      const before = packsOf(gitdir);
      await record(30);
      expect(packsOf(gitdir)).toEqual(expect.arrayContaining(before));
      expect(packsOf(gitdir).length).toBeGreaterThanOrEqual(30);
      // What a killed gc left hinders nobody.
      writeFileSync(lock, `${ended} ${hostname()}`);
      await record(1);
      // Packs are merged beside what comes after a record.
      await vi.waitFor(() => expect(packsOf(gitdir).length).toBeLessThan(24), { timeout: 30_000 });
    }
    writeFileSync(lock, 'no lock of git');
    await record(30);
    await vi.waitFor(() => expect(packsOf(gitdir).length).toBeLessThanOrEqual(24), { timeout: 30_000 });
    await ledger.close();
    expect(fsckComplaints(gitdir)).toEqual([]);
  });
});

it('between writes', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    await fillWithEvents(ledger);
    for (const [i, command] of HOUSEKEEPING.entries()) {
      const before = await answers(ledger);
      await git(gitdir, command);
      expect(await answers(ledger)).toEqual(before);
      expect(await answers(await reopen())).toEqual(before);
      for (const writer of [ledger, await reopen()]) {
        const { version } = await writer.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan(`'${i}'`));
        expect((await ledger.latestCheckpoint('planner'))?.version).toBe(version);
      }
      expect(fsckComplaints(gitdir)).toEqual([]);
    }
    await ledger.rollback('planner', 'MANUAL');
    expect((await ledger.journal.doctor()).findings).toEqual([]);
  });
});

it('beside a writer', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    let writing = true;
    const keeping = housekeeping(gitdir, () => writing);
    const versions = new Map<number, string>();
    let busy = 0;
    for (let n = 1; n <= 250; n++) {
      const content = plan(String(n));
      try {
        const { version, checksum } = await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, content);
        versions.set(version, checksum);
      } catch (error) {
        // git holds a lock for longer than a writer waits: it may be told to try again, and nothing else.
        expect(error).toMatchObject({ code: 'REF_LOCKED', retryable: true });
        busy += 1;
      }
      if (n % 50 === 0)
        await (await reopen()).rollback('planner', 'MANUAL').then(({ version }) => versions.delete(version + 1));
    }
    writing = false;
    const { rounds, complaints } = await keeping;
    expect(rounds).toBeGreaterThan(3);
    expect(complaints).toEqual([]);
    expect(busy).toBeLessThan(25);
    const lineage = await ledger.versions.list('planner');
    expect(lineage).toHaveLength(250 - busy);
    const kept = new Map((await ledger.getLineage('planner', { full: true })).map((v) => [v.version, v.checksum]));
    for (const [version, checksum] of versions)
      expect(lineage.find((v) => v.version === version)?.checksum).toBe(checksum);
    expect(await losses(ledger, new Map([['planner', kept]]))).toEqual([]);
    expect((await ledger.journal.doctor()).findings).toEqual([]);
    expect(fsckComplaints(gitdir)).toEqual([]);
    expect(leftovers(gitdir)).toEqual([]);
  });
});

it('what git is about to rename into place is neither merged nor removed', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan('1'));
    const folder = join(gitdir, 'objects/pack');
    const [pack = ''] = packsOf(gitdir).map((name) => name.slice(0, -'.pack'.length));
    // repack.c renames the pack before its index: of the second one it has renamed the pack already.
    const waiting = [`.tmp-4711-${pack}.pack`, `.tmp-4711-${pack}.idx`, `.tmp-4712-${pack}.idx`];
    for (const name of waiting) copyFileSync(join(folder, pack + extname(name)), join(folder, name));
    const writer = await reopen();
    for (let n = 0; n < 30; n++) await writer.recordCheckpoint({ moduleId: 'planner' }, plan(`'${n}'`));
    expect(packsOf(gitdir).length).toBeLessThan(30);
    expect(readdirSync(folder).filter((name) => name.startsWith('.tmp-'))).toEqual(waiting.sort());
    await ledger.close();
    await writer.close();
  });
});

it.each([
  ['a multi-pack-index', ['multi-pack-index', 'write']],
  ['one with a bitmap', ['multi-pack-index', 'write', '--bitmap']],
  ['what git maintenance does each day', ['maintenance', 'run', '--task=incremental-repack']],
])('%s stays whole while packs are merged', async (_, command) => {
  await onDisk(async ({ dir, gitdir, ledger }) => {
    for (let n = 0; n < 12; n++) await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(`'${n}'`));
    await git(gitdir, command);
    for (let n = 12; n < 70; n++) await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(`'${n}'`));
    await ledger.close();
    expect(packsOf(gitdir).length).toBeLessThan(60);
    expect(fsckComplaints(gitdir)).toEqual([]);
    await git(gitdir, ['multi-pack-index', 'verify']);
    await git(dir, ['clone', '-q', '--mirror', '--no-local', gitdir, join(dir, 'copy.git')]);
    await git(gitdir, ['gc', '-q']);
    expect(fsckComplaints(gitdir)).toEqual([]);
  });
});

it('packs that stay as they are, however many, are no reason to merge the few beside them', async () => {
  await onDisk(async ({ gitdir, ledger, reopen }) => {
    for (let n = 0; n < 20; n++) await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(`'${n}'`));
    await ledger.close();
    for (const name of packsOf(gitdir))
      writeFileSync(join(gitdir, 'objects/pack', `${name.slice(0, -'.pack'.length)}.keep`), 'a person wants it\n');
    const kept = packsOf(gitdir);
    const writer = await reopen();
    for (let n = 30; n < 50; n++) await writer.recordCheckpoint({ moduleId: 'planner' }, plan(`'${n}'`));
    await writer.close();
    expect(packsOf(gitdir)).toEqual(expect.arrayContaining(kept));
    expect(packsOf(gitdir).length).toBe(kept.length + 20);
  });
});

it('a ref is not put back to an object that is gone', async () => {
  await onDisk(async ({ dir, gitdir, ledger, reopen }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner', tags: ['stable'] }, plan('1'));
    await ledger.close();
    await git(dir, ['clone', '-q', '--mirror', gitdir, join(dir, 'copy.git')]);
    await git(gitdir, ['update-ref', '-d', 'refs/notes/tags']);
    await git(gitdir, ['gc', '-q', '--prune=now']);
    const writer = await reopen();
    const gone = { kind: 'foreign-ref', where: 'refs/notes/tags', mendable: false };
    const foreign = async (restore: boolean) =>
      (await writer.journal.doctor({ restore })).findings.filter(({ kind }) => kind === 'foreign-ref');
    for (const restore of [false, true]) expect(await foreign(restore)).toMatchObject([gone]);
    expect(fsckComplaints(gitdir)).toEqual([]);
    await git(gitdir, ['gc', '-q']);
    // Fetched again, it is put back.
    await git(gitdir, ['fetch', '-q', join(dir, 'copy.git'), 'refs/notes/tags']);
    expect(await foreign(true)).toMatchObject([{ ...gone, mendable: true }]);
    expect(await foreign(false)).toEqual([]);
    await writer.tag('planner', 1, 'canary');
    expect((await writer.journal.doctor()).findings).toEqual([]);
    await writer.close();
  });
});

it('a multi-pack-index that names a pack which is gone is found, and mended', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    await ledger.recordCheckpoint({ moduleId: 'planner' }, plan('1'));
    const folder = join(gitdir, 'objects/pack');
    const twin = `pack-${'0'.repeat(40)}`;
    const [pack = ''] = packsOf(gitdir).map((name) => name.slice(0, -'.pack'.length));
    for (const kind of ['.pack', '.idx']) copyFileSync(join(folder, pack + kind), join(folder, twin + kind));
    await git(gitdir, ['multi-pack-index', 'write']);
    for (const kind of ['.pack', '.idx']) rmSync(join(folder, twin + kind));
    const where = 'objects/pack/multi-pack-index';
    expect((await ledger.journal.doctor()).findings).toMatchObject([{ kind: 'loose-garbage', where, mendable: true }]);
    await ledger.journal.doctor({ restore: true });
    expect((await ledger.journal.doctor()).findings).toEqual([]);
    expect(fsckComplaints(gitdir)).toEqual([]);
  });
});

it('200 versions recorded one by one leave few packs', async () => {
  await onDisk(async ({ gitdir, ledger }) => {
    let most = 0;
    for (let n = 1; n <= 200; n++) {
      await ledger.recordCheckpoint({ moduleId: 'planner' }, plan(String(n)));
      most = Math.max(most, packsOf(gitdir).length);
    }
    expect(most).toBeLessThan(60);
    expect(fsckComplaints(gitdir)).toEqual([]);
    expect(await ledger.getLineage('planner', { full: true })).toHaveLength(200);
  });
});
