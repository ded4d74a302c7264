/** Hashing in slices, which comes to what hashing at once does. */

import { expect, it } from 'vitest';
import { contentDigest, normalizeFiles, slicedDigest } from './live.mjs';

it('is the digest of the content', async () => {
  const large = Buffer.alloc((1 << 20) + 17, 'abc');
  const executable = { data: '#!', mode: '100755' as const };
  for (const files of [{ 'a.js': '' }, { 'a.js': large }, { 'a.js': large, b: executable }]) {
    const normalized = normalizeFiles(files);
    expect(await slicedDigest(normalized)).toBe(contentDigest(normalized));
  }
});

it('gives way to what else there is to do', async () => {
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns += 1;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  // As much as no processor hashes in one slice.
  await slicedDigest(normalizeFiles({ 'a.js': Buffer.alloc(80 << 20) }));
  over = true;
  expect(turns).toBeGreaterThan(0);
});
