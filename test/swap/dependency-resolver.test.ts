/** The resolver over a real ledger: what depends on what, how it is declared, and in which order it goes. */

import { beforeEach, describe, expect, test } from 'vitest';
import { makeVersionManager } from '../../src/api/testing.js';
import type { Ledger } from '../../src/index.js';
import { DependencyResolver } from '../../src/swap/depend/dependency-resolver.js';
import { refusal } from '../suite/expectations.js';
import { candidate, metadataOf, record } from './dependency-scene.js';

let ledger: Ledger;
let resolver: DependencyResolver;

beforeEach(async () => {
  ledger = await makeVersionManager();
  resolver = new DependencyResolver({ versionManager: ledger });
});

describe('dependencies', () => {
  test('are those added and those that the active versions declare, from either end', async () => {
    await record(ledger, 'clock', 1);
    await record(ledger, 'planner', 1, { dependencies: { clock: '>=1' } });
    await record(ledger, 'sink', 1, { dependencies: { clock: '*', planner: '1' } });
    for (const id of ['zone', 'bus']) resolver.addDependency('planner', id);
    resolver.addDependency('planner', 'clock', '>=1');
    expect(await resolver.dependenciesOf('planner')).toEqual(['bus', 'clock', 'zone']);
    expect(await resolver.dependantsOf('clock')).toEqual(['planner', 'sink']);
    expect(await resolver.dependantsOf('bus')).toEqual(['planner']);
    expect(await resolver.dependantsOf('sink')).toEqual([]);
  });

  test('follow the active version', async () => {
    await record(ledger, 'planner', 1, { dependencies: { clock: '*' } });
    await ledger.stage({ moduleId: 'planner', version: 2, checksum: 'x', metadata: metadataOf({ dependencies: {} }) });
    expect(await resolver.dependenciesOf('planner')).toEqual(['clock']);
    await ledger.activate('planner', 2);
    expect(await resolver.dependenciesOf('planner')).toEqual([]);
  });

  test('that were added are removed, those declared stay', async () => {
    await record(ledger, 'planner', 1, { dependencies: { clock: '*' } });
    resolver.addDependency('planner', 'clock', '>=9');
    expect(resolver.removeDependency('planner', 'clock')).toBe(true);
    expect(resolver.removeDependency('planner', 'clock')).toBe(false);
    expect(resolver.removeDependency('nobody', 'clock')).toBe(false);
    expect(await resolver.dependenciesOf('planner')).toEqual(['clock']);
  });

  test('added again have the new range', async () => {
    await record(ledger, 'clock', 1);
    resolver.addDependency('planner', 'clock', '>=2');
    resolver.addDependency('planner', 'clock', '1');
    expect(await resolver.misfits(candidate('planner', 1))).toEqual([]);
    resolver.removeDependency('planner', 'clock');
    expect((await resolver.resolve(['planner'])).status).toBe('MISSING');
  });

  test('that are malformed are refused with every issue', async () => {
    const error = await refusal(() => resolver.addDependency('a b', '', '>= 3'), 'INVALID_ARGUMENT');
    expect(error.data.issues.map((i) => i.path)).toEqual(['moduleId', 'dependsOn', 'range of "a b" on ""']);
    expect(error.message).toContain('got ">= 3"');
    expect(await resolver.dependantsOf('clock')).toEqual([]);
    await refusal(() => resolver.dependenciesOf('a b'), 'INVALID_MODULE_ID');
    await refusal(() => resolver.dependantsOf('a b'), 'INVALID_MODULE_ID');
  });
});

describe('a malformed declaration', () => {
  test.each<[string, string]>([
    ['no JSON', 'clock>=3'],
    ['an array', '["clock"]'],
    ['null', 'null'],
    ['a string', '"clock"'],
    ['empty', ''],
  ])('that is %s is refused by module and key', async (_, dependencies) => {
    const error = await refusal(() => resolver.misfits(candidate('planner', 4, { dependencies })), 'INVALID_ARGUMENT');
    expect(error.data.issues).toHaveLength(1);
    expect(error.data.issues[0]).toMatchObject({
      path: 'planner v4 metadata.dependencies',
      expected: 'a JSON object of module ids and ranges',
    });
  });

  test('names each wrong entry, with what was expected and what came', async () => {
    const dependencies = { clock: '>= 3', 'a b': '*', bus: 3, fine: '*' };
    const error = await refusal(() => resolver.misfits(candidate('planner', 4, { dependencies })), 'INVALID_ARGUMENT');
    expect(error.data.issues.map((i) => [i.path, i.actual])).toEqual([
      ['planner v4 metadata.dependencies["a b"]', '"a b"'],
      ['planner v4 metadata.dependencies["bus"]', '3'],
      ['planner v4 metadata.dependencies["clock"]', '">= 3"'],
    ]);
    expect(error.message).toContain('expected a range of ledger versions');
  });

  test('of any active version is refused, until it is replaced', async () => {
    await record(ledger, 'broken', 1, { dependencies: 'oops' });
    const error = await refusal(() => resolver.misfits(candidate('clock', 1)), 'INVALID_ARGUMENT');
    expect(error.message).toContain('broken v1 metadata.dependencies');
    await refusal(() => resolver.resolve(['broken']), 'INVALID_ARGUMENT');
    expect(await resolver.misfits(candidate('broken', 2))).toEqual([]);
  });

  test('is not looked for beyond own keys', async () => {
    const metadata: Record<string, string> = Object.create({ dependencies: 'oops' });
    expect(await resolver.misfits({ moduleId: 'planner', version: 1, metadata })).toEqual([]);
  });
});

