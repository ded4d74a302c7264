/** What runs of one module in this process, and what the process remembers of it. */

import { messageOf } from '../../errors.js';
import type { Epoch } from '../../ledger/ledger-live.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import type { CanaryRoute } from '../canary/canary-route.js';
import type { LedgerAdapter, LiveEpoch } from '../ledger/adapter.js';
import type { DeactivateReason } from '../swap-ports.js';
import type { SwapNotice, SwapResult } from '../swap-types.js';
import type { UnreportedFile } from '../sync/unreported-file.js';
import type { DrainObserver, Instance } from './instance.js';
import type { Running } from './module-handle.js';

/**
 * Who ends a health window, or a canary, before its time: the swapper that closes, a rollback that somebody asks for, whoever made
 * another version active, in this process or elsewhere, or the version, whose worker ended.
 */
export type Interruption =
  | { readonly by: 'close' }
  | { readonly by: 'rollback'; readonly reason: RollbackReason; readonly to?: number | undefined }
  | { readonly by: 'succession' }
  | { readonly by: 'outage'; readonly reason: string };

/** An open health window. */
interface OpenWindow {
  /** What is watched. */
  readonly instance: Instance;
  interrupt(cause: Interruption): void;
  /** How the swap that watches ends. */
  readonly result: Promise<SwapResult>;
}

/** A candidate that serves a share of the calls. */
interface OpenCanary {
  readonly route: CanaryRoute;
  /** How its swap ends. */
  readonly result: Promise<SwapResult>;
  interrupt(cause: Interruption): void;
}

/** A rollback that this process has made and the ledger has not. */
export interface UnreportedRollback {
  readonly reason: RollbackReason;
  readonly from: LiveEpoch;
  readonly to: VersionCheckpoint;
  /** Settles when an attempt to tell the ledger that is still under way has ended: null where it was told. */
  readonly telling: Promise<unknown> | null;
}

/** What this process could not follow to, and when it tries again. */
interface Divergence {
  readonly epoch: Epoch;
  /** In milliseconds, of `performance.now()`. */
  readonly tryAgainAt: number;
  readonly pauseMs: number;
}

/** Between two attempts to load what did not load, at first and at most, in milliseconds. */
const FIRST_LOAD_PAUSE_MS = 1000;
const MAX_LOAD_PAUSE_MS = 60_000;

/** How busy a module is in this process. */
interface ModuleLoad {
  readonly draining: number;
  readonly inFlight: number;
  readonly calls: number;
  readonly failed: number;
}

export class ModuleSlot implements Running {
  readonly moduleId: string;
  closed = false;
  window: OpenWindow | null = null;
  canary: OpenCanary | null = null;
  /** Where a rollback is kept that the ledger does not know of; null: nowhere. */
  unreportedFile: UnreportedFile | null = null;
  /** The version that runs was found sick, and stays for want of a way back. */
  sick = false;
  /** Where its versions come from, once that was said; a module does not change it. */
  adapter: LedgerAdapter | null = null;
  /** Since when what runs is the active version, as far as this process knows; null: not asked yet. */
  epoch: Epoch | null = null;
  /** An epoch whose version does not come up here: callers stay on what ran before. */
  diverged: Divergence | null = null;
  /** What ran before a version whose health window is open: it may be gone back to. */
  private readonly warm = new Set<Instance>();
  private running: Instance | null = null;
  private untold: UnreportedRollback | null = null;
  private readonly draining = new Map<Instance, Promise<void>>();
  /** The calls on versions that were let go of. */
  private readonly past = { calls: 0, failed: 0 };
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

  /** A rollback that this process has made, and the ledger has not. */
  get unreported(): UnreportedRollback | null {
    return this.untold;
  }

  set unreported(rollback: UnreportedRollback | null) {
    const told = this.untold;
    this.untold = rollback;
    if (rollback !== null)
      this.unreportedFile?.keep({ reason: rollback.reason, from: rollback.from, to: rollback.to.version });
    else if (told !== null) this.unreportedFile?.forget(told.from);
  }

  /** The instance that a call with this key begins on. */
  choose(key: string | undefined): Instance | null {
    return this.canary?.route.takes(key) === true ? this.canary.route.instance : this.running;
  }

