/** The threat model names tests: each is there, and each attack that is tested is named. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MarkdownDocument, ROOT } from './document.js';

const model = new MarkdownDocument('docs/threat-model.md');
const TESTED = 'Key by key, file by file, host by host, clock by clock';

/** The tests that a text names, as `attacks/keep-a-secret-that-was-redacted`. */
function named(text: string): string[] {
  return [...text.matchAll(/`([a-z-]+\/[a-z0-9-]+)`/g)].map(([, name = '']) => name);
}

test('names tests that there are, in each row of what a holder can do', () => {
  const [, , ...rows] = model
    .section(TESTED)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(rows.length).toBeGreaterThan(15);
  for (const row of rows) {
    const tests = named(row.split('|').at(-2) ?? '');
    expect(tests, row).not.toEqual([]);
    const missing = tests.filter((name) => !existsSync(join(ROOT, 'test', `${name}.test.ts`)));
    expect(missing, row).toEqual([]);
  }
});

test('names every attack that is tested', () => {
  const attacks = readdirSync(join(ROOT, 'test/attacks')).filter((name) => name.endsWith('.test.ts'));
  const known = new Set(named(model.section(TESTED)));
  expect(attacks.map((name) => `attacks/${name.slice(0, -8)}`).filter((name) => !known.has(name))).toEqual([]);
});
