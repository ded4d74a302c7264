/** The public surface, door by door. What is added, taken away or changed shows in `api/`, whose files a review reads. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import * as front from '../../src/index.js';
import { apiReport } from './api-report.js';

const ROOT = new URL('../../', import.meta.url);

/** The files of `src` that package.json's `exports` lead to, by the name of their door. */
const DOORS: Readonly<Record<string, string>> = {
  index: 'index',
  ...Object.fromEntries(
    readdirSync(new URL('src/api', ROOT)).map((file) => [
      file.replace(/\.ts$/, ''),
      `api/${file.replace(/\.ts$/, '')}`,
    ]),
  ),
};

const reports = new Map(
  Object.entries(DOORS).map(([door, path]) => [door, apiReport(fileURLToPath(new URL(`build/${path}.d.ts`, ROOT)))]),
);

interface Export {
  readonly name: string;
  readonly typeOnly: boolean;
}

/** Every name that a door exports. */
function exportedNames(path: string): readonly Export[] {
  const text = readFileSync(new URL(`src/${path}.ts`, ROOT), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  return source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined)
      return [{ name: '(not an export list)', typeOnly: false }];
    if (!ts.isNamedExports(statement.exportClause)) return [{ name: '(a namespace)', typeOnly: false }];
    return statement.exportClause.elements.map((e) => ({
      name: e.name.text,
      typeOnly: statement.isTypeOnly || e.isTypeOnly,
    }));
  });
}

describe.each(Object.entries(DOORS))('the door %s', (door, path) => {
  test('exports what its report in api/ says', async () => {
    await expect(reports.get(door)).toMatchFileSnapshot(fileURLToPath(new URL(`api/${door}.api.txt`, ROOT)));
  });

  test('has the values that it names', async () => {
    const values = exportedNames(path).filter(({ typeOnly }) => !typeOnly);
    const loaded = (await import(new URL(`build/${path}.js`, ROOT).href)) as Record<string, unknown>;
    expect(Object.keys(loaded).sort()).toEqual(values.map(({ name }) => name).sort());
  });

  test('is in the manifest', () => {
    const { exports } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { exports: object };
    expect(exports).toHaveProperty([door === 'index' ? '.' : `./${door}`], {
      types: `./dist/${path}.d.ts`,
      default: `./dist/${path}.js`,
    });
  });
});

test('no name is behind two doors', () => {
  const names = Object.values(DOORS).flatMap((path) => exportedNames(path).map(({ name }) => name));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('the front door has at most 40 names', () => {
  expect(exportedNames('index').length).toBeLessThanOrEqual(40);
});

test('the door of types has no value', () => {
  expect(exportedNames('api/types').filter(({ typeOnly }) => !typeOnly)).toEqual([]);
});

test('the unions have constant objects of the same name, frozen', () => {
  const { CompatibilityLevel, ModuleStatus, RollbackReason, Role, ERROR_CODES } = front;
  const { GateRefusalCode, GateNoteCode, SkipCode } = front;
  const unions = [CompatibilityLevel, ModuleStatus, RollbackReason, GateRefusalCode, GateNoteCode, SkipCode];
  for (const constants of [...unions, Role, ERROR_CODES]) {
    expect(Object.isFrozen(constants)).toBe(true);
  }
  expect(Object.values(CompatibilityLevel)).toEqual(['COMPATIBLE', 'MINOR_CHANGE', 'BREAKING', 'UNKNOWN']);
  expect(Object.values(RollbackReason)).toEqual(['MANUAL', 'HEALTH_FAILURE', 'DEPENDENCY', 'TIMEOUT']);
  expect(Object.values(ModuleStatus)).toEqual(['STAGED', 'ACTIVE', 'ARCHIVED', 'REVERTED']);
  for (const constants of unions) {
    for (const [name, value] of Object.entries(constants)) expect(value).toBe(name);
  }
});

test('the error codes', () => {
  expect([...front.ERROR_CODES].sort()).toMatchSnapshot();
});
