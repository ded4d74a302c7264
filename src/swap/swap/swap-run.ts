/** One swap, from the request to the answer: stage → assess → gate → load → validate → activate → commit, then the health window. */

import { reasonText } from '../../errors.js';
import type { VersionManager } from '../../ledger/contract.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import { contentDigest } from '../../model/content-digest.js';
import { normalizeFiles } from '../../model/module-files.js';
import type { SwapNotice, SwapRequest, SwapResolver, SwapResult, SwapStep } from '../contract.js';
import { messageOf } from '../health/check-answer.js';
import type { Staged } from '../ledger/adapter.js';
import { bringUp, type Source } from '../load/bring-up.js';
import { handOver } from '../module/hand-over.js';
import type { Instance } from '../module/instance.js';
import type { ModuleSlot } from '../module/module-slot.js';
import { catchUp, reportRollback } from '../sync/catch-up.js';
import type { Starts } from '../sync/starts.js';
import { assess } from './assess.js';
import type { SwapRefusalCode, SwapWarningCode } from './swap-codes.js';
import { swapResult } from './swap-result.js';
import { activateInstance } from './take-over.js';
import { findFault } from './validate.js';
import { LiveWatch } from './watch-live.js';

export interface SwapParts {
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

/** A swap that ends before it is live: `reverts` where the validator has spoken against the version. What does not load today may tomorrow. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reasons: SwapResult['refusals'];
  readonly reverts: boolean;

  constructor(reasons: SwapResult['refusals'], details: { readonly error?: unknown; readonly reverts?: boolean } = {}) {
    super(reasonText(reasons), { cause: details.error ?? null });
    this.reasons = reasons;
    this.reverts = details.reverts ?? false;
  }
}

function refusal(code: SwapRefusalCode, message: string, details?: ConstructorParameters<typeof Refusal>[1]): Refusal {
  return new Refusal([{ code, message }], details);
}

export class SwapRun {
  private readonly parts: SwapParts;
  private readonly started: number;
  private step: SwapStep = 'stage';
  private from: VersionCheckpoint | null = null;
  private candidate: Staged | null = null;
  private level: SwapResult['level'] = 'UNKNOWN';
  private report: SwapResult['report'] = null;
  private instance: Instance | null = null;
  private checkpoint: VersionCheckpoint | null = null;
  private watch: LiveWatch | null = null;

  constructor(parts: SwapParts) {
    this.parts = parts;
    this.started = performance.now();
  }

  /** Up to where the version is live: null then, and `watched` says how it ends. Never rejects: what goes wrong is in the result. */
  async goLive(): Promise<SwapResult | null> {
    try {
      const candidate = await this.stage();
      if (candidate.version === this.from?.version) return await this.repeated(candidate);
      await this.assess(candidate);
      await this.gate(candidate);
      const instance = await this.load(candidate);
      await this.validate(candidate, instance);
      await this.activate(instance);
      this.checkpoint = await this.commit(candidate, instance);
      return null;
    } catch (error) {
      return this.failed(error);
    }
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
    await reportRollback(slot, source.adapter);
    const files = normalizeFiles(request.files);
    this.from = await source.adapter.active(slot.moduleId);
    const caughtUp = catchUp(slot, source, emit).then((before) => slot.retire(before));
    await caughtUp.catch((error: unknown) =>
      this.warn('ACTIVE_NOT_LOADABLE', `the active version v${this.from?.version} does not load: ${messageOf(error)}`),
    );
    const checksum = contentDigest(files);
    await this.guard(checksum);
    const { moduleId, version, metadata } = request;
    const { from } = this;
    this.candidate = await source.adapter.stage({ moduleId, files, checksum, version, metadata, from });
    return this.candidate;
  }

  /** The loop guard: nothing is staged for a module that keeps falling back, nor bytes that failed already. */
  private async guard(checksum: string): Promise<void> {
    const { slot, source } = this.parts;
    const { maxRollbacks } = source.settings;
    const failed = await source.adapter.failedBefore(slot.moduleId, checksum);
    if (failed === null && slot.rollbacks < maxRollbacks) return;
    this.enter('gate');
    if (failed !== null) {
      throw refusal(
        'REVERTED_BEFORE',
        `these bytes are those of v${failed}, which was reverted: tag it stable again, or untag reverted`,
      );
    }
    const name = slot.moduleId;
    throw refusal(
      'ROLLBACK_LIMIT',
      `${name} was rolled back ${slot.rollbacks} times in a row: see to it, then call resetRollbacks("${name}")`,
    );
  }

