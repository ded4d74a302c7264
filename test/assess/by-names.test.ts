/** What is said of a pair that the engine did not finish: through real limits, with the engine as it is. */

import { afterAll, describe, expect, test } from 'vitest';
import { assessByNames } from '../../src/assess/assess-by-names.js';
import { createAssessor } from '../../src/assess/assessor.js';
import type { Assessment } from '../../src/model/assessment.js';
import { type FileContent, normalizeFiles } from '../../src/model/module-files.js';

type Files = Readonly<Record<string, FileContent>>;

const WHY = { limit: 'time', words: 'the time limit of 15 s was reached' } as const;
const REST = `UNKNOWN limit-reached : ${WHY.words}; only the names of exports were compared`;

function told({ findings }: Assessment): string[] {
  return findings.map(({ level, code, path, message }) => `${level} ${code} ${path}: ${message}`);
}

async function named(from: Files, to: Files, metadata: readonly [string, string] | null = null): Promise<Assessment> {
  const [before, after] = metadata ?? [];
  const answer = await assessByNames(
    {
      fromFiles: normalizeFiles(from),
      toFiles: normalizeFiles(to),
      fromMetadata: before === undefined ? {} : { semver: before },
      toMetadata: after === undefined ? {} : { semver: after },
    },
    WHY,
  );
  expect(answer.limit).toBe('time');
  return answer;
}

describe('by names alone', () => {
  test('an export that is gone is BREAKING, and the rest is not known', async () => {
    const answer = await named(
      { 'index.d.ts': 'export declare const a: string; export declare const b: 1;' },
      { 'index.d.ts': 'export declare const a: number; export declare const c: 1;' },
    );
    expect(answer.level).toBe('BREAKING');
    expect(told(answer)).toEqual(['BREAKING export-removed b: no longer exported', REST]);
    expect(answer.rationale).toBe(
      `Callers break:\n- b: no longer exported\n\nAlso not known:\n- ${WHY.words}; only the names of exports were compared`,
    );
  });

  test('the same names say too little', async () => {
    const answer = await named(
      { 'index.d.ts': 'export declare const a: string;' },
      { 'index.d.ts': 'export declare const a: number;' },
    );
    expect([answer.level, ...told(answer)]).toEqual(['UNKNOWN', REST]);
  });

  test('a way in that is gone is BREAKING', async () => {
    const pkg = (exports: object): string => JSON.stringify({ exports });
    const from = { 'package.json': pkg({ '.': './a.mjs', './sub': './b.mjs' }), 'a.mjs': 'export {}', 'b.mjs': '' };
    const to = { ...from, 'package.json': pkg({ '.': './a.mjs', './more': './b.mjs' }) };
    expect(told(await named(from, to))).toEqual([
      'BREAKING subpath-removed ./sub: cannot be imported any more',
      REST,
      'MINOR_CHANGE subpath-added ./more: can be imported now',
    ]);
  });

  test('an exports map that closes what was open is BREAKING', async () => {
    const from = { 'package.json': '{"main":"a.js"}', 'a.js': 'exports.a=1', 'lib/b.js': 'exports.b=1' };
    const to = { ...from, 'package.json': '{"exports":{".":"./a.js"}}' };
    expect(told(await named(from, to))[0]).toMatch(/^BREAKING subpath-removed \.\/lib\/b\.js: /);
  });

  test('a version number that claims less is told', async () => {
    const from = { 'index.cjs': 'exports.a=1;exports.b=1' };
    const { notes, rationale } = await named(from, { 'index.cjs': 'exports.a=1' }, ['1.0.0', '1.0.1']);
    expect(notes).toHaveLength(1);
    expect(rationale).toContain(`Note: ${notes[0]}`);
  });

  test('where there is no way in there are no names', async () => {
    const answer = await named({ 'a.bin': 'x' }, { 'a.bin': 'y' });
    expect([answer.level, ...told(answer)]).toEqual(['UNKNOWN', `UNKNOWN limit-reached : ${WHY.words}`]);
  });
});

describe('through a limit', () => {
  /** Types that the checker works on for longer than any test waits. */
  const heavy = (rest: string): Files => {
    const letters = Array.from({ length: 24 }, (_, i) => `'${'abcdefghijklmnopqrstuvwx'[i]}'`).join(' | ');
    const unions = Array.from(
      { length: 600 },
      (_, i) =>
        `export declare function u${i}(x: \`\${L}\${L}\${L}${i}\`, y: \`${rest.length}\${L}\${L}\${L}\`): ${i};`,
    );
    return { 'index.d.ts': `type L = ${letters};\n${unions.join('\n')}\n${rest}\nexport {};\n` };
  };
  const FROM = heavy('export declare const kept: 1; export declare const gone: 1;');
  const TO = heavy('export declare const kept: 22;');

  const assessors: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const assessor of assessors) await assessor.close();
  });

  test.each([
    ['time', { timeLimitMs: 3_000 }, 'the time limit of 3 s was reached'],
    ['memory', { memoryLimitMb: 40, timeLimitMs: 600_000 }, 'the memory limit of 40 MB was reached'],
  ] as const)(
    'of %s',
    async (limit, limits, words) => {
      const assessor = createAssessor({ cache: false, ...limits });
      assessors.push(assessor);
      const answer = await assessor.assessFiles({ fromFiles: normalizeFiles(FROM), toFiles: normalizeFiles(TO) });
      expect(answer).toMatchObject({ level: 'BREAKING', limit });
      expect(told(answer)).toEqual([
        'BREAKING export-removed gone: no longer exported',
        `UNKNOWN limit-reached : ${words}; only the names of exports were compared`,
      ]);
    },
    180_000,
  );
});
