/** Replacing modules while the program runs. */

import { invalidInput, quoted } from '../errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { VersionManager } from '../ledger/version-manager.js';
import { assertVersion } from '../model/checkpoint.js';
import { assertModuleId } from '../model/module-id.js';
import { isRollbackReason, RollbackReason } from '../model/rollback-target.js';
import { DependencyResolver } from './depend/dependency-resolver.js';
import { assertLedger, assertManager, isLedger } from './ledger/is-ledger.js';
import { dataDirOf } from './load/data-dir.js';
import type { Instance } from './module/instance.js';
import { ModuleHandle } from './module/module-handle.js';
import type { ModuleSlot } from './module/module-slot.js';
import { ModuleSlots } from './module/module-slots.js';
import { MetricsObserver } from './observe/metrics-observer.js';
import { Observers, type SwapObserver } from './observe/observers.js';
import type { Source } from './source.js';
import { Sources } from './sources.js';
import { leaveEnded, noteRunEvent } from './swap/run-events.js';
import { swapResult } from './swap/swap-result.js';
import { SwapRun } from './swap/swap-run.js';
import { takeBack } from './swap/take-back.js';
import { Turns } from './swap/turns.js';
import type { RunEvent } from './swap-ports.js';
import type {
  ResumedModule,
  RollbackContext,
  SwapContext,
  SwapNotice,
  SwapRequest,
  SwapResolver,
  SwapResult,
} from './swap-types.js';
import { type HotSwapperOptions, type SwapperSettings, swapperSettings } from './swapper-options.js';
import { activeModules, comeUp } from './sync/come-up.js';
import { Followers } from './sync/followers.js';
import { startsBeside } from './sync/starts.js';
import { UnreportedRollbacks } from './sync/unreported-rollbacks.js';

/**
 * Swaps versions in, watches them, and goes back where they are sick.
 *
 * At every instant a module has one version in this process that calls begin on. It changes in the same turn of the
 * event loop in which the ledger acknowledges the activation (or the rollback) of the new one, before any I/O or timer
 * is handled; a call ends on the version that it began on. A module is swapped once at a time.
 * @example
 * const swapper = new HotSwapper({ versionManager: ledger, validator, healthCheck, healthWindowMs: 30_000 });
 * await swapper.resume();
 * const planner = swapper.handle<Planner>('planner');
 * const { phase, reason } = await swapper.swap({ moduleId: 'planner', files });
 * await planner.call(({ plan }) => plan(order));
 */
export class HotSwapper {
  private readonly settings: SwapperSettings;
  private readonly versionManager: VersionManager | undefined;
  private readonly resolver: SwapResolver | undefined;
  private readonly sources: Sources;
  private readonly metrics: MetricsObserver;
  private readonly observers = new Observers();
  private readonly turns: Turns;
  private readonly unreported: UnreportedRollbacks;
  private readonly slots: ModuleSlots;
  private readonly followers: Followers;
  /** Swaps and rollbacks that have not ended. */
  private readonly pending = new Set<Promise<unknown>>();
  private closed: Promise<void> | null = null;

  /** @throws `INVALID_ARGUMENT` with every option that is not as it should be */
  constructor(options: HotSwapperOptions) {
    this.settings = swapperSettings(options);
    this.versionManager = options.versionManager;
    this.resolver = options.resolver;
    this.sources = new Sources({
      comeUp: (slot, source, manager) => this.comeUp(slot, source, manager),
      settings: this.settings,
      loader: options.loader ?? null,
      warn: ({ moduleId, version }, code, message) => this.emit({ type: 'warning', moduleId, version, code, message }),
      checked: (moduleId, well) => this.metrics.countCheck(moduleId, well),
      onRunEvent: (source, instance, event) => this.ranOn(source, instance, event),
    });
    this.slots = new ModuleSlots({
      drainLimitMs: this.settings.drainLimitMs,
      emit: this.emit,
      added: (moduleId) => this.metrics.addModule(moduleId),
      closing: this.closing,
    });
    const slots = () => this.slots.all();
    const loadedVersions = () => this.loadedVersions();
    this.metrics = new MetricsObserver(options.registry, { slots, loadedVersions, emit: this.emit });
    if (options.registry !== undefined) this.observers.add((notice) => this.metrics.countNotice(notice));
    if (options.onEvent !== undefined) this.observers.add(options.onEvent);
    this.turns = new Turns(this.settings.limit);
    this.unreported = new UnreportedRollbacks(this.turns, (notice) => this.emit(notice));
    const { settings, turns, emit } = this;
    const arrive = ({ moduleId }: ModuleSlot, ledger: Ledger) => {
      const { slot, source } = this.bound(moduleId, ledger);
      return source.comeUp(slot);
    };
    this.followers = new Followers({ settings, slots, comeUp: arrive, turns, emit });
  }

