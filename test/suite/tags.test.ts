/** Tags of versions, and the four statuses that follow from them and from what was active. */

import { expect, test } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { newLedger, onEachBackend } from './backends.js';
import { recordRange, refusal, tagsOf, writesNothing } from './expectations.js';

async function tagsAt(ledger: Ledger, version: number): Promise<string[]> {
  return tagsOf(await ledger.versions.get('planner', version));
}

onEachBackend('tags', (backend) => {
  test('are added and removed, sorted bytewise, each once', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    for (const tag of ['stable', 'Zeta', 'canary', 'release 2.1', 'ünïcode']) await ledger.tag('planner', 1, tag);
    expect(await tagsAt(ledger, 1)).toEqual(['Zeta', 'canary', 'release 2.1', 'stable', 'ünïcode']);
    await writesNothing(ledger, () => ledger.tag('planner', 1, 'canary'));
    await ledger.untag('planner', 1, 'release 2.1');
    await writesNothing(ledger, () => ledger.untag('planner', 1, 'release 2.1'));
    expect(await tagsAt(ledger, 1)).toEqual(['Zeta', 'canary', 'stable', 'ünïcode']);
    expect(await tagsAt(ledger, 2)).toEqual([]);
  });

  test('are an array as JSON, which can be recorded again', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1, { 1: ['stable', 'golden'] });
    const text = JSON.stringify(await ledger.latestCheckpoint('planner'));
    expect(JSON.parse(text)).toMatchObject({ moduleId: 'planner', version: 1, tags: ['golden', 'stable'] });
    const other = await newLedger(backend);
    expect(await other.recordCheckpoint(JSON.parse(text))).toEqual(await ledger.latestCheckpoint('planner'));
  });

  test('the last tag of a version can go', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1, { 1: ['only'] });
    await ledger.untag('planner', 1, 'only');
    expect(await tagsAt(ledger, 1)).toEqual([]);
  });

  test('stable and reverted exclude each other: adding one removes the other', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2, { 1: ['golden', 'stable'] });
    await ledger.tag('planner', 1, 'reverted');
    expect(await tagsAt(ledger, 1)).toEqual(['golden', 'reverted']);
    await ledger.tag('planner', 1, 'stable');
    expect(await tagsAt(ledger, 1)).toEqual(['golden', 'stable']);
    const both = () => ledger.stage({ moduleId: 'planner', checksum: 'x', tags: ['stable', 'reverted'] });
    await refusal(both, 'INVALID_TAG');
  });

  test('the active version cannot be tagged reverted, by any road', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1, { 1: ['stable'] });
    await writesNothing(ledger, () => refusal(() => ledger.tag('planner', 1, 'reverted'), 'INVALID_TAG'));
    const again = () =>
      ledger.recordCheckpoint({ moduleId: 'planner', version: 1, checksum: 'content-1', tags: ['reverted'] });
    await writesNothing(ledger, () => refusal(again, 'INVALID_TAG'));
    const born = () => ledger.recordCheckpoint({ moduleId: 'planner', checksum: 'x', tags: ['reverted'] });
    await writesNothing(ledger, () => refusal(born, 'VERSION_REVERTED'));
    expect(await tagsAt(ledger, 1)).toEqual(['stable']);
  });

  test('belong to versions that exist', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    await writesNothing(ledger, () => refusal(() => ledger.tag('planner', 2, 'x'), 'NOT_FOUND'));
    await writesNothing(ledger, () => refusal(() => ledger.tag('nobody', 1, 'x'), 'NOT_FOUND'));
    await writesNothing(ledger, () => refusal(() => ledger.untag('planner', 2, 'x'), 'NOT_FOUND'));
  });

  test('hold from one version to many', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 150);
    await Promise.all(Array.from({ length: 150 }, (_, i) => ledger.tag('planner', i + 1, `number-${i + 1}`)));
    const versions = await ledger.versions.list('planner');
    expect(versions.map((v) => tagsOf(v))).toEqual(versions.map((v) => [`number-${v.version}`]));
    await Promise.all(versions.slice(10).map((v) => ledger.untag('planner', v.version, `number-${v.version}`)));
    expect((await ledger.versions.list('planner')).filter((v) => v.tags.size > 0)).toHaveLength(10);
  });
});

