/** What runs of one module in this process, and what the process remembers of it. */

import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { RollbackReason } from '../model/rollback-target.js';
import type { SwapNotice, SwapResult } from './contract.js';
import type { DrainObserver, Instance } from './instance.js';
import type { Running } from './module-handle.js';
import { messageOf } from './opinion.js';

/** Who ends a health window before its time: the swapper that closes, or a rollback that somebody asks for. */
export type Interruption =
  | { readonly by: 'close' }
  | { readonly by: 'rollback'; readonly reason: RollbackReason; readonly to?: number | undefined };

/** An open health window. */
export interface OpenWindow {
  interrupt(cause: Interruption): void;
  /** How the swap that watches ends. */
  readonly result: Promise<SwapResult>;
}

/** A rollback that this process has made and the ledger has not. */
export interface Debt {
  readonly reason: RollbackReason;
  readonly from: number;
  readonly to: VersionCheckpoint;
  /** Settles when an attempt to tell the ledger that is still under way has ended: null where it was told. */
  readonly telling: Promise<unknown> | null;
}

export class ModuleSlot implements Running {
  readonly moduleId: string;
  closed = false;
  /** Rollbacks in a row, but for those that an operator asked for. */
  rollbacks = 0;
  window: OpenWindow | null = null;
  debt: Debt | null = null;
  private running: Instance | null = null;
  private readonly draining = new Map<Instance, Promise<void>>();
  private readonly drainLimitMs: number;
  private readonly observer: DrainObserver;

  constructor(moduleId: string, drainLimitMs: number, emit: (notice: SwapNotice) => void) {
    this.moduleId = moduleId;
    this.drainLimitMs = drainLimitMs;
    this.observer = {
      drained: ({ version }) => emit({ type: 'drained', moduleId, version }),
      limitReached: ({ version }, inFlight) => emit({ type: 'drain-limit', moduleId, version, inFlight }),
      disposeFailed: ({ version }, error) => {
        const message = `letting go of it failed: ${messageOf(error)}`;
        emit({ type: 'warning', moduleId, version, code: 'DISPOSE_FAILED', message });
      },
    };
  }

  get current(): Instance | null {
    return this.running;
  }

  /** Calls that begin from now on begin on `instance`. What ran before is returned, and still live. */
  switchTo(instance: Instance | null): Instance | null {
    const before = this.running;
    this.running = instance;
    return before === instance ? null : before;
  }

  /** Lets go of an instance that no new call will reach. */
  retire(instance: Instance | null): void {
    if (instance === null || instance === this.running || this.draining.has(instance)) return;
    const gone = instance.retire(this.drainLimitMs, this.observer).finally(() => this.draining.delete(instance));
    this.draining.set(instance, gone);
  }

  /** The instance of a version that still drains, live again; null where there is none. */
  revive(version: number, checksum: string): Instance | null {
    for (const instance of this.draining.keys()) {
      if (instance.version !== version || instance.checksum !== checksum || !instance.revive()) continue;
      this.draining.delete(instance);
      return instance;
    }
    return null;
  }

  /** Ends the slot: no call begins any more. Resolves when everything was let go of. */
  async close(): Promise<void> {
    this.closed = true;
    this.retire(this.switchTo(null));
    await Promise.all(this.draining.values());
  }
}
