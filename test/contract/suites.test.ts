/** The list of the tests that `npm test` leaves out names tests that are there. */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LONG, SWEEPS, suiteOf } from '../suites.js';

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

function named(globs: readonly string[]): string[] {
  return files.filter((path) => globs.flatMap(alternatives).some((name) => matches(name, path)));
}

/** What vitest runs in a mode. */
function run(mode: string): string[] {
  const { include, exclude } = suiteOf(mode);
  const left = new Set(named(exclude));
  return named(include).filter((path) => !left.has(path));
}

test('each file and folder that is named is there', () => {
  const names = [...LONG, ...SWEEPS].flatMap(alternatives);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !files.some((path) => matches(name, path)))).toEqual([]);
});

test('every file is in one suite and no other, and all are in test:all', () => {
  const [quick, long, sweeps] = ['quick', 'long', 'sweeps'].map(run);
  expect([...(quick ?? []), ...(long ?? []), ...(sweeps ?? [])].sort()).toEqual([...files].sort());
  expect(run('test').sort()).toEqual([...files].sort());
  expect(sweeps?.length).toBeGreaterThan(20);
});
