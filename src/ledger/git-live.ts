/** What is active and may become active, and what machines say of it. */

import { invalidInput, quoted } from '../errors.js';
import { assertVersion, type VersionCheckpoint } from '../model/checkpoint.js';
import { assertModuleId } from '../model/module-id.js';
import { assertBreakGlassReason, breakGlass } from './break-glass.js';
import { assertEpoch, epochOf, markFailed, markHealthy } from './epoch.js';
import { checkTagFilter, explainRollbackTarget } from './find-rollback-target.js';
import { checkBreakGlassOptions, checkMarkFailedOptions, checkTargetOptions } from './known-options.js';
import type { LedgerAccess } from './ledger-access.js';
import type {
  BreakGlassOptions,
  Epoch,
  LedgerLive,
  MarkFailedOptions,
  Permit,
  RollbackExplanation,
} from './ledger-live.js';
import { permit } from './permit.js';
import { namedTarget } from './rollback.js';
import type { TargetOptions } from './version-manager.js';

export class GitLive implements LedgerLive {
  private readonly access: LedgerAccess;

  constructor(access: LedgerAccess) {
    this.access = access;
  }

  async epoch(moduleId: string): Promise<Epoch | null> {
    assertModuleId(moduleId);
    return this.access.read(({ records }) => epochOf(records, moduleId));
  }

  async explainRollback(moduleId: string, options?: TargetOptions): Promise<RollbackExplanation> {
    assertModuleId(moduleId);
    checkTargetOptions(options);
    const filter = checkTagFilter(options?.tagFilter);
    return this.access.read((view) => {
      const { target, skipped, passedOver } = explainRollbackTarget(view, moduleId, filter);
      return { target: target === null ? null : view.checkpoint(target), skipped, passedOver };
    });
  }

  async requireTarget(moduleId: string, version: number): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    return this.access.read((view) => view.checkpoint(namedTarget(view, view.requireActive(moduleId), version)));
  }

  async permit(moduleId: string, version: number): Promise<Permit> {
    assertModuleId(moduleId);
    assertVersion(version);
    this.access.assertOpen();
    const { parts, journal } = this.access;
    return permit({ ...parts, journal, replica: await this.access.replica() }, moduleId, version);
  }

  async markHealthy(moduleId: string, expect: Epoch): Promise<boolean> {
    assertModuleId(moduleId);
    const epoch = assertEpoch(expect);
    return this.access.write(['tag'], (decision) => markHealthy(decision, moduleId, epoch));
  }

  async markFailed(moduleId: string, version: number, options?: MarkFailedOptions): Promise<boolean> {
    assertModuleId(moduleId);
    assertVersion(version);
    checkMarkFailedOptions(options);
    const since = options?.since;
    if (since !== undefined && !(Number.isSafeInteger(since) && since >= 0)) {
      const issue = { path: 'since', expected: 'the number of an entry', actual: quoted(since) };
      throw invalidInput(
        'INVALID_ARGUMENT',
        [issue],
        'give the entry since which the version was watched, or leave it out',
      );
    }
    return this.access.write(['tag'], (decision) => {
      const { entries } = decision.require(moduleId, version);
      return markFailed(decision, moduleId, version, since ?? entries[0] ?? 0);
    });
  }

  async breakGlass(moduleId: string, version: number, options: BreakGlassOptions): Promise<VersionCheckpoint> {
    assertModuleId(moduleId);
    assertVersion(version);
    checkBreakGlassOptions(options);
    const reason = assertBreakGlassReason(options?.reason);
    return this.access.write(['break-glass'], (decision) => breakGlass(decision, moduleId, version, reason));
  }
}