  /** True where calls begin on this version, and it has not ended for good. */
  runs(version: number): boolean {
    return this.running?.version === version && this.running.outage?.forGood !== true;
  }

  /** Calls that begin from now on begin on `instance`, and a canary of another one ends. What ran before is returned, and still live. */
  switchTo(instance: Instance | null, epoch: Epoch | null = null): Instance | null {
    const before = this.running;
    if (this.canary?.route.instance === instance) this.canary = null;
    else if (instance !== before) this.canary?.interrupt({ by: 'succession' });
    if (instance !== before) before?.setCurrent(false);
    if (instance !== before) this.sick = false;
    this.running = instance;
    instance?.setCurrent(true);
    this.epoch = epoch;
    this.diverged = null;
    return before === instance ? null : before;
  }

  /** Notes that an epoch does not come up here, and when that is tried again. True where it was not known. */
  diverge(epoch: Epoch): boolean {
    const known = this.diverged?.epoch.since === epoch.since ? this.diverged : null;
    const pauseMs = known === null ? FIRST_LOAD_PAUSE_MS : Math.min(2 * known.pauseMs, MAX_LOAD_PAUSE_MS);
    this.diverged = { epoch, pauseMs, tryAgainAt: performance.now() + pauseMs };
    return known === null;
  }

  /**
   * Keeps what ran before until the health windows are over: the oldest, which had proven itself before any of them opened, and the newest.
   * Those between were replaced before they had proven themselves.
   */
  keepWarm(instance: Instance | null): void {
    if (instance === null) return;
    const [, ...between] = this.warm;
    for (const each of between) {
      if (each === instance) continue;
      this.warm.delete(each);
      this.retire(each);
    }
    this.warm.add(instance);
  }

  /** Lets go of what was kept warm, unless a window is open that may need it. */
  coolDown(): void {
    if (this.window !== null) return;
    const kept = [...this.warm];
    this.warm.clear();
    for (const instance of kept) this.retire(instance);
  }

  /** The instance of a version that runs, is kept warm or still drains, live and well; null where it must be loaded. */
  find(version: number, checksum: string): Instance | null {
    for (const known of [this.running, ...this.warm])
      if (known?.version === version && known.checksum === checksum && known.outage === null) return known;
    return this.revive(version, checksum);
  }

  /** The versions that are left and still have calls, and the calls on all versions: those in flight, and how those that ended fared. */
  load(): ModuleLoad {
    const { past, draining, canary } = this;
    const known = new Set([this.running, canary?.route.instance ?? null, ...this.warm, ...draining.keys()]);
    let [inFlight, calls, failed] = [0, past.calls, past.failed];
    for (const instance of known) {
      inFlight += instance?.inFlight ?? 0;
      calls += instance?.counts.calls ?? 0;
      failed += instance?.counts.failed ?? 0;
    }
    return { draining: draining.size, inFlight, calls, failed };
  }

  /** Lets go of an instance that no new call will reach. */
  retire(instance: Instance | null, reason: DeactivateReason = this.closed ? 'closed' : 'replaced'): void {
    if (instance === null || instance === this.running || !instance.isLive) return;
    if (this.warm.has(instance)) return;
    const gone = instance.retire(this.drainLimitMs, this.observer, reason).finally(() => {
      // One that was revived, and let go of again, is counted once.
      if (this.draining.get(instance) !== gone) return;
      this.draining.delete(instance);
      this.past.calls += instance.counts.calls;
      this.past.failed += instance.counts.failed;
    });
    this.draining.set(instance, gone);
  }

  /** The instance of a version that still drains, live again; null where there is none. */
  private revive(version: number, checksum: string): Instance | null {
    for (const instance of this.draining.keys()) {
      if (instance.version !== version || instance.checksum !== checksum || instance.outage !== null) continue;
      if (!instance.revive()) continue;
      this.draining.delete(instance);
      return instance;
    }
    return null;
  }

  /** Ends the slot: no call begins any more. Resolves when everything was let go of. */
  async close(): Promise<void> {
    this.closed = true;
    this.coolDown();
    this.retire(this.switchTo(null));
    await Promise.all(this.draining.values());
  }
}
