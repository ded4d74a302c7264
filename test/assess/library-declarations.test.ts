/** What is read of the language's own library is all that a program can see of it. The syntax of the library's files is the oracle. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { globalNamesIn, mayNameAnything } from '../../src/assess/typescript/global-names.js';
import {
  BEFORE_SYMBOL,
  CHECKER_NAMES,
  declarationsOf,
  LibraryIndex,
  textSeen,
} from '../../src/assess/typescript/library-declarations.js';
import { libraryText, libraryTexts } from '../../src/assess/typescript/library-files.js';

type LibraryFiles = typeof import('../../src/assess/typescript/library-files.js');

const BROWSER = ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'];
const texts = libraryTexts(BROWSER);
const index = new LibraryIndex(texts.values());
const files = [...texts].map(([name, { text }]) => ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true));
const scripts = files.filter((file) => !ts.isExternalModule(file));

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement)) {
    expect(statement.declarationList.declarations).toHaveLength(1);
    return statement.declarationList.declarations[0]?.name.getText() ?? '';
  }
  return (statement as ts.DeclarationStatement).name?.getText() ?? '';
}

/** What a node names by itself, as the global that its name begins with. */
function namedAt(node: ts.Node): string | null {
  if (ts.isTypeReferenceNode(node)) return globalOf(node.typeName.getText());
  if (ts.isTypeQueryNode(node)) return globalOf(node.exprName.getText());
  return ts.isExpressionWithTypeArguments(node) || ts.isComputedPropertyName(node)
    ? globalOf(node.expression.getText())
    : null;
}

function globalOf(name: string): string {
  return name
    .replace(/^globalThis\./, '')
    .split('.', 1)
    .join('');
}

function namesUsedIn(statement: ts.Statement): Set<string> {
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    const name = namedAt(node);
    if (name !== null) used.add(name);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return used;
}

describe('the declarations of the library', () => {
  test.each(scripts.map((file) => [file.fileName, file] as const))('are found by their first lines: %s', (_, file) => {
    const found = declarationsOf(file.text);
    expect(found.map(({ name }) => name)).toEqual(file.statements.map(nameOf));
    for (const [i, statement] of file.statements.entries()) {
      expect(found[i]?.start).toBe(statement.getStart());
      expect(found[i]?.end).toBeGreaterThanOrEqual(statement.end);
    }
  });

  test('name what their syntax names', () => {
    const missed = scripts.flatMap((file) =>
      file.statements.flatMap((statement) => {
        const named = new Set(index.namedBy(nameOf(statement)));
        return [...namesUsedIn(statement)]
          .filter((name) => index.has(name) && !named.has(name) && name !== nameOf(statement))
          .map((name) => `${file.fileName}: ${nameOf(statement)} names ${name}`);
      }),
    );
    // Asks the object of all globals for one of them, `Symbol`.
    expect(missed).toEqual(['lib.decorators.d.ts: DecoratorMetadata names globalThis']);
    expect(index.namedBy('DecoratorMetadata')).toContain('Symbol');
  });

  test('of the one file that is a module are all kept, with all that they name', () => {
    const modules = files.filter((file) => ts.isExternalModule(file));
    expect(modules.map(({ fileName }) => fileName)).toEqual(['lib.es2025.iterator.d.ts']);
    const seen = seenBy('export {};');
    for (const { text, statements } of modules) {
      expect(textSeen({ text, declarations: declarationsOf(text) }, seen)).toBe(text);
      const named = statements.flatMap((statement) => [...namesUsedIn(statement)]).filter((name) => index.has(name));
      for (const name of named) expect(seen).toContain(name);
    }
  });

  test('include every name that the checker looks up by itself', () => {
    const source = readFileSync(createRequire(import.meta.url).resolve('typescript'), 'utf8');
    const asked = [...source.matchAll(/\bgetGlobal\w*\(\s*"(\w+)"/g)].map(([, name]) => name ?? '');
    expect(asked.length).toBeGreaterThan(50);
    expect([...new Set(asked)].sort()).toEqual([...CHECKER_NAMES].sort());
  });
});

test('every global before Symbol is seen always, since the checker makes the types of them to print one of its members', () => {
  const es5 = texts.get('lib.es5.d.ts')?.declarations.map(({ name }) => name) ?? [];
  const before = es5.slice(0, es5.indexOf('Symbol'));
  expect(before).toContain('parseInt');
  for (const name of before) expect([...BEFORE_SYMBOL, ...CHECKER_NAMES]).toContain(name);
});

/** What a program of one file sees. */
function seenBy(text: string, name = 'index.d.ts'): ReturnType<LibraryIndex['seenBy']> {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ESNext);
  return mayNameAnything(file) ? 'everything' : index.seenBy(globalNamesIn(file, index));
}

