/** One swap, from the request to the answer: stage → assess → gate → load → validate → activate (→ canary) → commit, then the health window. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { isLedgerError, messageOf } from '../../errors.js';
import type { VersionManager } from '../../ledger/version-manager.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import { type NormalizedFiles, normalizeFiles } from '../../model/module-files.js';
import { canaryPlan } from '../canary/canary-plan.js';
import { movedOn } from '../canary/canary-refusal.js';
import { SwapCanary } from '../canary/swap-canary.js';
import type { Staged } from '../ledger/adapter.js';
import { bringUp } from '../load/bring-up.js';
import { slicedDigest } from '../load/sliced-digest.js';
import type { Instance } from '../module/instance.js';
import type { ModuleSlot } from '../module/module-slot.js';
import type { Source } from '../source.js';
import type { SwapNotice, SwapRequest, SwapResolver, SwapResult, SwapStep } from '../swap-types.js';
import { reportRollback } from '../sync/catch-up.js';
import type { Starts } from '../sync/starts.js';
import { assess } from './assess-candidate.js';
import { loopRefusal } from './loop-guard.js';
import { Refusal, refusal, refusalsOf, refusedBy } from './refusal.js';
import type { SwapWarningCode } from './swap-codes.js';
import { swapResult } from './swap-result.js';
import { takeOver } from './take-over.js';
import { findFault } from './validate.js';
import { LiveWatch } from './watch-live.js';

/** How often a version is staged anew because another one became active meanwhile. */
const MAX_STAGED_AGAIN = 3;

interface SwapParts {
  readonly request: SwapRequest;
  readonly resolver: SwapResolver | undefined;
  readonly versionManager: VersionManager;
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  /** Where starts are counted of versions whose health window is open; null: nowhere. */
  readonly starts: Starts | null;
  /** True from the moment on in which the swapper closes. */
  readonly closing: () => boolean;
}

export class SwapRun {
  private readonly parts: SwapParts;
  private readonly started: number;
  private queueMs = 0;
  private step: SwapStep = 'stage';
  private from: VersionCheckpoint | null = null;
  private candidate: Staged | null = null;
  /** The candidate's files, as they were checked when they came. */
  private files: NormalizedFiles | null = null;
  private level: SwapResult['level'] = 'UNKNOWN';
  private report: SwapResult['report'] = null;
  private instance: Instance | null = null;
  private checkpoint: VersionCheckpoint | null = null;
  private watch: LiveWatch | null = null;
  private readonly canary: SwapCanary | null;
  /** The active version had ended for good here, and was loaded anew. */
  private reloaded = false;

  /** @throws `INVALID_ARGUMENT` for a canary that is none */
  constructor(parts: SwapParts) {
    this.parts = parts;
    const plan = canaryPlan(parts.request?.canary);
    this.canary = plan === null ? null : new SwapCanary({ plan, ...parts });
    this.started = performance.now();
  }

  /** True while the candidate serves a share of the calls: `canaried` says how that ends. */
  get inCanary(): boolean {
    return this.canary?.hasBegun === true && this.watch === null;
  }

  /**
   * Up to where the version is live, or its canary has begun: null then, and `watched`, or `canaried`, says how it goes on. Never
   * rejects: what goes wrong is in the result.
   */
  async goLive(): Promise<SwapResult | null> {
    this.queueMs = performance.now() - this.started;
    try {
      const candidate = await this.stage();
      if (candidate.version === this.from?.version) return await this.repeated(candidate);
      await this.assess(candidate);
      await this.gate(candidate);
      const instance = await this.load(candidate);
      await this.validate(candidate, instance);
      if (this.parts.request.handOver !== false) this.refuse('canary', this.canary?.stateRefusal(instance) ?? null);
      await this.activate(instance);
      if (await this.beginCanary(instance)) return null;
      this.checkpoint = await this.commit(candidate, instance);
      return null;
    } catch (error) {
      return this.failed(error);
    }
  }

  /** How the canary ended: null where it was well in each step, and `goLiveAfterCanary` is next. Outside of the module's turn. */
  async canaried(): Promise<SwapResult | null> {
    try {
      await this.canary?.ended();
      return null;
    } catch (error) {
      return this.failed(error);
    }
  }

  /** Commits what came through its canary, unless the module has moved on; null as of `goLive`. In the module's turn. */
  async goLiveAfterCanary(): Promise<SwapResult | null> {
    const { candidate, instance } = this;
    try {
      if (candidate === null || instance === null) throw new TypeError('a swap without a candidate has no canary');
      await this.canary?.assertOpen();
      // What depends on it may have been replaced while the canary ran.
      await this.assertFits(candidate);
      this.checkpoint = await this.commit(candidate, instance);
      return null;
    } catch (error) {
      return this.failed(isLedgerError(error, 'NOT_ACTIVE') ? refusedBy(movedOn(error.data.actual, error)) : error);
    }
  }

