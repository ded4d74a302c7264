/** The way back of a batch, and a batch with the hot swapper itself. */

import { beforeEach, describe, expect, test } from 'vitest';
import { HotSwapper } from '../../src/swap/swapper.js';
import { type BatchScene, batchScene, request } from './swap-batch-scene.js';

let ledger: BatchScene['ledger'];
let swapper: BatchScene['swapper'];
let live: BatchScene['live'];
let batch: BatchScene['batch'];
let active: BatchScene['active'];
let chain: BatchScene['chain'];

beforeEach(async () => {
  ({ ledger, swapper, live, batch, active, chain } = await batchScene());
});

describe('where one does not come out COMMITTED', () => {
  test('the others go back in reverse, each to the version that it had', async () => {
    const requests = await chain();
    await ledger.tag('base', 1, 'stable');
    await ledger.tag('clock', 1, 'stable');
    swapper.fates.set('planner', 'refused');
    const result = await batch(requests);
    expect(swapper.calls.slice(3)).toEqual(['rollback clock 3 -> 2 DEPENDENCY', 'rollback base 3 -> 2 DEPENDENCY']);
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', order: ['base', 'clock', 'planner'], aborted: [] });
    expect(result.results.map((r) => r.phase)).toEqual(['COMMITTED', 'COMMITTED', 'FAILED']);
    expect(result.unwound.map((r) => [r.moduleId, r.restored?.version])).toEqual([
      ['clock', 2],
      ['base', 2],
    ]);
    expect(result.reason).toBe('planner v3 is FAILED (not valid); 2 of 2 unwound');
    expect(await active('base', 'clock', 'planner')).toEqual([2, 2, 2]);
  });

  test('those after it are not begun', async () => {
    swapper.fates.set('clock', 'refused');
    const result = await batch(await chain());
    expect(swapper.calls).toEqual(['swap base 2 -> 3', 'swap clock 2 -> 3', 'rollback base 3 -> 2 DEPENDENCY']);
    expect(result.results).toHaveLength(2);
    expect(await active('base', 'clock', 'planner')).toEqual([2, 2, 2]);
  });

  test('it is FAILED if nothing was live yet', async () => {
    swapper.fates.set('base', 'refused');
    const result = await batch(await chain());
    expect(result).toMatchObject({ phase: 'FAILED', unwound: [] });
    expect(result.reason).toBe('base v3 is FAILED (not valid); nothing was to be unwound');
    expect(swapper.calls).toEqual(['swap base 2 -> 3']);
  });

  test('it is ROLLED_BACK if the first was live and went sick', async () => {
    swapper.fates.set('base', 'restored');
    expect(await batch(await chain())).toMatchObject({ phase: 'ROLLED_BACK', unwound: [] });
    expect(await active('base', 'clock', 'planner')).toEqual([2, 2, 2]);
  });

  test('a sick one that was restored is not rolled back twice, one that stayed live is', async () => {
    const requests = await chain();
    swapper.fates.set('clock', 'restored');
    await batch(requests);
    expect(swapper.calls.at(-1)).toBe('rollback base 3 -> 2 DEPENDENCY');
    swapper.fates.set('clock', 'NO_TARGET');
    // The same bytes again: somebody says that they are not bad.
    for (const moduleId of ['base', 'clock']) await ledger.untag(moduleId, 3, 'reverted');
    swapper.calls.length = 0;
    const result = await batch([request('clock', { base: '>=4' }), request('base')]);
    expect(swapper.calls.slice(2)).toEqual(['rollback clock 4 -> 2 DEPENDENCY', 'rollback base 4 -> 2 DEPENDENCY']);
    expect(result.reason).toBe('clock v4 is ROLLED_BACK (sick); 2 of 2 unwound');
    expect(await active('base', 'clock')).toEqual([2, 2]);
  });

  test('a sick one that the policy keeps stays, with what it needs and nothing else', async () => {
    const requests = await chain();
    swapper.fates.set('clock', 'POLICY');
    const result = await batch([...requests, request('a')]);
    expect(result.order).toEqual(['a', 'base', 'clock', 'planner']);
    expect(result.unwound.map((r) => r.moduleId)).toEqual(['a']);
    expect(result.reason).toContain('base v3 is live still; clock v3 is live still');
    expect(await active('base', 'clock', 'planner')).toEqual([3, 3, 2]);
  });

  test('a first version stays, and the result says so', async () => {
    await live('sink');
    swapper.fates.set('sink', 'refused');
    const result = await batch([request('new'), request('sink', { new: '*' })]);
    expect(swapper.calls.at(-1)).toBe('rollback new 1 -> undefined DEPENDENCY');
    expect(result.unwound).toMatchObject([{ moduleId: 'new', stayed: 'NO_TARGET', restored: null }]);
    expect(result.reason).toContain('0 of 1 unwound; new v1 is live still');
  });

  test('a version that was active already is left alone', async () => {
    const requests = await chain();
    const base = await ledger.readFiles('base', 2);
    swapper.fates.set('planner', 'refused');
    const again = { moduleId: 'base', version: 2, files: new Map(base) };
    const result = await batch([...requests.slice(0, 1), request('clock', { base: '>=2' }), again]);
    expect(result.results.map((r) => [r.fromVer, r.toVer])).toEqual([
      [2, 2],
      [2, 3],
      [2, 3],
    ]);
    expect(result.unwound.map((r) => r.moduleId)).toEqual(['clock']);
    expect(await active('base', 'clock')).toEqual([2, 2]);
  });

  test('a swapper that throws is no reason to leave half a batch', async () => {
    swapper.fates.set('planner', 'throws');
    const result = await batch(await chain());
    expect(result.results[2]).toMatchObject({ phase: 'FAILED', toVer: 3, error: { message: 'out of order' } });
    expect(await active('base', 'clock', 'planner')).toEqual([2, 2, 2]);
  });

  test('a rollback that throws does not keep the others from going back', async () => {
    swapper.fates.set('planner', 'refused');
    swapper.stuck.add('clock');
    const result = await batch(await chain());
    expect(result.unwound).toMatchObject([
      { moduleId: 'clock', phase: 'ROLLED_BACK', step: 'rollback', restored: null, error: { message: 'it hangs' } },
      { moduleId: 'base', restored: { version: 2 } },
    ]);
    expect(result.reason).toContain('1 of 2 unwound; clock v3 is live still');
    expect(await active('base', 'clock')).toEqual([2, 3]);
  });

  test('a swapper that goes back to another version is told on', async () => {
    swapper.fates.set('planner', 'refused');
    const back = swapper.rollback.bind(swapper);
    swapper.rollback = (moduleId, reason, context) => back(moduleId, reason, { ...context, to: 1 });
    const { reason } = await batch(await chain());
    expect(reason).toContain('0 of 2 unwound; base is on v1, not on v2; clock is on v1, not on v2');
  });

  test('what an assessor finds only now unwinds the batch as well', async () => {
    await live('a');
    await live('clock');
    await live('planner', 1, { clock: '*' });
    swapper.breaking.add('clock');
    const result = await batch([request('a'), request('clock')]);
    expect(result.phase).toBe('ROLLED_BACK');
    expect(result.results[1]?.reason).toContain('clock v2 is BREAKING towards v1');
    expect(await active('a', 'clock')).toEqual([1, 1]);
  });
});

