/** A ledger as a swap uses it. */

import type { Reason } from '../../errors.js';
import type { Epoch, Ledger, PermitRefusalCode } from '../../ledger/contract.js';
import type { VersionCheckpoint } from '../../model/checkpoint.js';
import type { NormalizedFiles } from '../../model/module-files.js';
import type { NewReport } from '../../model/report.js';
import type { RollbackReason } from '../../model/rollback-target.js';
import type { GateAnswer, LedgerAdapter, LiveEpoch, NewVersion, Staged, Succession } from './adapter.js';

export class FullLedgerAdapter implements LedgerAdapter {
  readonly hasContent = true;
  private readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  active(moduleId: string): Promise<VersionCheckpoint | null> {
    return this.ledger.latestCheckpoint(moduleId);
  }

  epoch(moduleId: string): Promise<Epoch | null> {
    return this.ledger.epoch(moduleId);
  }

  async successionOf(moduleId: string, { version, since }: LiveEpoch): Promise<Succession> {
    const active = await this.active(moduleId);
    let rolledBack: Succession['rolledBack'] = null;
    // Newest first: what is looked at last is what ended the epoch.
    for await (const { actor, events } of this.ledger.history({ moduleId, since: since ?? 0 })) {
      for (const event of events.toReversed()) {
        if (!('moduleId' in event) || event.moduleId !== moduleId) continue;
        if (event.type === 'activate' || event.type === 'break-glass') rolledBack = null;
        if (event.type === 'rollback') rolledBack = event.fromVer === version ? { actor, reason: event.reason } : null;
      }
    }
    return { active, rolledBack };
  }

  failedBefore(moduleId: string, checksum: string): Promise<number | null> {
    return this.ledger.revertedLike(moduleId, checksum);
  }

  async stage({ moduleId, version, metadata, files }: NewVersion): Promise<Staged> {
    return this.ledger.stage({ moduleId, version, metadata }, { files }, { reuse: true });
  }

  async files(moduleId: string, version: number): Promise<NormalizedFiles | null> {
    const files = await this.ledger.readFiles(moduleId, version);
    return files.size === 0 ? null : files;
  }

  async report(report: NewReport): Promise<void> {
    await this.ledger.assessCompatibility(report);
  }

  async measure(moduleId: string, fromVer: number, toVer: number): Promise<void> {
    await this.ledger.assess(moduleId, fromVer, toVer);
  }

  async gate(moduleId: string, fromVer: number | null, toVer: number): Promise<GateAnswer> {
    const verdict = await this.ledger.gate(moduleId, fromVer, toVer);
    const reports = await this.ledger.reports(moduleId, fromVer, toVer);
    return { ...verdict, report: reports.findLast((r) => r.level === verdict.level) ?? null };
  }

  async refusals({ moduleId, version }: Staged): Promise<readonly Reason<PermitRefusalCode>[]> {
    const permit = await this.ledger.permit(moduleId, version);
    return permit.allow ? [] : permit.reasons;
  }

  async revert({ moduleId, version }: Staged, since?: number | null): Promise<void> {
    await this.ledger.markFailed(moduleId, version, { since: since ?? undefined });
  }

  /** Activates what is staged. */
  commit({ moduleId, version }: Staged, expect: Epoch | null = null): Promise<VersionCheckpoint> {
    if (expect !== null) return this.ledger.activate(moduleId, version, { expect });
    return this.ledger.recordCheckpoint({ moduleId, version });
  }

  async rollsBackBreaking(): Promise<boolean> {
    return (await this.ledger.policy()).autoRollbackOnBreaking;
  }

  target(moduleId: string, reason: RollbackReason): Promise<VersionCheckpoint | null> {
    return this.ledger.rollbackTarget(moduleId, reason);
  }

  version(moduleId: string, version: number): Promise<VersionCheckpoint | null> {
    return this.ledger.getVersion(moduleId, version);
  }

  /** Names the target, so that the ledger goes back to the very version that this process has ready. */
  async rollBack(moduleId: string, reason: RollbackReason, from: LiveEpoch, to: VersionCheckpoint): Promise<void> {
    await this.ledger.rollback(moduleId, reason, { to: to.version, expect: await this.known(moduleId, from) });
  }

  async promote(moduleId: string, epoch: LiveEpoch): Promise<boolean> {
    return this.ledger.markHealthy(moduleId, await this.known(moduleId, epoch));
  }

  /** An epoch that could not be asked for when it began: the one that the version is in now, if it is active. */
  private async known(moduleId: string, { version, since }: LiveEpoch): Promise<Epoch> {
    if (since !== null) return { version, since };
    const now = await this.epoch(moduleId);
    return now?.version === version ? now : { version, since: 0 };
  }

  forgive(): void {
    // A ledger is told by a signed event: untag, or tag stable.
  }
}
