/** The assessor around the engine: each pair judged once, whoever asks and however often; what is kept, and what is not believed. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type AssessorOptions, createAssessor, type FileAssessor } from '../../src/assess/assessor.js';
import { AssessmentCache, pairKey } from '../../src/assess/cache.js';
import { cacheFolder } from '../../src/assess/cache-folder.js';
import { ASSESSOR } from '../../src/assess/engine-version.js';
import { measureVersions } from '../../src/assess/measure-versions.js';
import { limitVerdict } from '../../src/assess/reached-limit.js';
import { verdictOfParts } from '../../src/assess/verdict.js';
import { type ModuleFiles, type NormalizedFiles, normalizeFiles } from '../../src/index.js';
import type { AssessmentInput } from '../../src/model/assessment.js';
import { refusal } from '../suite/expectations.js';
import { OBEDIENT } from './engine-scripts.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'git-lineage-assess-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An assessor whose engine counts the pairs that it was given. */
function counting(options: AssessorOptions = {}): FileAssessor {
  const assessor = createAssessor({ memoryLimitMb: 64, script: OBEDIENT, ...options });
  onTestFinished(() => assessor.close());
  return assessor;
}

function pair(from: ModuleFiles, to: ModuleFiles, more: Partial<AssessmentInput> = {}): AssessmentInput {
  return { fromFiles: normalizeFiles(from), toFiles: normalizeFiles(to), ...more };
}

const PAIR = pair({ 'a.js': '1' }, { 'a.js': '2' });

async function count(assessor: FileAssessor, input: AssessmentInput): Promise<string> {
  return (await assessor.assessFiles(input)).rationale.slice(0, 7);
}

test('a pair is judged once, by whomever it is asked for', async () => {
  const assessor = counting();
  const answers = await Promise.all([count(assessor, PAIR), count(assessor, PAIR)]);
  expect(answers).toEqual(['count 1', 'count 1']);
  expect(await count(assessor, pair({ 'a.js': '1' }, { 'a.js': '2' }))).toBe('count 1');
  expect(await count(assessor, pair({ 'a.js': '2' }, { 'a.js': '1' }))).toBe('count 2');
  expect(await count(assessor, PAIR)).toBe('count 1');
});

test('a pair is named by all that its verdict depends on, and by nothing else', () => {
  const different = [
    PAIR,
    pair({ 'a.js': '2' }, { 'a.js': '1' }),
    pair({ 'b.js': '1' }, { 'a.js': '2' }),
    pair({ 'a.js': '1' }, { 'a.js': { data: '2', mode: '100755' } }),
    pair({ 'a.js': '1' }, { 'a.js': '2' }, { toMetadata: { semver: '2.0.0' } }),
    pair({ 'a.js': '1' }, { 'a.js': '2' }, { fromMetadata: { semver: '2.0.0' } }),
    pair({ 'a.js': '1' }, { 'a.js': '2' }, { toMetadata: { entry: 'a.js' } }),
    pair({ 'a.js': '1', b: '' }, { 'a.js': '2' }),
  ].map((input) => pairKey(input).name);
  expect(new Set(different).size).toBe(different.length);
  for (const name of different) expect(name).toMatch(/^[0-9a-f]{64}$/);
  const noted = pair({ 'a.js': '1' }, { 'a.js': '2' }, { toMetadata: { built: 'today' } });
  expect(pairKey(noted).name).toBe(pairKey(PAIR).name);
});

test('the same files are a drop-in, and no engine is asked; the same bytes under another name are not the same', async () => {
  const assessor = counting();
  const same = pair({ 'a.js': '1', b: '2' }, { b: '2', 'a.js': '1' }, { toMetadata: { semver: '9.0.0' } });
  expect(await assessor.assessFiles(same)).toMatchObject({ level: 'COMPATIBLE', limit: null, assessor: ASSESSOR });
  expect(await count(assessor, pair({ 'a.js': '1' }, { 'b.js': '1' }))).toBe('count 1');
  const entries = { fromMetadata: { entry: 'a.js' }, toMetadata: { entry: 'b' } };
  expect(await count(assessor, pair({ 'a.js': '1', b: '2' }, { 'a.js': '1', b: '2' }, entries))).toBe('count 2');
});