  /** @throws the refusal, if there is one, at the step that it belongs to */
  private refuse(step: SwapStep, refused: Refusal | null): void {
    if (refused === null) return;
    this.enter(step);
    throw refused;
  }

  private enter(step: SwapStep): void {
    this.step = step;
    const { slot, emit } = this.parts;
    emit({ type: 'step', moduleId: slot.moduleId, version: this.candidate?.version ?? null, step });
  }

  private warn(code: SwapWarningCode, message: string): void {
    const { slot, emit } = this.parts;
    emit({ type: 'warning', moduleId: slot.moduleId, version: this.candidate?.version ?? null, code, message });
  }

  /** Puts the version into the ledger, unless it is known beforehand that it may not go live. */
  private async stage(): Promise<Staged> {
    const { request, slot, source, emit, closing } = this.parts;
    this.enter('stage');
    if (closing()) throw refusal('SWAPPER_CLOSED', 'the swapper was closed');
    await reportRollback(slot, source.adapter, emit);
    const files = normalizeFiles(request.files);
    await this.arrive();
    await nextTurn();
    const checksum = await slicedDigest(files);
    this.refuse('gate', await loopRefusal(slot.moduleId, checksum, source));
    const { moduleId, version, metadata } = request;
    for (let again = 0; ; again++) {
      const { from } = this;
      this.candidate = await source.adapter.stage({ moduleId, files, checksum, version, metadata, from });
      await nextTurn();
      const active = await source.adapter.active(moduleId);
      if (active?.version === from?.version || again === MAX_STAGED_AGAIN) break;
      // Another version became active meanwhile: this one is to be made from it.
      await this.arrive();
    }
    this.files = files;
    return this.candidate;
  }

  /** Brings callers to what is active, which is what a new version is made from. */
  private async arrive(): Promise<void> {
    const { slot, source } = this.parts;
    this.from = await source.adapter.active(slot.moduleId);
    if (this.from === null) return;
    const { current } = slot;
    await source
      .comeUp(slot)
      .catch((error: unknown) =>
        this.warn(
          'ACTIVE_NOT_LOADABLE',
          `the active version v${this.from?.version} does not load: ${messageOf(error)}`,
        ),
      );
    if (current !== null && slot.current !== current && slot.current?.version === current.version) this.reloaded = true;
  }

  private async assess(candidate: Staged): Promise<void> {
    const { assessor } = this.parts.source.settings;
    const fromVer = this.from?.version ?? null;
    if (assessor === null || (assessor === 'default' && fromVer === null)) return;
    this.enter('assess');
    try {
      const back = await assess(candidate, fromVer, this.parts.source, assessor);
      if (back === 'BREAKING') this.warn('RETURN_BREAKS', `going back to v${fromVer} would break callers`);
    } catch (error) {
      this.warn('ASSESSOR_FAILED', `the assessor failed, what was known before stands: ${messageOf(error)}`);
    }
  }

  /** Policy, approvals and the operator's hook, before anything of the version is imported; the commit asks all of it again. */
  private async gate(candidate: Staged): Promise<void> {
    const { source } = this.parts;
    this.enter('gate');
    const answer = await source.adapter.permit(candidate, this.from);
    this.level = answer.level;
    this.report = answer.report;
    if (source.settings.rejectBreaking && answer.level === 'BREAKING')
      throw refusal('BREAKING_REJECTED', 'BREAKING versions are refused here');
    if (!answer.allow) throw new Refusal(answer.reasons);
    await this.assertFits(candidate);
    if (answer.level !== 'UNKNOWN' || this.from === null) return;
    for (const { code, message } of answer.reasons) this.warn(code, message);
  }

  /** @throws `Refusal` where it does not fit what it depends on, or what depends on it */
  private async assertFits(candidate: Staged): Promise<void> {
    const { resolver, versionManager } = this.parts;
    const misfits = (await resolver?.misfits(candidate, { versionManager })) ?? [];
    if (misfits.length > 0) throw new Refusal(misfits.map((message) => ({ code: 'MISFIT', message })));
  }

  private async load(candidate: Staged): Promise<Instance> {
    this.enter('load');
    try {
      this.instance = await bringUp(candidate, this.parts.source, this.files);
      return this.instance;
    } catch (error) {
      throw refusal('NOT_LOADABLE', `it does not load: ${messageOf(error)}`, { error });
    }
  }

  private async validate(candidate: Staged, { exports }: Instance): Promise<void> {
    this.enter('validate');
    const found = await findFault(candidate, exports, this.parts.source.settings);
    if (found === null) return;
    throw refusal('NOT_VALID', `it is not valid: ${found.complaint}`, { error: found.error, reverts: found.judged });
  }

  /** Nothing where neither version has a life cycle to speak of. */
  private async activate(instance: Instance): Promise<void> {
    const { request, slot, source, emit } = this.parts;
    const from = request.handOver === false ? null : slot.current;
    if (instance.lifecycle === null && from?.lifecycle?.giveState === undefined) return;
    this.enter('activate');
    await takeOver(from, { slot, source, emit, instance });
  }

