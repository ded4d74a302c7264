/** A batch of swaps: the order, and the questions before it begins. */

import { beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/index.js';
import { DependencyResolver } from '../../src/swap/depend/dependency-resolver.js';
import type { BatchContext, BatchSwapper } from '../../src/swap/depend/swap-batch.js';
import type { SwapRequest } from '../../src/swap/swap-types.js';
import { refusal, writesNothing } from '../suite/expectations.js';
import { sevenCalls } from './dependency-scene.js';
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

describe('a batch', () => {
  test('is swapped one after another, dependencies first', async () => {
    const result = await batch(await chain());
    expect(result).toMatchObject({ phase: 'COMMITTED', order: ['base', 'clock', 'planner'], aborted: [], unwound: [] });
    expect(result.results.map((r) => [r.moduleId, r.phase])).toEqual([
      ['base', 'COMMITTED'],
      ['clock', 'COMMITTED'],
      ['planner', 'COMMITTED'],
    ]);
    expect(result.reason).toBe('3 live and healthy');
    expect(swapper.calls).toEqual(['swap base 2 -> 3', 'swap clock 2 -> 3', 'swap planner 2 -> 3']);
    expect(await active('base', 'clock', 'planner')).toEqual([3, 3, 3]);
  });

  test('is ordered by what was added by hand too, and through modules that are not in it', async () => {
    await live('via', 1, { a: '*' });
    const resolver = new DependencyResolver();
    resolver.addDependency('b', 'via');
    const { order } = await batch([request('b'), request('z'), request('a')], { resolver });
    expect(order).toEqual(['a', 'b', 'z']);
    resolver.addDependency('a', 'z');
    expect((await batch([request('b'), request('z'), request('a')], { resolver })).order).toEqual(['z', 'a', 'b']);
  });

  test('of nothing is COMMITTED', async () => {
    expect(await batch([])).toMatchObject({ phase: 'COMMITTED', order: [], results: [], aborted: [], unwound: [] });
  });

  test('swaps the numbers that it asked about: the next, or the one that is staged', async () => {
    await live('clock');
    await ledger.stage({ moduleId: 'clock', checksum: 'abandoned' });
    await ledger.stage({ moduleId: 'planner' }, { files: request('planner').files });
    const planner = { ...request('planner'), version: 1 };
    const asked: (number | undefined)[] = [];
    const listening: BatchSwapper = {
      swap(given, context) {
        asked.push(given.version);
        return swapper.swap(given, context);
      },
      rollback: (moduleId, _, context) => swapper.rollback(moduleId, 'DEPENDENCY', context),
    };
    const { results } = await batch([request('clock'), planner], { swapper: listening });
    expect(results.map((r) => r.toVer)).toEqual([3, 1]);
    expect(asked).toEqual([3, 1]);
  });

  test('takes a version that is staged already by the dependencies that it was staged with', async () => {
    await live('clock');
    const { files, metadata } = request('planner', { clock: '>=2' });
    await ledger.stage({ moduleId: 'planner', metadata }, { files });
    const result = await batch([{ moduleId: 'planner', version: 1, files }]);
    expect(result.aborted).toEqual([{ code: 'MISFIT', message: 'planner v1 needs clock >=2, and would meet v1' }]);
  });

  test('works with the seven calls alone, whose numbers the swapper chooses', async () => {
    await live('clock', 2);
    const seven = sevenCalls(ledger);
    const result = await batch([request('planner', { clock: '3' }), request('clock')], { versionManager: seven });
    expect(result).toMatchObject({ phase: 'COMMITTED', order: ['clock', 'planner'] });
    const misfit = await batch([request('planner', { clock: '5' }), request('clock')], { versionManager: seven });
    expect(misfit.aborted).toEqual([{ code: 'MISFIT', message: 'planner v2 needs clock 5, and would meet v4' }]);
  });
});

describe('no swap is begun', () => {
  async function abortedFor(requests: readonly SwapRequest[], more: Partial<BatchContext> = {}) {
    const before = swapper.calls.length;
    const result = await writesNothing(ledger, () => batch(requests, more));
    expect(swapper.calls).toHaveLength(before);
    expect(result).toMatchObject({ phase: 'FAILED', results: [], unwound: [] });
    expect(result.reason).toContain('no swap was begun');
    for (const { message } of result.aborted) expect(result.reason).toContain(message);
    return result.aborted.map(({ code, message }) => [code, message]);
  }

  test('where a dependant outside of the batch does not fit', async () => {
    await live('clock');
    await live('planner', 1, { clock: '1' });
    expect(await abortedFor([request('clock'), request('other')])).toEqual([
      ['MISFIT', 'planner v1 needs clock 1, and would meet v2'],
    ]);
  });

  test('where members do not fit each other, with every reason', async () => {
    await live('clock');
    expect(await abortedFor([request('planner', { clock: '1', bus: '*' }), request('clock')])).toEqual([
      ['MISFIT', 'planner v1 needs bus *, which has no active version'],
      ['MISFIT', 'planner v1 needs clock 1, and would meet v2'],
      ['MISSING', 'the batch needs what has no active version: bus'],
    ]);
  });

  test('where there is no order, with the cycle', async () => {
    await live('c');
    const requests = [request('b', { a: '*' }), request('a', { b: '*' }), request('c')];
    expect(await abortedFor(requests)).toEqual([['CYCLE', 'there is no order: a needs b needs a']]);
  });

  test('where what it needs needs what is missing', async () => {
    await live('via', 1, { gone: '*' });
    expect(await abortedFor([request('planner', { via: '*' })])).toEqual([
      ['MISSING', 'the batch needs what has no active version: gone'],
    ]);
  });

  test('where a version is known to be BREAKING for a dependant that names no range', async () => {
    await live('clock');
    await live('planner', 1, { clock: '*' });
    await ledger.assessCompatibility({ moduleId: 'clock', fromVer: 1, toVer: 2, level: 'BREAKING' });
    expect(await abortedFor([request('clock')])).toHaveLength(1);
  });

  test('where the gate would refuse a version that is staged', async () => {
    await ledger.policy.set({ settings: { requireApproval: true } });
    await live('clock');
    const clock = { ...request('clock'), version: 2 };
    await ledger.stage({ moduleId: 'clock', metadata: clock.metadata }, { files: clock.files });
    await ledger.assessCompatibility({ moduleId: 'clock', fromVer: 1, toVer: 2, level: 'BREAKING' });
    expect(await abortedFor([request('a'), clock])).toEqual([
      ['APPROVAL_MISSING', 'clock v2: BREAKING needs the approval of an operator'],
    ]);
    await ledger.approve('clock', 1, 2);
    expect((await batch([request('a'), clock])).phase).toBe('COMMITTED');
  });

  test.each<[string, unknown, string[]]>([
    ['no array', 'planner', ['requests']],
    ['a module twice', [request('a'), request('a')], ['requests[1].moduleId']],
    [
      'a bad name and a bad number',
      [request('a b'), request('c', {}, { version: 0 })],
      ['requests[0].moduleId', 'requests[1].version'],
    ],
    ['metadata that are no strings', [{ ...request('a'), metadata: { dependencies: {} } }], ['requests[0].metadata']],
    ['nothing', [null], ['requests[0].moduleId']],
    ['a malformed declaration', [request('a', { b: '>= 1' })], ['a v1 metadata.dependencies["b"]']],
  ])('for %s', async (_, requests, paths) => {
    const error = await refusal(() => batch(requests as SwapRequest[]), 'INVALID_ARGUMENT');
    expect(error.data.issues.map((i) => i.path)).toEqual(paths);
    expect(swapper.calls).toEqual([]);
  });

  test('for files that no ledger can hold, or ports that are none', async () => {
    await refusal(() => batch([request('a'), { moduleId: 'b', files: { '../b': '' } }]), 'INVALID_FILES');
    await refusal(() => batch([request('a')], { versionManager: {} as Ledger }), 'INVALID_ARGUMENT');
    await refusal(() => batch([request('a')], { swapper: {} as BatchSwapper }), 'INVALID_ARGUMENT');
    await refusal(() => batch([request('a')], { resolver: {} as DependencyResolver }), 'INVALID_ARGUMENT');
    expect(swapper.calls).toEqual([]);
  });
});
