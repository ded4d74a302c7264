/** A version that has just gone live: watched, then promoted, or left, or found to be somebody else's concern by now. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { isLedgerError, messageOf } from '../../errors.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { CompatibilityLevel } from '../../model/report.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import type { LiveEpoch } from '../ledger/adapter.js';
import { isOver } from '../ledger/is-over.js';
import type { Instance } from '../module/instance.js';
import type { ModuleSlot } from '../module/module-slot.js';
import { ReportedOutcomes } from '../outcomes/reported-outcomes.js';
import type { Source } from '../source.js';
import type { SwapNotice, SwapResult } from '../swap-types.js';
import type { Start, Starts } from '../sync/starts.js';
import { openWindow, type Watching, type WindowVerdict } from './open-window.js';
import { type RollBackResult, rollBack } from './roll-back.js';
import type { SwapWarningCode } from './swap-codes.js';

/** A version as callers have just been switched to it. */
interface LiveVersion {
  readonly slot: ModuleSlot;
  readonly source: Source;
  readonly emit: (notice: SwapNotice) => void;
  readonly instance: Instance;
  readonly level: CompatibilityLevel;
  /** What was active before; null where nothing was. */
  readonly fromVer: number | null;
  /** The same, where it still runs here. */
  readonly before: VersionCheckpoint | null;
  /** What calls began on before, in this process. */
  readonly replaced: Instance | null;
  /** True where the swapper closes already. */
  readonly closing: boolean;
  /** Where starts are counted; null: nowhere. */
  readonly starts: Starts | null;
  /** The start that was begun before the version was loaded; where there is none, one begins now. */
  readonly start?: Start | null;
}

/** What came of it. */
export type LiveOutcome = Pick<SwapResult, 'phase' | 'reason'> & Partial<SwapResult>;

export class LiveWatch {
  private readonly live: LiveVersion;
  private readonly watching: Watching;
  /** Since when the version is active; null where somebody else moved on before that could be asked. */
  private readonly epoch: Promise<LiveEpoch | null>;
  private start: Start | null;

  /** To be made in the turn in which callers were switched: from then on the window can be interrupted. */
  constructor(live: LiveVersion) {
    const { slot, source, instance, replaced, closing, start } = live;
    this.live = live;
    instance.watched = true;
    this.start = start ?? null;
    const file = source.outcomes(slot.moduleId);
    const reported = file === null ? null : new ReportedOutcomes(file, live.fromVer);
    this.watching = openWindow(slot, { instance, before: replaced, source, reported }, closing);
    this.epoch = this.askEpoch();
    void this.epoch.then((epoch) => reported?.from(epoch));
    // Somebody else has moved on already: there is nothing to watch.
    void this.epoch.then((epoch) => epoch ?? this.watching.interrupt({ by: 'succession' }));
  }

  /** Tells whoever ended the window how the swap ended. */
  answer(result: SwapResult): void {
    this.watching.answer(result);
  }

  /** Never rejects. */
  async outcome(): Promise<LiveOutcome> {
    const { slot } = this.live;
    try {
      const verdict = await this.watching.verdict;
      const epoch = await this.epoch;
      if (verdict.well === null || epoch === null) return await this.succeeded(epoch);
      return verdict.well ? await this.well(epoch, verdict.early) : await this.sick(epoch, verdict);
    } finally {
      this.start?.end();
      slot.coolDown();
    }
  }

  private async askEpoch(): Promise<LiveEpoch | null> {
    const { slot, source, instance } = this.live;
    const { version } = instance;
    try {
      const epoch = await source.adapter.epoch(slot.moduleId);
      if (epoch?.version !== version) return null;
      if (slot.current === instance) slot.epoch = epoch;
      this.start ??= (await this.live.starts?.begin(slot.moduleId, epoch)) ?? null;
      return epoch;
    } catch {
      return { version, since: null };
    }
  }

  private async well(epoch: LiveEpoch, early: boolean): Promise<LiveOutcome> {
    const { slot, source, emit } = this.live;
    if (early) return { phase: 'COMMITTED', reason: 'live; its health window was ended by the close of the swapper' };
    this.start?.survive();
    await nextTurn();
    const { moduleId } = slot;
    const { version } = epoch;
    emit({ type: 'healthy', moduleId, version });
    try {
      if (await source.adapter.promote(moduleId, epoch)) emit({ type: 'promoted', moduleId, version });
    } catch (error) {
      if (await isOver(moduleId, epoch, source.adapter)) return this.succeeded(epoch);
      this.warn('NOT_PROMOTED', `it could not be tagged stable: ${messageOf(error)}`);
    }
    return { phase: 'COMMITTED', reason: 'live and healthy' };
  }