describe('with a hot swapper', () => {
  let sick: string;
  let hot: HotSwapper;

  beforeEach(() => {
    sick = '';
    hot = new HotSwapper({
      validator: { validate: () => true },
      healthCheck: { check: ({ moduleId }) => moduleId !== sick },
      healthWindowMs: 0,
      loader: { load: async ({ moduleId, version }) => ({ exports: { name: () => `${moduleId} v${version}` } }) },
    });
    return () => hot.close();
  });

  const say = (moduleId: string) => hot.handle<{ name(): string }>(moduleId).call(({ name }) => name());

  test('a batch goes live where each member alone would not fit', async () => {
    await batch([request('clock'), request('planner', { clock: '1' })], { swapper: hot });
    const result = await batch([request('planner', { clock: '2' }), request('clock', {}, { version: 2 })], {
      swapper: hot,
    });
    expect(result).toMatchObject({ phase: 'COMMITTED', order: ['clock', 'planner'] });
    expect([say('clock'), say('planner')]).toEqual(['clock v2', 'planner v2']);
  });

  test('a sick member takes the others back, in the process and in the ledger', async () => {
    await batch([request('clock'), request('planner', { clock: '>=1' })], { swapper: hot });
    await ledger.tag('clock', 1, 'stable');
    await ledger.tag('planner', 1, 'stable');
    sick = 'planner';
    const next = [request('planner', { clock: '2' }), { ...request('clock'), files: { 'index.mjs': 'export {};\n' } }];
    const result = await batch(next, { swapper: hot });
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', unwound: [{ moduleId: 'clock', restored: { version: 1 } }] });
    expect([say('clock'), say('planner')]).toEqual(['clock v1', 'planner v1']);
    expect(await active('clock', 'planner')).toEqual([1, 1]);
    expect(await ledger.versions.status('clock', 2)).toBe('REVERTED');
  });

  test('taken back goes to the version that ran before, not to the nearest stable one', async () => {
    const files = (n: number) => ({ files: { 'index.mjs': `export const n = ${n};\n` } });
    await batch([{ ...request('clock'), ...files(1) }, request('planner', { clock: '>=1' })], { swapper: hot });
    await ledger.tag('clock', 1, 'stable');
    await ledger.tag('planner', 1, 'stable');
    await batch([{ ...request('clock'), ...files(2) }], { swapper: hot });
    sick = 'planner';
    const result = await batch([request('planner', { clock: '3' }), { ...request('clock'), ...files(3) }], {
      swapper: hot,
    });
    expect(result).toMatchObject({ phase: 'ROLLED_BACK', unwound: [{ moduleId: 'clock', restored: { version: 2 } }] });
    expect(say('clock')).toBe('clock v2');
    expect(await active('clock', 'planner')).toEqual([2, 1]);
  });
});
