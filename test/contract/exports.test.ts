/** The public surface, name by name: what is added or taken away shows here. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import * as library from '../../src/index.js';

const INDEX = fileURLToPath(new URL('../../src/index.ts', import.meta.url));

/** Every exported name of src/index.ts, types marked as such. */
function exportedNames(): string[] {
  const source = ts.createSourceFile('index.ts', readFileSync(INDEX, 'utf8'), ts.ScriptTarget.ES2023, true);
  return source.statements
    .flatMap((statement) => {
      if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) return ['(not an export list)'];
      if (!ts.isNamedExports(statement.exportClause)) return ['(an export of a namespace)'];
      return statement.exportClause.elements.map(
        (e) => `${statement.isTypeOnly || e.isTypeOnly ? 'type ' : ''}${e.name.text}`,
      );
    })
    .sort();
}

test('the names that the package exports', () => {
  expect(exportedNames()).toMatchSnapshot();
});

test('the values among them are there', () => {
  const values = exportedNames().filter((name) => !name.startsWith('type '));
  expect(Object.keys(library).sort()).toEqual(values);
});

test('the unions have constant objects of the same name, frozen', () => {
  const { CompatibilityLevel, ModuleStatus, RollbackReason, Role, ERROR_CODES } = library;
  const { GateRefusalCode, GateNoteCode, SkipCode } = library;
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
  expect([...library.ERROR_CODES].sort()).toMatchSnapshot();
});