  private async sick(
    epoch: LiveEpoch,
    verdict: Extract<WindowVerdict, { readonly well: false }>,
  ): Promise<LiveOutcome> {
    const { slot, source, emit, level, before } = this.live;
    const { reason, to, detail, error, asked, summary } = verdict;
    const back = await rollBack({ slot, source, emit, reason, to, from: epoch, level: asked ? null : level, before });
    if (back.restored !== null && back.journaled && summary != null)
      await source.adapter
        .explain(slot.moduleId, epoch.version, summary)
        .catch((failure: unknown) => this.warn('NOT_EXPLAINED', `what decided is no tag of it: ${messageOf(failure)}`));
    if (back.over) return asked ? this.succeeded(epoch) : this.sickAndReplaced(epoch, reason, detail, error);
    return { ...rolledBack(back, reason, detail), error: back.error ?? error };
  }

  /** Sick, and not active any more: nobody else's version is touched, and nobody is to try these bytes again. */
  private async sickAndReplaced(
    epoch: LiveEpoch,
    reason: RollbackReason,
    detail: string,
    error: unknown,
  ): Promise<LiveOutcome> {
    const { slot, source, instance } = this.live;
    const { moduleId } = slot;
    const candidate = { moduleId, version: epoch.version, checksum: instance.checksum, metadata: {} };
    await source.adapter.revert(candidate, epoch.since).catch((failure: unknown) => {
      // Somebody has made it active again: that is another epoch, and not for this window to judge.
      if (!isLedgerError(failure, 'NOT_ACTIVE'))
        this.warn('NOT_REVERTED', `it could not be tagged reverted: ${messageOf(failure)}`);
    });
    const { active } = await this.moveOn(epoch);
    const supersededBy = successor(active, epoch);
    const now = supersededBy === null ? 'nothing' : `v${supersededBy}`;
    const became = active !== null && supersededBy === null ? AGAIN : `${now} had replaced it`;
    return {
      phase: 'ROLLED_BACK',
      reason: `${detail}; ${became}`,
      rollbackReason: reason,
      restored: active,
      supersededBy,
      error,
    };
  }

  /** Another version is active: what somebody else decided stands, and callers go there. */
  private async succeeded(epoch: LiveEpoch | null): Promise<LiveOutcome> {
    const { slot, emit, instance } = this.live;
    const { version } = instance;
    const { active, rolledBack: by } = await this.moveOn(epoch ?? { version, since: null });
    emit({ type: 'superseded', moduleId: slot.moduleId, version, by: active?.version ?? null });
    if (by === null) {
      const supersededBy = successor(active, { version });
      const again = active !== null && supersededBy === null;
      const became = again ? AGAIN : `v${supersededBy ?? '?'} replaced it before its health window had ended`;
      return { phase: 'COMMITTED', reason: `live; ${became}`, supersededBy };
    }
    const reason = `${by.actor} rolled it back (${by.reason}); v${active?.version ?? '?'} is active`;
    return { phase: 'ROLLED_BACK', reason, rollbackReason: by.reason, restored: active, rolledBackBy: by.actor };
  }

  /** Callers go to what is active now, as far as it loads here. */
  private async moveOn(epoch: LiveEpoch) {
    const { slot, source } = this.live;
    const succession = await source.adapter
      .successionOf(slot.moduleId, epoch)
      .catch(() => ({ active: null, rolledBack: null }));
    try {
      await source.comeUp(slot);
    } catch (error) {
      const now = await source.adapter.epoch(slot.moduleId).catch(() => null);
      // Whoever follows has left it to this window to go there.
      if (now !== null && source.adapter.hasContent) slot.diverge(now);
      this.warn('ACTIVE_NOT_LOADABLE', `the active version does not load: ${messageOf(error)}`);
    }
    return succession;
  }

  private warn(code: SwapWarningCode, message: string): void {
    const { slot, emit, instance } = this.live;
    emit({ type: 'warning', moduleId: slot.moduleId, version: instance.version, code, message });
  }
}

/** Said of a version that was replaced, and is active again, as another epoch. */
const AGAIN = 'it was replaced before its health window had ended, and somebody made it active again';

/** The other version that is active now; null where there is none. */
export function successor(active: VersionCheckpoint | null, { version }: { readonly version: number }): number | null {
  return active === null || active.version === version ? null : active.version;
}

/** What a rollback by this process came to. */
export function rolledBack(back: RollBackResult, reason: RollbackReason, detail: string): LiveOutcome {
  const { restored, stayed, target, journaled, misfits, error } = back;
  const outcome = restored === null ? `it stays: ${stayed}` : `back on v${restored.version}`;
  return {
    phase: 'ROLLED_BACK',
    reason: `${detail}; ${outcome}`,
    rollbackReason: reason,
    rollbackTarget: target,
    restored,
    journaled,
    stayed,
    misfits,
    error,
  };
}
