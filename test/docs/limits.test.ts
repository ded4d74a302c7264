/** The simulation that docs/limits.md quotes, run again. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMITS = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');

test('what is said of 10,000 nodes is what the simulation says', () => {
  const [, given = ''] = /`node (bench\/simulate-nodes\.mjs[^`]*)`/.exec(LIMITS) ?? [];
  expect(given).not.toBe('');
  const said = execFileSync(process.execPath, given.split(' '), { cwd: ROOT, encoding: 'utf8' });
  const [times = '', ...table] = said.trimEnd().split('\n');
  expect(table).toHaveLength(10);
  expect(LIMITS).toContain(times);
  expect(LIMITS).toContain(table.join('\n'));
});
