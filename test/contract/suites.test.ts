/** The list of the tests that `npm test` leaves out names tests that are there. */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LONG, suiteOf } from '../suites.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`);

/** `a/{b,c}.ts` as `a/b.ts` and `a/c.ts`. */
function alternatives(glob: string): string[] {
  const [, before = '', list, after = ''] = /^(.*)\{([^}]*)\}(.*)$/.exec(glob) ?? [];
  return list === undefined ? [glob] : list.split(',').map((one) => `${before}${one}${after}`);
}

function matches(glob: string, path: string): boolean {
  const pattern = glob
    .replace(/[.]/g, '\\.')
    .replace(/\*\*\/|\*\*|\*/g, (star) => ({ '**/': '(?:.*/)?', '**': '.*' })[star] ?? '[^/]*');
  return new RegExp(`^${pattern}$`).test(path);
}

test('each file and folder that is named is there', () => {
  const names = LONG.flatMap(alternatives);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !files.some((path) => matches(name, path)))).toEqual([]);
});

test('what npm test leaves out is what test:long runs', () => {
  expect(suiteOf('quick').exclude).toEqual(LONG);
  const names = suiteOf('long').include.flatMap(alternatives);
  const left = files.filter((path) => LONG.flatMap(alternatives).some((name) => matches(name, path)));
  expect(left.filter((path) => !names.some((name) => matches(name, path)))).toEqual([]);
});