  /**
   * Swaps a version in, in its module's turn, and answers when its health window is over.
   *
   * Whatever the version, the ports or the ledger do wrong is told in the result.
   * @throws `INVALID_MODULE_ID`, `INVALID_ARGUMENT` where the call itself is wrong: no version manager, no loader
   */
  async swap(request: SwapRequest, context: SwapContext = {}): Promise<SwapResult> {
    const versionManager = assertManager(this.managerOf(context));
    const resolver = context?.resolver ?? this.resolver;
    const { slot, source } = this.bound(request?.moduleId, versionManager, resolver);
    const starts = startsBeside(versionManager);
    const run = new SwapRun({
      request,
      resolver,
      versionManager,
      slot,
      source,
      emit: this.emit,
      starts,
      closing: this.closing,
    });
    const end = this.metrics.begin(slot.moduleId);
    const result = await this.underWay(this.carryOut(slot.moduleId, run)).finally(end);
    this.unreported.retry(slot, source.adapter);
    return this.counted(result);
  }

  /** Canary and health window hold no turn. */
  private async carryOut(moduleId: string, run: SwapRun): Promise<SwapResult> {
    const early = await this.turns.run(moduleId, () => run.goLive());
    if (early !== null) return early;
    if (!run.inCanary) return run.watched();
    const ended = (await run.canaried()) ?? (await this.turns.run(moduleId, () => run.goLiveAfterCanary()));
    return ended ?? run.watched();
  }

  /**
   * Takes the version that runs back, to the rollback target or to the version that the context names, whatever its
   * level: at once, whatever else is under way; where its health window is open, that swap ends as ROLLED_BACK, with the same
   * result. While a candidate is in its canary, and no version is named, it is the candidate that is left: that swap ends as FAILED, with
   * the same result. A version that was replaced meanwhile is not taken back a second time.
   * @throws `NOT_FOUND` where the module has no active version, `INVALID_ARGUMENT`, and what the ledger throws when read
   */
  async rollback(moduleId: string, reason: RollbackReason, context: RollbackContext = {}): Promise<SwapResult> {
    const versionManager = assertManager(this.managerOf(context));
    const { slot, source } = this.bound(moduleId, versionManager, context?.resolver ?? this.resolver);
    const to = context.to === undefined ? undefined : assertVersion(context.to, 'to');
    if (!isRollbackReason(reason)) {
      const issue = { path: 'reason', expected: Object.keys(RollbackReason).join(', '), actual: quoted(reason) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'say why it goes back');
    }
    this.assertOpen();
    const { canary, window } = slot;
    if (canary !== null && to === undefined) {
      canary.interrupt({ by: 'rollback', reason });
      return canary.result;
    }
    if (window !== null) {
      window.interrupt({ by: 'rollback', reason, to });
      return window.result;
    }
    const result = await this.underWay(takeBack({ slot, source, emit: this.emit, reason, to }));
    this.unreported.retry(slot, source.adapter);
    return this.counted(result);
  }

  /**
   * Swaps in a version that is staged already: one that waited for an approval, or that a build server staged.
   * @throws as `swap`; `NOT_FOUND` where the ledger has no such version, or no files of it
   */
  async swapTo(moduleId: string, version: number, context: SwapContext = {}): Promise<SwapResult> {
    const ledger = assertLedger(this.managerOf(context));
    assertModuleId(moduleId);
    const files = await ledger.readFiles(moduleId, assertVersion(version));
    return this.swap({ moduleId, version, files }, context);
  }

  /** What callers hold. It may be made before the module has a version; calls need one. @throws `INVALID_MODULE_ID` */
  handle<T = Record<string, unknown>>(moduleId: string): ModuleHandle<T> {
    return new ModuleHandle<T>(this.slots.of(moduleId));
  }

  /**
   * How many versions of each module this process has imported and holds for good: Node never lets go of one. What runs in workers is
   * not among them.
   */
  loadedVersions(): ReadonlyMap<string, number> {
    return new Map([...this.slots.moduleIds()].map((moduleId) => [moduleId, this.sources.countLoaded(moduleId)]));
  }

  /**
   * The folder in which a module keeps data, made if need be: `lineage/data/<module>` in a ledger on disk, or in the `dataDir` of the
   * options. It is the same for all versions of the module. What a module writes beside its own files is lost.
   * @throws `INVALID_MODULE_ID`, `INVALID_ARGUMENT` where there is no place for data, `IO`
   */
  dataDir(moduleId: string, context: Pick<SwapContext, 'versionManager'> = {}): Promise<string> {
    return dataDirOf(moduleId, this.settings.dataDir, assertManager(this.managerOf(context)));
  }

  /**
   * Loads what the ledger says is active, of all modules or of those named, and answers how each came up. To be called
   * after a start, before calls come; a module that it was not called for comes up with its first swap.
   * @throws `INVALID_ARGUMENT` where the version manager is no ledger or there is no loader
   */
  async resume(
    context: { readonly versionManager?: Ledger | undefined } = {},
    moduleIds?: readonly string[],
  ): Promise<readonly ResumedModule[]> {
    const ledger = assertLedger(this.managerOf(context));
    // Where there is no loader, it is said before anything is loaded.
    this.sources.of(ledger, new DependencyResolver());
    this.assertOpen();
    const wanted = moduleIds ?? (await activeModules(ledger));
    const bound = wanted.map((moduleId) => this.bound(moduleId, ledger));
    const resumed = await Promise.all(bound.map(({ slot, source }) => this.resumeOne(slot, source)));
    await this.metrics.registered();
    return resumed;
  }

