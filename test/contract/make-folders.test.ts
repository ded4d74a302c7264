import { readdirSync, readFileSync } from 'node:fs';
import { lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeFolders, makeFoldersSync } from '../../src/make-folders.js';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

async function place(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'git-lineage-folders-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const WAYS = [
  ['makeFolders', makeFolders],
  ['makeFoldersSync', async (path: string, mode?: number) => makeFoldersSync(path, mode)],
] as const;

describe.each(WAYS)('%s', (_name, make) => {
  it('makes a folder and those above it, says which was the first, and makes none twice', async () => {
    const at = await place();
    expect(await make(join(at, 'a', 'b', 'c'), 0o700)).toBe(join(at, 'a'));
    expect((await lstat(join(at, 'a', 'b'))).mode & 0o777).toBe(0o700);
    expect(await make(join(at, 'a', 'b', 'c'))).toBeUndefined();
    expect(await make(join(at, 'a', 'd'))).toBe(join(at, 'a', 'd'));
  });

  it('makes none where a file stands', async () => {
    const at = await place();
    await writeFile(join(at, 'file'), '');
    await expect(make(join(at, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(make(join(at, 'file', 'a', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

it('ends where the folder above is there and nothing can be made in it, as in /proc', () => {
  const calls: string[] = [];
  const fs = {
    mkdirSync(path: string, { recursive }: { recursive?: boolean }) {
      calls.push(path);
      if (path === '/proc' && recursive === true) return undefined;
      throw Object.assign(new Error(path), { code: path === '/proc' ? 'EEXIST' : 'ENOENT' });
    },
  };
  expect(() => makeFoldersSync('/proc/x', undefined, fs)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(calls).toEqual(['/proc/x', '/proc', '/proc', '/proc/x']);
});

it('nothing else asks Node for a folder and those above it', () => {
  const asking = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && /mkdir(Sync)?\(.*recursive: true/.test(readFileSync(join(SRC, name), 'utf8')),
  );
  expect(asking).toEqual([]);
});
