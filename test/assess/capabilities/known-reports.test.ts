/** A version of a history is looked through once in a process. */

import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { knownCapabilities } from '../../../src/assess/capabilities/known-reports.js';
import { collectGarbage } from '../../../src/assess/collect-garbage.js';
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

/** What the heap holds once nothing is under way. */
async function heldMb(): Promise<number> {
  await setImmediate();
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test('a report that is remembered keeps no text of the files that it is about', async () => {
  const large = (n: number) => version(`eval(process.env.LARGE_${n}); /* ${'x'.repeat(4 * 2 ** 20)} */`);
  knownCapabilities(large(0));
  const before = await heldMb();
  for (let n = 1; n <= 8; n += 1) expect(knownCapabilities(large(n)).reach.code).toBe('present');
  expect((await heldMb()) - before).toBeLessThan(8);
});
