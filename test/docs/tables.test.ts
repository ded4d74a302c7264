/** Tables of the guides that list all of something: every row that there is, and no other. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GateRefusalCode } from '../../src/errors.js';
import { GateNoteCode } from '../../src/model/gate.js';
import { settingNames } from '../../src/model/policy-settings.js';
import { ROLES } from '../../src/model/signer-roles.js';
import { MarkdownDocument, ROOT } from './document.js';

/** What stands in code in a column of the tables of a section, once for each row. */
function listed(path: string, section: string, column = 0): string[] {
  const rows = new MarkdownDocument(path).section(section).matchAll(/^\| (.*) \|$/gm);
  const cells = [...rows].map(([, row = '']) => row.split(' | ')[column] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

/** The alternatives of a union of string literals, which no program can list. */
function alternatives(path: string, type: string): string[] {
  const [, union = ''] = new RegExp(`type ${type} =([^;]*);`).exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
  return [...union.matchAll(/(?:^|\|)\s*'([^']+)'/g)].map(([, name = '']) => name);
}

describe('the guides list all that there is', () => {
  it('of what doctor finds', () => {
    const findings = alternatives('src/ports/upkeep.ts', 'FindingKind');
    const told = listed('docs/guide/operations.md', 'When something is wrong');
    expect(told.filter((name) => /^[a-z-]+$/.test(name)).toSorted()).toEqual(findings.toSorted());
  });

  it('of the settings', () => {
    const told = listed('docs/guide/operations.md', 'Settings');
    expect(told.toSorted()).toEqual([...settingNames(2)].toSorted());
  });

  it('of the roles', () => {
    expect(listed('docs/guide/trust.md', 'Roles').filter((name) => !name.includes(' '))).toEqual(
      expect.arrayContaining([...ROLES]),
    );
  });

  it('of what the gate says', () => {
    const codes = [...Object.keys(GateRefusalCode), ...Object.keys(GateNoteCode)];
    expect(listed('docs/guide/hook.md', 'What the gate says', 1).toSorted()).toEqual(codes.toSorted());
  });

  it('of the limits that an assessment can reach', () => {
    const limits = alternatives('src/model/assessment.ts', 'AssessmentLimit');
    expect(limits.length).toBeGreaterThan(2);
    const [, told = ''] =
      /^what the compiler says .*`limit` is (.*) where one was/m.exec(new MarkdownDocument('docs/guide/cli.md').text) ??
      [];
    expect([...told.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(limits);
  });
});
