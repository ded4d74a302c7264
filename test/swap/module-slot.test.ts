/** What of a module is kept loaded while health windows are open. */

import { expect, it } from 'vitest';
import { Instance, ModuleSlot } from './live.mjs';
import { MODULE } from './scene.js';

function slotAndInstances() {
  const slot = new ModuleSlot(MODULE, 1000, () => undefined);
  const disposed: number[] = [];
  const made = [1, 2, 3].map((version) => {
    const loaded = { exports: {}, dispose: () => void disposed.push(version) };
    return new Instance({ moduleId: MODULE, version, checksum: `sha256:${version}`, loaded });
  });
  return { slot, disposed, instances: made as [Instance, Instance, Instance] };
}

it('keeps the oldest and the newest, and lets go of those between', async () => {
  const { slot, disposed, instances } = slotAndInstances();
  for (const instance of instances) slot.keepWarm(instance);
  await expect.poll(() => disposed).toEqual([2]);
  expect(slot.find(1, 'sha256:1')).toBe(instances[0]);
  expect(slot.find(3, 'sha256:3')).toBe(instances[2]);
});

it('does not let go of what it is to keep once more', async () => {
  const { slot, disposed, instances } = slotAndInstances();
  const [first, second, third] = instances;
  for (const instance of [first, second, second]) slot.keepWarm(instance);
  // What is let go of without a call on it is disposed within a turn.
  await new Promise((resolve) => setImmediate(resolve));
  expect(disposed).toEqual([]);
  expect(slot.find(2, 'sha256:2')).toBe(second);
  slot.keepWarm(third);
  await expect.poll(() => disposed).toEqual([2]);
  expect(slot.find(2, 'sha256:2')).toBeNull();
});
