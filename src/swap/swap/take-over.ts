/** What a loaded version does before callers reach it: it takes the state of what runs, and becomes active. */

import type { ActivateReason, SwapNotice } from '../contract.js';
import { messageOf } from '../health/check-answer.js';
import type { Source } from '../load/bring-up.js';
import { handOver } from '../module/hand-over.js';
import type { Instance } from '../module/instance.js';
import type { ModuleSlot } from '../module/module-slot.js';

export interface Successor {
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  readonly instance: Instance;
}

/** Calls the version's `activate`; without effect where it is active. @throws what `activate` throws; `TimeLimitError` */
export async function activateInstance({ slot, source, instance }: Successor, reason: ActivateReason): Promise<void> {
  if (instance.lifecycle === null) return;
  const { moduleId } = slot;
  const entrance = { reason, fromVersion: slot.current?.version ?? null, dataDir: await source.dataDir(moduleId) };
  await instance.activate(entrance, source.settings.activateTimeoutMs);
}

/** Hands state over as far as it can be: what cannot is told, and holds nothing up. */
export async function offerState(from: Instance | null, { slot, source, emit, instance }: Successor): Promise<void> {
  const warn = (message: string): void => {
    const { version } = instance;
    emit({ type: 'warning', moduleId: slot.moduleId, version, code: 'STATE_NOT_HANDED_OVER', message });
  };
  try {
    const done = await handOver(from, instance, source.settings.stateTimeoutMs);
    if (done === 'dropped') warn(`v${from?.version} gives state, and v${instance.version} has no takeState`);
  } catch (error) {
    warn(`it runs without the state of v${from?.version}: ${messageOf(error)}`);
  }
}

/** Lets go of what callers have just left, once it has handed its state back, as far as that can be. */
export async function leaveFor(successor: Successor, left: Instance | null): Promise<void> {
  const hold = left?.hold();
  successor.slot.retire(left);
  try {
    await offerState(left, successor);
  } finally {
    hold?.release();
  }
}
