/** Files that export from one another by more ways than anybody can go: what a name is, is found by following each file once. */

import { expect, it, vi } from 'vitest';
import { capabilitiesOf } from '../../../src/assess/capabilities/capabilities-of.js';
import { Cells } from '../../../src/assess/capabilities/values.js';
import { normalizeFiles } from '../../../src/model/module-files.js';

const LAYERS = 14;

/** Two files a layer, each with all that both of the next export: 2 to the power of the layers are the ways to the last. */
function layered(starOf: (file: string) => string): Record<string, string> {
  const files: Record<string, string> = {};
  for (let layer = 0; layer < LAYERS; layer++)
    for (const side of ['a', 'b'])
      files[`${side}${layer}.mjs`] = ['a', 'b'].map((next) => starOf(`./${next}${layer + 1}.mjs`)).join('\n');
  for (const side of ['a', 'b']) files[`${side}${LAYERS}.mjs`] = "export { readFileSync as read } from 'node:fs';";
  return files;
}

it.each([
  ['stars', (file: string) => `export * from '${file}';`],
  ['stars in a circle', (file: string) => `export * from '${file}'; export * from './a0.mjs';`],
])('follows each file once through %s', (_, starOf) => {
  const looks = vi.spyOn(Cells.prototype, 'get');
  const index = "import { read } from './a0.mjs';\nexport const f = () => read('x');";
  const { reach } = capabilitiesOf(normalizeFiles({ 'index.mjs': index, ...layered(starOf) }));
  expect(reach).toMatchObject({ 'fs-read': 'present', 'fs-write': 'none', code: 'none' });
  expect(looks.mock.calls.length).toBeLessThan(20_000);
  looks.mockRestore();
});

it('follows each literal once that is spread into others', () => {
  const looks = vi.spyOn(Cells.prototype, 'get');
  const layers = Array.from({ length: LAYERS }, (_, n) =>
    ['a', 'b'].map((side) => `const ${side}${LAYERS - n} = { ...a${LAYERS - n + 1}, ...b${LAYERS - n + 1} };`),
  );
  const last = ['a', 'b'].map((side) => `const ${side}${LAYERS + 1} = { ...require('fs') };`);
  const index = [...last, ...layers.flat(), "exports.f = () => a1.readFileSync('x');"].join('\n');
  const { reach } = capabilitiesOf(normalizeFiles({ 'index.js': index }));
  expect(reach).toMatchObject({ 'fs-read': 'present', code: 'none' });
  expect(looks.mock.calls.length).toBeLessThan(20_000);
  looks.mockRestore();
});

it('follows each file once where each is the whole of each', () => {
  const looks = vi.spyOn(Cells.prototype, 'get');
  const names = Array.from({ length: LAYERS }, (_, n) => `file${n}.js`);
  const files = Object.fromEntries(
    names.map((name) => [name, names.map((other) => `module.exports = require('./${other}');`).join('\n')]),
  );
  files[names.at(-1) ?? ''] += "\nexports.cp = require('child_process');";
  const index = "exports.f = () => require('./file0.js').cp.exec('true');";
  const { reach } = capabilitiesOf(normalizeFiles({ 'index.js': index, ...files }));
  expect(reach).toMatchObject({ process: 'present', network: 'none' });
  expect(looks.mock.calls.length).toBeLessThan(50_000);
  looks.mockRestore();
});
