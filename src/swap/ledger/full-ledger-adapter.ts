/** A ledger as a swap uses it. */

import { invalidInput } from '../../errors.js';
import type { Ledger } from '../../ledger/ledger.js';
import type { Epoch } from '../../ledger/ledger-live.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { LedgerEvent } from '../../model/ledger-event.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import type { CompatibilityLevel, NewReport } from '../../model/report.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import { REVERTED } from '../../model/tag-label.js';
import { isSummary } from '../outcomes/judge-outcomes.js';
import type {
  GateAnswer,
  LedgerAdapter,
  LiveEpoch,
  PermitAnswer,
  Staged,
  Succession,
  VersionToStage,
} from './adapter.js';

/** So many entries of a module are looked at for rollbacks in a row. */
const READ_FOR_GUARD = 100;

export class FullLedgerAdapter implements LedgerAdapter {
  readonly hasContent = true;
  readonly wayPastLimit = 'say so in the ledger: untag `reverted` from one of them, or tag the version that runs';
  /** Since when a version was active that this process found healthy: a policy that promotes nothing leaves no word of it. */
  private readonly healthySince = new Map<string, number>();
  private readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  active(moduleId: string): Promise<VersionCheckpoint | null> {
    return this.ledger.latestCheckpoint(moduleId);
  }

  epoch(moduleId: string): Promise<Epoch | null> {
    return this.ledger.live.epoch(moduleId);
  }

  async successionOf(moduleId: string, { version, since }: LiveEpoch): Promise<Succession> {
    const active = await this.active(moduleId);
    let rolledBack: Succession['rolledBack'] = null;
    // Newest first: what is looked at last is what ended the epoch.
    for await (const { actor, events } of this.ledger.history({ moduleId, since: since ?? 0 })) {
      for (const event of events.toReversed()) {
        if (!('moduleId' in event) || event.moduleId !== moduleId) continue;
        // Without the entry that began the epoch: the last one that could have.
        if (since === null && makesActive(event, version)) return { active, rolledBack };
        if (event.type === 'activate' || event.type === 'break-glass') rolledBack = null;
        if (event.type === 'rollback') rolledBack = event.fromVer === version ? { actor, reason: event.reason } : null;
      }
    }
    return { active, rolledBack };
  }

  failedBefore(moduleId: string, checksum: string): Promise<number | null> {
    return this.ledger.versions.revertedLike(moduleId, checksum);
  }

  async stage({ moduleId, version, metadata, files }: VersionToStage): Promise<Staged> {
    return this.ledger.stage({ moduleId, version, metadata }, { files }, { reuse: true });
  }

  async files(moduleId: string, version: number): Promise<NormalizedFiles | null> {
    const files = await this.ledger.readFiles(moduleId, version);
    return files.size === 0 ? null : files;
  }

  async report(report: NewReport): Promise<void> {
    await this.ledger.assessCompatibility(report);
  }

  async measure(moduleId: string, fromVer: number, toVer: number): Promise<CompatibilityLevel | null> {
    return (await this.ledger.assess(moduleId, fromVer, toVer)).returnLevel ?? null;
  }

  async gate(moduleId: string, fromVer: number | null, toVer: number): Promise<GateAnswer> {
    const verdict = await this.ledger.gate(moduleId, fromVer, toVer);
    const reports = await this.ledger.reports.list(moduleId, fromVer, toVer);
    return { ...verdict, report: reports.findLast((r) => r.level === verdict.level) ?? null };
  }

  permit({ moduleId, version }: Staged): Promise<PermitAnswer> {
    return this.ledger.live.permit(moduleId, version);
  }

  async revert({ moduleId, version }: Staged, since?: number | null): Promise<void> {
    await this.ledger.live.markFailed(moduleId, version, { since: since ?? undefined });
  }

  async explain(moduleId: string, version: number, summary: string): Promise<void> {
    await this.ledger.tag(moduleId, version, summary);
  }

  /** Activates what is staged. */
  commit({ moduleId, version }: Staged, expect: Epoch | null = null): Promise<VersionCheckpoint> {
    if (expect !== null) return this.ledger.activate(moduleId, version, { expect });
    return this.ledger.recordCheckpoint({ moduleId, version });
  }

  async rollsBackBreaking(): Promise<boolean> {
    return (await this.ledger.policy.get()).autoRollbackOnBreaking;
  }

  target(moduleId: string, reason: RollbackReason): Promise<VersionCheckpoint | null> {
    return this.ledger.rollbackTarget(moduleId, reason);
  }

  namedTarget(moduleId: string, to: number): Promise<VersionCheckpoint> {
    return this.ledger.live.requireTarget(moduleId, to);
  }

  version(moduleId: string, version: number): Promise<VersionCheckpoint | null> {
    return this.ledger.versions.get(moduleId, version);
  }

  /** Names the target, so that the ledger goes back to the very version that this process has ready. */
  async rollBack(moduleId: string, reason: RollbackReason, from: LiveEpoch, to: VersionCheckpoint): Promise<void> {
    await this.ledger.rollback(moduleId, reason, { to: to.version, expect: await this.known(moduleId, from) });
  }

  async promote(moduleId: string, epoch: LiveEpoch): Promise<boolean> {
    const known = await this.known(moduleId, epoch);
    const promoted = await this.ledger.live.markHealthy(moduleId, known);
    this.healthySince.set(moduleId, known.since);
    return promoted;
  }

  async rollbacksInARow(moduleId: string, limit: number): Promise<number> {
    let count = 0;
    const since = this.healthySince.get(moduleId) ?? 0;
    for await (const { events } of this.ledger.history({ moduleId, since, limit: READ_FOR_GUARD })) {
      for (const event of events.toReversed()) {
        if (!('moduleId' in event) || event.moduleId !== moduleId) continue;
        if (endsRow(event)) return count;
        if (event.type === 'rollback') count += 1;
        if (count === limit) return count;
      }
    }
    return count;
  }

  /** An epoch that could not be asked for when it began: the one that the version is in now, if it is active. */
  private async known(moduleId: string, { version, since }: LiveEpoch): Promise<Epoch> {
    if (since !== null) return { version, since };
    const now = await this.epoch(moduleId);
    return now?.version === version ? now : { version, since: 0 };
  }

  forgive(moduleId: string): never {
    const issue = { path: 'versionManager', expected: 'a manager with the seven calls alone', actual: 'a ledger' };
    const hint = `say so in the ledger, for every process: git-lineage untag ${moduleId}@N reverted`;
    throw invalidInput('INVALID_ARGUMENT', [issue], hint);
  }
}

function makesActive(event: LedgerEvent, version: number): boolean {
  if (event.type === 'activate') return event.version === version;
  return (event.type === 'break-glass' || event.type === 'rollback') && event.toVer === version;
}

/** True where a machine found a version healthy, or somebody spoke on the module. */
function endsRow(event: LedgerEvent): boolean {
  if (event.type === 'tag') return event.tag !== REVERTED && !isSummary(event.tag);
  if (event.type === 'rollback') return event.reason === 'MANUAL';
  return event.type === 'untag' || event.type === 'break-glass' || event.type === 'approve';
}
