/** What an operator reads of a verdict: each cause once, where it is nearest to an export. */

import { expect, test } from 'vitest';
import { ASSESSOR } from '../../src/assess/engine-version.js';
import { verdictOfParts } from '../../src/assess/verdict.js';
import { type Finding, MAX_FINDINGS } from '../../src/model/assessment.js';

const found = (path: string, rest: Partial<Finding> = {}): Finding => ({
  ...{ code: 'member-removed', level: 'BREAKING', path, before: '() => void', after: null, message: 'is gone' },
  ...rest,
});
const judged = (...findings: Finding[]) => verdictOfParts([{ findings, notes: [] }], ASSESSOR);
const lines = (...findings: Finding[]): string[] =>
  judged(...findings)
    .rationale.split('\n')
    .slice(1);

test('one change that many roads lead to is one line, at the shortest path', () => {
  expect(lines(found('makeBox().inner.get'), found('Box#get'), found('open(options).box.get'))).toEqual([
    '- Box#get: is gone (also makeBox().inner.get and 1 more)',
  ]);
});

test('an inherited change does not hide the others', () => {
  const inherited = Array.from({ length: 3_512 }, (_, n) => found(`Schema${n}#refine`));
  const { findings, omitted, rationale } = judged(
    ...inherited,
    found('parse', { code: 'export-removed' }),
    found('Schema7#check', { message: 'is gone', before: '(x: 1) => void' }),
  );
  expect(rationale.split('\n')).toEqual([
    'Callers break:',
    '- parse: is gone',
    '- Schema7#check: is gone',
    '- Schema0#refine: is gone (also Schema1#refine and 3510 more)',
  ]);
  expect(findings.slice(0, 3).map(({ path }) => path)).toEqual(['parse', 'Schema7#check', 'Schema0#refine']);
  expect([findings.length, omitted]).toEqual([MAX_FINDINGS, 3_514 - MAX_FINDINGS]);
});

test('what belongs to one declaration stands together, the nearest first', () => {
  expect(
    lines(
      found('./server: listen(options).port', { message: 'required now' }),
      found('Box#set', { message: 'is gone' }),
      found('Box#a.b.c', { message: 'readonly now' }),
      found('Opened.at', { message: 'optional now' }),
      found('Box', { message: 'abstract now' }),
    ),
  ).toEqual([
    '- Box: abstract now',
    '- Box#set: is gone',
    '- Box#a.b.c: readonly now',
    '- Opened.at: optional now',
    '- ./server: listen(options).port: required now',
  ]);
});

test.each([
  ['another name', found('b.y')],
  ['another type', found('b.x', { before: 'string' })],
  ['another message', found('b.x', { message: 'optional now' })],
  ['another code', found('b.x', { code: 'member-hidden' })],
])('%s is another cause', (_, other) => {
  expect(lines(found('a.x'), other)).toHaveLength(2);
});

test('two exports that are gone are two causes', () => {
  expect(lines(found('a', { code: 'export-removed' }), found('b', { code: 'export-removed' }))).toHaveLength(2);
});

test('the same change of two functions or methods is two causes, and of one that two entries export is one', () => {
  expect(lines(found('plan(name)'), found('check(name)'))).toHaveLength(2);
  expect(lines(found('Box#put(value)'), found('Box#take(value)'))).toHaveLength(2);
  expect(lines(found('plan(name)'), found('./server: plan(name)'))).toEqual([
    '- plan(name): is gone (also ./server: plan(name))',
  ]);
});

test('severity comes before nearness', () => {
  expect(
    lines(found('a', { level: 'MINOR_CHANGE', message: 'new' }), found('long.path', { level: 'BREAKING' })),
  ).toEqual(['- long.path: is gone', '', 'Also, additive:', '- a: new']);
});

test('a long path beside a long message keeps to a line', () => {
  const long = 'x'.repeat(500);
  for (const line of lines(found(`${long}.get`), found(`${long}y.get`))) expect(line.length).toBeLessThanOrEqual(240);
});
