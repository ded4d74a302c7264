/** The caller that ends the rationale of a BREAKING verdict: shown for most pairs, and what is shown compiles before and not after. */

import ts from 'typescript';
import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { parseAssessment } from '../../src/assess/parse-assessment.js';
import type { Assessment, Caller } from '../../src/model/assessment.js';
import { normalizeFiles } from '../../src/model/module-files.js';
import { isPrintableLine, isPrintableText } from '../../src/model/printable.js';
import { checkMounts, type Mount } from './caller-program.js';
import { readPairs } from './pair-files.js';

/** Of the pairs with a BREAKING verdict, so many have a caller at least. */
const LEAST_SHOWN = 0.84;

function assess(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): Promise<Assessment> {
  return assessFiles({ fromFiles: normalizeFiles(a), toFiles: normalizeFiles(b) });
}

/** Where a version and the caller stand side by side. */
function mountOf(folder: string, module: ReadonlyMap<string, string>, { lines }: Caller): Mount {
  return { folder, module, callers: new Map([['caller.ts', `${lines.join('\n')}\n`]]) };
}

test('most BREAKING pairs have a caller, and each compiles before and not after', async () => {
  const breaking = readPairs().filter(({ level }) => level === 'BREAKING');
  const shown: { readonly name: string; readonly caller: Caller; readonly mounts: readonly Mount[] }[] = [];
  for (const { name, a, b } of breaking) {
    const { caller, rationale } = await assess(a, b);
    if (caller === null) continue;
    expect(rationale.split('\n').slice(-3)).toEqual([
      'A caller that compiles before and not after:',
      ...caller.lines.map((line) => `  ${line}`),
    ]);
    shown.push({ name, caller, mounts: [mountOf(`/${name}/a`, a, caller), mountOf(`/${name}/b`, b, caller)] });
  }
  const checked = checkMounts(shown.flatMap(({ mounts }) => mounts));
  const said = (name: string, side: 'a' | 'b') => checked.get(`/${name}/${side}`)?.callers.get('caller.ts');
  const wrong = shown.filter(({ name }) => said(name, 'a')?.length !== 0 || said(name, 'b')?.length === 0);
  expect(wrong.map(({ name, caller }) => [name, ...caller.lines, said(name, 'a'), said(name, 'b')])).toEqual([]);
  expect(shown.length / breaking.length).toBeGreaterThanOrEqual(LEAST_SHOWN);
}, 120_000);

