/** Keys are made as often as one likes: none is made in a way by which a process may stand still for ever. */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

test('no key is made by the call whose keys cannot be exported safely', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter((name) => /generateKeyPair(Sync)?\(/.test(readFileSync(`${SRC}${name}`, 'utf8')))).toEqual([]);
});

test('thousands of keys are made in one process', async () => {
  const script = fileURLToPath(new URL('many-keys.mjs', import.meta.url));
  // With so little memory for young objects it is looked through often, as in a process that has run for long.
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=1', script], {
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  expect(stdout).toBe('7500\n');
});
