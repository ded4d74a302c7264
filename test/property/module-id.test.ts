/** Every module id makes ref names that real git accepts, keeps apart and reads one way only. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { caseTwin, isModuleId } from '../../src/model/module-id.js';
import { branchRef, parseRef, reportRef, versionRef } from '../../src/model/ref-names.js';
import { moduleId } from './arbitraries.js';
import { runs } from './seed.js';

const PIECES = [
  ...['a', 'B', '9', '.', '..', '-', '_', '/', '@', '@{', '.lock', 'HEAD', '_HEAD', 'con', '~', '^', ':', '\\', ' '],
  ...['\t', '\u007f', 'ü', '*', '?', '[', '{', '}', '$', 'ledger', 'deadbeef', 'refs', 'v1', '0-1'],
];

/** Strings near the border between what is an id and what is not. */
const nearIds = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')),
  fc.string({ minLength: 1, maxLength: 6 }),
);

let repository = '';
let ids: string[] = [];

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'git-lineage-ids-'));
  execFileSync('git', ['init', '--quiet', '--bare', repository]);
  const near = fc.sample(nearIds, runs(4000)).filter(isModuleId);
  const regular = fc.sample(moduleId, runs(200));
  for (const candidates of [near, regular]) {
    const fresh = new Set<string>();
    for (const id of new Set(candidates)) if (caseTwin(id, [...ids, ...fresh]) === null) fresh.add(id);
    ids.push(...[...fresh].slice(0, 120));
  }
  ids = [...new Set(ids)];
});

afterAll(() => rmSync(repository, { recursive: true, force: true }));

function refsOf(id: string): string[] {
  return [branchRef(id), versionRef(id, 1), reportRef(id, null, 1, 1)];
}

test('there are enough ids to speak of, of both kinds', () => {
  expect(ids.length).toBeGreaterThan(100);
  expect(ids.some((id) => id.startsWith('@'))).toBe(true);
});

test('git check-ref-format accepts every ref of every id', () => {
  const refs = ids.flatMap(refsOf);
  const result = spawnSync('xargs', ['-0', '-n', '1', 'git', 'check-ref-format'], { input: refs.join('\0') });
  expect({ status: result.status, stderr: String(result.stderr) }).toEqual({ status: 0, stderr: '' });
});

test('git check-ref-format is asked the question: it refuses a bad one', () => {
  const result = spawnSync('xargs', ['-0', '-n', '1', 'git', 'check-ref-format'], { input: 'refs/heads/a..b' });
  expect(result.status).not.toBe(0);
});

test('git keeps all of them side by side, and none is ambiguous', () => {
  const git = (args: string[], input: string) => {
    const result = spawnSync('git', ['--git-dir', repository, ...args], { input, encoding: 'utf8' });
    expect({ status: result.status, stderr: result.stderr }).toEqual({ status: 0, stderr: '' });
    return result.stdout;
  };
  const tree = git(['mktree'], '').trim();
  const person = 'x <x> 0 +0000';
  const commit = git(
    ['hash-object', '-t', 'commit', '-w', '--stdin'],
    `tree ${tree}\nauthor ${person}\ncommitter ${person}\n\nx\n`,
  ).trim();
  const refs = ids.flatMap(refsOf);
  git(['update-ref', '--stdin'], refs.map((ref) => `create ${ref} ${commit}\n`).join(''));
  const kept = git(['for-each-ref', '--format=%(refname)'], '').trim().split('\n');
  expect(new Set(kept)).toEqual(new Set(refs));
  const names = ids.flatMap((id) => [id, `${id}/v1`]);
  const found = git(['cat-file', '--batch-check=%(objectname)'], names.map((name) => `${name}\n`).join(''));
  expect(new Set(found.trim().split('\n'))).toEqual(new Set([commit]));
});

test('a ref name says which id it is of, and no other string is read as one', () => {
  fc.assert(
    fc.property(moduleId, fc.integer({ min: 1 }), (id, n) => {
      expect(parseRef(branchRef(id))).toEqual({ kind: 'branch', moduleId: id });
      expect(parseRef(versionRef(id, n))).toEqual({ kind: 'version', moduleId: id, version: n });
      const report = { kind: 'report', moduleId: id, fromVer: null, toVer: n, seq: 3 };
      expect(parseRef(reportRef(id, null, n, 3))).toEqual(report);
    }),
    runs(300),
  );
  fc.assert(
    fc.property(nearIds, (text) => {
      const meaning = parseRef(`refs/heads/${text}`);
      if (meaning?.kind === 'branch') expect(isModuleId(text)).toBe(true);
      expect(isModuleId(text) && meaning === null).toBe(false);
    }),
    runs(1000),
  );
});
