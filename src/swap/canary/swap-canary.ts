/** The canary of one swap: whether it may begin, how it ends, and whether its candidate may still become active. */

import type { Epoch } from '../../ledger/ledger-live.js';
import { handsOver } from '../module/hand-over.js';
import type { Instance } from '../module/instance.js';
import type { Interruption, ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import { type Refusal, refusal, refusedBy } from '../swap/refusal.js';
import type { SwapNotice, SwapResult } from '../swap-types.js';
import type { CanaryPlan } from './canary-plan.js';
import { canaryRefusal, movedOn } from './canary-refusal.js';
import { CanaryRun } from './canary-run.js';

interface SwapCanaryParts {
  readonly plan: CanaryPlan;
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
}

export class SwapCanary {
  private readonly parts: SwapCanaryParts;
  private run: CanaryRun | null = null;
  /** What was active when it began. */
  private before: Epoch | null = null;

  constructor(parts: SwapCanaryParts) {
    this.parts = parts;
  }

  /** True once the candidate serves calls. */
  get hasBegun(): boolean {
    return this.run !== null;
  }

  /** What must still be active when the candidate becomes so; null where it has not begun. */
  get epoch(): Epoch | null {
    return this.before;
  }

  /** Who ended it before its time; null where nobody has. */
  get interruption(): Interruption | null {
    return this.run?.interruption ?? null;
  }

  /** Why a candidate that takes state has no canary: both versions serve calls, and one state cannot be in two places. */
  stateRefusal(instance: Instance): Refusal | null {
    const { current } = this.parts.slot;
    if (!handsOver(current, instance)) return null;
    const message = `it takes the state of v${current.version}: swap without a canary, or with handOver: false`;
    return refusal('CANARY_WITH_STATE', message);
  }

  /** From now on the candidate serves calls, without being active. @throws `Refusal` where the version `from` is not active any more */
  async begin(instance: Instance, from: number | null): Promise<void> {
    const { slot, source } = this.parts;
    this.before = await source.adapter.epoch(slot.moduleId);
    if (this.before?.version !== from) throw refusedBy(movedOn(this.before?.version ?? null));
    this.run = new CanaryRun({ ...this.parts, instance });
  }

  /** Resolves when every step was well. @throws `Refusal` where one was not, or somebody ended it */
  async ended(): Promise<void> {
    const end = await this.run?.run();
    if (end !== undefined && end.end !== 'well') throw refusedBy(canaryRefusal(end));
  }

  /** To be asked before the candidate becomes active. @throws `Refusal` where somebody ended the canary, or has moved on */
  async assertOpen(): Promise<void> {
    const { slot, source } = this.parts;
    const cause = this.interruption;
    if (cause !== null) throw refusedBy(canaryRefusal({ end: 'interrupted', cause }));
    const now = await source.adapter.epoch(slot.moduleId);
    if (now?.version !== this.before?.version) throw refusedBy(movedOn(now?.version ?? null));
  }

  /** No call begins on the candidate any more. */
  leave(): void {
    this.run?.leave();
  }

  /** Tells whoever ended it how the swap ended. */
  answer(result: SwapResult): void {
    this.run?.answer(result);
  }
}