test('whoever gives up does not spoil it for the others; when the last one does, the work ends', async () => {
  const assessor = counting();
  const slow = pair({ do: '' }, { do: 'waits' });
  const stop = new AbortController();
  const [given, kept] = [assessor.assessFiles(slow, { signal: stop.signal }), assessor.assessFiles(slow)];
  stop.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  expect((await kept).rationale).toMatch(/^count 1/);
  await expect(assessor.assessFiles(slow, { signal: stop.signal })).rejects.toThrow('enough');

  const endless = pair({ do: '' }, { do: 'loop always' });
  const all = new AbortController();
  const waiting = [1, 2].map(() => assessor.assessFiles(endless, { signal: all.signal }));
  setTimeout(() => all.abort(new Error('enough')), 200);
  for (const one of waiting) await expect(one).rejects.toThrow('enough');
  // A new engine, because the one that looped was ended.
  expect(await count(assessor, pair({ do: '' }, { do: 'x' }))).toBe('count 1');
});

test('a folder outlives the assessor: the second one starts no engine', async () => {
  const cacheDir = join(folder(), 'deep', 'er');
  const first = await counting({ cacheDir }).assessFiles(PAIR);
  expect(first.rationale).toMatch(/^count 1/);
  const broken = counting({ cacheDir, script: new URL('file:///no/such/script.mjs') });
  expect(await broken.assessFiles(PAIR)).toEqual(first);
});

test('what was kept by another assessor, for another pair, or damaged, is judged anew and written again', async () => {
  const path = folder();
  const { name } = pairKey(PAIR);
  const file = join(path, `${name}.json`);
  const assessment = verdictOfParts([], ASSESSOR);
  const cache = () => new AssessmentCache(cacheFolder(path));
  const kept = async (of = name) => (await cache().get(of)) !== null;

  await cache().put(name, { ...assessment, assessor: 'git-lineage/assess-0 typescript/1' });
  expect(await kept()).toBe(false);
  await cache().put(name, assessment);
  expect(await kept()).toBe(true);
  const good = readFileSync(file);

  const other = pairKey(pair({ x: '' }, { y: '' })).name;
  writeFileSync(join(path, `${other}.json`), good);
  expect(await kept(other)).toBe(false);

  const text = good.toString('utf8');
  for (const bad of [
    '',
    '{}',
    text.slice(0, -2),
    text.replace('COMPATIBLE', 'BREAKING'),
    `${text} `,
    'x'.repeat(2 ** 20),
  ]) {
    writeFileSync(file, bad);
    expect(await kept()).toBe(false);
  }
  await cache().put(name, assessment);
  expect(await kept()).toBe(true);
  expect(readdirSync(path).filter((n) => n.endsWith('.tmp'))).toEqual([]);
});

test('what a limit cut short is not written, and in memory only for a while', async () => {
  const path = folder();
  let now = 0;
  const cache = new AssessmentCache(cacheFolder(path), () => now);
  await cache.put('a'.repeat(64), limitVerdict({ limit: 'time', words: 'the time limit was reached' }));
  const partly = limitVerdict({ limit: 'time', words: 'not every export was compared' });
  await cache.put('c'.repeat(64), { ...partly, limit: null });
  await cache.put('b'.repeat(64), verdictOfParts([], ASSESSOR));
  const beside = verdictOfParts([{ findings: [...partly.findings, ...partly.findings], notes: [] }], ASSESSOR, 'work');
  await cache.put('d'.repeat(64), beside);
  expect(readdirSync(path)).toEqual([`${'b'.repeat(64)}.json`]);
  now = 59_999;
  expect((await cache.get('a'.repeat(64)))?.limit).toBe('time');
  now = 60_000;
  expect(await cache.get('a'.repeat(64))).toBe(null);
  expect(await cache.get('b'.repeat(64))).not.toBe(null);
});

test('what the limit on work cut short is written: it is the same on every machine', async () => {
  const path = folder();
  const partly = limitVerdict({ limit: 'work', words: 'not every export was compared' });
  await new AssessmentCache(cacheFolder(path)).put('a'.repeat(64), partly);
  expect(await new AssessmentCache(cacheFolder(path)).get('a'.repeat(64))).toEqual(partly);
});

test('memory holds the verdicts that were asked for last', async () => {
  const cache = new AssessmentCache(null);
  const name = (n: number) => String(n).padStart(64, '0');
  for (let n = 0; n < 64; n++) await cache.put(name(n), verdictOfParts([], ASSESSOR));
  await cache.get(name(0));
  await cache.put(name(64), verdictOfParts([], ASSESSOR));
  expect(await cache.get(name(0))).not.toBe(null);
  expect(await cache.get(name(1))).toBe(null);
});

