/** What somebody else could have written is not read, and nothing that has the name of a file makes a reader wait. */

import { execFileSync } from 'node:child_process';
import nodeFs, { chmodSync, chownSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { IndexFolderWriter } from '../../src/git/index/index-writer.js';
import { ownIndexFolder } from '../../src/git/index/own-files.js';
import { BASE, entryOf, MIDDLE, newFolder, positionOf, stored, TAIL } from './sample-index.js';

const STRANGER = 12_345;
const isRoot = process.geteuid?.() === 0;

function written(folder: string): void {
  const writer = new IndexFolderWriter(nodeFs, folder);
  writer.rebuild(positionOf(1), [['a', '1']]);
  writer.append([entryOf(2, [['b', '2']])]);
  writer.close();
}

function seqOf(folder: string): number | null {
  return stored(folder)?.position.seq ?? null;
}

describe('an index', () => {
  test('is made for us alone', () => {
    const folder = newFolder();
    written(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of [BASE, TAIL]) expect(statSync(`${folder}/${name}`).mode & 0o777).toBe(0o600);
  });

  test.each([0o720, 0o702])('in a folder that others can write to (%o) is absent, and none is made there', (mode) => {
    const folder = newFolder();
    written(folder);
    chmodSync(folder, mode);
    expect(seqOf(folder)).toBeNull();
    const writer = new IndexFolderWriter(nodeFs, folder);
    expect(writer.append([entryOf(3, [])])).toBe('absent');
    expect(writer.rebuild(positionOf(3), [])).toBe('refused');
    chmodSync(folder, 0o755);
    expect(seqOf(folder)).toBe(2);
  });

  test('whose base others can write to is absent; whose tail they can, is as without it', () => {
    const folder = newFolder();
    written(folder);
    chmodSync(`${folder}/${TAIL}`, 0o620);
    expect(seqOf(folder)).toBe(1);
    chmodSync(`${folder}/${BASE}`, 0o602);
    expect(seqOf(folder)).toBeNull();
    chmodSync(`${folder}/${BASE}`, 0o644);
    chmodSync(`${folder}/${TAIL}`, 0o644);
    expect(seqOf(folder)).toBe(2);
  });

  test.runIf(isRoot)('of another user is absent, folder or file', () => {
    const folder = newFolder();
    written(folder);
    chownSync(`${folder}/${TAIL}`, STRANGER, STRANGER);
    expect(seqOf(folder)).toBe(1);
    chownSync(`${folder}/${BASE}`, STRANGER, STRANGER);
    expect(seqOf(folder)).toBeNull();
    chownSync(`${folder}/${BASE}`, 0, 0);
    chownSync(`${folder}/${TAIL}`, 0, 0);
    chownSync(folder, STRANGER, STRANGER);
    expect(seqOf(folder)).toBeNull();
    expect(new IndexFolderWriter(nodeFs, folder).rebuild(positionOf(3), [])).toBe('refused');
    chownSync(folder, 0, 0);
    expect(seqOf(folder)).toBe(2);
  });

  test('behind links is absent', () => {
    const folder = newFolder();
    written(folder);
    renameSync(`${folder}/${TAIL}`, `${folder}/tail`);
    symlinkSync('tail', `${folder}/${TAIL}`);
    expect(seqOf(folder)).toBe(1);
    renameSync(`${folder}/${BASE}`, `${folder}/base`);
    symlinkSync('base', `${folder}/${BASE}`);
    expect(seqOf(folder)).toBeNull();
    const link = newFolder();
    symlinkSync(folder, link);
    expect(seqOf(link)).toBeNull();
    expect(new IndexFolderWriter(nodeFs, link).rebuild(positionOf(3), [])).toBe('refused');
  });

  test.each([BASE, MIDDLE, TAIL])('does not wait for a FIFO named %s, nor read a folder of that name', (name) => {
    const folder = newFolder();
    written(folder);
    const expected = { [BASE]: null, [MIDDLE]: 2, [TAIL]: 1 }[name];
    rmSync(`${folder}/${name}`, { force: true });
    execFileSync('mkfifo', ['-m', '600', `${folder}/${name}`]);
    expect(seqOf(folder)).toBe(expected);
    rmSync(`${folder}/${name}`);
    mkdirSync(`${folder}/${name}`, { mode: 0o700 });
    expect(seqOf(folder)).toBe(expected);
  });

  test('that is made anew replaces what stood under its names, links included', () => {
    const folder = newFolder();
    written(folder);
    for (const name of [BASE, TAIL, `${BASE}.new`, `${TAIL}.new`]) {
      rmSync(`${folder}/${name}`, { force: true });
      symlinkSync(`${folder}/victim`, `${folder}/${name}`);
    }
    nodeFs.writeFileSync(`${folder}/victim`, 'as it was');
    written(folder);
    expect(seqOf(folder)).toBe(2);
    expect(nodeFs.readFileSync(`${folder}/victim`, 'utf8')).toBe('as it was');
  });
});

describe('the folder of the index', () => {
  test('is ours where nobody has one, and where we do', () => {
    const lineage = newFolder();
    expect(ownIndexFolder(nodeFs, lineage)).toBe(`${lineage}/index`);
    written(`${lineage}/index`);
    expect(ownIndexFolder(nodeFs, lineage)).toBe(`${lineage}/index`);
  });

  test('is one beside that of another user, who ran the first write', () => {
    const lineage = newFolder();
    const strangers = `${lineage}/index`;
    const fs = { ...nodeFs, lstatSync: (path: string) => ({ ...nodeFs.lstatSync(path), uid: STRANGER }) };
    mkdirSync(strangers, { recursive: true });
    const folder = ownIndexFolder(fs as never, lineage);
    expect(folder).toBe(`${strangers}-${process.geteuid?.()}`);
    written(folder);
    expect(seqOf(folder)).toBe(2);
  });
});
