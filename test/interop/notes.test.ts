/** Notes trees both ways: we read what git fanned out, git reads what we put on top of it. */

import fs from 'node:fs';
import { expect, it } from 'vitest';
import type { GitStore } from '../../src/git/git-store.js';
import { openGitStore } from '../../src/git/open-repository.js';
import { sha256Hex } from '../../src/model/content-digest.js';
import { git, gitNotes } from '../crash/real-git.mjs';
import { onDisk } from './ledger-on-disk.js';

const REF = 'refs/notes/trial';
const WHO = { name: 'ops', email: 'ops@example.org', seconds: 1_800_000_000 };

/** Blobs to hang notes on, in git's own object store. */
async function targets(gitdir: string, count: number): Promise<string[]> {
  const stream = Array.from({ length: count }, (_, i) => `blob\nmark :${i + 1}\ndata <<END\ntarget ${i}\nEND\n`).join(
    '\n',
  );
  const marks = `${gitdir}/marks`;
  await git(gitdir, ['fast-import', '--quiet', `--export-marks=${marks}`], stream);
  return fs
    .readFileSync(marks, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
}

/** Adds notes as git does; git itself decides on the fan-out. */
async function gitAdds(gitdir: string, notes: ReadonlyMap<string, string>): Promise<void> {
  for (const [target, text] of notes)
    await git(gitdir, ['notes', '--ref=trial', 'add', '-f', '-m', text.trimEnd(), target]);
}

async function weAdd(store: GitStore, gitdir: string, changes: ReadonlyMap<string, string | null>): Promise<void> {
  const drafts = store.drafts();
  const old = await git(gitdir, ['rev-parse', '-q', '--verify', REF]).catch(() => null);
  const commit = await drafts.notes(old, changes, { identity: WHO, message: 'notes\n' });
  for (const { oid, type, data } of drafts.reachable([commit])) {
    const file = `${gitdir}/staged`;
    fs.writeFileSync(file, data);
    expect(await git(gitdir, ['hash-object', '-w', '-t', type, '--', file])).toBe(oid);
  }
  await git(gitdir, ['update-ref', REF, commit]);
}

async function depths(gitdir: string): Promise<Set<number>> {
  const paths = (await git(gitdir, ['ls-tree', '-r', '--name-only', REF])).split('\n');
  return new Set(paths.map((path) => path.split('/').length));
}

function noted(oids: readonly string[], word: string): Map<string, string> {
  return new Map(oids.map((oid, i) => [oid, `${word} ${i} ${sha256Hex(oid).slice(0, 8)}\n`]));
}

async function expectBothSee(store: GitStore, gitdir: string, expected: ReadonlyMap<string, string>): Promise<void> {
  expect(gitNotes(gitdir, 'trial')).toEqual(expected);
  const commit = await git(gitdir, ['rev-parse', REF]);
  const read = new Map<string, string | null>();
  for (const target of expected.keys()) read.set(target, await store.readNote(commit, target));
  expect(read).toEqual(expected);
  expect(await store.readNote(commit, '1'.repeat(40))).toBeNull();
}

it('300 notes of git, fanned out, are read, kept and added to', async () => {
  await onDisk(async ({ gitdir }) => {
    const oids = await targets(gitdir, 330);
    const theirs = noted(oids.slice(0, 300), 'theirs');
    await gitAdds(gitdir, theirs);
    expect(await depths(gitdir)).toEqual(new Set([2]));
    const store = await openGitStore(fs, gitdir);
    await expectBothSee(store, gitdir, theirs);

    const ours = noted(oids.slice(290, 320), 'ours');
    await weAdd(store, gitdir, ours);
    await expectBothSee(store, gitdir, new Map([...theirs, ...ours]));

    const removed = new Map([...theirs, ...ours]);
    await weAdd(store, gitdir, new Map(oids.slice(0, 50).map((oid) => [oid, null])));
    for (const oid of oids.slice(0, 50)) removed.delete(oid);
    await expectBothSee(store, gitdir, removed);

    // And git goes on from what we wrote.
    const last = noted(oids.slice(320), 'last');
    await gitAdds(gitdir, last);
    await expectBothSee(store, gitdir, new Map([...removed, ...last]));
  });
});

it('notes that come one by one into levels that are kept in memory are those that git reads', async () => {
  await onDisk(async ({ gitdir }) => {
    const oids = await targets(gitdir, 160);
    const store = await openGitStore(fs, gitdir);
    const all = noted(oids, 'first');
    await weAdd(store, gitdir, noted(oids.slice(0, 100), 'first'));
    for (const oid of oids.slice(100)) await weAdd(store, gitdir, new Map([[oid, all.get(oid) ?? '']]));
    await expectBothSee(store, gitdir, all);
    for (const oid of oids.slice(0, 20)) await weAdd(store, gitdir, new Map([[oid, 'changed\n']]));
    await expectBothSee(
      store,
      gitdir,
      new Map([...all, ...oids.slice(0, 20).map((oid) => [oid, 'changed\n'] as const)]),
    );
    for (const oid of oids.slice(10, 20)) await weAdd(store, gitdir, new Map([[oid, null]]));
    const left = new Map([...all, ...oids.slice(0, 10).map((oid) => [oid, 'changed\n'] as const)]);
    for (const oid of oids.slice(10, 20)) left.delete(oid);
    await expectBothSee(store, gitdir, left);
  });
});

it('a flat tree of git is kept, and split when it grows', async () => {
  await onDisk(async ({ gitdir }) => {
    const oids = await targets(gitdir, 200);
    const theirs = noted(oids.slice(0, 20), 'theirs');
    await gitAdds(gitdir, theirs);
    expect(await depths(gitdir)).toEqual(new Set([1]));
    const store = await openGitStore(fs, gitdir);
    const few = noted(oids.slice(20, 25), 'few');
    await weAdd(store, gitdir, few);
    expect(await depths(gitdir)).toEqual(new Set([1]));
    await expectBothSee(store, gitdir, new Map([...theirs, ...few]));
    const many = noted(oids.slice(25), 'many');
    await weAdd(store, gitdir, many);
    expect(await depths(gitdir)).toEqual(new Set([2]));
    await expectBothSee(store, gitdir, new Map([...theirs, ...few, ...many]));
    await gitAdds(gitdir, new Map([[oids[0] ?? '', 'changed\n']]));
    await expectBothSee(store, gitdir, new Map([...theirs, ...few, ...many, [oids[0] ?? '', 'changed\n']]));
  });
});

it('mixed trees and foreign entries in them stay as they are', async () => {
  await onDisk(async ({ gitdir }) => {
    const oids = await targets(gitdir, 40);
    const blob = await git(gitdir, ['hash-object', '-w', '--stdin'], 'a note\n');
    const [flat = '', once = '', twice = '', other = ''] = oids;
    const inner = await git(gitdir, ['mktree'], `100644 blob ${blob}\t${twice.slice(4)}\n`);
    const folders = new Map<string, string>([[once.slice(0, 2), `100644 blob ${blob}\t${once.slice(2)}\n`]]);
    const prefix = twice.slice(0, 2);
    folders.set(prefix, `${folders.get(prefix) ?? ''}040000 tree ${inner}\t${twice.slice(2, 4)}\n`);
    let rows = `100644 blob ${blob}\t${flat}\n100644 blob ${blob}\tREADME\n`;
    for (const [name, content] of folders) rows += `040000 tree ${await git(gitdir, ['mktree'], content)}\t${name}\n`;
    const tree = await git(gitdir, ['mktree'], rows);
    await git(gitdir, ['update-ref', REF, await git(gitdir, ['commit-tree', tree, '-m', 'mixed'])]);
    const store = await openGitStore(fs, gitdir);
    const mixed = new Map([flat, once, twice].map((oid) => [oid, 'a note\n']));
    await expectBothSee(store, gitdir, mixed);
    await weAdd(
      store,
      gitdir,
      new Map([
        [other, 'ours\n'],
        [twice, 'changed\n'],
      ]),
    );
    await expectBothSee(store, gitdir, mixed.set(other, 'ours\n').set(twice, 'changed\n'));
    expect(await git(gitdir, ['cat-file', 'blob', `${REF}:README`])).toBe('a note');
  });
});