test('a folder keeps the newest files; the oldest go, and what dead writers left', async () => {
  const path = folder();
  const files = cacheFolder(path, 3, 1);
  for (let n = 0; n < 4; n++) {
    await files.write(`${n}.json`, Buffer.from(`${n}`));
    utimesSync(join(path, `${n}.json`), 1_000 + n, 1_000 + n);
  }
  expect(readdirSync(path).sort()).toEqual(['0.json', '1.json', '2.json', '3.json']);
  await files.write('4.json', Buffer.from('4'));
  expect(readdirSync(path).sort()).toEqual(['2.json', '3.json', '4.json']);
  expect(await files.read('4.json')).toEqual(Buffer.from('4'));
  expect(await files.read('0.json')).toBe(null);
});

test('a folder that cannot be written, or is none, costs time only', async () => {
  const path = join(folder(), 'file');
  writeFileSync(path, '');
  const assessor = counting({ cacheDir: path });
  expect(await count(assessor, PAIR)).toBe('count 1');
  expect(await count(assessor, PAIR)).toBe('count 1');
});

test('without a cache each pair is judged anew', async () => {
  const assessor = counting({ cache: false, cacheDir: folder() });
  expect(await count(assessor, PAIR)).toBe('count 1');
  expect(await count(assessor, PAIR)).toBe('count 2');
});

test('a closed assessor says so, and closing twice is no harm', async () => {
  const [closed, open] = [counting(), counting()];
  await closed.assessFiles(PAIR);
  await closed.close();
  await closed.close();
  await refusal(() => closed.assessFiles(PAIR), 'INVALID_ARGUMENT');
  // The engine that both share is still there for the other.
  expect(await count(open, pair({ do: '' }, { do: 'y' }))).toBe('count 2');
});

test('wrong options and wrong input are named, all at once', async () => {
  const error = await refusal(() => createAssessor({ timeLimitMs: 0, memoryLimitMb: 1 }), 'INVALID_ARGUMENT');
  expect(error.data.issues.map((i) => i.path)).toEqual(['timeLimitMs', 'memoryLimitMb']);
  const input = { fromFiles: {}, toFiles: null } as unknown as AssessmentInput;
  const { data } = await refusal(() => counting().assessFiles(input), 'INVALID_ARGUMENT');
  expect(data.issues.map((i) => i.path)).toEqual(['fromFiles', 'toFiles']);
});

test('versions without files are UNKNOWN, unless the checksum says that they are the same', async () => {
  const assessor = counting({ script: new URL('file:///no/such/script.mjs') });
  const files = normalizeFiles({ 'a.js': '1' });
  const version = (name: string, checksum: string, of: NormalizedFiles = new Map()) => ({
    name,
    checksum,
    files: of,
    metadata: {},
  });
  const none = await measureVersions(assessor, version('v1', 'a'), version('v2', 'b'));
  expect(none).toMatchObject({ level: 'UNKNOWN', limit: null, findings: [{ code: 'opaque' }, { code: 'opaque' }] });
  expect(none.rationale).toContain('v1 was recorded without files');
  const one = await measureVersions(assessor, version('v1', 'a', files), version('v2', 'b'));
  expect(one).toMatchObject({ level: 'UNKNOWN', findings: [{ message: expect.stringContaining('v2 was recorded') }] });
  expect(await measureVersions(assessor, version('v1', 'a'), version('v2', 'a'))).toMatchObject({
    level: 'COMPATIBLE',
  });
  const first = await measureVersions(assessor, null, version('v1', 'a', files));
  expect(first).toMatchObject({
    level: 'COMPATIBLE',
    rationale: 'First version: nothing that callers use could break.',
  });
});

test('neither making an assessor nor an answer that is known loads TypeScript', () => {
  const build = new URL('../../build/', import.meta.url).href;
  const program = `
    import { createRequire } from 'node:module';
    import { createAssessor } from '${build}assess/assessor.js';
    const files = new Map([['a.js', { data: Buffer.from('1'), mode: '100644' }]]);
    const { level } = await createAssessor().assessFiles({ fromFiles: files, toFiles: new Map(files) });
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('typescript'));
    console.log(level, loaded.length, process.getActiveResourcesInfo().filter((r) => r.startsWith('Proc')).length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'COMPATIBLE 0 0\n', stderr: '' });
});
