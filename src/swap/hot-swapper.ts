/** Replacing modules while the program runs. */

import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { invalidInput, LedgerError, quoted } from '../errors.js';
import type { Ledger, VersionManager } from '../ledger/contract.js';
import { assertVersion, type VersionCheckpoint } from '../model/checkpoint.js';
import { assertModuleId } from '../model/module-id.js';
import { isRollbackReason, RollbackReason } from '../model/rollback-target.js';
import type { Book } from './book.js';
import type { Source } from './bring-up.js';
import type { Loader, RollbackContext, SwapContext, SwapNotice, SwapRequest, SwapResult } from './contract.js';
import { Debts } from './debts.js';
import { goBack } from './go-back.js';
import { importLoader } from './import-loader.js';
import { assertLedger, assertManager, isLedger, isOnDisk } from './is-ledger.js';
import { LedgerBook } from './ledger-book.js';
import { ModuleHandle } from './module-handle.js';
import { ModuleSlot } from './module-slot.js';
import { payDebt, type ResumedModule, resumeModule } from './resume.js';
import { SevenCallBook } from './seven-call-book.js';
import { SwapRun } from './swap-run.js';
import { type HotSwapperOptions, type SwapperSettings, swapperSettings } from './swapper-options.js';
import { Turns } from './turns.js';

/**
 * Swaps versions in, watches them, and goes back where they are sick.
 *
 * At every instant a module has one version in this process that calls begin on. It changes in the same turn of the
 * event loop in which the ledger acknowledges the activation (or the rollback) of the new one, before any I/O or timer
 * is handled; a call ends on the version that it began on. A module is swapped once at a time.
 * @example
 * const swapper = new HotSwapper({ validator, healthCheck, healthWindowMs: 30_000 });
 * await swapper.resume({ versionManager: ledger });
 * const planner = swapper.handle<Planner>('planner');
 * const { phase, reason } = await swapper.swap({ moduleId: 'planner', files }, { versionManager: ledger });
 * await planner.call(({ plan }) => plan(order));
 */
export class HotSwapper {
  private readonly settings: SwapperSettings;
  private readonly loader: Loader | null;
  private readonly registry: Registry | null;
  private readonly onEvent: ((notice: SwapNotice) => void) | null;
  private readonly turns: Turns;
  private readonly debts: Debts;
  private readonly slots = new Map<string, ModuleSlot>();
  private readonly books = new WeakMap<VersionManager, Book>();
  private readonly loaders = new Map<string, Loader>();
  private closed: Promise<void> | null = null;

  /** @throws `INVALID_ARGUMENT` with every option that is not as it should be */
  constructor(options: HotSwapperOptions) {
    this.settings = swapperSettings(options);
    this.loader = options.loader ?? null;
    this.registry = options.registry ?? null;
    this.onEvent = options.onEvent ?? null;
    this.turns = new Turns(this.settings.limit);
    this.debts = new Debts(this.turns, (notice) => this.emit(notice));
  }

  /**
   * Swaps a version in, in its module's turn, and answers when its health window is over.
   *
   * Whatever the version, the ports or the ledger do wrong is told in the result.
   * @throws `INVALID_MODULE_ID`, `INVALID_ARGUMENT` where the call itself is wrong: no version manager, no loader
   */
  async swap(request: SwapRequest, context: SwapContext): Promise<SwapResult> {
    const source = this.sourceOf(assertManager(context));
    const slot = this.slot(request?.moduleId);
    const { resolver, versionManager } = context;
    const closing = () => this.closed !== null;
    const parts = { request, resolver, versionManager, slot, source, emit: this.emit, closing };
    const result = await this.turns.run(slot.moduleId, () => new SwapRun(parts).run());
    this.debts.chase(slot, source.book);
    return this.counted(result);
  }

