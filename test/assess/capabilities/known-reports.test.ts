/** A version of a history is looked through once in a process. */

import { expect, test } from 'vitest';
import { knownCapabilities } from '../../../src/assess/capabilities/known-reports.js';
import { normalizeFiles } from '../../../src/model/module-files.js';

const version = (text: string, path = 'index.js') => normalizeFiles({ [path]: text });

test('the same content has the report that was made first', () => {
  const first = knownCapabilities(version("require('fs').readFileSync('a');"));
  expect(first.reach['fs-read']).toBe('present');
  expect(knownCapabilities(version("require('fs').readFileSync('a');"))).toBe(first);
});

test.each([
  ['other content', version('exports.a = 1;'), {}],
  ['the same file under another path', version("require('fs').readFileSync('a');", 'main.mjs'), {}],
  ['another entry', version("require('fs').readFileSync('a');"), { entry: 'other.js' }],
])('%s has a report of its own', (_, files, metadata) => {
  expect(knownCapabilities(files, metadata)).not.toBe(knownCapabilities(version("require('fs').readFileSync('a');")));
});

test('what was asked for long ago is made anew, and says the same', () => {
  const first = knownCapabilities(version("require('net');"));
  for (let n = 0; n < 20; n += 1) knownCapabilities(version(`exports.a = ${n};`));
  const again = knownCapabilities(version("require('net');"));
  expect(again).not.toBe(first);
  expect(again).toEqual(first);
});
