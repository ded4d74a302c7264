/** Which version manager and which resolver a call consults: the swapper's own, unless the call names another one. */

import { expect, it, onTestFinished } from 'vitest';
import type { HotSwapperOptions } from '../../src/api/swap.js';
import { HotSwapper, importLoader, makeVersionManager } from './live.mjs';
import { folder, says } from './scene.js';

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
