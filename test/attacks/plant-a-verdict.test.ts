/** Who can write beside a ledger leaves a verdict there that lets a version pass. */

import { chmodSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheFolder } from '../../src/assess/cache-folder.js';

const VERDICT = Buffer.from('a verdict');

async function written(): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'planted-')), 'assessments');
  await cacheFolder(path).write('a.json', VERDICT);
  expect(await cacheFolder(path).read('a.json')).toEqual(VERDICT);
  return path;
}

it('is written where nobody else can write, whatever the umask lets others do', async () => {
  const before = process.umask(0);
  try {
    const path = await written();
    expect([path, join(path, 'a.json')].map((one) => statSync(one).mode & 0o777)).toEqual([0o755, 0o644]);
  } finally {
    process.umask(before);
  }
});

it('is not believed from a file that others can write to', async () => {
  const path = await written();
  chmodSync(join(path, 'a.json'), 0o664);
  expect(await cacheFolder(path).read('a.json')).toBe(null);
});

it('is not believed from a folder that others can write to, where nothing is touched: one beside it is taken', async () => {
  const path = await written();
  chmodSync(path, 0o777);
  expect(await cacheFolder(path).read('a.json')).toBe(null);
  await cacheFolder(path).write('b.json', VERDICT);
  expect(await cacheFolder(path).read('b.json')).toEqual(VERDICT);
  expect(readdirSync(path)).toEqual(['a.json']);
  const beside = `${path}-${process.geteuid?.()}`;
  expect(readdirSync(beside)).toEqual(['b.json']);
  chmodSync(beside, 0o777);
  await cacheFolder(path).write('c.json', VERDICT);
  expect(await cacheFolder(path).read('c.json')).toBe(null);
  expect(readdirSync(beside)).toEqual(['b.json']);
});

it('is not believed through a link', async () => {
  const path = await written();
  const beside = `${path}-beside`;
  symlinkSync(path, beside);
  expect(await cacheFolder(beside).read('a.json')).toBe(null);
  symlinkSync(join(path, 'a.json'), join(path, 'link.json'));
  expect(await cacheFolder(path).read('link.json')).toBe(null);
  mkdirSync(join(path, 'folder.json'));
  expect(await cacheFolder(path).read('folder.json')).toBe(null);
});
