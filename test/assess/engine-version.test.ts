/** What a verdict says of who judged is what judged. */

import { createRequire } from 'node:module';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ASSESSOR, TYPESCRIPT } from '../../src/assess/engine-version.js';

interface Package {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const load = createRequire(import.meta.url);

test('names the TypeScript that is loaded, and package.json pins it', () => {
  const { dependencies } = load('../../package.json') as Package;
  expect(TYPESCRIPT).toBe(ts.version);
  expect(dependencies['typescript']).toBe(TYPESCRIPT);
  expect(ASSESSOR).toMatch(
    new RegExp(`^git-lineage/assess-[1-9][0-9]* typescript/${TYPESCRIPT.replaceAll('.', '\\.')}$`),
  );
});

test("pins the declarations of Node's modules too", () => {
  const { dependencies } = load('../../package.json') as Package;
  expect(dependencies['@types/node']).toBe((load('@types/node/package.json') as Package).version);
});
