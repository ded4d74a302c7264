/** A loaded version in this process: it counts the calls in flight, and is let go of once, after the last of them. */

import { CallCounts, type CallJudge } from '../health/call-counts.js';
import { DEFAULT_JUDGE } from '../health/call-judge.js';
import type { DeactivateReason, Lifecycle, LoadedModule, RunEvent } from '../swap-ports.js';
import { withTimeLimit } from '../time-limit.js';
import { type ActivationCause, activationOf, type CodeUser } from './activation.js';

/** One call's hold on a version. */
interface CallLease {
  readonly instance: Instance;
  /** Ends it; a second time is without effect. */
  release(): void;
}

interface InstanceParts {
  readonly moduleId: string;
  readonly version: number;
  readonly checksum: string;
  readonly loaded: LoadedModule;
  readonly lifecycle?: Lifecycle | null | undefined;
  /** Says which calls failed. */
  readonly judge?: CallJudge | undefined;
}

/** Told how the drain of an instance went. */
export interface DrainObserver {
  drained(instance: Instance): void;
  limitReached(instance: Instance, inFlight: number): void;
  disposeFailed(instance: Instance, error: unknown): void;
}

/** Why a version answers no calls, though it was loaded; `forGood` where its loader does not restart it any more. */
interface Outage {
  readonly reason: string;
  readonly forGood: boolean;
}

type State = 'live' | 'draining' | 'disposed';

/** How long calls may go on after their version was replaced, and who wants to know. */
interface Drain {
  readonly timer: NodeJS.Timeout;
  readonly observer: DrainObserver;
  readonly reason: DeactivateReason;
}

/** How long `deactivate` may take before the version is let go of all the same, in milliseconds. */
const DEACTIVATE_LIMIT_MS = 5000;

/** How long the loader's `dispose` may take: a swapper that closes waits no longer for it, in milliseconds. */
const DISPOSE_LIMIT_MS = 5000;

export class Instance {
  readonly moduleId: string;
  readonly version: number;
  readonly checksum: string;
  readonly lifecycle: Lifecycle | null;
  readonly judge: CallJudge;
  readonly counts = new CallCounts();
  /** True once a health window was opened on it. */
  watched = false;
  private readonly loaded: LoadedModule;
  private holder: CodeUser | null = null;
  private current = false;
  private state: State = 'live';
  private calls = 0;
  private drain: Drain | null = null;
  private down: Outage | null = null;
  private readonly whenDisposed: Promise<void>;
  private disposed: () => void = () => undefined;

  constructor(parts: InstanceParts) {
    this.moduleId = parts.moduleId;
    this.version = parts.version;
    this.checksum = parts.checksum;
    this.loaded = parts.loaded;
    this.judge = parts.judge ?? DEFAULT_JUDGE;
    this.lifecycle = parts.lifecycle ?? null;
    this.whenDisposed = new Promise((resolve) => {
      this.disposed = resolve;
    });
  }

  get exports(): unknown {
    return this.loaded.exports;
  }

  /** How long loading it held the event loop, as its loader says; null where it does not. */
  get loadHeldMs(): number | null {
    return this.loaded.loadHeldMs ?? null;
  }

  /** Calls in flight. */
  get inFlight(): number {
    return this.calls;
  }

  /** False from the moment on in which it is let go of, unless it is revived. */
  get isLive(): boolean {
    return this.state === 'live';
  }

  /** Null where it answers calls, as far as its loader tells. */
  get outage(): Outage | null {
    return this.down;
  }

  /** Takes note of what its loader tells. */
  told(event: RunEvent): void {
    if (event.type === 'ended' || event.type === 'gave-up')
      this.down = { reason: event.reason, forGood: event.type === 'gave-up' };
    else if (event.type === 'restarted') this.down = null;
  }

  /**
   * Calls the version's own `activate`, once.
   * @throws what it throws; `TIME_LIMIT`
   */
  async activate(entrance: ActivationCause, limitMs: number): Promise<void> {
    if (this.lifecycle === null || this.holder !== null) return;
    const { moduleId, version } = this;
    this.holder = { moduleId, version, isCurrent: () => this.current };
    await activationOf(this.lifecycle).enter(this.holder, entrance, limitMs);
  }

  /** Calls begin on it from now on, or do no more. */
  setCurrent(current: boolean): void {
    this.current = current;
    try {
      this.loaded.setCurrent?.(current);
    } catch {
      // What a loader makes of it does not hold up a switch.
    }
  }

  /** A call begins. */
  begin(): void {
    this.calls += 1;
  }

  /** A call that began has ended. */
  end(): void {
    this.calls -= 1;
    if (this.calls === 0 && this.drain !== null) this.letGo(this.drain);
  }

  /** Keeps it from being let go of, as a call does. */
  hold(): CallLease {
    this.begin();
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.end();
    };
    return { instance: this, release };
  }

  /**
   * No new call comes: lets go of it after the last call, or after `limitMs`. Resolves when that is done; never
   * rejects. Pending for as long as the instance is revived and live again.
   */
  retire(limitMs: number, observer: DrainObserver, reason: DeactivateReason = 'replaced'): Promise<void> {
    if (this.state !== 'live') return this.whenDisposed;
    this.state = 'draining';
    const timer = setTimeout(() => {
      observer.limitReached(this, this.calls);
      this.letGo(drain);
    }, limitMs);
    const drain = { timer, observer, reason };
    this.drain = drain;
    if (this.calls === 0) this.letGo(drain);
    return this.whenDisposed;
  }

  /** Makes an instance whose drain has not ended live again; false where it was let go of already. */
  revive(): boolean {
    if (this.state === 'disposed') return false;
    this.state = 'live';
    clearTimeout(this.drain?.timer);
    this.drain = null;
    return true;
  }

  private letGo({ timer, observer, reason }: Drain): void {
    if (this.state !== 'draining') return;
    this.state = 'disposed';
    clearTimeout(timer);
    this.drain = null;
    if (this.calls === 0) observer.drained(this);
    void this.leave(reason, (error) => observer.disposeFailed(this, error)).finally(this.disposed);
  }

  /** Its own `deactivate`, then what its loader lets go of; at once where there is nothing to deactivate. */
  private async leave(reason: DeactivateReason, failed: (error: unknown) => void): Promise<void> {
    const { lifecycle, holder } = this;
    try {
      if (lifecycle !== null && holder !== null) {
        await activationOf(lifecycle).leave(holder, reason, DEACTIVATE_LIMIT_MS).catch(failed);
      }
      const limit = { what: `dispose of ${this.moduleId} v${this.version}`, limitMs: DISPOSE_LIMIT_MS };
      await withTimeLimit<unknown>(limit, () => this.loaded.dispose?.());
    } catch (error) {
      failed(error);
    }
  }
}