  /** True where the candidate serves calls from now on, without being active. */
  private async beginCanary(instance: Instance): Promise<boolean> {
    const { slot, closing } = this.parts;
    const { canary } = this;
    if (canary === null) return false;
    if (slot.current === null) {
      this.warn(
        'CANARY_SKIPPED',
        'no version runs that could serve the rest of the calls: it goes live without a canary',
      );
      return false;
    }
    this.enter('canary');
    await canary.begin(instance, this.from?.version ?? null);
    if (closing()) slot.canary?.interrupt({ by: 'close' });
    return true;
  }

  /** Records the version; in the turn in which that is acknowledged, callers are switched over. */
  private async commit(candidate: Staged, instance: Instance): Promise<VersionCheckpoint> {
    const { slot, source, emit, closing } = this.parts;
    const { moduleId, version } = candidate;
    this.enter('commit');
    const checkpoint = await source.adapter.commit(candidate, this.canary?.epoch).catch(async (error: unknown) => {
      // The acknowledgement may be lost and the version active all the same.
      const active = await source.adapter.active(moduleId).catch(() => null);
      if (active?.version !== version) throw error;
      this.warn('COMMITTED_WITH_ERROR', `it is active, though recording it ended with: ${messageOf(error)}`);
      return active;
    });
    const before = slot.switchTo(instance);
    slot.keepWarm(before);
    // Before anybody is told: whoever answers with a rollback finds the window of this version.
    this.watch = new LiveWatch({
      slot,
      source,
      emit,
      instance,
      level: this.level,
      fromVer: this.from?.version ?? null,
      before: this.from?.version === before?.version ? this.from : null,
      replaced: before,
      closing: closing(),
      starts: this.parts.starts,
    });
    emit({ type: 'committed', moduleId, version, fromVer: this.from?.version ?? null });
    this.enter('health');
    // A rollback that was asked for while this was being recorded.
    const cause = this.canary?.interruption ?? null;
    if (cause?.by === 'rollback') slot.window?.interrupt(cause);
    return checkpoint;
  }

  /** How a version that went live ends: it stays, or is left. Outside of the module's turn, so that it holds up nobody. */
  async watched(): Promise<SwapResult> {
    if (this.watch === null) throw new TypeError('a swap that did not go live has no health window');
    const result = this.result(await this.watch.outcome());
    this.watch.answer(result);
    this.canary?.answer(result);
    return result;
  }

  /** The version asked for is the active one: an acknowledgement that was lost, repeated. */
  private async repeated(candidate: Staged): Promise<SwapResult> {
    const { slot } = this.parts;
    const { version } = candidate;
    // It ended for good here, and its manager has nothing to catch up with.
    if (slot.current?.version === version && !slot.runs(version)) {
      const instance = await this.load(candidate);
      await this.activate(instance);
      slot.retire(slot.switchTo(instance, slot.epoch));
      this.reloaded = true;
    }
    this.enter('commit');
    if (slot.current?.version !== version) throw refusal('NOT_LOADABLE', `v${version} is active, but does not load`);
    this.checkpoint = this.from;
    const again = this.reloaded ? ', had ended here, and was loaded again' : '';
    return this.result({ phase: 'COMMITTED', reason: `v${version} was active already${again}` });
  }

  private async failed(error: unknown): Promise<SwapResult> {
    const { slot, source, emit } = this.parts;
    this.canary?.leave();
    slot.retire(this.instance, 'failed');
    const { candidate } = this;
    if (error instanceof Refusal && error.reverts && candidate !== null) {
      await source.adapter
        .revert(candidate)
        .catch((failure: unknown) =>
          this.warn('NOT_REVERTED', `it could not be tagged reverted: ${messageOf(failure)}`),
        );
    }
    const reason = messageOf(error);
    const { moduleId } = slot;
    const refused = error instanceof Refusal ? error : null;
    const thrown = refused === null ? error : refused.cause;
    emit({ type: 'failed', moduleId, version: candidate?.version ?? null, step: this.step, reason, error: thrown });
    const result = this.result({
      phase: 'FAILED',
      reason,
      refusals: refused?.reasons ?? refusalsOf(error),
      rollbackReason: refused?.rollbackReason ?? null,
      error: thrown,
    });
    this.canary?.answer(result);
    return result;
  }

  private result(given: Pick<SwapResult, 'phase' | 'reason'> & Partial<SwapResult>): SwapResult {
    return swapResult({
      moduleId: this.parts.slot.moduleId,
      step: this.step,
      fromVer: this.from?.version ?? null,
      toVer: this.candidate?.version ?? null,
      level: this.level,
      report: this.report,
      checkpoint: this.checkpoint,
      loadHeldMs: this.instance?.loadHeldMs ?? null,
      durationMs: performance.now() - this.started,
      queueMs: this.queueMs,
      ...given,
    });
  }
}