const KINDS: readonly (readonly [string, string, string, string, string])[] = [
  ['an export removed', 'export declare const a: 1;', '', "import { a } from 'the-module';", 'export const use = a;'],
  [
    'a type removed',
    'export interface A<T> { a: T }',
    '',
    "import type { A } from 'the-module';",
    'export type Use<T> = A<T>;',
  ],
  [
    'a callback that lost its types',
    'export declare function watch(changed: (count: number) => void): void;',
    'export declare function watch(changed: unknown): void;',
    "import { watch } from 'the-module';",
    'export const use = () => watch((count) => null!);',
  ],
  [
    'a default removed',
    'declare function plan(): void;\nexport default plan;\nexport {};',
    'export declare const other: 1;',
    "import * as all from 'the-module';",
    'export const use = all.default;',
  ],
  [
    'a parameter added',
    'export declare function f(a: string): void;',
    'export declare function f(a: string, b: number): void;',
    "import { f } from 'the-module';",
    'export const use = (a: string) => f(a);',
  ],
  [
    'a parameter narrowed',
    'export declare function f(a: string | number, b?: Date): void;',
    'export declare function f(a: string, b?: Date): void;',
    "import { f } from 'the-module';",
    'export const use = (a: string | number, b?: Date) => f(a, b);',
  ],
  [
    'a result widened',
    'export interface R { n: number }\nexport declare function f(): R;',
    'export interface R { n: number }\nexport declare function f(): R | undefined;',
    "import { f, type R } from 'the-module';",
    'export const use = (): R => f();',
  ],
  [
    'a member removed',
    'export interface R { n: number }\nexport declare function f(): R;',
    'export interface R {}\nexport declare function f(): R;',
    "import type { R } from 'the-module';",
    'export const use = (value: R) => value.n;',
  ],
  [
    'an option required now',
    'export interface O { deep?: boolean }\nexport declare function f(o: O): void;',
    'export interface O { deep: boolean }\nexport declare function f(o: O): void;',
    "import type { O } from 'the-module';",
    'export const use = (value: { deep?: boolean }): O => value;',
  ],
  [
    'a type alias with another alternative',
    "export type S = 'a' | 'b';",
    "export type S = 'a' | 'b' | 'c';",
    "import type { S } from 'the-module';",
    "export const use = (value: S): 'a' | 'b' => value;",
  ],
  [
    'a class that cannot be constructed',
    'export declare class C { constructor(n: number); }',
    'export declare class C { private constructor(n: number); }',
    "import { C } from 'the-module';",
    'export const use = (n: number) => new C(n);',
  ],
  [
    'an interface that cannot be extended',
    'export interface P { run(): void }',
    'export type P = { run(): void } | { run(): void; name: string };',
    "import type { P } from 'the-module';",
    'export interface Use extends P {}',
  ],
  [
    'a method that became a property',
    'export declare class C { run(n: number): string; }',
    'export declare class C { run: (n: number) => string; }',
    "import { C } from 'the-module';",
    'export abstract class Use extends C { override run(n: number): string { return null!; } }',
  ],
  [
    'a member that subclasses see',
    'export declare class C { protected run(): void; }',
    'export declare class C {}',
    "import { C } from 'the-module';",
    'export abstract class Use extends C { use() { return this.run; } }',
  ],
  [
    'a type parameter that has to be named',
    'export interface Box<T> { value: T }',
    'export interface Box<T, M> { value: T; meta?: M }',
    "import type { Box } from 'the-module';",
    'export type Use<T> = Box<T>;',
  ],
  [
    'a callback that is handed less',
    'export declare function each(visit: (item: string, index?: number) => void): void;',
    'export declare function each(visit: (item: string) => void): void;',
    "import { each } from 'the-module';",
    'export const use = (visit: (item: string, index: number | undefined) => void) => each(visit);',
  ],
  [
    'a callback that was handed any number',
    'export declare function on(listener: (...args: any[]) => void): void;',
    'export declare function on(listener: (arg: any) => void): void;',
    "import { on } from 'the-module';",
    'export const use = (listener: (args1: unknown, args2: unknown) => void) => on(listener);',
  ],
  [
    'arguments that have to agree',
    'export declare function same(one: unknown, other: unknown): boolean;',
    'export declare function same<T>(one: T, other: T): boolean;',
    "import { same } from 'the-module';",
    "export const use = () => same(1, 'a');",
  ],
  [
    'a method that became a property',
    'export interface Sink { write(chunk: string | Uint8Array): void }',
    'export interface Sink { write: (chunk: string | Uint8Array) => void }',
    "import type { Sink } from 'the-module';",
    "export const use = (value: Omit<Sink, 'write'> & { write(chunk: string): void }): Sink => value;",
  ],
  [
    'a method that no longer says what its object is',
    'export declare class Slot { value?: string; isFull(): this is { value: string } }',
    'export declare class Slot { value?: string; isFull(): boolean }',
    "import type { Slot } from 'the-module';",
    'export const use = (value: Slot): { value: string } | null => value.isFull() ? value : null;',
  ],
];

test.each(KINDS)('%s', async (_, before, after, ...lines) => {
  const rest = 'export declare const rest: 1;\n';
  const [a, b] = [before, after].map((text) => new Map([['index.d.ts', `${rest}${text}`]])) as [
    Map<string, string>,
    Map<string, string>,
  ];
  const { caller } = await assess(a, b);
  expect(caller?.lines).toEqual(lines);
  expect(caller?.error).toMatch(/^TS\d+: \S/);
  const checked = checkMounts([mountOf('/a', a, caller as Caller), mountOf('/b', b, caller as Caller)]);
  expect(checked.get('/a')?.callers.get('caller.ts')).toEqual([]);
  expect(checked.get('/b')?.callers.get('caller.ts')).toHaveLength(1);
});

test('the module is called what package.json calls it, where npm would', async () => {
  const files = (name: unknown, text: string) =>
    new Map([
      ['package.json', JSON.stringify({ name, types: './index.d.ts', type: 'module' })],
      ['index.d.ts', text],
    ]);
  const lineOf = async (name: unknown) =>
    (await assess(files(name, 'export declare const a: 1;'), files(name, 'export {};'))).caller?.lines[0];
  expect(await lineOf('@scope/tools')).toBe("import { a } from '@scope/tools';");
  for (const name of ["x'; process.exit(); '", '../../x', 'UPPER', 'a'.repeat(300), '\u202ename', 7]) {
    expect(await lineOf(name)).toBe("import { a } from 'the-module';");
  }
});

test('a subpath is imported by its name', async () => {
  const files = (exports: Record<string, string>) =>
    new Map([
      ['package.json', JSON.stringify({ name: 'tools', type: 'module', exports })],
      ['index.d.ts', 'export {};'],
      ['index.js', ''],
      ['server.d.ts', 'export declare const port: 1;'],
      ['server.js', 'export const port = 1;'],
    ]);
  const { caller } = await assess(
    files({ '.': './index.js', './server': './server.js' }),
    files({ '.': './index.js' }),
  );
  expect(caller?.lines).toEqual(["import * as all from 'tools/server';", 'export const use = all;']);
});

