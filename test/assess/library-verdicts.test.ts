/** A verdict is the same whether all of the language's own library was read, or what the pair sees of it. */

import { expect, test, vi } from 'vitest';

const LIBRARY = ['esnext', 'dom', 'dom.iterable'].map((name) => `lib.${name}.d.ts`);

/** The verdict about two declarations, of an engine that has read nothing before and of one that has read the whole library. */
async function verdicts(before: string, after: string) {
  vi.resetModules();
  const { assessFiles } = await import('../../src/assess/assess-files.js');
  const { normalizeFiles } = await import('../../src/model/module-files.js');
  const { libraryFile, libraryTexts } = await import('../../src/assess/typescript/library-files.js');
  const version = (text: string) => normalizeFiles({ 'index.d.ts': text });
  const pair = { fromFiles: version(before), toFiles: version(after) };
  const cold = await assessFiles(pair);
  for (const name of libraryTexts(LIBRARY).keys()) libraryFile(`/typescript/${name}`, 'everything');
  return { cold, whole: await assessFiles(pair) };
}

const REFERENCE = '/// <reference lib="dom" />\n';

test.each([
  {
    where: 'refers to a file of the library that the earlier one does not have',
    before: 'export declare function plan(id: string): void;',
    after: `${REFERENCE}export declare function plan(id: string | ShadowRoot): void;`,
    changed: 'string | ShadowRoot',
  },
  {
    where: 'refers to such a file no more',
    before: `${REFERENCE}export declare function plan(id: string): ShadowRoot;`,
    after: 'export declare function plan(id: string): Map<string, Intl.Collator>;',
    changed: 'Map<string, Collator>',
  },
  {
    where: 'names what the library has in several files',
    before: 'export declare class Plan extends Promise<string> { steps: Iterable<string>; }',
    after: 'export declare class Plan extends Promise<string> { steps: ReadonlyMap<string, WeakRef<Date>>; }',
    changed: 'ReadonlyMap<string, WeakRef<Date>>',
  },
])('where the later version $where', async ({ before, after, changed }) => {
  const { cold, whole } = await verdicts(before, after);
  expect(cold).toEqual(whole);
  expect(whole.findings.map((finding) => finding.after)).toContain(changed);
});
