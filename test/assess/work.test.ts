/** The limit on work: what is found within it is the same on every machine, however busy. */

import { afterEach, expect, test, vi } from 'vitest';
import { ModuleTree } from '../../src/assess/module/module-tree.js';
import { assessInterfaces } from '../../src/assess/typescript/assess-interfaces.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const COUNT = 40;
const declarations = (field: string): ModuleTree => {
  const lines = Array.from(
    { length: COUNT },
    (_, n) => `export interface T${n} { ${field}: Map<string, { at${n}: number }>; next: T${(n + 1) % COUNT} }`,
  );
  return new ModuleTree(normalizeFiles({ 'index.d.ts': lines.join('\n') }));
};
const trees = { from: declarations('old'), to: declarations('renamed') };

function judged(work: number) {
  const { findings, outOfWork } = assessInterfaces(trees, [{ prefix: '', from: 'index.d.ts', to: 'index.d.ts' }], {
    work,
  });
  return { told: findings.map(({ code, path }) => `${code} ${path}`), outOfWork };
}

afterEach(() => vi.restoreAllMocks());

test('ends where the work is done, with what was found by then', () => {
  const whole = judged(1_000_000);
  expect(whole.outOfWork).toBe(false);
  expect(whole.told.length).toBeGreaterThanOrEqual(COUNT);
  const part = judged(200);
  expect(part.outOfWork).toBe(true);
  expect(part.told.length).toBeGreaterThan(0);
  expect(part.told.length).toBeLessThan(whole.told.length);
});

test('finds the same where the clock runs a thousand times as fast', () => {
  const before = judged(200);
  const now = performance.now.bind(performance);
  const start = now();
  vi.spyOn(performance, 'now').mockImplementation(() => start + 1_000 * (now() - start));
  expect(judged(200)).toEqual(before);
});
