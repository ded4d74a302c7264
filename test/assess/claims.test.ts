/** What version numbers and requirements claim, held against what was measured. */

import { describe, expect, test } from 'vitest';
import { claimedStep, claimNotes, versionOf } from '../../src/assess/module/claims.js';
import { ModuleTree } from '../../src/assess/module/module-tree.js';
import { normalizeFiles } from '../../src/model/module-files.js';
import type { CompatibilityLevel } from '../../src/model/report.js';

const treeOf = (manifest: object) => new ModuleTree(normalizeFiles({ 'package.json': JSON.stringify(manifest) }));
const notes = (from: object, to: object, level: CompatibilityLevel = 'COMPATIBLE') =>
  claimNotes(treeOf(from), treeOf(to), {}, {}, level);

test.each([
  ['1.2.3', '1.2.4', 'patch'],
  ['1.2.3', '1.3.0', 'minor'],
  ['1.2.3', '2.0.0', 'major'],
  ['0.2.3', '0.2.4', 'patch'],
  ['0.2.3', '0.3.0', 'major'],
  ['0.0.3', '0.0.4', 'major'],
  ['0.9.0', '1.0.0', 'major'],
  ['1.2.3', '1.2.3', 'none'],
  ['1.2.3', '1.2.3+build', 'none'],
  ['1.2.3', '1.2.4-rc.1', 'major'],
  ['1.2.4-rc.1', '1.2.4', 'major'],
  ['1.2.3', '1.2.2', null],
])('%s to %s claims %s', (from, to, step) => {
  expect(claimedStep(from, to)).toBe(step);
});

describe('a claim', () => {
  const PATCH = '1.2.3 to 1.2.4 claims a patch, but';
  test.each<[string, string, CompatibilityLevel, string[]]>([
    ['1.2.3', '1.2.4', 'BREAKING', [`${PATCH} callers break: it should be a major version`]],
    ['1.2.3', '1.2.4', 'MINOR_CHANGE', [`${PATCH} the interface grows: it should be a minor version`]],
    ['1.2.3', '1.2.4', 'COMPATIBLE', []],
    ['1.2.3', '1.2.4', 'UNKNOWN', []],
    ['1.2.3', '1.3.0', 'MINOR_CHANGE', []],
    [
      '1.2.3',
      '1.3.0',
      'BREAKING',
      ['1.2.3 to 1.3.0 claims a minor version, but callers break: it should be a major version'],
    ],
    ['1.2.3', '2.0.0', 'BREAKING', []],
    ['0.2.3', '0.3.0', 'BREAKING', []],
    ['0.2.3', '0.2.4', 'MINOR_CHANGE', []],
    ['0.2.3', '0.2.4', 'BREAKING', ['0.2.3 to 0.2.4 claims a patch, but callers break: it should be a major version']],
    [
      '1.0.0',
      '1.0.0',
      'MINOR_CHANGE',
      ['1.0.0 to 1.0.0 claims no change, but the interface grows: it should be a minor version'],
    ],
    ['1.0.0', 'latest', 'BREAKING', []],
  ])('of %s to %s against %s', (from, to, level, expected) => {
    expect(notes({ version: from }, { version: to }, level)).toEqual(expected);
  });

  test("is the metadata's before the package's", () => {
    expect(versionOf(treeOf({ version: '1.0.0' }), { semver: '3.0.0' })).toBe('3.0.0');
    expect(versionOf(treeOf({ version: '1.0.0' }), { semver: 'three' })).toBe('1.0.0');
    expect(versionOf(treeOf({ version: 'one' }), {})).toBeNull();
    expect(versionOf(treeOf({ version: 'one' }), Object.create({ semver: '1.0.0' }))).toBeNull();
    const said = claimNotes(treeOf({}), treeOf({}), { semver: '1.0.0' }, { semver: '1.0.1' }, 'BREAKING');
    expect(said[0]).toMatch(/claims a patch/);
  });
});

describe('requirements', () => {
  test('a higher engine floor', () => {
    expect(notes({ engines: { node: '>=18' } }, { engines: { node: '>=20' } })[0]).toMatch(
      /^engines\.node is >=20, was >=18/,
    );
    expect(notes({}, { engines: { node: '>=20' } })[0]).toMatch(/was not given/);
    expect(notes({ engines: { node: '>=20' } }, { engines: { node: '>=18' } })).toEqual([]);
    expect(notes({ engines: { node: '>=20' } }, {})).toEqual([]);
    expect(notes({ engines: { node: 'x y z' } }, { engines: { node: '>=20' } })).toEqual([]);
  });

  test('peers: new, raised, no longer optional', () => {
    const peer = (range: string, optional = false) => ({
      peerDependencies: { react: range },
      peerDependenciesMeta: optional ? { react: { optional: true } } : {},
    });
    expect(notes({}, peer('^18'))).toEqual(['asks for the peer react ^18, which it did not before']);
    expect(notes({}, peer('^18', true))).toEqual([]);
    expect(notes(peer('^17 || ^18'), peer('^18'))).toEqual(['the peer react must be ^18, was ^17 || ^18']);
    expect(notes(peer('^18'), peer('^18 || ^19'))).toEqual([]);
    expect(notes(peer('^18', true), peer('^18'))).toEqual(['the peer react ^18 is required now, was optional']);
    expect(notes(peer('^18'), {})).toEqual([]);
  });

  test('os and cpu narrowed', () => {
    expect(notes({ os: ['linux', 'darwin'] }, { os: ['linux'] })).toEqual(['os no longer admits darwin']);
    expect(notes({}, { os: ['!win32'] })).toEqual(['os no longer admits win32']);
    expect(notes({ cpu: ['x64'] }, { cpu: ['x64', 'arm64'] })).toEqual([]);
    expect(notes({}, { cpu: ['x64'] })[0]).toMatch(/^cpu no longer admits .* and 5 more$/);
  });

  test('no end of them is cut short', () => {
    const peers = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`p${i}`, '^1']));
    expect(notes({}, { peerDependencies: peers })).toHaveLength(12);
    expect(notes({ engines: { node: '1' } }, { engines: { node: '1 || '.repeat(100_000) } })).toEqual([]);
  });
});