describe('a program', () => {
  test('sees what it names, and what that names', () => {
    const none = seenBy('export declare function plan(id: string): void;');
    const some = seenBy('export declare function plan(id: Uint8Array, signal: AbortSignal): void;');
    for (const name of ['Uint8Array', 'ArrayBufferLike', 'AbortSignal', 'Event', 'EventTarget']) {
      expect(some).toContain(name);
      expect(none).not.toContain(name);
    }
    expect(some).not.toContain('Int8Array');
  });

  test.each([
    'export declare const all: typeof globalThis;',
    'declare const all: typeof this;',
    'export declare const all: \\u0057indow;',
    'export interface Keys { readonly plan: unique symbol; }',
  ])('sees everything where it may reach any global: %s', (text) => {
    expect(seenBy(text)).toBe('everything');
  });

  test('sees everything where it is code without types', () => {
    expect(seenBy('export const id = 1;', 'index.js')).toBe('everything');
  });

  test('sees everything where it refers to a file of the library, which may be one that other programs do not have', () => {
    expect(seenBy('/// <reference lib="dom" />\nexport declare const id: string;')).toBe('everything');
  });

  test('does not see a variable whose name is that of a member or parameter', () => {
    const text = 'export interface Cache { readonly fetch: string; parent(self: string): asserts self is "a"; }';
    for (const name of ['fetch', 'parent', 'self']) expect(seenBy(text)).not.toContain(name);
  });

  test.each([
    'export declare const get: typeof fetch;',
    'export { fetch };',
    'export const calls = { fetch };',
    'declare global { function fetch(): void; } export {};',
    'declare function fetch(id: string): void;',
    'export const get = () => fetch("");',
    'export const get = { [fetch.name]: 1 };',
  ])('sees a variable that it uses or adds to: %s', (text) => {
    const seen = seenBy(text, 'index.ts');
    expect(seen === 'everything' || seen.has('fetch')).toBe(true);
  });
});

describe('a file of the library', () => {
  const name = '/typescript/lib.es2017.sharedmemory.d.ts';

  test('is read with what is seen of it; the whole of it where a later program sees more', async () => {
    // A module of this test's own: what other tests have read in this process stays in theirs.
    const module = new URL('../../src/assess/typescript/library-files.ts?fresh', import.meta.url);
    const { libraryFile }: LibraryFiles = await import(/* @vite-ignore */ `${module.pathname}${module.search}`);
    const nothing = libraryFile(name, new Set());
    expect(nothing?.statements).toHaveLength(0);
    expect(nothing?.libReferenceDirectives.map(({ fileName }) => fileName)).toEqual([
      'es2015.symbol',
      'es2015.symbol.wellknown',
    ]);
    expect(libraryFile(name, new Set(['Array']))).toBe(nothing);
    const whole = libraryFile(name, new Set(['Atomics']));
    expect(whole?.text).toBe(libraryText(name));
    for (const seen of [new Set<string>(), 'everything'] as const) expect(libraryFile(name, seen)).toBe(whole);
  });
});

test('a text that says readonly again and again is read once', () => {
  const file = ts.createSourceFile('a.d.ts', `export {};\n// ${'readonly '.repeat(400_000)}\n`, ts.ScriptTarget.ESNext);
  expect(mayNameAnything(file)).toBe(false);
});
