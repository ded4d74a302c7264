/** What a loaded version does before callers reach it: it takes the state of what runs, and becomes active. */

import { messageOf } from '../../errors.js';
import { handOver } from '../module/hand-over.js';
import type { Instance } from '../module/instance.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import type { ActivateReason } from '../swap-ports.js';
import type { SwapNotice } from '../swap-types.js';
import { refusal } from './refusal.js';
import type { SwapRefusalCode } from './swap-codes.js';

/** A loaded version, and where it is to run. */
export interface Successor {
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  readonly instance: Instance;
}

/**
 * Calls the version's `activate`; without effect where it is active. A version that does not become active is let go of.
 * @throws what `activate` throws; `TIME_LIMIT`
 */
export async function activateInstance({ slot, source, instance }: Successor, reason: ActivateReason): Promise<void> {
  if (instance.lifecycle === null) return;
  const { moduleId } = slot;
  try {
    const entrance = { reason, fromVersion: slot.current?.version ?? null, dataDir: await source.dataDir(moduleId) };
    await instance.activate(entrance, source.settings.activateTimeoutMs);
  } catch (error) {
    slot.retire(instance, 'failed');
    throw error;
  }
}

function warn({ slot, emit, instance: { version } }: Successor, message: string): void {
  emit({ type: 'warning', moduleId: slot.moduleId, version, code: 'STATE_NOT_HANDED_OVER', message });
}

/** Hands state over; a version that takes none is told. @throws what `handOver` throws */
async function giveState(from: Instance | null, successor: Successor): Promise<void> {
  const { source, instance } = successor;
  const done = await handOver(from, instance, source.settings.stateTimeoutMs);
  if (done === 'dropped') warn(successor, `v${from?.version} gives state, and v${instance.version} has no takeState`);
}

/** Hands state over as far as it can be: what cannot is told, and holds nothing up. */
export async function offerState(from: Instance | null, successor: Successor): Promise<void> {
  try {
    await giveState(from, successor);
  } catch (error) {
    warn(successor, `it runs without the state of v${from?.version}: ${messageOf(error)}`);
  }
}

/** The state of what runs, and the version's own `activate`, in a swap: what fails here fails the swap. @throws `Refusal` */
export async function takeOver(from: Instance | null, successor: Successor): Promise<void> {
  const failed = (code: SwapRefusalCode, what: string) => (error: unknown) => {
    throw refusal(code, `${what}: ${messageOf(error)}`, { error });
  };
  const state = 'state was not handed over (handOver: false starts without)';
  await giveState(from, successor).catch(failed('STATE_NOT_HANDED_OVER', state));
  await activateInstance(successor, 'swap').catch(failed('NOT_ACTIVATED', 'its activate failed'));
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
