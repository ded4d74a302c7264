/** Files that are parsed once for several pairs, and verdicts that do not depend on it. */

import ts from 'typescript';
import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { ParsedFiles } from '../../src/assess/typescript/parsed-files.js';
import { normalizeFiles } from '../../src/model/module-files.js';

const ESNEXT = { languageVersion: ts.ScriptTarget.ESNext };

/** How often a file was parsed, and each time anew. */
function counted() {
  const parsed: string[] = [];
  const ask = (files: ParsedFiles, name: string, text: string, options: ts.CreateSourceFileOptions = ESNEXT) =>
    files.file(name, text, options, () => {
      parsed.push(`${name} ${text}`);
      return ts.createSourceFile(name, text, options);
    });
  return { parsed, ask };
}

test('parses a file again only where its name, its text or its format is another', () => {
  const { parsed, ask } = counted();
  const files = new ParsedFiles();
  const first = ask(files, '/from/a.ts', 'a');
  expect(ask(files, '/from/a.ts', 'a')).toBe(first);
  expect(ask(files, '/to/a.ts', 'a')).not.toBe(first);
  expect(ask(files, '/from/a.ts', 'b').text).toBe('b');
  ask(files, '/from/a.ts', 'b', { ...ESNEXT, impliedNodeFormat: ts.ModuleKind.CommonJS });
  expect(parsed).toEqual(['/from/a.ts a', '/to/a.ts a', '/from/a.ts b', '/from/a.ts b']);
});

test('keeps so much text and no more: what was asked for last', () => {
  const { parsed, ask } = counted();
  const files = new ParsedFiles(10);
  for (const name of ['/a', '/b', '/a', '/c', '/a', '/b']) ask(files, name, 'aaaa');
  expect(parsed).toEqual(['/a aaaa', '/b aaaa', '/c aaaa', '/b aaaa']);
  ask(files, '/large', 'x'.repeat(11));
  ask(files, '/a', 'aaaa');
  expect(parsed.slice(4)).toEqual([`/large ${'x'.repeat(11)}`]);
});

test('gives each pair of a history the verdict that it has alone, in whatever order they come', async () => {
  const release = (options: string, result: string) =>
    normalizeFiles({
      'package.json': '{"type":"module","types":"index.d.ts"}',
      'index.d.ts': "export * from './plan.js';\nexport type { Options } from './options.js';",
      'plan.d.ts': `import type { Options } from './options.js';
        export declare function plan(options: Options): ${result};
        declare global { interface Window { planned: ${result} } }`,
      'options.d.ts': `export interface Options { ${options} }`,
    });
  const releases = [
    release('depth?: number', 'string[]'),
    release('depth?: number; name?: string', 'string[]'),
    release('depth: number; name?: string', 'string[]'),
    release('depth: number; name?: string', 'readonly string[]'),
  ];
  const levels: string[] = [];
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
    [2, 3],
    [1, 2],
    [0, 1],
    [1, 1],
  ] as const) {
    const { level, findings } = await assessFiles({
      fromFiles: releases[a] ?? new Map(),
      toFiles: releases[b] ?? new Map(),
    });
    levels.push(`${a} ${b} ${level}: ${findings.map(({ code, path }) => `${code} ${path}`).join(', ')}`);
  }
  expect(levels).toMatchInlineSnapshot(`
    [
      "0 1 MINOR_CHANGE: member-added Options.name",
      "1 2 BREAKING: member-required Options.depth",
      "2 3 BREAKING: return-widened plan(), not-comparable global.Window.planned",
      "3 0 BREAKING: member-removed Options.name, not-comparable global.Window.planned, return-narrowed plan(), member-optional Options.depth",
      "2 3 BREAKING: return-widened plan(), not-comparable global.Window.planned",
      "1 2 BREAKING: member-required Options.depth",
      "0 1 MINOR_CHANGE: member-added Options.name",
      "1 1 COMPATIBLE: ",
    ]
  `);
});