describe('resolve', () => {
  test('orders the targets and all they need, and says RESOLVED', async () => {
    for (const id of ['base', 'clock']) await record(ledger, id, 1);
    await record(ledger, 'planner', 1, { dependencies: { clock: '*' } });
    resolver.addDependency('clock', 'base');
    const resolution = { order: ['base', 'clock', 'planner'], cycle: null, missing: [], unresolved: [] };
    expect(await resolver.resolve(['planner', 'base', 'planner'])).toEqual({ status: 'RESOLVED', ...resolution });
    expect(await resolver.resolve([])).toMatchObject({ status: 'RESOLVED', order: [] });
  });

  test('asks the version manager before it orders', async () => {
    resolver.addDependency('planner', 'clock');
    expect((await resolver.resolve(['planner'])).status).toBe('MISSING');
    await record(ledger, 'clock', 1);
    expect(await resolver.resolve(['planner'])).toMatchObject({ status: 'RESOLVED', order: ['clock', 'planner'] });
    await record(ledger, 'clock', 2, { dependencies: { base: '*' } });
    expect((await resolver.resolve(['planner'])).missing).toEqual(['base']);
  });

  test('needs no version manager: then the graph is all there is', async () => {
    const alone = new DependencyResolver();
    alone.addDependency('planner', 'clock');
    expect(await alone.resolve(['planner'])).toMatchObject({ status: 'RESOLVED', order: ['clock', 'planner'] });
    expect(await alone.resolve(['clock'])).toMatchObject({ status: 'RESOLVED', order: ['clock'] });
    expect(await alone.resolve(['planner', 'nobody'])).toEqual({
      status: 'MISSING',
      order: ['clock', 'planner'],
      cycle: null,
      missing: ['nobody'],
      unresolved: ['nobody'],
    });
    alone.removeDependency('planner', 'clock');
    expect((await alone.resolve(['clock'])).status).toBe('MISSING');
  });

  test('says CYCLIC, names the cycle and orders nothing that needs it', async () => {
    await record(ledger, 'a', 1, { dependencies: { b: '*' } });
    await record(ledger, 'b', 1, { dependencies: { a: '*', free: '*' } });
    await record(ledger, 'free', 1);
    resolver.addDependency('top', 'b');
    expect(await resolver.resolve(['top', 'free'])).toEqual({
      status: 'CYCLIC',
      order: ['free'],
      cycle: ['a', 'b', 'a'],
      missing: [],
      unresolved: ['top'],
    });
    expect((await resolver.resolve(['free'])).status).toBe('RESOLVED');
    resolver.addDependency('self', 'self');
    expect(await resolver.resolve(['self'])).toMatchObject({ status: 'CYCLIC', cycle: ['self', 'self'], order: [] });
  });

  test('says CYCLIC before MISSING', async () => {
    resolver.addDependency('a', 'a');
    resolver.addDependency('a', 'gone');
    expect(await resolver.resolve(['a', 'nobody'])).toMatchObject({ status: 'CYCLIC', missing: ['gone', 'nobody'] });
  });

  test('says MISSING where no target can be ordered', async () => {
    resolver.addDependency('planner', 'clock');
    resolver.addDependency('clock', 'base');
    expect(await resolver.resolve(['planner'])).toEqual({
      status: 'MISSING',
      order: [],
      cycle: null,
      missing: ['base', 'clock'],
      unresolved: ['planner'],
    });
  });

  test('says PARTIAL where some targets can be ordered and the others need what is missing', async () => {
    await record(ledger, 'sink', 1);
    await record(ledger, 'planner', 1, { dependencies: { clock: '*' } });
    await record(ledger, 'top', 1, { dependencies: { planner: '*', sink: '*' } });
    expect(await resolver.resolve(['top', 'sink'])).toEqual({
      status: 'PARTIAL',
      order: ['sink'],
      cycle: null,
      missing: ['clock'],
      unresolved: ['top'],
    });
  });

  test('says MISSING, not PARTIAL, where a target itself is unknown', async () => {
    await record(ledger, 'sink', 1);
    expect(await resolver.resolve(['sink', 'nobody', 'no-one'])).toMatchObject({
      status: 'MISSING',
      order: ['sink'],
      missing: ['no-one', 'nobody'],
      unresolved: ['no-one', 'nobody'],
    });
  });

  test('takes a target for there that only the graph names, but nothing else', async () => {
    resolver.addDependency('planner', 'clock');
    expect(await resolver.resolve(['planner', 'clock'])).toMatchObject({
      status: 'RESOLVED',
      order: ['clock', 'planner'],
    });
    expect(await resolver.resolve(['planner'])).toMatchObject({ status: 'MISSING', missing: ['clock'] });
  });

  test('counts a batch as active', async () => {
    await record(ledger, 'clock', 1, { dependencies: { planner: '*' } });
    const batch = [candidate('clock', 2), candidate('planner', 1, { dependencies: { clock: '2' } })];
    expect(await resolver.resolve(['planner', 'clock'], { batch })).toMatchObject({
      status: 'RESOLVED',
      order: ['clock', 'planner'],
    });
  });

  test('refuses what is no list of module ids', async () => {
    const error = await refusal(() => resolver.resolve(['fine', 'a b', 3 as never]), 'INVALID_ARGUMENT');
    expect(error.data.issues.map((i) => i.path)).toEqual(['targets[1]', 'targets[2]']);
    await refusal(() => resolver.resolve('planner' as never), 'INVALID_ARGUMENT');
    await refusal(() => resolver.resolve(undefined as never), 'INVALID_ARGUMENT');
    await refusal(() => new DependencyResolver({ versionManager: {} as never }), 'INVALID_ARGUMENT');
  });
});