  /**
   * Takes the version that runs back, to the rollback target or to the version that the context names, whatever its
   * level: at once where its health window is open (that swap then ends
   * as ROLLED_BACK, with the same result), else in the module's turn; a version that was replaced by then is not taken
   * back a second time. MANUAL is not held back by `maxRollbacks`.
   * @throws `NOT_FOUND` where the module has no active version, `INVALID_ARGUMENT`, and what the ledger throws when read
   */
  async rollback(moduleId: string, reason: RollbackReason, context: RollbackContext): Promise<SwapResult> {
    const source = this.sourceOf(assertManager(context));
    const slot = this.slot(moduleId);
    const to = context.to === undefined ? undefined : assertVersion(context.to, 'to');
    if (!isRollbackReason(reason)) {
      const issue = { path: 'reason', expected: Object.keys(RollbackReason).join(', '), actual: quoted(reason) };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'say why it goes back');
    }
    this.assertOpen();
    const { window } = slot;
    if (window !== null) {
      window.interrupt({ by: 'rollback', reason, to });
      return window.result;
    }
    const asked = slot.current?.version ?? null;
    const result = await this.turns.run(moduleId, () => this.takeBack(slot, source, reason, asked, to));
    this.debts.chase(slot, source.book);
    return this.counted(result);
  }

  /** What callers hold. It may be made before the module has a version; calls need one. @throws `INVALID_MODULE_ID` */
  handle<T = Record<string, unknown>>(moduleId: string): ModuleHandle<T> {
    return new ModuleHandle<T>(this.slot(moduleId));
  }

  /**
   * Loads what the ledger says is active, of all modules or of those named, and answers how each came up. To be called
   * after a start, before calls come; a module that it was not called for comes up with its first swap.
   * @throws `INVALID_ARGUMENT` where the version manager is no ledger or there is no loader
   */
  async resume(
    context: { readonly versionManager: Ledger },
    moduleIds?: readonly string[],
  ): Promise<readonly ResumedModule[]> {
    const ledger = assertLedger(context);
    const source = this.sourceOf(ledger);
    this.assertOpen();
    const wanted = moduleIds ?? (await this.activeModules(ledger));
    const slots = wanted.map((moduleId) => this.slot(moduleId));
    return Promise.all(slots.map((slot) => this.turns.run(slot.moduleId, () => resumeModule(slot, source, this.emit))));
  }

  /** Lets a module be swapped again that was rolled back too often; and, without a ledger, forgets which bytes failed. */
  resetRollbacks(moduleId: string, context?: { readonly versionManager: VersionManager }): void {
    this.slot(moduleId).rollbacks = 0;
    if (context !== undefined) this.bookOf(assertManager(context)).forgive(moduleId);
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
    for (const { window } of this.slots.values()) window?.interrupt({ by: 'close' });
    await this.turns.idle();
    await this.debts.close();
    await Promise.all([...this.slots.values()].map((slot) => slot.close()));
  }

  /** A rollback outside of a health window, of the version `asked` that ran when it was asked for. */
  private async takeBack(
    slot: ModuleSlot,
    source: Source,
    reason: RollbackReason,
    asked: number | null,
    to: number | undefined,
  ): Promise<SwapResult> {
    const started = performance.now();
    const { moduleId } = slot;
    const { emit } = this;
    emit({ type: 'step', moduleId, version: asked, step: 'rollback' });
    await payDebt(slot, source.book);
    const active = await this.requireActive(slot, source);
    const { version } = active;
    const replaced = asked !== null && asked !== version;
    const back = replaced
      ? { target: null, restored: null, stayed: null, journaled: true, error: null }
      : await goBack({
          slot,
          source,
          emit,
          reason,
          from: version,
          to,
          level: null,
          before: null,
          beforeCheckpoint: null,
        });
    const outcome = back.restored === null ? `it stays: ${back.stayed}` : `back on v${back.restored.version}`;
    return Object.freeze({
      moduleId,
      phase: 'ROLLED_BACK',
      step: 'rollback',
      refusals: [],
      reason: replaced ? `v${asked} was replaced by v${version} already` : `a rollback was asked for; ${outcome}`,
      fromVer: active.parentVer,
      toVer: asked ?? version,
      level: 'UNKNOWN',
      report: null,
      checkpoint: active,
      rollbackReason: reason,
      rollbackTarget: back.target,
      restored: back.restored,
      journaled: back.journaled,
      stayed: back.stayed,
      error: back.error,
      durationMs: performance.now() - started,
    });
  }

  /** The version that runs: of a ledger the active one, of another manager the one that this process is on. */
  private async requireActive({ moduleId, current }: ModuleSlot, { book }: Source): Promise<VersionCheckpoint> {
    const active = await book.active(moduleId);
    if (active !== null) {
      if (book.hasContent || current === null || current.version === active.version) return active;
      return { ...active, version: current.version, checksum: current.checksum };
    }
    const hint = 'swap a first version in';
    const data = { kind: 'VERSION', what: `an active version of ${moduleId}` } as const;
    throw new LedgerError('NOT_FOUND', `${moduleId} has no active version`, data, { hint });
  }

  private async activeModules(ledger: Ledger): Promise<string[]> {
    const found: string[] = [];
    for (const moduleId of await ledger.modules()) {
      if ((await ledger.latestCheckpoint(moduleId)) !== null) found.push(moduleId);
    }
    return found;
  }

  private readonly emit = (notice: SwapNotice): void => {
    try {
      this.onEvent?.(Object.freeze(notice));
    } catch {
      // An observer cannot make a swap fail.
    }
  };

  private async counted(result: SwapResult): Promise<SwapResult> {
    if (this.registry !== null) (await import('./swap-metrics.js')).countSwap(this.registry, result);
    return result;
  }

  private slot(moduleId: string): ModuleSlot {
    const known = this.slots.get(moduleId);
    if (known !== undefined) return known;
    const slot = new ModuleSlot(assertModuleId(moduleId), this.settings.drainLimitMs, this.emit);
    slot.closed = this.closed !== null;
    this.slots.set(moduleId, slot);
    return slot;
  }

  private bookOf(manager: VersionManager): Book {
    const known = this.books.get(manager);
    if (known !== undefined) return known;
    const book = isLedger(manager) ? new LedgerBook(manager) : new SevenCallBook(manager);
    this.books.set(manager, book);
    return book;
  }

  private sourceOf(manager: VersionManager): Source {
    const { settings } = this;
    return { book: this.bookOf(manager), loader: this.loader ?? this.defaultLoader(manager), settings };
  }

  private defaultLoader(manager: VersionManager): Loader {
    if (!isOnDisk(manager)) {
      const issue = { path: 'loader', expected: 'a loader', actual: 'none, and the version manager is not on disk' };
      throw invalidInput('INVALID_ARGUMENT', [issue], 'give new HotSwapper a loader: importLoader({ cacheDir })');
    }
    const cacheDir = join(manager.gitdir, 'lineage', 'modules');
    const loader = this.loaders.get(cacheDir) ?? importLoader({ cacheDir });
    this.loaders.set(cacheDir, loader);
    return loader;
  }

  private assertOpen(): void {
    if (this.closed === null) return;
    const issue = { path: 'swapper', expected: 'an open swapper', actual: 'one that was closed' };
    throw invalidInput('INVALID_ARGUMENT', [issue], 'make a new HotSwapper and resume it');
  }
}
