/** A canary: a candidate serves a share of the calls, is judged after each step, and the share grows. */

import { type HealthFailure, watch } from '../health/health-window.js';
import type { Instance } from '../module/instance.js';
import type { Interruption, ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import type { SwapNotice, SwapResult } from '../swap-types.js';
import type { CanaryPlan } from './canary-plan.js';
import { CanaryRoute } from './canary-route.js';

/** Fewer calls in a step say nothing of the candidate. */
const LEAST_CALLS = 50;

/** How often a step with fewer calls is gone through again. */
const EXTENSIONS = 3;

/** How a canary ended, other than well. */
export type CanaryFailure = Exclude<CanaryEnd, { readonly end: 'well' }>;

/** How a canary ended: every step was well, the candidate is sick, it was called too seldom, or somebody ended it. */
type CanaryEnd =
  | { readonly end: 'well' }
  | ({ readonly end: 'sick' } & HealthFailure)
  | { readonly end: 'seldom'; readonly percent: number; readonly calls: number }
  | { readonly end: 'interrupted'; readonly cause: Interruption };

interface CanaryParts {
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  readonly instance: Instance;
  readonly plan: CanaryPlan;
}

export class CanaryRun {
  private readonly parts: CanaryParts;
  private readonly route: CanaryRoute;
  private readonly stop = new AbortController();
  /** Tells whoever ended the canary how its swap ended. */
  readonly answer: (result: SwapResult) => void;

  /** From now on the candidate may be called: a switch to another version ends the canary in the same turn. */
  constructor(parts: CanaryParts) {
    this.parts = parts;
    this.route = new CanaryRoute(parts.instance);
    const { slot } = parts;
    slot.canary?.interrupt({ by: 'succession' });
    let answer: CanaryRun['answer'] = () => undefined;
    const result = new Promise<SwapResult>((resolve) => {
      answer = resolve;
    });
    this.answer = answer;
    slot.canary = { route: this.route, result, interrupt: (cause) => this.interrupt(cause) };
  }

  /** Who ended it before its time; null where nobody has. */
  get interruption(): Interruption | null {
    return this.stop.signal.aborted ? (this.stop.signal.reason as Interruption) : null;
  }

  /** Goes through the steps. After `well` the candidate keeps its share, until callers are switched to it. */
  async run(): Promise<CanaryEnd> {
    for (const percent of this.parts.plan.steps) {
      const end = await this.step(percent);
      if (end.end === 'well') continue;
      this.leave();
      return end;
    }
    return { end: 'well' };
  }

  /** No call begins on the candidate any more. */
  leave(): void {
    const { slot } = this.parts;
    if (slot.canary?.route === this.route) slot.canary = null;
  }

  private interrupt(cause: Interruption): void {
    this.leave();
    this.stop.abort(cause);
  }

  private async step(percent: number): Promise<CanaryEnd> {
    const { slot, source, emit, instance, plan } = this.parts;
    this.route.send(percent);
    emit({ type: 'canary', moduleId: slot.moduleId, version: instance.version, percent });
    const { signal } = this.stop;
    const { callTimeoutMs } = source.settings;
    const before = instance.counts.calls;
    for (let attempt = 0; attempt <= EXTENSIONS; attempt++) {
      const end = await watch({ instance, before: slot.current, source, reported: null }, plan.each, signal);
      const cause = this.interruption;
      if (cause !== null) return { end: 'interrupted', cause };
      if (end.end === 'sick') return end;
      if (callTimeoutMs === null || instance.counts.calls - before >= LEAST_CALLS) return { end: 'well' };
    }
    return { end: 'seldom', percent, calls: instance.counts.calls - before };
  }
}
