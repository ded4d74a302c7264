/** Which version manager and which resolver a call consults: the swapper's own, unless the call names another one. */

import { expect, it, onTestFinished } from 'vitest';
import type { HotSwapperOptions } from '../../src/api/swap.js';
import { HotSwapper, importLoader, makeVersionManager } from './live.mjs';
import { folder, type Says, says } from './scene.js';

function swapper(options: Partial<HotSwapperOptions>) {
  const made = new HotSwapper({
    validator: { validate: () => true },
    healthWindowMs: 0,
    loader: importLoader({ cacheDir: folder() }),
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

it('a manager that is given once is asked by every call', async () => {
  const ledger = await makeVersionManager();
  const live = swapper({ versionManager: ledger });
  expect(await live.swap({ moduleId: 'm', files: says('one') })).toMatchObject({ phase: 'COMMITTED', toVer: 1 });
  await ledger.tag('m', 1, 'stable');
  await ledger.stage({ moduleId: 'm' }, { files: says('two') });
  expect(await live.swapTo('m', 2)).toMatchObject({ phase: 'COMMITTED', toVer: 2 });
  expect(await live.rollback('m', 'MANUAL')).toMatchObject({ phase: 'ROLLED_BACK', restored: { version: 1 } });
  const later = swapper({ versionManager: ledger });
  expect(await later.resume()).toEqual([{ moduleId: 'm', version: 1, error: null }]);
});

it('a call may name another one, for modules of its own', async () => {
  const [own, other] = [await makeVersionManager(), await makeVersionManager()];
  const live = swapper({ versionManager: own });
  await live.swap({ moduleId: 'm', files: says('one') }, { versionManager: other });
  expect([await own.latestCheckpoint('m'), (await other.latestCheckpoint('m'))?.version]).toEqual([null, 1]);
  const again = live.swap({ moduleId: 'm', files: says('two') });
  await expect(again).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('first') });
});

/** What `target` is, but for what is answered in its place. */
function answering<T extends object>(target: T, answers: Readonly<Record<PropertyKey, unknown>>): T {
  return new Proxy(target, { get: (_, name) => answers[name] ?? Reflect.get(target, name) });
}

it('what a proxy says of the gate makes nothing active: the ledger decides by its own', async () => {
  const ledger = await makeVersionManager({ requireApproval: true });
  await ledger.recordCheckpoint({ moduleId: 'm' }, { files: says('one') });
  await ledger.stage({ moduleId: 'm' }, { files: says('two') });
  await ledger.assessCompatibility({ moduleId: 'm', fromVer: 1, toVer: 2, level: 'BREAKING' });
  const yes = async () => ({ allow: true, level: 'COMPATIBLE', reasons: [], report: null });
  const versionManager = answering(ledger, { gate: yes, live: answering(ledger.live, { permit: yes }) });
  const service = swapper({ versionManager });
  expect(await service.swapTo('m', 2)).toMatchObject({
    phase: 'FAILED',
    step: 'commit',
    refusals: [{ code: 'APPROVAL_MISSING' }],
  });
  expect((await ledger.latestCheckpoint('m'))?.version).toBe(1);
  const handle = service.handle<Says>('m');
  expect(handle.call(({ word }) => word())).toBe('one');
  expect(Reflect.ownKeys(handle)).toEqual(['moduleId']);
});

it('a resolver that is given once is asked by every swap', async () => {
  const live = swapper({
    versionManager: await makeVersionManager(),
    resolver: { misfits: async () => ['not today'] },
  });
  expect(await live.swap({ moduleId: 'm', files: says('one') })).toMatchObject({
    phase: 'FAILED',
    refusals: [{ code: 'MISFIT', message: expect.stringContaining('not today') }],
  });
});

it('without any, the error says where to give one', async () => {
  const live = swapper({});
  const nobody = live.swap({ moduleId: 'm', files: says('one') });
  await expect(nobody).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    hint: expect.stringContaining('new HotSwapper'),
  });
  expect(() => swapper({ versionManager: {} as never })).toThrow(
    /versionManager: expected an object with recordCheckpoint/,
  );
});
