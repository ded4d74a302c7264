/** Going back again and again leaves nothing behind. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./cycles-process.mjs', import.meta.url));

it('500 times there and back: two instances, two folders, a flat heap', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', SCRIPT, '500']);
  const told = JSON.parse(stdout) as { wrong: number; heapKb: [number, number]; alive: number };
  expect(told).toMatchObject({ cycles: 500, wrong: 0, folders: 2, contents: 2 });
  // Collection is the engine's affair: a handful may wait for it, hundreds would be a leak.
  expect(told.alive).toBeLessThan(25);
  const [early, late] = told.heapKb;
  expect(late - early).toBeLessThan(1024);
});
