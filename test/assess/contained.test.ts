/** What cannot be known of one declaration is told there, and spoils no other. */

import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { normalizeFiles } from '../../src/model/module-files.js';
import { readPairs } from './pair-files.js';

const pairs = new Map(readPairs().map((pair) => [pair.name, pair]));

test.each([
  ['untyped-instance-test-beside-a-typed-function', ['Plan[hasInstance]()'], ['size(name)']],
  [
    'instance-test-became-any-beside-what-names-its-class',
    ['Plan[hasInstance]()'],
    ['Plan#stop', 'Told.at', 'size(unit)'],
  ],
  ['function-became-any-to-any-beside-what-names-it', ['wrap()', 'wrap(text)'], ['Told.at', 'size(unit)']],
])('%s', async (name, unknown, known) => {
  const { a, b } = pairs.get(name) ?? { a: new Map(), b: new Map() };
  const { findings } = await assessFiles({ fromFiles: normalizeFiles(a), toFiles: normalizeFiles(b) });
  const pathsOf = (level: string): string[] =>
    findings.flatMap((finding) => (finding.level === level ? [finding.path] : [])).sort();
  expect([pathsOf('UNKNOWN'), pathsOf('MINOR_CHANGE'), pathsOf('BREAKING')]).toEqual([unknown, known, []]);
});
