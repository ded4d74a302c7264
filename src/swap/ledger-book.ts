/** A ledger as a swap uses it. */

import type { Ledger } from '../ledger/contract.js';
import type { VersionCheckpoint } from '../model/checkpoint.js';
import type { NormalizedFiles } from '../model/module-files.js';
import type { NewReport } from '../model/report.js';
import type { RollbackReason } from '../model/rollback-target.js';
import { REVERTED, STABLE } from '../model/tag-label.js';
import type { Book, NewVersion, Passage, Staged } from './book.js';

export class LedgerBook implements Book {
  readonly hasContent = true;
  private readonly ledger: Ledger;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  active(moduleId: string): Promise<VersionCheckpoint | null> {
    return this.ledger.latestCheckpoint(moduleId);
  }

  async failedBefore(moduleId: string, checksum: string): Promise<number | null> {
    const reverted = await this.ledger.versions(moduleId, { reverted: true });
    return reverted.findLast((v) => v.checksum === checksum)?.version ?? null;
  }

  async stage({ moduleId, version, metadata, files }: NewVersion): Promise<Staged> {
    return this.ledger.stage({ moduleId, version, metadata }, { files });
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

  async gate(moduleId: string, fromVer: number | null, toVer: number): Promise<Passage> {
    const verdict = await this.ledger.gate(moduleId, fromVer, toVer);
    const reports = await this.ledger.reports(moduleId, fromVer, toVer);
    return { ...verdict, report: reports.findLast((r) => r.level === verdict.level) ?? null };
  }

  async revert({ moduleId, version }: Staged): Promise<void> {
    await this.ledger.tag(moduleId, version, REVERTED);
  }

  /** Activates what is staged. */
  commit({ moduleId, version }: Staged): Promise<VersionCheckpoint> {
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
  async goBack(moduleId: string, reason: RollbackReason, _from: number, to: VersionCheckpoint): Promise<void> {
    await this.ledger.rollback(moduleId, reason, { to: to.version });
  }

  async promote(moduleId: string, version: number): Promise<void> {
    if ((await this.ledger.policy()).promoteStable) await this.ledger.tag(moduleId, version, STABLE);
  }

  forgive(): void {
    // A ledger is told by a signed event: untag, or tag stable.
  }
}