onEachBackend('staging and statuses', (backend) => {
  test('a staged version is in the ledger and not active', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    const staged = await ledger.stage({ moduleId: 'planner', checksum: 'two', tags: ['canary'] });
    expect(staged).toMatchObject({ version: 2, parentVer: 1 });
    expect((await ledger.latestCheckpoint('planner'))?.version).toBe(1);
    expect(await ledger.versions.status('planner', 2)).toBe('STAGED');
    expect(await ledger.stats()).toMatchObject({ trackedModules: 1, totalCheckpoints: 1 });
    expect(await ledger.activate('planner', 2)).toEqual(staged);
    await writesNothing(ledger, () => ledger.activate('planner', 2));
  });

  test('staging can be repeated, and adds only tags that are missing', async () => {
    const ledger = await newLedger(backend);
    const cp = { moduleId: 'planner', version: 1, checksum: 'a', tags: ['canary'] };
    const first = await ledger.stage(cp);
    expect(await writesNothing(ledger, () => ledger.stage(cp))).toEqual(first);
    expect(tagsOf(await ledger.stage({ ...cp, tags: ['blue'] }))).toEqual(['blue', 'canary']);
    await refusal(() => ledger.stage({ ...cp, checksum: 'b' }), 'VERSION_EXISTS');
  });

  test('a version may be staged from any version, and activated only from its own parent', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 2);
    await ledger.stage({ moduleId: 'planner', version: 3, parentVer: 1, checksum: 'branch' });
    const error = await writesNothing(ledger, () => refusal(() => ledger.activate('planner', 3), 'NOT_ACTIVE'));
    expect(error.data).toMatchObject({ expected: 1, actual: 2 });
    await ledger.rollback('planner', 'MANUAL', { to: 1 });
    expect((await ledger.activate('planner', 3)).version).toBe(3);
    await refusal(() => ledger.activate('planner', 9), 'NOT_FOUND');
    await refusal(() => ledger.activate('nobody', 1), 'NOT_FOUND');
  });

  test('a parent must exist and come before', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    const stage = (version: number, parentVer: number | null) => () =>
      ledger.stage({ moduleId: 'planner', version, parentVer, checksum: 'x' });
    await writesNothing(ledger, () => refusal(stage(5, 4), 'NOT_FOUND'));
    await writesNothing(ledger, () => refusal(stage(5, 5), 'INVALID_VERSION'));
    await writesNothing(ledger, () => refusal(stage(5, 6), 'INVALID_VERSION'));
    await stage(5, null)();
    await refusal(() => ledger.activate('planner', 5), 'NOT_ACTIVE');
  });

  test('of two candidates made from the same version, the second to come is refused', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 1);
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'b' });
    await ledger.stage({ moduleId: 'planner', version: 3, checksum: 'c' });
    await ledger.activate('planner', 3);
    await refusal(() => ledger.activate('planner', 2), 'NOT_ACTIVE');
  });

  test('the four statuses', async () => {
    const ledger = await newLedger(backend);
    await recordRange(ledger, 'planner', 1, 3, { 2: ['stable'] });
    await ledger.stage({ moduleId: 'planner', version: 4, checksum: 'x' });
    await ledger.stage({ moduleId: 'planner', version: 5, checksum: 'y', tags: ['reverted'] });
    await ledger.rollback('planner', 'MANUAL');
    const statuses = await Promise.all([1, 2, 3, 4, 5].map((v) => ledger.versions.status('planner', v)));
    expect(statuses).toEqual(['ARCHIVED', 'ACTIVE', 'REVERTED', 'STAGED', 'REVERTED']);
    await ledger.untag('planner', 3, 'reverted');
    await ledger.tag('planner', 5, 'stable');
    expect(await ledger.versions.status('planner', 3)).toBe('ARCHIVED');
    expect(await ledger.versions.status('planner', 5)).toBe('STAGED');
    await refusal(() => ledger.versions.status('planner', 6), 'NOT_FOUND');
  });
});
