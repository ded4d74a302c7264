/** A life cycle between its `activate` and its `deactivate`: they alternate, however many versions share the code. */

import type { ActivateReason, DeactivateReason, Lifecycle } from '../swap-ports.js';
import { withTimeLimit } from '../time-limit.js';

/** A version that uses the code. */
export interface CodeUser {
  readonly moduleId: string;
  readonly version: number;
  /** True while calls begin on it. */
  isCurrent(): boolean;
}

/** How a version comes to be active. */
export interface ActivationCause {
  readonly reason: ActivateReason;
  readonly fromVersion: number | null;
  readonly dataDir: string | null;
}

const activations = new WeakMap<Lifecycle, Activation>();

/** The one activation of a life cycle in this process. Two versions of equal content have the same code, and share it. */
export function activationOf(lifecycle: Lifecycle): Activation {
  const known = activations.get(lifecycle) ?? new Activation(lifecycle);
  activations.set(lifecycle, known);
  return known;
}

export class Activation {
  private readonly lifecycle: Lifecycle;
  private readonly holders = new Set<CodeUser>();
  /** Aborted when the code is left; null while nobody uses it. */
  private leaving: AbortController | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(lifecycle: Lifecycle) {
    this.lifecycle = lifecycle;
  }

  /** Calls `activate`, unless another holder has done so. @throws what it throws; `TIME_LIMIT` */
  enter(holder: CodeUser, entrance: ActivationCause, limitMs: number): Promise<void> {
    return this.inTurn(async () => {
      this.holders.add(holder);
      if (this.leaving !== null) return;
      this.leaving = new AbortController();
      const { signal } = this.leaving;
      const { moduleId, version } = holder;
      const isCurrent = (): boolean => [...this.holders].some((each) => each.isCurrent());
      const context = Object.freeze({ moduleId, version, ...entrance, signal, isCurrent });
      const limit = { what: `lifecycle.activate of ${moduleId} v${version}`, limitMs };
      await withTimeLimit(limit, () => this.lifecycle.activate?.(context));
    });
  }

  /**
   * Aborts the signal and calls `deactivate`, unless another holder needs the code; also where `activate` failed.
   * @throws what `deactivate` throws; `TIME_LIMIT`
   */
  leave(holder: CodeUser, reason: DeactivateReason, limitMs: number): Promise<void> {
    return this.inTurn(async () => {
      const { leaving } = this;
      if (!this.holders.delete(holder) || this.holders.size > 0 || leaving === null) return;
      this.leaving = null;
      const { moduleId, version } = holder;
      leaving.abort(new DOMException(`${moduleId} v${version} is left: ${reason}`, 'AbortError'));
      const limit = { what: `lifecycle.deactivate of ${moduleId} v${version}`, limitMs };
      await withTimeLimit(limit, () => this.lifecycle.deactivate?.({ moduleId, version, reason }));
    });
  }

  private inTurn(body: () => Promise<void>): Promise<void> {
    const mine = this.last.then(body);
    this.last = mine.catch(() => undefined);
    return mine;
  }
}