  private async resumeOne(slot: ModuleSlot, source: Source): Promise<ResumedModule> {
    const { moduleId } = slot;
    try {
      await this.turns.run(moduleId, () => source.comeUp(slot));
      return { moduleId, version: slot.current?.version ?? null, error: null };
    } catch (error) {
      return { moduleId, version: null, error };
    }
  }

  /** Brings a module to what is active; one that has not proven itself is watched from then on, which nobody waits for. */
  private async comeUp(slot: ModuleSlot, source: Source, manager: VersionManager): Promise<void> {
    const started = performance.now();
    const { emit } = this;
    const found = await comeUp({ slot, source, emit, starts: startsBeside(manager), closing: this.closing });
    this.unreported.retry(slot, source.adapter);
    if (found === null) return;
    const { checkpoint, watch } = found;
    const watched = async (): Promise<void> => {
      const outcome = await watch.outcome();
      const { moduleId } = slot;
      const { version: toVer, parentVer: fromVer } = checkpoint;
      const durationMs = performance.now() - started;
      watch.answer(swapResult({ moduleId, step: 'health', fromVer, toVer, checkpoint, durationMs, ...outcome }));
      this.unreported.retry(slot, source.adapter);
    };
    void this.underWay(watched());
  }

  /**
   * Tells an observer what happens from now on, as it happens; what it throws is ignored. Returns what ends it. Every notice is published
   * on the `node:diagnostics_channel` named `git-lineage:swap` too.
   * @throws `INVALID_ARGUMENT` for what is no function
   */
  subscribe(observer: SwapObserver): () => void {
    return this.observers.add(observer);
  }

  /**
   * Lets a module be swapped again that was rolled back too often, and forgets which bytes failed, where the version manager has the seven
   * calls alone and only this process knows.
   * @throws `INVALID_ARGUMENT` for a ledger, which is told by a signed event: `untag`, or `tag`
   */
  resetRollbacks(moduleId: string, context: Pick<SwapContext, 'versionManager'> = {}): void {
    this.sources.adapterOf(assertManager(this.managerOf(context))).forgive(assertModuleId(moduleId));
  }

  /**
   * Ends health windows (their versions stay, without becoming stable), waits for the swaps under way and for the calls
   * in flight up to the drain limit, and lets go of everything. Swaps that wait for their turn are FAILED.
   */
  close(): Promise<void> {
    this.closed ??= this.shutDown();
    return this.closed;
  }

  private async shutDown(): Promise<void> {
    // `closed` is set before anything of this runs on.
    await Promise.resolve();
    await this.followers.close();
    for (const { canary, window } of this.slots.all()) {
      canary?.interrupt({ by: 'close' });
      window?.interrupt({ by: 'close' });
    }
    while (this.pending.size > 0) await Promise.allSettled(this.pending);
    await this.turns.idle();
    await this.unreported.close();
    await Promise.all([...this.slots.all()].map((slot) => slot.close()));
    await this.metrics.close();
  }

  private async underWay<T>(work: Promise<T>): Promise<T> {
    this.pending.add(work);
    try {
      return await work;
    } finally {
      this.pending.delete(work);
    }
  }

  /** What a loader tells of a version; one that callers are on, and that ended for good, is left. */
  private ranOn(source: Source, instance: Instance, event: RunEvent): void {
    const slot = this.slots.of(instance.moduleId);
    const running = { slot, source, emit: this.emit, instance };
    const ended = noteRunEvent(running, event);
    if (!ended || event.type !== 'gave-up' || this.closed !== null) return;
    const left = async (): Promise<void> => {
      const result = await leaveEnded(running, event.reason);
      this.unreported.retry(slot, source.adapter);
      if (result !== null) await this.counted(result);
    };
    void this.underWay(left());
  }

  private readonly closing = (): boolean => this.closed !== null;

  private readonly emit = (notice: SwapNotice): void => this.observers.emit(notice);

  private async counted(result: SwapResult): Promise<SwapResult> {
    await this.metrics.count(result);
    return result;
  }

  /** The slot of a module with the source of its versions: the one that it was bound to by the first call. */
  private bound(
    moduleId: string,
    manager: VersionManager,
    resolver: SwapResolver = this.resolver ?? new DependencyResolver(),
  ): { readonly slot: ModuleSlot; readonly source: Source } {
    const source = this.sources.of(manager, resolver);
    const slot = this.slots.bind(moduleId, manager, source.adapter);
    if (isLedger(manager) && this.closed === null) this.followers.follow(manager, source);
    return { slot, source };
  }

  /** The version manager that a call names, or else the swapper's own. */
  private managerOf(context: Pick<SwapContext, 'versionManager'> | null): VersionManager | undefined {
    return context?.versionManager ?? this.versionManager;
  }

  private assertOpen(): void {
    if (this.closed === null) return;
    const issue = { path: 'swapper', expected: 'an open swapper', actual: 'one that was closed' };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'make a new HotSwapper and resume it');
  }
}
