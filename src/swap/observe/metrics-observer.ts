/** A swapper as its metrics see it. What cannot be counted does not hold up what is done. */

import type { Registry } from 'prom-client';
import { messageOf } from '../../errors.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { SwapNotice, SwapResult } from '../swap-types.js';
import type { ModuleSample, SwapMetrics } from './swap-metrics.js';

/** What the gauges are made of. */
export interface Watched {
  readonly slots: () => Iterable<ModuleSlot>;
  readonly loadedVersions: () => ReadonlyMap<string, number>;
  readonly emit: (notice: SwapNotice) => void;
}

export class MetricsObserver {
  private readonly watched: Watched;
  /** Swaps that have not ended, by module. */
  private readonly swaps = new Map<string, number>();
  /** Loaded with the first swapper that has a registry; null where there is none, or it cannot be used. */
  private readonly metrics: Promise<SwapMetrics | null>;
  /** Why the registry cannot be used. */
  private failure: unknown = null;
  private warned = false;

  constructor(registry: Registry | undefined, watched: Watched) {
    this.watched = watched;
    this.metrics = registry === undefined ? Promise.resolve(null) : this.register(registry);
  }

  /** From now on a module has its series, before anything of it is counted. */
  addModule(moduleId: string): void {
    void this.telling(moduleId, (metrics) => metrics.addModule(moduleId));
  }

  /** Resolves when the modules that were added have their series. */
  async registered(): Promise<void> {
    await this.metrics;
  }

  /** A swap has begun; the answer is called when it has ended. */
  begin(moduleId: string): () => void {
    const add = (n: number): void => void this.swaps.set(moduleId, (this.swaps.get(moduleId) ?? 0) + n);
    add(1);
    return () => add(-1);
  }

  /** Counted when this resolves. */
  async count(result: SwapResult): Promise<void> {
    await this.telling(result.moduleId, (metrics) => metrics.count(result));
  }

  countCheck(moduleId: string, well: boolean): void {
    void this.telling(moduleId, (metrics) => metrics.countCheck(moduleId, well));
  }

  countNotice(notice: SwapNotice): void {
    void this.telling(notice.moduleId, (metrics) => metrics.countNotice(notice));
  }

  async close(): Promise<void> {
    (await this.metrics)?.close();
  }

  private async register(registry: Registry): Promise<SwapMetrics | null> {
    try {
      const { SwapMetrics } = await import('./swap-metrics.js');
      return new SwapMetrics(registry, () => this.samples());
    } catch (error) {
      this.failure = error;
      return null;
    }
  }

  private async telling(moduleId: string, tell: (metrics: SwapMetrics) => void): Promise<void> {
    const metrics = await this.metrics;
    try {
      if (metrics !== null) tell(metrics);
      else if (this.failure !== null) throw this.failure;
    } catch (error) {
      this.warn(moduleId, error);
    }
  }

  /** Told once: a registry that fails does so for each notice. */
  private warn(moduleId: string, error: unknown): void {
    if (this.warned) return;
    this.warned = true;
    const message = `it could not be counted: ${messageOf(error)}`;
    this.watched.emit({ type: 'warning', moduleId, version: null, code: 'NOT_COUNTED', message });
  }

  private *samples(): Generator<ModuleSample> {
    const loaded = this.watched.loadedVersions();
    for (const slot of this.watched.slots()) {
      const { moduleId, current, canary, sick, diverged, unreported } = slot;
      const { draining, inFlight, calls, failed } = slot.load();
      const gauges = {
        ...(current === null ? {} : { asm_swap_active_version: current.version }),
        ...(canary === null ? {} : { asm_swap_canary_percent: canary.route.percent }),
        asm_swap_sick: sick ? 1 : 0,
        asm_swap_diverged: diverged === null ? 0 : 1,
        asm_swap_unreported_rollbacks: unreported === null ? 0 : 1,
        asm_swap_in_flight: this.swaps.get(moduleId) ?? 0,
        asm_swap_calls_in_flight: inFlight,
        asm_swap_draining_versions: draining,
        asm_swap_loaded_versions: loaded.get(moduleId) ?? 0,
      };
      yield { moduleId, gauges, calls, failed };
    }
  }
}
