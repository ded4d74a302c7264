/** Entries that declare modules by name: each module is given its own text, and no more. */

import { expect, test } from 'vitest';
import { ModuleTree } from '../../src/assess/module/module-tree.js';
import { expandAmbientEntries } from '../../src/assess/typescript/ambient-modules.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const treeOf = (files: Record<string, string>) => new ModuleTree(normalizeFiles(files));
const PACKAGE = '{"name":"dates"}';

test('a module has its bodies and what stands outside of all modules', () => {
  const tree = treeOf({
    'package.json': PACKAGE,
    'index.d.ts': [
      'type Outside = 1;',
      "declare module 'dates' { export const a: Outside; }",
      "declare module 'dates/add' { export const add: 2; }",
      'type Between = 3;',
      "declare module 'dates' { export const b: Between; }",
    ].join('\n'),
  });
  const { entries, trees } = expandAmbientEntries({ from: tree, to: tree }, [
    { prefix: '', from: 'index.d.ts', to: 'index.d.ts' },
  ]);
  expect(entries.map(({ prefix }) => prefix)).toEqual(['', './add: ']);
  const texts = entries.map(({ from }) =>
    trees.from
      .read(from)
      ?.split('\n')
      .filter((line) => line.trim() !== ''),
  );
  expect(texts).toEqual([
    ['type Outside = 1;', 'type Between = 3;', ' export const a: Outside; ', ' export const b: Between; '],
    ['type Outside = 1;', 'type Between = 3;', ' export const add: 2; '],
  ]);
});

test('thousands of modules in a file that many entries name take as much text as the file', () => {
  const count = 3_000;
  const body = `export const value: { readonly text: '${'x'.repeat(200)}' };`;
  const text = Array.from({ length: count }, (_, n) => `declare module 'dates/m${n}' { ${body} }`).join('\n');
  const tree = treeOf({ 'package.json': PACKAGE, 'index.d.ts': text });
  const entries = Array.from({ length: 50 }, (_, n) => ({ prefix: `./m${n}: `, from: 'index.d.ts', to: 'index.d.ts' }));
  const expanded = expandAmbientEntries({ from: tree, to: tree }, entries);
  expect(expanded.entries).toHaveLength(count);
  const made = [...expanded.trees.from.files.values()].reduce((sum, { data }) => sum + data.length, 0);
  expect(made).toBeLessThan(3 * text.length);
});

test('modules beside so much else that each would repeat it are compared as text', () => {
  const outside = `type Outside = '${'x'.repeat(100_000)}';`;
  const modules = Array.from({ length: 1_000 }, (_, n) => `declare module 'dates/m${n}' { export const v: 1; }`);
  const tree = treeOf({ 'package.json': PACKAGE, 'index.d.ts': [outside, ...modules].join('\n') });
  const entry = { prefix: '', from: 'index.d.ts', to: 'index.d.ts' };
  expect(expandAmbientEntries({ from: tree, to: tree }, [entry]).entries).toEqual([entry]);
});