  private async assess(candidate: Staged): Promise<void> {
    const { assessor } = this.parts.source.settings;
    const fromVer = this.from?.version ?? null;
    if (assessor === null || (assessor === 'default' && fromVer === null)) return;
    this.enter('assess');
    try {
      await assess(candidate, fromVer, this.parts.source, assessor);
    } catch (error) {
      this.warn('ASSESSOR_FAILED', `the assessor failed, what was known before stands: ${messageOf(error)}`);
    }
  }

  private async gate(candidate: Staged): Promise<void> {
    const { source, resolver } = this.parts;
    this.enter('gate');
    const answer = await source.adapter.gate(candidate.moduleId, this.from?.version ?? null, candidate.version);
    this.level = answer.level;
    this.report = answer.report;
    if (source.settings.rejectBreaking && answer.level === 'BREAKING')
      throw refusal('BREAKING_REJECTED', 'BREAKING versions are refused here');
    if (!answer.allow) throw new Refusal(answer.reasons);
    const misfits = (await resolver?.misfits(candidate, { versionManager: this.parts.versionManager })) ?? [];
    if (misfits.length > 0) throw new Refusal(misfits.map((message) => ({ code: 'MISFIT', message })));
    if (answer.level !== 'UNKNOWN' || this.from === null) return;
    for (const { code, message } of answer.reasons) this.warn(code, message);
  }

  private async load(candidate: Staged): Promise<Instance> {
    this.enter('load');
    try {
      this.instance = await bringUp(candidate, this.parts.source);
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

  /** The state of what runs, and the version's own `activate`: what fails here fails the swap. */
  private async activate(instance: Instance): Promise<void> {
    const { request, slot, source, emit } = this.parts;
    const from = request.handOver === false ? null : slot.current;
    if (instance.lifecycle === null && from?.lifecycle?.giveState === undefined) return;
    this.enter('activate');
    const failed = (code: SwapRefusalCode, what: string) => (error: unknown) => {
      throw refusal(code, `${what}: ${messageOf(error)}`, { error });
    };
    const done = await handOver(from, instance, source.settings.stateTimeoutMs).catch(
      failed('STATE_NOT_HANDED_OVER', 'state was not handed over (handOver: false starts without)'),
    );
    if (done === 'dropped')
      this.warn('STATE_NOT_HANDED_OVER', `v${from?.version} gives state, and v${instance.version} has no takeState`);
    const successor = { slot, source, emit, instance };
    await activateInstance(successor, 'swap').catch(failed('NOT_ACTIVATED', 'its activate failed'));
  }

  /** Records the version; in the turn in which that is acknowledged, callers are switched over. */
  private async commit(candidate: Staged, instance: Instance): Promise<VersionCheckpoint> {
    const { slot, source, emit, closing } = this.parts;
    const { moduleId, version } = candidate;
    this.enter('commit');
    const checkpoint = await source.adapter.commit(candidate).catch(async (error: unknown) => {
      // The acknowledgement may be lost and the version active all the same.
      const active = await source.adapter.active(moduleId).catch(() => null);
      if (active?.version !== version) throw error;
      this.warn('COMMITTED_WITH_ERROR', `it is active, though recording it ended with: ${messageOf(error)}`);
      return active;
    });
    const before = slot.switchTo(instance);
    slot.keepWarm(before);
    emit({ type: 'committed', moduleId, version, fromVer: this.from?.version ?? null });
    this.enter('health');
    this.watch = new LiveWatch({
      slot,
      source,
      emit,
      instance,
      level: this.level,
      before: this.from?.version === before?.version ? this.from : null,
      replaced: before,
      closing: closing(),
      starts: this.parts.starts,
    });
    return checkpoint;
  }

  /** How a version that went live ends: it stays, or is left. Outside of the module's turn, so that it holds up nobody. */
  async watched(): Promise<SwapResult> {
    if (this.watch === null) throw new TypeError('a swap that did not go live has no health window');
    const result = this.result(await this.watch.outcome());
    this.watch.answer(result);
    return result;
  }

  /** The version asked for is the active one: an acknowledgement that was lost, repeated. */
  private async repeated({ version }: Staged): Promise<SwapResult> {
    this.enter('commit');
    if (this.parts.slot.current?.version !== version)
      throw refusal('NOT_LOADABLE', `v${version} is active, but does not load`);
    this.checkpoint = this.from;
    return this.result({ phase: 'COMMITTED', reason: `v${version} was active already` });
  }

  private async failed(error: unknown): Promise<SwapResult> {
    const { slot, source, emit } = this.parts;
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
    emit({ type: 'failed', moduleId, version: candidate?.version ?? null, step: this.step, reason });
    return this.result({
      phase: 'FAILED',
      reason,
      refusals: error instanceof Refusal ? error.reasons : [],
      error: error instanceof Refusal ? error.cause : error,
    });
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
      durationMs: performance.now() - this.started,
      ...given,
    });
  }
}
