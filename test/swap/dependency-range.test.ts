/** The grammar of ranges: what is read, what each accepts at its borders, and that nothing else is read. */

import { describe, expect, test } from 'vitest';
import { parseRange } from '../../src/swap/depend/dependency-range.js';

const MAX = Number.MAX_SAFE_INTEGER;

function accepted(text: string, versions: readonly number[]): number[] {
  const range = parseRange(text);
  if (range === null) throw new Error(`${text} is not read`);
  return versions.filter((version) => range.refusal({ version, metadata: {} }) === null);
}

function met(text: string, version: number, metadata: Record<string, string> = {}): string | null | undefined {
  return parseRange(text)?.refusal({ version, metadata });
}

describe('a range over ledger versions', () => {
  test.each([
    ['*', [1, 2, 3, 4, 5, 6, 7, 8, MAX]],
    ['3', [3]],
    ['=3', [3]],
    ['>=3', [3, 4, 5, 6, 7, 8, MAX]],
    ['>3', [4, 5, 6, 7, 8, MAX]],
    ['<3', [1, 2]],
    ['<=3', [1, 2, 3]],
    ['3 - 5', [3, 4, 5]],
    ['5 - 5', [5]],
    ['>=3 <7', [3, 4, 5, 6]],
    ['>3 <=7', [4, 5, 6, 7]],
    ['<7 >=3', [3, 4, 5, 6]],
    ['>=2 >=4 <9 <6', [4, 5]],
    [`${MAX}`, [MAX]],
    [`>=${MAX}`, [MAX]],
  ])('%s', (text, versions) => {
    expect(accepted(text, [1, 2, 3, 4, 5, 6, 7, 8, MAX])).toEqual(versions);
    expect(parseRange(text)?.text).toBe(text);
  });

  test('compares numbers and not their digits', () => {
    expect(accepted('>=10', [9, 10, 100, 255, 256])).toEqual([10, 100, 255, 256]);
  });

  test('says what would be met', () => {
    expect(met('>=3', 2)).toBe('v2');
  });

  test.each([
    ...['', ' ', ' 3', '3 ', '03', '0', '-1', '+3', '3.0', '1e3', '0x3', '٣', '3n', 'v3', 'latest', 'x', '**'],
    ...[
      '>= 3',
      '> =3',
      '=>3',
      '==3',
      '!=3',
      '~3',
      '^3',
      '>',
      '>=',
      '>=3  <7',
      '>=3\t<7',
      '>=3\n<7',
      '>=3, <7',
      '>=3<7',
    ],
    ...['>=3 ', '>=3 *', '>=3 5', '3 5', '3-5', '3 -5', '3 - 5 - 7', '3 - ', ' - 5', '3  -  5', '>=3 - 5', '3 || 5'],
    ...['9007199254740992', `>${MAX}`, '<1', '<=0', '5 - 3', '>=7 <3', '=3 =4', `>=1${' <9'.repeat(200)}`],
    ...[
      'semver',
      'semver:',
      'semver: ',
      'semver: ^2.1.0',
      'semver:^2.1.0 ',
      'semver:x.y.z',
      'semver:3 5 ||| 7',
      'Semver:1.0.0',
    ],
  ])('%j is not read', (text) => {
    expect(parseRange(text)).toBeNull();
  });

  test.each([[undefined], [null], [3], [{}], [['>=3']]])('%j is not read', (value) => {
    expect(parseRange(value)).toBeNull();
  });
});

describe('a semver range', () => {
  test.each([
    ['semver:^2.1.0', '2.1.0', true],
    ['semver:^2.1.0', '2.9.9', true],
    ['semver:^2.1.0', '2.0.9', false],
    ['semver:^2.1.0', '3.0.0', false],
    ['semver:^2.1.0', '2.2.0-beta.1', false],
    ['semver:>=1.2.0 <2.0.0 || 3.x', '3.4.5', true],
    ['semver:*', '0.0.1', true],
  ])('%s and %s: %s', (text, version, fits) => {
    expect(met(text, 7, { semver: version })).toBe(fits ? null : `v7, which is ${version}`);
  });

  test('is not met by a version without a semver, or with one that is none', () => {
    expect(met('semver:^2.1.0', 7)).toBe('v7, which has no semver in its metadata');
    expect(met('semver:*', 7, { semver: 'two' })).toBe('v7, whose metadata semver is no semantic version: "two"');
  });

  test('is not met by what an object has beside its own keys', () => {
    expect(met('semver:*', 7, Object.create({ semver: '2.1.0' }))).toContain('no semver');
  });
});

test('only a range that says something of versions is explicit', () => {
  const explicit = (text: string) => parseRange(text)?.explicit;
  expect(['*', 'semver:*', 'semver:x'].map(explicit)).toEqual([false, false, false]);
  expect(['>=1', '3', 'semver:>=0.0.1', 'semver:1.x'].map(explicit)).toEqual([true, true, true, true]);
});
