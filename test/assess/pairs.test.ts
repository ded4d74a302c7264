/** The assessor on every pair whose level is proven, and what holds of its answer to any pair. */

import { expect, test } from 'vitest';
import { assessFiles } from '../../src/assess/assess-files.js';
import { parseAssessment } from '../../src/assess/parse-assessment.js';
import type { Assessment } from '../../src/model/assessment.js';
import { type NormalizedFiles, normalizeFiles } from '../../src/model/module-files.js';
import { isPrintableText } from '../../src/model/printable.js';
import { moreSevere } from '../../src/model/report.js';
import { readPairs } from './pair-files.js';

const SEVERITY = { BREAKING: 0, UNKNOWN: 1, MINOR_CHANGE: 2, COMPATIBLE: 3 } as const;

/** A terminal's height, and what a signed tag's message may hold with room to spare. */
const MAX_LINES = 40;
const MAX_BYTES = 16_384;

/** Of anything else every byte may matter. */
const HAS_INTERFACE = /\.[cm]?[jt]sx?$|\.schema\.json$/;

const pairs = readPairs();

/** The same files under the same paths, named in another order: a Map has one, a module has none. */
function reversed(files: NormalizedFiles): NormalizedFiles {
  return new Map([...files].reverse());
}

/** What must hold of any answer. */
function checkAnswer(answer: Assessment): void {
  const ranks = answer.findings.map(({ level }) => SEVERITY[level]);
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  expect(answer.level).toBe(
    answer.findings.reduce<Assessment['level']>((level, f) => moreSevere(level, f.level), 'COMPATIBLE'),
  );
  expect(isPrintableText(answer.rationale, MAX_BYTES)).toBe(true);
  const lines = answer.rationale.split('\n');
  expect(lines.length).toBeLessThanOrEqual(MAX_LINES);
  expect(answer.rationale.trim()).not.toBe('');
  // A level that asks something of an operator says which place it is about.
  const severe = answer.findings.filter(({ level }) => level !== 'COMPATIBLE');
  if (severe.length > 0) expect(lines.filter((line) => /^- \S/.test(line)).length).toBeGreaterThan(0);
  for (const finding of severe) expect(finding.message).not.toBe('');
  expect(answer).toMatchObject({ omitted: 0, limit: null });
  // What crosses from the engine's process is believed only if it reads as an assessment.
  expect(parseAssessment(structuredClone(answer))).toEqual(answer);
}

test.each(pairs.map((pair) => [pair.name, pair] as const))('%s', async (_, pair) => {
  const [fromFiles, toFiles] = [normalizeFiles(pair.a), normalizeFiles(pair.b)];
  const answer = await assessFiles({ fromFiles, toFiles });
  expect(answer.level, answer.rationale).toBe(pair.level);
  const codes = answer.findings.map(({ code }) => code);
  expect(codes, answer.rationale).toEqual(expect.arrayContaining([...pair.codes]));
  checkAnswer(answer);

  expect(await assessFiles({ fromFiles: reversed(fromFiles), toFiles: reversed(toFiles) })).toEqual(answer);
  checkAnswer(await assessFiles({ fromFiles: toFiles, toFiles: fromFiles }));
});

test.each(pairs.map((pair) => [pair.name, pair] as const))('%s: neither version changes itself', async (_, pair) => {
  for (const files of [pair.a, pair.b]) {
    const [one, other] = [normalizeFiles(files), normalizeFiles(files)];
    expect(await assessFiles({ fromFiles: one, toFiles: other })).toMatchObject({ level: 'COMPATIBLE', findings: [] });
    // A file that nobody imports makes the trees differ, so that the engine has to look for itself.
    if (![...files.keys()].some((path) => HAS_INTERFACE.test(path))) continue;
    const noted = normalizeFiles(new Map([...files, ['NOTES.md', 'Nothing new.']]));
    const { level, rationale } = await assessFiles({ fromFiles: one, toFiles: noted });
    // What is not known of a version is as little known of it with a note beside.
    expect(['COMPATIBLE', ...(pair.level === 'UNKNOWN' ? ['UNKNOWN'] : [])], rationale).toContain(level);
  }
});