const NOT_BY_TYPES: readonly (readonly [string, string, string])[] = [
  ['nothing breaks', 'export declare const a: 1;', 'export declare const a: 1;\nexport declare const b: 1;'],
  [
    'the type can only be computed',
    'export type U<T> = T extends Promise<infer I> ? I : T;',
    'export type U<T> = T extends Promise<infer I> ? U<I> : T;',
  ],
];

test.each(NOT_BY_TYPES)('no caller where %s', async (_, a, b) => {
  const { caller, rationale } = await assess(new Map([['index.d.ts', a]]), new Map([['index.d.ts', b]]));
  expect(caller).toBe(null);
  expect(rationale).not.toContain('A caller that compiles');
});

test('no caller of a schema', async () => {
  const schema = (type: string) =>
    new Map([['input.schema.json', JSON.stringify({ type, $schema: 'https://json-schema.org/draft/2020-12/schema' })]]);
  expect(await assess(schema('string'), schema('number'))).toMatchObject({ level: 'BREAKING', caller: null });
});

test('no line is longer than its limit: a longer form is not tried', async () => {
  const members = Array.from({ length: 11 }, (_, n) => `memberWithALongName${n}: string`).join('; ');
  const text = (more: string) => `export interface O { ${members}${more} }\nexport declare function f(o: O): void;`;
  const { level, caller } = await assess(
    new Map([['index.d.ts', text('')]]),
    new Map([['index.d.ts', text('; more: 1')]]),
  );
  expect({ level, caller }).toEqual({ level: 'BREAKING', caller: null });
});

const HOSTILE = [
  `a'; import 'evil'; //`,
  '*/ evil() /*',
  `\`\${evil()}\``,
  '</pre><script>evil()</script>',
  'a\u202eb\u200b',
  'line\nbreak\u2028',
  '\\',
  '"',
  '\u001b[31m',
];

test.each(HOSTILE.map((name) => [JSON.stringify(name), name] as const))(
  'the name %s says nothing but itself',
  async (_, name) => {
    const key = JSON.stringify(name);
    const text = (more: string) =>
      [
        `export interface O { ${key}: ${key}${more} }`,
        'export declare function f(o: O): void;',
        `declare const hidden: 1;\nexport { hidden as ${key} };`,
      ].join('\n');
    const pairs = [
      [text(''), text('; more: 1')],
      [text(''), text('').replace(`${key}: ${key}`, '')],
      [text(''), text('').split('declare const hidden')[0] ?? ''],
    ] as const;
    for (const [a, b] of pairs) {
      const { level, caller, rationale } = await assess(new Map([['index.d.ts', a]]), new Map([['index.d.ts', b]]));
      expect(level).toBe('BREAKING');
      expect(isPrintableText(rationale, 65_536)).toBe(true);
      if (caller === null) continue;
      for (const line of caller.lines) {
        expect(isPrintableLine(line, 240)).toBe(true);
        // One statement a line, and the name in it is a literal that reads back as it was.
        const { statements } = ts.createSourceFile('line.ts', line, ts.ScriptTarget.ESNext);
        expect(statements).toHaveLength(1);
      }
      expect(ts.createSourceFile('caller.ts', caller.lines.join('\n'), ts.ScriptTarget.ESNext).statements).toHaveLength(
        2,
      );
      expect(stringsIn(caller.lines.join('\n')).filter((text) => text !== 'the-module')).toEqual(
        stringsIn(caller.lines.join('\n')).filter((text) => text === name),
      );
    }
  },
);

function stringsIn(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('caller.ts', text, ts.ScriptTarget.ESNext));
  return found;
}

test('what is no caller is not taken for one', async () => {
  const answer = await assess(
    new Map([['index.d.ts', 'export declare const a: 1;\nexport declare const b: 1;']]),
    new Map([['index.d.ts', 'export declare const b: 1;']]),
  );
  expect(parseAssessment(structuredClone(answer))).toEqual(answer);
  const { caller } = answer as { caller: Caller };
  for (const wrong of [
    undefined,
    'text',
    { ...caller, lines: ['one'] },
    { ...caller, lines: [...caller.lines, 'three'] },
    { ...caller, lines: ['two\nlines', 'more'] },
    { ...caller, lines: ['x'.repeat(241), 'y'] },
    { ...caller, error: '\u001b[31m' },
  ]) {
    expect(parseAssessment({ ...answer, caller: wrong })).toBe(null);
  }
  expect(parseAssessment({ ...answer, level: 'UNKNOWN' })).toBe(null);
});
